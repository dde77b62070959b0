import EventEngine
import GPUModel
import Policies
import SimBasics
import Tables

/// One run in which launches of several replicas may be on the device together: streams, MPS, and
/// policies that send launches themselves.
///
/// Path of a request: queue → replica (`begin`) → host and copy in → launch after launch
/// (`launchIsReady` → device → `launchEnded`) → copy out → `complete`. While one request is alone it
/// is not followed launch by launch (`SharedRun+Solo.swift`).
struct SharedRun: ~Copyable {
  enum Event: RequestEvent {
    case arrival(tenant: Int32)
    case closedLoopRequest(tenant: Int32)
    case ready(replica: Int32)
    case hostLock(replica: Int32)
    case hostSubmit(replica: Int32)
    case submit(tag: Int32)
    case complete(replica: Int32)
    case soloEnd
    case exclusionEnd(replica: Int32)
    case warmupEnd
    case wake
  }

  struct Replica {
    var tenant: Int
    var program = 0
    var launch = 0
    /// When the host began the request.
    var base: Int64 = 0
    /// When the stream allows the next launch: copy or predecessor done, gap over.
    var streamReady: Int64 = 0
    var firstLaunch: Int64 = -1
    var launchStart: Int64 = 0
    /// Launches the host has submitted; counted only where hosts wait for each other.
    var submitted = 0
    var isWaiting = false
    var arrival: Int64 = 0
    var moreArrivals: [Int64] = []
    var mask = 0
    /// The same for the launch that a policy sent.
    var launchMask = 0
    var cap: Int?
    /// Blocks of the present launch that are not sent yet, where a policy sends slices.
    var blocksLeft = 0
    var sentBlocks = 0
    /// What a policy gave the launch it sent.
    var priority = 0
    var device: LaunchID?
    var problems = 1
    /// How long the present launch, or its super-kernel, takes on the idle GPU.
    var predictedNS: Int64 = 0

    /// The present launch has ended and the stream allows the next one at an instant.
    mutating func advance(to launch: Int, at time: Int64) {
      self.launch = launch
      streamReady = time
      device = nil
    }
  }

  struct Group {
    var members: [Int] = []
    var partsLeft = 0
    var isVariable = false
  }

  /// A launch whose duration alone is known.
  struct Prediction: Hashable {
    var profile: Int
    var blocks: Int
    var scale: Double
  }

  let experiment: Experiment
  let programs: ProgramSet
  let pace: LaunchPace
  let isMPS: Bool
  /// Whether submissions of several threads meet, at the context's lock or in a shared queue.
  let hasHostEvents: Bool
  let queueCount: Int
  let mpsDelays: [Int64]
  var driver: PolicyDriver
  var observer: any RunObserver

  var queue = EventQueue<Event>()
  var device: Device
  var flow: RequestFlow
  var replicas: [Replica] = []
  var idle: [[Int]]
  var hardwareQueues: [[Int]]
  var groups: [Group] = []
  var freeGroups: [Int] = []
  /// The grids of the super-kernel that is being sent, kept for their room.
  var parts: [(profile: Int, blocks: Int)] = []
  /// The device's numbers for the sets of SMs that the policy has named.
  var masks: [(sms: Range<Int>, mask: Int)] = []
  /// Looked up by key only.
  var predictions: [Prediction: Int64] = [:]
  var now: Int64 = 0
  var lockFree: Int64 = 0
  var schedulerFree: Int64 = 0
  var copyInFree: Int64 = 0
  var copyOutFree: Int64 = 0
  var activeReplicas = 0
  var solo: (replica: Int, start: Int64, ticket: EventTicket)?
  var soloIntegrals = DeviceIntegrals()
  var atWarmup: RunTotals?
  var events: UInt64 = 0

  init(
    _ experiment: Experiment, _ programs: ProgramSet, _ policy: any SharingPolicy,
    flow: RequestFlow, observer: any RunObserver
  ) {
    // All that may trap, and all that is worked out, before the first property is set: the
    // optimizer of Swift 6.3 releases unset properties of a noncopyable value otherwise.
    let driver = PolicyDriver(policy)
    let streams = experiment.tenants.reduce(0) { $0 + $1.replicas }
    let mode = Self.sharingMode(policy.mechanism, experiment.testbed, streams: streams)
    let gated = driver.isGated
    let isFree = !gated && !driver.control.contains(.requests) && streams > 1
    let hasLock = !mode.isMPS && experiment.testbed.launchLock > 0
    var pace = LaunchPace(testbed: experiment.testbed, hasSharedLock: !mode.isMPS)
    let delays = Self.mpsDelays(experiment.testbed, clients: streams)
    // A scheduler that sends launches itself pays for each when it does.
    if gated { pace.perLaunch = 0 }
    self.experiment = experiment
    self.programs = programs
    self.driver = driver
    self.observer = observer
    self.pace = pace
    self.flow = flow
    isMPS = mode.isMPS
    queueCount = mode.queues
    mpsDelays = delays
    hasHostEvents = isFree && (hasLock || streams > mode.queues)
    idle = []
    hardwareQueues = Array(repeating: [], count: mode.queues)
    device = Device(gpu: experiment.gpu)
    for profile in programs.profiles { _ = device.register(profile) }
    makeReplicas(mode.percentages)
  }

  private mutating func makeReplicas(_ percentages: [String: Double]) {
    driver.view.smCount = experiment.gpu.smCount
    driver.view.launchGapNS = experiment.testbed.launchGap
    driver.view.programs = programs.views(experiment.testbed)
    var nextSM = 0
    for (t, tenant) in experiment.tenants.enumerated() {
      let first = replicas.count
      let percentage = percentages[tenant.name] ?? percentages[""] ?? 100
      let cap = PartitionRule.smCap(percentage: percentage, gpu: experiment.gpu)
      for _ in 0..<tenant.replicas {
        var replica = Replica(tenant: t)
        if cap < experiment.gpu.smCount {
          replica.cap = cap
          replica.mask = device.register(
            mask: SMSet(start: nextSM, count: cap, smCount: experiment.gpu.smCount))
          nextSM = (nextSM + cap) % experiment.gpu.smCount
        }
        replicas.append(replica)
        driver.view.replicas.append(ReplicaView(tenant: t))
      }
      let range = first..<replicas.count
      idle.append(Array(range))
      driver.view.tenants.append(
        TenantView(
          name: tenant.name, priority: tenant.priority, sloNS: tenant.sloNS ?? .max / 4,
          replicas: range, programs: programs.byTenant[t]))
    }
  }

  // MARK: - The loop

  mutating func run() throws -> RunTotals {
    flow.start(&queue)
    let end = flow.durationNS
    while true {
      // The device goes by itself up to the next event that is not its own.
      let due = min(queue.nextKey()?.time.nanoseconds ?? .max, end == .max ? end : end + 1)
      if solo == nil, device.advance(before: due) {
        now = device.now
        for i in device.completions.indices { deviceEnded(device.completions[i].tag) }
        try finishInstant()
        continue
      }
      let deviceTime = solo == nil ? device.nextEvent : .max
      let event = queue.pop(notAfter: SimTime(nanoseconds: deviceTime))
      let time = event?.key.time.nanoseconds ?? deviceTime
      if time > end || time == .max { break }
      now = time
      if solo == nil {
        device.advance(to: time)
        for i in device.completions.indices { deviceEnded(device.completions[i].tag) }
      }
      if let event { handle(event.payload) }
      try finishInstant()
      if events > 1 << 40 {
        throw RunLimitError.events(limit: 1 << 40, at: SimTime(nanoseconds: now))
      }
    }
    return finish(at: flow.end)
  }

  /// Handles what else the instant holds, decides, and lets the device go on.
  private mutating func finishInstant() throws(PolicyFault) {
    while true {
      while let event = queue.pop(notAfter: SimTime(nanoseconds: now)) { handle(event.payload) }
      guard driver.needsDecision else { break }
      try decide()
    }
    if solo == nil { device.settle() }
  }

  private mutating func finish(at end: Int64) -> RunTotals {
    now = end
    // A timer after the last request may have moved the idle device's clock on.
    if solo != nil { breakSolo() } else if device.now < end { device.advance(to: end) }
    return flow.measured(present(), since: atWarmup, until: end, events: events)
  }

  private func present() -> RunTotals {
    var totals = flow.totals
    totals.integrals = device.integrals
    totals.integrals += soloIntegrals
    return totals
  }

  private mutating func handle(_ event: Event) {
    events += 1
    switch event {
    case .arrival(let tenant):
      arrive(Int(tenant))
      flow.scheduleArrival(of: Int(tenant), after: now, &queue)
    case .closedLoopRequest(let tenant): arrive(Int(tenant))
    case .ready(let replica):
      if hasHostEvents { readyCheck(Int(replica)) } else { launchIsReady(Int(replica)) }
    case .hostLock(let replica): takeLock(Int(replica))
    case .hostSubmit(let replica): hostSubmitted(Int(replica))
    case .submit(let tag): send(tag)
    case .complete(let replica): complete(Int(replica))
    case .soloEnd: endSolo()
    case .exclusionEnd(let replica): endExclusion(Int(replica))
    case .warmupEnd:
      if solo != nil { breakSolo() }
      atWarmup = present()
    case .wake: driver.wake(at: now)
    }
  }
}
