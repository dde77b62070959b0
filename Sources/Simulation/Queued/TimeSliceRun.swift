import EventEngine
import SimBasics
import Tables

/// One run in which every replica is a process with a context, and contexts take turns.
///
/// A context has one stream, so what runs is always alone on the GPU: its launches follow each
/// other as the table says, and only requests, slices and gaps are events. The GPU's side is
/// `ContextSlices`.
struct TimeSliceRun: ServingRun, ~Copyable {
  enum Event: ServingEvent {
    case arrival
    case gpu
    case complete(replica: Int32)
    /// The tokens of a language model's iteration are on the host.
    case tokens(replica: Int32)
    case warmupEnd
  }

  let experiment: Experiment
  let programs: ProgramSet
  var observer: any RunObserver
  var clock = RunClock<Event>()
  var flow: RequestFlow
  var servers: LanguageServers
  var slices: ContextSlices
  private var gpuTicket = EventTicket.none
  var copies = CopyEngines()
  private var tenantOf: [Int]
  /// Each replica's request; nil where it has none.
  private var requests: [Arrival?]
  var atWarmup: RunTotals?
  /// By replica, in runs that follow where requests' time goes: when the copies of its input and of
  /// its answer ended.
  let waits: ContextWaits?
  /// The same of language models' requests.
  let book: IterationBook?
  let series: RunSeries?
  /// Which SMs contexts' launches have, where that is followed, and what they had up to the last end.
  private let sms: AloneSMs?
  private var smNS: [Int64] = []
  var copied: [(input: Int64, output: Int64)]

  /// - Parameters:
  ///   - slicesNS: by tenant.
  init(
    _ experiment: Experiment, _ programs: ProgramSet, slicesNS: [Int64], switchNS: Int64?,
    flow: RequestFlow, servers: LanguageServers = LanguageServers(), observer: any RunObserver,
    following: RunFollowing = RunFollowing()
  ) {
    self.experiment = experiment
    self.programs = programs
    self.observer = observer
    self.flow = flow
    self.servers = servers
    tenantOf = experiment.tenants.enumerated().flatMap {
      Array(repeating: $0.offset, count: $0.element.replicas)
    }
    requests = Array(repeating: nil, count: tenantOf.count)
    copied = Array(repeating: (0, 0), count: tenantOf.count)
    series = following.series
    sms =
      following.series != nil && servers.isEmpty ? AloneSMs(programs, experiment.gpu) : nil
    if sms != nil { smNS = Array(repeating: 0, count: experiment.gpu.smCount) }
    let own = tenantOf.map { programs.programs[programs.byTenant[$0][0].program] }
    let trace = following.tracer.map { ReasonTrace($0, following, [experiment.gpu]) }
    let tenants = experiment.tenants.count
    waits =
      following.isOn
      ? ContextWaits(own, tenantOf: tenantOf, tenants: tenants, trace, following) : nil
    book =
      following.isOn
      ? IterationBook(replicas: tenantOf.count, tenants: tenants, trace) : nil
    slices = ContextSlices(
      own, experiment.testbed, slicesNS: tenantOf.map { slicesNS[$0] }, switchNS: switchNS,
      waits: waits)
  }

  mutating func tellUnfinished() {
    for c in requests.indices {
      if servers.contains(c) {
        flow.tellUnfinished(
          of: &servers[c], started: slices.firstLaunch(of: c, by: clock.now), &observer)
      }
      guard let request = requests[c] else { continue }
      flow.tellUnfinished(
        tenantOf[c], request, c, slices.firstLaunch(of: c, by: clock.now), &observer)
    }
    flow.tellWaiting(&observer)
  }

  func mark(_ totals: RunTotals, at now: Int64) -> RunSeries.Mark {
    var mark = RunSeries.Mark(totals, at: now)
    guard let sms else { return mark }
    mark.smNS = smNS
    for c in tenantOf.indices {
      guard let (launches, ran) = slices.notTold(of: c, at: now) else { continue }
      sms.add(program(of: c), launches, ranNS: ran, to: &mark.smNS)
    }
    return mark
  }

  func present(at now: Int64) -> RunTotals {
    var totals = flow.totals
    totals.contextSwitches = slices.switches
    for c in tenantOf.indices {
      guard let (launches, ran) = slices.notTold(of: c, at: now) else { continue }
      let done = programs.progress(
        of: program(of: c), launches, ranNS: ran, on: experiment.gpu,
        servers.contains(c) ? servers[c].iteration : nil)
      totals.add(done, tenant: tenantOf[c])
    }
    servers.add(to: &totals, at: now)
    return totals
  }

  private func program(of c: Int) -> Program { slices.programs[c] }

  mutating func handle(_ event: Event) {
    switch event {
    case .arrival:
      let (tenant, request) = flow.takeArrival(at: clock.now, &clock.queue)
      arrive(tenant, request)
    case .gpu: follow(slices.handlePlan(at: clock.now))
    case .complete(let replica): complete(Int(replica))
    case .tokens(let replica): takeTokens(Int(replica))
    case .warmupEnd: endWarmup()
    }
  }

  mutating func serveQueue(of tenant: Int) {
    while let c = flow.nextIdle(of: tenant), let request = flow.take(tenant) {
      requests[c] = request
      let copied = copies.copyIn(program(of: c).copyInNS, at: clock.now)
      self.copied[c].input = copied
      follow(slices.begin(c, at: clock.now, copied: copied))
    }
  }

  /// Books what has ended on the GPU, and schedules what it does next.
  mutating func follow(_ progress: ContextSlices.Progress?) {
    if let progress {
      let c = progress.context
      if !progress.launches.isEmpty {
        let done = programs.progress(
          of: program(of: c), progress.launches, ranNS: 0, on: experiment.gpu)
        let tenant = tenantOf[c]
        flow.withTotals { $0.add(done, tenant: tenant) }
        sms?.add(program(of: c), progress.launches, to: &smNS)
      }
      if progress.isFinished, servers.contains(c) {
        endIteration(c)
      } else if progress.isFinished {
        let copied = copies.copyOut(program(of: c).copyOutNS, at: clock.now)
        self.copied[c].output = copied
        clock.schedule(
          .complete(replica: Int32(c)), at: copied + experiment.testbed.completionSync)
      }
    }
    guard let plan = slices.takePlan() else { return }
    _ = clock.queue.cancel(gpuTicket)
    if plan.time < .max {
      gpuTicket = clock.scheduleTicketed(.gpu, at: plan.time, phase: plan.phase)
    }
  }

  private mutating func complete(_ c: Int) {
    let tenant = tenantOf[c]
    guard let request = requests[c] else { return }
    requests[c] = nil
    let record = RequestRecord(
      tenant: tenant, replica: c, number: request.record, arrivalNS: request.timeNS,
      firstLaunchNS: slices.contexts[c].position.begun, completionNS: clock.now)
    let explanation = waits?.explanation(
      c, record, copyIn: copied[c].input, copyOut: copied[c].output)
    flow.complete(record, &observer, &clock.queue, explanation: explanation)
    flow.idle[tenant].append(c)
    serveQueue(of: tenant)
  }
}
