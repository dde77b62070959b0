import Hardware
import LanguageModels
import Workloads

/// A replica of a language model in a run: its loop, the iteration under way as a program, the host
/// thread that makes iterations, and the answers that are on their way to their clients.
///
/// Host: an iteration costs its thread `step_cpu_us` and `step_cpu_per_sequence_us`, then a launch
/// call each, or one where the iteration is a CUDA graph. Where the stack works on the next iteration
/// while the last one runs, that time counts from when the thread had sent the last one; which
/// requests are in the next is still settled when the last has ended, a step later than such stacks
/// settle it.
///
/// A replica whose prefills and decodes run side by side has a server for each; they share the loop
/// and the host thread.
struct LanguageServer {
  /// What the servers of one replica share.
  final class Shared {
    var loop: ServingLoop
    /// When the host thread has sent its last launch.
    var hostFree: Int64 = 0

    init(_ loop: ServingLoop) {
      self.loop = loop
    }
  }

  let tenant: Int
  /// The replica's number in the run, where each has one server.
  let replica: Int
  /// What its iterations take.
  let phase: ServingLoop.Phase
  private let shared: Shared
  private let stack: ServingStack
  private let testbed: Testbed
  private let blockBytes: Int
  var loop: ServingLoop {
    get { shared.loop }
    _modify { yield &shared.loop }
  }
  var iteration: IterationProgram
  /// The iteration under way.
  private(set) var program = Program(
    batch: 1, launches: LaunchSequence([], gap: 0), copyInNS: 0, copyOutNS: 0)
  private(set) var pace: LaunchPace
  /// When its host thread began it, and when that has sent its last launch.
  private(set) var base: Int64 = 0
  private var hostFree: Int64 {
    get { shared.hostFree }
    nonmutating set { shared.hostFree = newValue }
  }
  /// Requests that ended, with their instants, not yet told.
  private var untold: [RequestRecord] = []
  /// Of the iteration that ended last: the gaps between tokens, and whether they count.
  private(set) var gaps: [(arrivalNS: Int64, ns: Int64)] = []

  init(
    _ spec: LanguageTenant, _ testbed: Testbed, tenant: Int, replica: Int,
    _ phase: ServingLoop.Phase, _ shared: Shared, costs: IterationCosts, hasSharedLock: Bool,
    firstKernel: Int, firstClass: Int
  ) {
    self.phase = phase
    self.shared = shared
    self.tenant = tenant
    self.replica = replica
    self.testbed = testbed
    stack = spec.stack
    blockBytes = spec.blockBytes
    pace = LaunchPace(testbed: testbed, hasSharedLock: hasSharedLock)
    iteration = IterationProgram(costs, firstKernel: firstKernel, firstClass: firstClass)
  }

  /// Whether the host makes the next iteration while the last one runs.
  var overlaps: Bool { stack.overlapsSteps }

  /// Plans the next iteration and makes its program.
  ///
  /// - Parameter follows: whether the last iteration ended at this instant, so that the host may have
  ///   made this one already.
  /// - Returns: whether there is one.
  mutating func plan(
    at now: Int64, follows: Bool, _ queue: inout some ServingQueue
  ) -> Bool {
    guard shared.loop.plan(phase, at: now, &queue) else { return false }
    let loop = shared.loop
    pace = LaunchPace(
      stack, testbed, sequences: loop.plan.count, prefills: loop.work.prefills,
      hasSharedLock: pace.hasSharedLock)
    program.launches = iteration.launches(loop.work, gap: pace.gap)
    program.copyInNS = loop.swaps > 0 ? copyNS(loop.swaps) : 0
    let bound = program.hostBound(pace)
    program.hostBoundNS = (bound, bound)
    base = follows && overlaps ? hostFree : max(now, hostFree)
    hostFree = pace.submitted(program.launches.count - 1, base: base)
    return true
  }

  /// Whether its side has an iteration that might begin.
  ///
  /// - Parameter waiting: the request that waits longest.
  func isDue(_ waiting: Arrival?) -> Bool { shared.loop.isDue(phase, waiting) }

  /// Sequences of the iteration.
  var decodes: Int { shared.loop.size(of: phase) }

  /// When the stream allows the iteration's first launch.
  func earliestStart(at now: Int64, follows: Bool) -> Int64 {
    follows && overlaps ? now + testbed.launchGap : now
  }

  /// When the iteration's first launch can start.
  ///
  /// - Parameter copied: when its swapped blocks are there.
  func firstStart(at now: Int64, follows: Bool, copied: Int64) -> Int64 {
    max(
      earliestStart(at: now, follows: follows), copied, pace.submitted(0, base: base))
  }

  /// When the oldest of its live requests arrived; nil where it has none.
  var oldestArrivalNS: Int64? {
    // By order of arrival they run; those that had to leave began later.
    (loop.running.first ?? loop.preempted.first).map { loop.sequences[$0].arrivalNS }
  }

  private func copyNS(_ blocks: Int) -> Int64 {
    guard testbed.pcieGBPerS > 0 else { return testbed.copyLatency }
    let bytes = Double(blocks) * Double(blockBytes)
    return testbed.copyLatency + Int64((bytes / testbed.pcieGBPerS).rounded(.up))
  }

  /// The iteration has ended on the GPU at `end`; the host has its tokens at `told`.
  ///
  /// - Parameter start: when its first launch went to the GPU.
  mutating func finish(start: Int64, end: Int64, told: Int64) {
    shared.loop.begin(phase, at: start)
    shared.loop.finish(phase, at: told, freed: end)
    if phase == .both { hostFree = min(hostFree, end) }
    gaps.removeAll(keepingCapacity: true)
    for (slot, ns) in shared.loop.gaps { gaps.append((shared.loop.sequences[slot].arrivalNS, ns)) }
    for slot in shared.loop.ended {
      let sequence = shared.loop.sequences[slot]
      untold.append(
        RequestRecord(
          tenant: tenant, replica: replica, number: sequence.number,
          arrivalNS: sequence.arrivalNS, firstLaunchNS: sequence.firstLaunchNS,
          completionNS: told,
          tokens: TokenRecord(
            input: sequence.input, output: sequence.output, firstNS: sequence.firstTokenNS,
            lastNS: sequence.lastTokenNS, preemptions: sequence.preemptions)))
      shared.loop.forget(slot)
    }
  }

  /// Whether answers are whole that nobody was told of.
  var hasUntold: Bool { !untold.isEmpty }

  /// Whether something waits for the tokens of the iteration that ended: the host, which does one thing
  /// at a time, or clients.
  var waitsForTokens: Bool { !overlaps || hasUntold }

  /// Takes the requests whose answers are whole by now.
  mutating func takeEnded(by now: Int64) -> [RequestRecord] {
    let ended = untold.prefix { $0.completionNS <= now }
    untold.removeFirst(ended.count)
    return Array(ended)
  }

  /// Requests that began and are not told of: in the loop, or on their way to their clients.
  var unfinished: [(arrival: Arrival, firstLaunchNS: Int64)] {
    // Of two servers the first tells what is in their loop.
    let live = phase == .prefill ? [] : loop.running + loop.preempted
    let begun = live.map { number in
      let own = loop.sequences[number]
      let tokens = RequestTokens(clamping: own.input, own.output)
      return (Arrival(timeNS: own.arrivalNS, record: own.number, tokens: tokens), own.firstLaunchNS)
    }
    return begun
      + untold.map { record in
        var request = Arrival(timeNS: record.arrivalNS, record: record.number)
        if let tokens = record.tokens { request.tokens = tokens.lengths }
        return (request, record.firstLaunchNS)
      }
  }
}
