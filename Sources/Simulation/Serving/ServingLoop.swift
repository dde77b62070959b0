import LanguageModels
import Workloads

/// The scheduler of one replica of a language model: which sequences the next iteration runs, and
/// what has come of it.
///
/// It knows tokens and blocks, not time: the run tells it when an iteration has ended. Between two
/// iterations `plan` takes from the tenant's queue what fits, then `finish` follows. A request is
/// taken from the queue with its first tokens, so what waits there has begun nothing.
///
/// After vLLM: `continuous` is the scheduler of V1 (`v1/core/sched/scheduler.py`), `prefill-first`
/// that of V0 (`core/scheduler.py`, the default policy). Both preempt the sequence that began last.
/// Left out of both: look-ahead slots, encoder inputs, priorities among requests.
struct ServingLoop: Sendable {
  /// A sequence's part in the iteration.
  struct Part: Hashable, Sendable {
    /// The sequence's slot.
    var slot: Int
    /// New tokens.
    var tokens: Int
  }

  /// The iteration of one side.
  private struct Lane: Sendable {
    var plan: [Part] = []
    var work = IterationWork()
    var swaps = 0
  }

  /// What an iteration takes.
  enum Phase: Int, Sendable {
    /// What the scheduler says.
    case both
    /// One token of each sequence whose answer has begun.
    case decode
    /// Parts of prompts.
    case prefill

    /// Its lane.
    var lane: Int { self == .prefill ? 1 : 0 }
  }

  /// What was counted.
  struct Counters: Equatable, Sendable {
    /// Iterations that ended.
    var iterations = 0
    /// New tokens of all of them.
    var computed = 0
    /// Tokens of prompts that were computed for the first time, or found in the prefix cache.
    var input = 0
    /// Those that were found.
    var cached = 0
    /// Tokens of answers.
    var output = 0
    /// Tokens that were computed again after a sequence had to leave.
    var recomputed = 0
    /// Places of a static batch whose answer is whole, computed in vain.
    var padding = 0
    /// How often a sequence had to leave.
    var preemptions = 0
    /// Blocks that went to the host, or came back.
    var swappedBlocks = 0
  }

  let settings: ServingSettings
  var pool: KVPool
  var cache: PrefixCache?
  var sequences: [ServingSequence] = []
  var freeSlots: [Int] = []
  /// Slots of the sequences that run, in the order in which they began.
  var running: [Int] = []
  /// Slots of those that had to leave, the first to come back first.
  var preempted: [Int] = []
  /// Which iterations run one after the other: one kind, or decodes and prefills side by side.
  private var lanes = [Lane()]
  /// The lane that was last planned or ended.
  private var lane = 0
  /// The lane's iteration that is planned or under way.
  private(set) var plan: [Part] {
    get { lanes[lane].plan }
    _modify { yield &lanes[lane].plan }
  }
  /// Its sums.
  private(set) var work: IterationWork {
    get { lanes[lane].work }
    _modify { yield &lanes[lane].work }
  }
  /// Blocks that move between GPU and host before it.
  var swaps: Int {
    get { lanes[lane].swaps }
    _modify { yield &lanes[lane].swaps }
  }
  /// Blocks that the answers of a static batch may come to.
  var reserved = 0
  var counters = Counters()
  /// Slots of sequences that ended with the last iteration, to be told and forgotten.
  private(set) var ended: [Int] = []
  /// The nanoseconds between tokens of the last iteration's sequences, by slot.
  private(set) var gaps: [(slot: Int, ns: Int64)] = []

  /// - Parameter blocks: blocks of the pool.
  init(_ settings: ServingSettings, blocks: Int, prefixTokens: Int? = nil) {
    self.settings = settings
    pool = KVPool(blocks: blocks, blockTokens: settings.kvBlock)
    if settings.prefixCache, let prefixTokens, prefixTokens % settings.kvBlock == 0 {
      cache = PrefixCache(tokens: prefixTokens, blocks: prefixTokens / settings.kvBlock)
    }
  }

  /// Sequences that began and are not done.
  var live: Int { running.count + preempted.count }

  /// The least blocks with which a request can be served at all.
  func blocksNeeded(_ tokens: RequestTokens) -> Int {
    // The answer's last token is never computed.
    pool.blocks(for: Int(tokens.input) + Int(tokens.output) - 1)
  }

  // MARK: - An iteration

  /// Plans the next iteration: takes waiting requests as far as they fit.
  ///
  /// - Returns: whether there is anything to run.
  mutating func plan(
    _ phase: Phase = .both, at now: Int64, _ queue: inout some ServingQueue
  ) -> Bool {
    pool.pass(to: now)
    select(phase)
    plan.removeAll(keepingCapacity: true)
    work = IterationWork()
    swaps = 0
    switch (phase, settings.scheduler) {
    case (.decode, _): planDecodes()
    case (.prefill, _): planPrefills(&queue)
    case (.both, .continuous): planContinuous(&queue)
    case (.both, .prefillFirst): planPrefillFirst(&queue)
    case (.both, .fixed): planStatic(&queue)
    }
    for part in plan { sequences[part.slot].isInIteration = true }
    return !plan.isEmpty
  }

  /// Sequences of a side's iteration.
  func size(of phase: Phase) -> Int {
    phase.lane < lanes.count ? lanes[phase.lane].plan.count : 0
  }

  /// Turns to the iteration of a side.
  mutating func select(_ phase: Phase) {
    lane = phase.lane
    while lanes.count <= lane { lanes.append(Lane()) }
  }

  /// The iteration's first launch goes to the GPU.
  mutating func begin(_ phase: Phase = .both, at start: Int64) {
    select(phase)
    for part in plan where sequences[part.slot].firstLaunchNS < 0 {
      sequences[part.slot].firstLaunchNS = start
    }
  }

  /// The iteration has ended, its tokens are on the host at `now`: `ended` and `gaps` have what came
  /// of it.
  ///
  /// - Parameter freed: when its blocks are free, the end on the GPU.
  mutating func finish(_ phase: Phase = .both, at now: Int64, freed: Int64) {
    pool.pass(to: freed)
    select(phase)
    ended.removeAll(keepingCapacity: true)
    gaps.removeAll(keepingCapacity: true)
    counters.iterations += 1
    for part in plan {
      sequences[part.slot].isInIteration = false
      finish(part, at: now)
    }
    plan.removeAll(keepingCapacity: true)
    if settings.scheduler == .fixed {
      guard running.allSatisfy({ sequences[$0].isDone }) else { return }
      ended = running
      reserved = 0
    }
    if ended.isEmpty { return }
    running.removeAll { sequences[$0].isDone }
    for slot in ended { release(slot) }
  }

  private mutating func finish(_ part: Part, at now: Int64) {
    let slot = part.slot
    counters.computed += part.tokens
    if sequences[slot].isDone {
      counters.padding += 1
      return
    }
    let input = sequences[slot].input
    let reached = max(sequences[slot].reached, sequences[slot].computed)
    counters.input += min(reached, input) - min(sequences[slot].reached, input)
    sequences[slot].reached = reached
    shareComputed(slot)
    guard sequences[slot].missing == 0 else { return }
    sequences[slot].produced += 1
    counters.output += 1
    if sequences[slot].produced == 1 {
      sequences[slot].firstTokenNS = now
    } else {
      gaps.append((slot, now - sequences[slot].lastTokenNS))
    }
    sequences[slot].lastTokenNS = now
    if sequences[slot].isDone, settings.scheduler != .fixed { ended.append(slot) }
  }

  /// Forgets a sequence that was told of.
  mutating func forget(_ slot: Int) { freeSlots.append(slot) }

  // MARK: - Parts of a plan

  /// Adds a sequence's new tokens to the plan; its blocks are taken.
  mutating func add(_ slot: Int, _ tokens: Int) {
    let before = sequences[slot].computed
    // What it had computed before it left.
    counters.recomputed += max(0, min(before + tokens, sequences[slot].reached) - before)
    let isDone = sequences[slot].isDone
    if !isDone { sequences[slot].computed += tokens }
    plan.append(Part(slot: slot, tokens: tokens))
    work.add(
      BatchSequence(
        newTokens: tokens, contextTokens: before, samples: isDone || sequences[slot].missing == 0))
  }
}

/// Where a replica's next requests wait.
protocol ServingQueue {
  /// The one that waits longest.
  var first: Arrival? { get }
  mutating func removeFirst()
  /// The blocks that a request's prompt is made of, by name; empty where nothing is known of them.
  func prompt(of request: Arrival) -> ArraySlice<Int32>
}
