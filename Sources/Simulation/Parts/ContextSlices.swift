import EventEngine
import Hardware
import SimBasics

/// Contexts that take turns on one GPU: who has it, until when, and how far each has come.
///
/// A context runs until its slice ends and another is ready, until it has had no ready launch for
/// `idleYield`, or until its request is done. Frozen launches resume where they stopped. Nothing
/// here is an event: `plan` says when the GPU next has something to do.
struct ContextSlices {
  /// A replica's process.
  struct Context {
    /// Whether it has launches that have not ended.
    var isActive = false
    /// When the host began its request.
    var base: Int64 = 0
    var position = Position()
    /// The pace of its host's launches.
    var pace: LaunchPace
  }

  /// How far a request has come on the GPU.
  struct Position {
    var launch = 0
    /// What is left of the launch if it has begun; 0 while it has not.
    var left: Int64 = 0
    /// When the launch can begin.
    var readyAt: Int64 = 0
    /// Since when no launch has been ready, while one is awaited.
    var idleSince: Int64 = 0
    /// When the first launch began; -1 before.
    var begun: Int64 = -1
  }

  /// Why a context stops running.
  enum Stop { case finished, cut, gap }

  /// What the GPU is doing.
  private enum Mode {
    case idle
    case switching(to: Int)
    case running(since: Int64, stop: Stop, position: Position)
  }

  /// Launches of a context that have ended, from one on up to another.
  struct Progress: Equatable {
    var context: Int
    var launches: Range<Int>
    /// Whether the last one is among them.
    var isFinished: Bool
  }

  /// When the GPU has something to do next; `Int64.max` while it has nothing.
  struct Plan: Equatable {
    var time: Int64
    var phase: EventPhase
  }

  /// By context.
  private(set) var programs: [Program]
  let pace: LaunchPace
  /// By context.
  private let slices: [Int64]
  private let switchBusy: Int64
  private let switchIdle: Int64
  let idleYield: Int64

  private(set) var contexts: [Context]
  /// How often the GPU went from one context to another.
  private(set) var switches = 0
  private var plan: Plan?
  private var mode = Mode.idle
  private var current = -1
  private var sliceEnd: Int64 = 0
  /// Since when the context that has the GPU has had nothing to run.
  private var gpuIdleSince: Int64 = .min / 2
  private var activeContexts = 0
  /// Where requests' time goes, in runs that follow it.
  let waits: ContextWaits?
  private(set) var now: Int64 = 0

  init(
    _ programs: [Program], _ testbed: Testbed, slicesNS: [Int64], switchNS: Int64?,
    waits: ContextWaits? = nil
  ) {
    self.programs = programs
    self.waits = waits
    pace = LaunchPace(testbed: testbed, hasSharedLock: false)
    slices = slicesNS
    switchBusy = switchNS ?? testbed.switchBusy
    switchIdle = switchNS ?? testbed.switchIdle
    idleYield = testbed.idleYield
    contexts = Array(repeating: Context(pace: pace), count: programs.count)
  }

  /// Takes what was planned since this was last asked; nil where the old plan stands.
  mutating func takePlan() -> Plan? {
    defer { plan = nil }
    return plan
  }

  /// A context has a request that it had not before, whose data are there at `copied`.
  mutating func begin(_ c: Int, at now: Int64, copied: Int64) -> Progress? {
    begin(c, at: now, base: now, readyAt: max(copied, pace.submitted(0, base: now)), pace)
  }

  /// A context has another iteration of a language model.
  mutating func begin(_ c: Int, _ server: LanguageServer, at now: Int64, readyAt: Int64)
    -> Progress?
  {
    programs[c] = server.program
    return begin(c, at: now, base: server.base, readyAt: readyAt, server.pace)
  }

  private mutating func begin(
    _ c: Int, at now: Int64, base: Int64, readyAt: Int64, _ pace: LaunchPace
  ) -> Progress? {
    self.now = now
    contexts[c] = Context(
      isActive: true, base: base, position: Position(readyAt: readyAt, idleSince: now), pace: pace)
    activeContexts += 1
    waits?.began(c, readyAt: contexts[c].position.readyAt, at: now)
    switch mode {
    case .idle: schedule(at: now, phase: .decision)
    case .switching: break
    case .running(let since, _, _):
      // Alone until now, it was planned to its end; from now on its slice counts.
      guard activeContexts == 2 else { return nil }
      let (_, stop, position) = follow(current, from: since, until: now, stopsAtGaps: false)
      // It ends at this very instant: that is an event of its own, still to come.
      if stop == .finished { return nil }
      let progress = commit(current, position)
      if sliceEnd <= now { renewSlice() }
      run(current)
      return progress
    }
    return nil
  }

  /// The instant that was planned has come.
  mutating func handlePlan(at now: Int64) -> Progress? {
    self.now = now
    switch mode {
    case .idle: dispatch()
    case .switching(let c):
      current = c
      sliceEnd = now + slices[c]
      waits?.switchEnded(to: c, at: now)
      run(c)
    case .running(_, let stop, let position):
      var progress = commit(current, position)
      mode = .idle
      // Past its slice's end a context runs only while it is alone: it has had further ones.
      if sliceEnd < now { renewSlice() }
      gpuIdleSince =
        stop == .finished ? now : isReady(current) ? .min / 2 : position.idleSince
      if stop == .finished {
        // A request that is there at this very instant keeps the GPU with its context.
        progress.isFinished = true
        contexts[current].isActive = false
        waits?.finished(current, at: now)
        activeContexts -= 1
        schedule(at: now, phase: .decision)
      } else {
        dispatch()
      }
      return progress
    }
    return nil
  }

  /// Gives the context that has the GPU the slice, of those in a row, that ends next.
  private mutating func renewSlice() {
    let slice = slices[current]
    sliceEnd += ((now - sliceEnd) / slice + 1) * slice
  }

  private func isReady(_ c: Int) -> Bool {
    contexts[c].isActive && (contexts[c].position.left > 0 || contexts[c].position.readyAt <= now)
  }

  /// Gives the free GPU to a context that is ready, or plans when to look again.
  private mutating func dispatch() {
    let count = contexts.count
    let isCurrentReady = current >= 0 && isReady(current)
    // Within its slice the context that has the GPU goes on; after it, the next in the ring.
    if isCurrentReady, now < sliceEnd {
      run(current)
      return
    }
    if now >= mayLeave || isCurrentReady {
      for step in 1..<(count + 1) {
        let c = (current + step + count) % count
        guard c != current, isReady(c) else { continue }
        switchContext(to: c)
        return
      }
    }
    if isCurrentReady {
      sliceEnd = now + slices[current]
      run(current)
      return
    }
    waitForWork()
  }

  /// From when on the GPU may go from the context that has it, and nothing to run, to another.
  private var mayLeave: Int64 { min(gpuIdleSince + idleYield, max(sliceEnd, gpuIdleSince)) }

  private mutating func waitForWork() {
    mode = .idle
    var wake = Int64.max
    for c in contexts.indices where contexts[c].isActive {
      let ready = contexts[c].position.left > 0 ? now : contexts[c].position.readyAt
      wake = min(wake, c == current ? ready : max(ready, mayLeave))
    }
    schedule(at: max(wake, now))
  }

  private mutating func switchContext(to c: Int) {
    let isBusy = current >= 0 && contexts[current].isActive && hasBegunLaunch(current)
    if current >= 0 { switches += 1 }
    waits?.switchBegan(at: now)
    let cost = current < 0 ? 0 : isBusy ? switchBusy : switchIdle
    mode = .switching(to: c)
    schedule(at: now + cost)
  }

  /// Whether a launch of the context is frozen amid its run.
  private func hasBegunLaunch(_ c: Int) -> Bool {
    let at = contexts[c].position
    return at.left > 0 && at.left < programs[c].launches[at.launch].durationNS
  }

  private mutating func schedule(at time: Int64, phase: EventPhase = .completion) {
    plan = Plan(time: time, phase: phase)
  }

  /// Runs a context from now on: finds when and why it will stop.
  private mutating func run(_ c: Int) {
    let hasOthers = activeContexts > 1
    waits?.runs(c, at: now)
    let (time, stop, position) = follow(
      c, from: now, until: hasOthers ? sliceEnd : .max, stopsAtGaps: hasOthers)
    mode = .running(since: now, stop: stop, position: position)
    schedule(at: time)
  }

  /// Notes where a context stands; returns the launches that have ended since.
  private mutating func commit(_ c: Int, _ position: Position) -> Progress {
    let first = contexts[c].position.launch
    if let waits, case .running(let since, _, _) = mode {
      trace(c, from: since, waits)
      waits.stopped(
        c, since: since, readyAt: position.left > 0 ? now : position.readyAt, at: now)
    }
    contexts[c].position = position
    return Progress(context: c, launches: first..<position.launch, isFinished: false)
  }

  /// When the first launch of a context's request began, if it did by `time`.
  func firstLaunch(of c: Int, by time: Int64) -> Int64? {
    var at = contexts[c].position
    if case .running(let since, _, _) = mode, c == current {
      at = follow(c, from: since, until: time, stopsAtGaps: false).position
    }
    return at.begun >= 0 && at.begun <= time ? at.begun : nil
  }

  /// What a context has done by `time` that no progress has told: launches that have ended, and how
  /// long the one under way has run, frozen by its slice's end or not.
  func notTold(of c: Int, at time: Int64) -> (launches: Range<Int>, ranNS: Int64)? {
    guard contexts[c].isActive else { return nil }
    var at = contexts[c].position
    let first = at.launch
    if case .running(let since, _, _) = mode, c == current {
      at = follow(c, from: since, until: time, stopsAtGaps: false).position
    }
    let ran = at.left > 0 ? programs[c].launches[at.launch].durationNS - at.left : 0
    return (first..<at.launch, ran)
  }
}
