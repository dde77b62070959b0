import Device
import EventEngine
import Scheduling
import SimBasics
import Tables

/// One run in which launches of several replicas may be on a device together: streams, MPS, and
/// policies that send launches themselves.
///
/// Path of a request: queue → replica (`begin`) → host and copy in → launch after launch
/// (`launchIsReady` → device → `launchEnded`) → copy out → `complete`. While one request is alone it
/// is not followed launch by launch (`SharedRun+Solo.swift`). What has rules of its own is a part;
/// the run hands events from one to the other.
struct SharedRun: ~Copyable {
  enum Event: RequestEvent {
    case arrival
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

  /// What makes a run fast and changes nothing; tests switch it off to see that.
  struct Shortcuts {
    /// A request that is alone is not followed launch by launch.
    var soloRequests = true
    /// Instants at which no launch ends are left to the device.
    var plainInstants = true
  }

  let experiment: Experiment
  let programs: ProgramSet
  /// Extra gap per kernel by the number of active MPS clients.
  let mpsDelays: [Int64]
  var driver: PolicyDriver
  var observer: any RunObserver

  var clock: RunClock<Event>
  var flow: RequestFlow
  /// The replicas that serve language models.
  var servers: LanguageServers
  var host: HostSubmission
  var streams: StreamQueues
  /// By device: its copy engines, and its replicas with a request.
  var copies: [CopyEngines]
  var active: [Int]
  /// GPUs that are used: MIG instances are one.
  let gpuCount: Int
  var fusion: FusionGroups
  var solo: SoloShortcut
  var replicas: [Replica] = []
  /// The devices' numbers for the sets of SMs that the policy has named.
  var masks: [(device: Int, sms: Range<Int>, mask: Int)] = []
  /// The persistent grid that takes the launches, where there is one.
  var residency: ResidentGrid?
  private var watch: RunWatch

  /// - Parameters:
  ///   - deviceCount: how many GPUs there are; replicas take turns on them.
  init(
    _ experiment: Experiment, _ programs: ProgramSet, _ policy: any SharingPolicy,
    flow: RequestFlow, servers: LanguageServers = LanguageServers(), observer: any RunObserver,
    deviceCount: Int = 1, shortcuts: Shortcuts = Shortcuts(),
    following: RunFollowing = RunFollowing()
  ) {
    // All that may trap, and all that is worked out, before the first property is set: the
    // optimizer of Swift 6.3 releases unset properties of a noncopyable value otherwise.
    let (testbed, gpu) = (experiment.testbed, experiment.gpu)
    let driver = PolicyDriver(policy)
    let count = experiment.tenants.reduce(0) { $0 + $1.replicas } + servers.second.count
    let mode = SharingMode(policy.mechanism, testbed, streams: count)
    let streams = StreamQueues(streams: count, queues: mode.queues)
    let gpus = mode.devices(gpu, count: deviceCount)
    let clock = RunClock<Event>(
      gpus, coRunnerSlowdown: testbed.coRunnerSlowdown,
      skipsPlainInstants: shortcuts.plainInstants && !following.hearsInstants)
    for device in gpus.indices {
      if following.series != nil { clock.devices[device].pointee.followSMs() }
      for profile in programs.profiles { _ = clock.devices[device].pointee.register(profile) }
      // Places for the rows of iterations, each made when it is needed.
      for _ in 0..<servers.kernels {
        _ = clock.devices[device].pointee.register(Self.emptyPlace)
      }
    }
    self.experiment = experiment
    self.programs = programs
    self.driver = driver
    self.observer = observer
    self.flow = flow
    self.servers = servers
    self.streams = streams
    self.clock = clock
    copies = Array(repeating: CopyEngines(), count: gpus.count)
    active = Array(repeating: 0, count: gpus.count)
    gpuCount = mode.layout?.slices.isEmpty ?? true ? gpus.count : 1
    mpsDelays = mode.launchDelays(testbed, clients: count)
    host = HostSubmission(
      testbed, replicas: count, hasSharedLock: !mode.isMPS,
      meets: !policy.startsOneAtATime && count > 1,
      sharesQueues: streams.isShared, isOneCall: mode.taskQueue != nil)
    residency = mode.taskQueue?.mode == .persistent ? ResidentGrid(programs, on: gpu) : nil
    fusion = FusionGroups(
      testbed, gpu, countsSingles: driver.control.contains(.singleSuperKernels))
    watch = RunWatch(series: following.series)
    // What is not followed launch by launch is on no SM.
    solo = SoloShortcut(isEnabled: shortcuts.soloRequests && following.series == nil)
    makeReplicas(mode)
    makeSecondReplicas()
    if following.isOn {
      var following = following
      following.sides = (replicas.count - servers.second.count, servers.second)
      watch.book = ReasonBook(
        experiment, programs, QueueClocks(experiment, policy), devices: gpus,
        replicas: replicas.map { ($0.tenant, $0.device, $0.mask) }, following)
      watchLosses()
    }
  }

  private mutating func makeReplicas(_ mode: SharingMode) {
    let gpu = experiment.gpu
    driver.view.smCount = gpu.smCount
    driver.view.launchGapNS = experiment.testbed.launchGap
    driver.view.costs = HostCosts(experiment.testbed)
    driver.view.programs = programs.views(experiment.testbed)
    var nextSM = 0
    for (t, tenant) in experiment.tenants.enumerated() {
      let first = replicas.count
      let cap = PartitionRule.smCap(percentage: mode.percentage(of: tenant.name), gpu: gpu)
      for i in 0..<tenant.replicas {
        var replica = Replica(tenant: t, device: replicas.count % clock.devices.count)
        var view = ReplicaView(tenant: t)
        if let part = mode.layout?.part(of: tenant.name, replica: i) {
          replica = put(replica, in: part, of: mode.layout)
          if case .slice(let number) = replica.place {
            view.smCount = gpu.migSlices[number].smCount
          }
        } else if cap < gpu.smCount {
          replica.place = .sms(cap)
          replica.mask = clock.devices[replica.device].pointee.register(
            mask: SMSet(start: nextSM, count: cap, smCount: gpu.smCount))
          nextSM = (nextSM + cap) % gpu.smCount
        }
        if tenant.language != nil {
          view.program = driver.view.programs.count
          driver.view.programs.append(ProgramView(batch: 1, launches: [], soloNS: 0))
        }
        replicas.append(replica)
        driver.view.replicas.append(view)
      }
      var view = tenant.view
      view.replicas = first..<replicas.count
      view.programs = programs.byTenant[t]
      driver.view.tenants.append(view)
    }
  }

  /// A replica in a part of the GPU.
  private mutating func put(
    _ replica: Replica, in part: Int, of layout: GPULayout?
  ) -> Replica {
    guard let layout else { return replica }
    let place = ProgramPlace(layout.parts[part], of: experiment.gpu)
    var put = Replica(tenant: replica.tenant, device: layout.slices.isEmpty ? 0 : part)
    put.place = place
    if case .sms(let sms) = layout.parts[part], place != nil { put.mask = mask(sms, on: 0) }
    return put
  }

  /// Where requests' time goes, in runs that follow it.
  var book: ReasonBook? { watch.book }
  /// What is done over time, in runs that keep it.
  var series: RunSeries? { watch.series }

  // MARK: - The loop

  /// Runs to the end.
  ///
  /// - Throws: `PolicyFault`; `RunLimitError` where there is no end.
  mutating func run() throws -> RunTotals {
    flow.start(&clock.queue)
    if flow.warmupNS == 0 { noteWindow(at: 0) }
    while true {
      let step = clock.step(until: flow.lastAllowedInstant, window: series?.nextNS ?? .max)
      if case .end = step { break }
      if case .window = step {
        noteWindow(at: series?.nextNS ?? clock.now)
        continue
      }
      if clock.runsDevices { devicesEnded() }
      if case .event(let event) = step { handle(event) }
      try finishInstant()
      if let refusal = flow.refusal { throw InputError(refusal) }
      if clock.events > RunClock<Event>.mostEvents {
        throw RunLimitError.events(
          limit: RunClock<Event>.mostEvents, at: SimTime(nanoseconds: clock.now))
      }
    }
    try clock.checkEnd(of: flow)
    return finish(at: flow.end)
  }

  /// Handles what else the instant holds, decides, and lets the devices go on.
  private mutating func finishInstant() throws(PolicyFault) {
    while true {
      while let event = clock.nextEvent(until: clock.now) { handle(event) }
      guard driver.needsDecision else { break }
      try decide()
    }
    clock.settle()
    if let book, clock.runsDevices {
      for device in 0..<clock.devices.count { book.look(device, clock.devices[device]) }
    }
  }

  private mutating func finish(at end: Int64) -> RunTotals {
    noteWindows(before: end)
    clock.stop(at: end)
    // A timer after the last request may have moved the idle device's clock on.
    if solo.request != nil { breakSolo() } else { clock.devices.catchUp(to: end) }
    tellUnfinished()
    finishWindows(at: end, present())
    return flow.measured(present(), since: watch.atWarmup, until: end, events: clock.events)
  }

  private mutating func tellUnfinished() {
    tellUnfinishedIterations()
    for r in replicas.indices
    where driver.view.replicas[r].phase != .idle && !servers.contains(r) {
      let begun = replicas[r].firstLaunch
      for request in replicas[r].work.requests {
        flow.tellUnfinished(
          replicas[r].tenant, request, r, begun >= 0 ? begun : nil, &observer)
      }
    }
    flow.tellWaiting(&observer)
  }

  private func present() -> RunTotals {
    var totals = flow.totals
    totals.gpus = gpuCount
    if clock.devices.count > gpuCount { totals.instances = clock.devices.count }
    totals.integrals = clock.devices.integrals
    totals.integrals += solo.integrals
    if let residency { totals.integrals = residency.integrals(at: clock.now) }
    servers.add(to: &totals, at: clock.now)
    return totals
  }

  private mutating func handle(_ event: Event) {
    switch event {
    case .arrival:
      let (tenant, request) = flow.takeArrival(at: clock.now, &clock.queue)
      arrive(tenant, request)
    case .ready(let replica): streamIsReady(Int(replica))
    case .hostLock(let replica): takeLock(Int(replica))
    case .hostSubmit(let replica): hostSubmitted(Int(replica))
    case .submit(let tag): arriveAtDevice(tag)
    case .complete(let replica): complete(Int(replica))
    case .soloEnd: endSolo()
    case .exclusionEnd(let replica): endExclusion(Int(replica))
    case .warmupEnd:
      if solo.request != nil { breakSolo() }
      watch.atWarmup = present()
      noteWindow(at: clock.now)
    case .wake: driver.wake(at: clock.now)
    }
  }
}
