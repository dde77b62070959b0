import Device
import Hardware
import Tables

/// One run in which every replica has a GPU of its own: queues with as many servers as replicas.
struct DedicatedRun: ServingRun, ~Copyable {
  enum Event: ServingEvent {
    case arrival
    case complete(replica: Int32)
    /// A language model's iteration has ended on its GPU.
    case iterationEnd(replica: Int32)
    /// Its tokens are on the host.
    case tokens(replica: Int32)
    case warmupEnd
  }

  let experiment: Experiment
  let programs: ProgramSet
  let pace: LaunchPace
  var observer: any RunObserver
  var clock = RunClock<Event>()
  var flow: RequestFlow
  var servers: LanguageServers
  /// By replica: when its iteration's first launch started; nil where it has none.
  var iterations: [Int64?]
  var tenantOf: [Int] = []
  /// When the host began a replica's request, and its first launch started.
  private var running: [(request: Arrival, base: Int64, start: Int64)?] = []
  var atWarmup: RunTotals?
  let series: RunSeries?
  private let isFollowed: Bool
  private let trace: ReasonTrace?
  /// Where the time of language models' requests goes, in runs that follow it.
  let book: IterationBook?

  init(
    _ experiment: Experiment, _ programs: ProgramSet, flow: RequestFlow,
    servers: LanguageServers = LanguageServers(), observer: any RunObserver,
    following: RunFollowing = RunFollowing()
  ) {
    self.experiment = experiment
    self.programs = programs
    self.observer = observer
    pace = LaunchPace(testbed: experiment.testbed, hasSharedLock: false)
    self.flow = flow
    self.servers = servers
    iterations = []
    for (t, tenant) in experiment.tenants.enumerated() {
      tenantOf += Array(repeating: t, count: tenant.replicas)
    }
    running = Array(repeating: nil, count: tenantOf.count)
    iterations = Array(repeating: nil, count: tenantOf.count)
    series = following.series
    isFollowed = following.isOn
    let gpus = Array(repeating: experiment.gpu, count: tenantOf.count)
    let trace = following.tracer.map { ReasonTrace($0, following, gpus) }
    self.trace = trace
    book =
      following.isOn
      ? IterationBook(replicas: tenantOf.count, tenants: experiment.tenants.count, trace) : nil
  }

  mutating func tellUnfinished() {
    for r in running.indices {
      if servers.contains(r) {
        let start = iterations[r].flatMap { $0 <= clock.now ? $0 : nil }
        flow.tellUnfinished(of: &servers[r], started: start, &observer)
      }
      guard let (request, _, start) = running[r] else { continue }
      flow.tellUnfinished(
        tenantOf[r], request, r, start <= clock.now ? start : nil, &observer)
    }
    flow.tellWaiting(&observer)
  }

  func present(at now: Int64) -> RunTotals {
    var totals = flow.totals
    totals.gpus = max(1, tenantOf.count)
    for r in running.indices {
      guard let (_, base, start) = running[r] else { continue }
      let progress = programs.progress(
        of: program(of: tenantOf[r]), from: start, base: base, pace: pace, now: now,
        on: experiment.gpu)
      totals.add(progress, tenant: tenantOf[r])
    }
    addIterations(to: &totals, at: now)
    return totals
  }

  private func program(of tenant: Int) -> Program {
    programs.programs[programs.byTenant[tenant][0].program]
  }

  mutating func handle(_ event: Event) {
    switch event {
    case .arrival:
      let (tenant, request) = flow.takeArrival(at: clock.now, &clock.queue)
      arrive(tenant, request)
    case .complete(let replica): complete(Int(replica))
    case .iterationEnd(let replica): endIteration(Int(replica))
    case .tokens(let replica): takeTokens(Int(replica))
    case .warmupEnd: endWarmup()
    }
  }

  mutating func serveQueue(of tenant: Int) {
    while let r = flow.nextIdle(of: tenant), let request = flow.take(tenant) {
      let program = program(of: tenant)
      let start = clock.now + program.firstStart(pace)
      running[r] = (request, clock.now, start)
      let end = program.soloEnd(at: start, base: clock.now, pace: pace)
      clock.schedule(
        .complete(replica: Int32(r)),
        at: end + program.copyOutNS + experiment.testbed.completionSync)
    }
  }

  private mutating func complete(_ r: Int) {
    guard let (request, base, start) = running[r] else { return }
    let tenant = tenantOf[r]
    let count = program(of: tenant).launches.count
    let done = programs.progress(
      of: program(of: tenant), 0..<count, ranNS: 0, on: experiment.gpu)
    flow.withTotals { $0.add(done, tenant: tenant) }
    let record = RequestRecord(
      tenant: tenant, replica: r, number: request.record, arrivalNS: request.timeNS,
      firstLaunchNS: start, completionNS: clock.now)
    let explanation = isFollowed ? explain(record, begun: base) : nil
    running[r] = nil
    flow.complete(record, &observer, &clock.queue, explanation: explanation)
    flow.idle[tenant].append(r)
    serveQueue(of: tenant)
  }

  /// On a GPU of its own a request waits for nothing but a replica and the host.
  private func explain(_ record: RequestRecord, begun: Int64) -> RequestExplanation {
    let program = program(of: record.tenant)
    var parts = WaitParts()
    parts[.own] =
      program.launches.reduce(0) { $0 + $1.durationNS } + program.copyInNS + program.copyOutNS
    parts[.host] = record.completionNS - begun - parts[.own]
    if let trace {
      trace.alone(
        record.replica, device: record.replica, base: begun, program,
        launches: program.launches.count, start: record.firstLaunchNS, pace: pace)
      trace.work(
        record.replica, tenant: record.tenant, from: begun, to: record.completionNS, batch: 1,
        parts: parts)
    }
    parts[.queue] = begun - record.arrivalNS
    let explanation = RequestExplanation(
      record: record, parts: parts, begunNS: begun, batch: 1, inTheWay: [])
    trace?.request(explanation)
    return explanation
  }
}
