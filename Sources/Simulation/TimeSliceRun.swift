import EventEngine
import GPUModel
import SimBasics
import Tables

/// One run in which every replica is a process with a context, and contexts take turns.
///
/// A context has one stream, so what runs is always alone on the GPU: its launches follow each
/// other as the table says, and only requests, slices and gaps are events. The GPU's side is in
/// `TimeSliceRun+Contexts.swift`.
struct TimeSliceRun: ~Copyable {
  enum Event: RequestEvent {
    case arrival(tenant: Int32)
    case closedLoopRequest(tenant: Int32)
    case gpu
    case complete(replica: Int32)
    case warmupEnd
  }

  /// A replica's process.
  struct Context {
    var tenant: Int
    /// Whether it has launches that have not ended.
    var isActive = false
    var base: Int64 = 0
    var position = Position()
    var firstLaunch: Int64 = -1
    var arrival: Int64 = 0
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
  enum Mode {
    case idle
    case switching(to: Int)
    case running(since: Int64, stop: Stop, position: Position)
  }

  let experiment: Experiment
  let programs: ProgramSet
  let pace: LaunchPace
  let slice: Int64
  let switchBusy: Int64
  let switchIdle: Int64
  var observer: any RunObserver

  var queue = EventQueue<Event>()
  var flow: RequestFlow
  var contexts: [Context] = []
  var idleReplicas: [[Int]] = []
  var now: Int64 = 0
  var mode = Mode.idle
  var current = -1
  var sliceEnd: Int64 = 0
  /// Since when the context that has the GPU has had nothing to run.
  var gpuIdleSince: Int64 = .min / 2
  var gpuTicket = EventTicket.none
  var activeContexts = 0
  var copyInFree: Int64 = 0
  var copyOutFree: Int64 = 0
  var atWarmup: RunTotals?
  var events: UInt64 = 0

  init(
    _ experiment: Experiment, _ programs: ProgramSet, sliceNS: Int64?, switchNS: Int64?,
    flow: RequestFlow, observer: any RunObserver
  ) {
    self.experiment = experiment
    self.programs = programs
    self.observer = observer
    let testbed = experiment.testbed
    pace = LaunchPace(testbed: testbed, hasSharedLock: false)
    slice = max(1, sliceNS ?? testbed.timeSlice)
    switchBusy = switchNS ?? testbed.switchBusy
    switchIdle = switchNS ?? testbed.switchIdle
    self.flow = flow
    for (t, tenant) in experiment.tenants.enumerated() {
      let first = contexts.count
      contexts += Array(repeating: Context(tenant: t), count: tenant.replicas)
      idleReplicas.append(Array(first..<contexts.count))
    }
  }

  mutating func run() -> RunTotals {
    flow.start(&queue)
    while let event = queue.pop(notAfter: SimTime(nanoseconds: flow.durationNS)) {
      now = event.key.time.nanoseconds
      events += 1
      handle(event.payload)
    }
    let end = flow.end
    now = end
    return flow.measured(present(), since: atWarmup, until: end, events: events)
  }

  private func present() -> RunTotals {
    var totals = flow.totals
    for c in contexts.indices { totals.add(notBooked(of: c), tenant: contexts[c].tenant) }
    return totals
  }

  private mutating func handle(_ event: Event) {
    switch event {
    case .arrival(let tenant):
      flow.arrive(Int(tenant), at: now)
      serveQueue(of: Int(tenant))
      flow.scheduleArrival(of: Int(tenant), after: now, &queue)
    case .closedLoopRequest(let tenant):
      flow.arrive(Int(tenant), at: now)
      serveQueue(of: Int(tenant))
    case .gpu: gpuEvent()
    case .complete(let replica): complete(Int(replica))
    case .warmupEnd: atWarmup = present()
    }
  }

  func program(of c: Int) -> Program {
    programs.programs[programs.byTenant[contexts[c].tenant][0].program]
  }

  private mutating func serveQueue(of tenant: Int) {
    while flow.queues[tenant].count > 0, !idleReplicas[tenant].isEmpty {
      guard let arrival = flow.take(tenant) else { return }
      begin(idleReplicas[tenant].removeFirst(), arrival: arrival)
    }
  }

  private mutating func begin(_ c: Int, arrival: Int64) {
    let copyIn = program(of: c).copyInNS
    var copied = now
    if copyIn > 0 {
      copied = max(now, copyInFree) + copyIn
      copyInFree = copied
    }
    contexts[c].arrival = arrival
    contexts[c].base = now
    contexts[c].position = Position(
      readyAt: max(copied, pace.submitted(0, base: now)), idleSince: now)
    contexts[c].isActive = true
    activeContexts += 1
    contextJoined()
  }

  /// The request's last launch has ended.
  mutating func gpuDone(_ c: Int) {
    contexts[c].isActive = false
    activeContexts -= 1
    let copyOut = program(of: c).copyOutNS
    var time = now
    if copyOut > 0 {
      time = max(now, copyOutFree) + copyOut
      copyOutFree = time
    }
    queue.schedule(
      .complete(replica: Int32(c)),
      at: SimTime(nanoseconds: time + experiment.testbed.completionSync), phase: .completion)
  }

  private mutating func complete(_ c: Int) {
    let tenant = contexts[c].tenant
    flow.complete(
      RequestRecord(
        tenant: tenant, replica: c, arrivalNS: contexts[c].arrival,
        firstLaunchNS: contexts[c].position.begun, completionNS: now), &observer)
    flow.scheduleClosedLoopRequest(of: tenant, after: now, &queue)
    idleReplicas[tenant].append(c)
    serveQueue(of: tenant)
  }
}
