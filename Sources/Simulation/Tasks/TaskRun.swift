import Device
import EventEngine
import Hardware
import Scheduling
import Tables

/// One run of task graphs under a task queue: one grid's workers, or those of the host's launches,
/// take the tasks of all requests in the order in which they became ready.
///
/// At an instant tasks end first, in the order of their places in the queue, and their children join it;
/// then requests arrive; then workers, the host and the block scheduler look; last, a grid whose workers
/// are all ready to end does.
struct TaskRun: QueuedRun, ~Copyable {
  enum Event: RequestEvent {
    case arrival
    /// A request's first tasks join the queue.
    case begin(replica: Int32)
    case taskEnd(worker: Int32)
    /// All tasks that end at the instant have.
    case tasksEnded
    /// A persistent worker looks for its next task; of a grid that ended since, nobody.
    case look(worker: Int32, grid: Int32)
    /// A persistent worker has looked in vain often enough, if it has waited since.
    case polled(worker: Int32, grid: Int32, since: Int64)
    /// All persistent workers have looked in vain often enough, and the last of them leaves.
    case allPolled
    case gridEnd
    /// The host sees what is new.
    case hostLooked
    /// Its launch of it has gone to the GPU.
    case hostLaunched
    /// What ended has made room.
    case place
    case complete(replica: Int32)
    case warmupEnd
  }

  /// A task in the queue.
  struct Entry {
    let replica: Int32
    let task: Int32
  }

  let experiment: Experiment
  let rule: TaskQueue
  /// By tenant.
  let tasks: [WorkerTasks]
  var observer: any RunObserver
  var clock = RunClock<Event>()
  var flow: RequestFlow
  var grid: WorkerGrid
  /// By replica: its tenant, and the request it runs.
  private let tenantOf: [Int]
  var running: [TaskGraphRun?]
  /// Requests that run.
  var active = 0
  /// Workers whose tasks have ended at this instant.
  private var ended: [Int] = []
  /// Tasks in the order in which they became ready, since the queue was last empty of requests.
  var queue = LongQueue<Entry>()
  var persistent: PersistentWorkers
  var host: TaskHost
  private var copies = CopyEngines()
  var atWarmup: RunTotals?
  let series: RunSeries?
  /// Why the run cannot go on.
  var refusal: Diagnostic?

  init(
    _ experiment: Experiment, _ programs: ProgramSet, _ rule: TaskQueue, flow: RequestFlow,
    observer: any RunObserver, following: RunFollowing = RunFollowing()
  ) {
    let grid = WorkerGrid(rule, on: experiment.gpu)
    self.experiment = experiment
    self.rule = rule
    self.grid = grid
    self.flow = flow
    self.observer = observer
    series = following.series
    tasks = experiment.tenants.enumerated().map { t, tenant in
      guard let graph = tenant.graph else { preconditionFailure("a tenant without a task graph") }
      return WorkerTasks(
        graph, programs.programs[programs.byTenant[t][0].program], grid, pushNS: rule.pushNS)
    }
    tenantOf = experiment.tenants.enumerated().flatMap { t, tenant in
      Array(repeating: t, count: tenant.replicas)
    }
    running = Array(repeating: nil, count: tenantOf.count)
    persistent = PersistentWorkers(count: grid.count)
    host = TaskHost(experiment.testbed, tenants: experiment.tenants.count)
  }

  mutating func tellUnfinished() {
    for r in running.indices {
      guard let run = running[r] else { continue }
      flow.tellUnfinished(tenantOf[r], run.request, r, run.firstNS, &observer)
    }
    flow.tellWaiting(&observer)
  }

  func present(at now: Int64) -> RunTotals {
    var totals = flow.totals
    totals.integrals = grid.integrals(at: now)
    return totals
  }

  mutating func handle(_ event: Event) {
    switch event {
    case .arrival:
      let (tenant, request) = flow.takeArrival(at: clock.now, &clock.queue)
      flow.arrive(tenant, request)
      serveQueue(of: tenant)
    case .begin(let replica): begin(Int(replica))
    case .taskEnd(let worker):
      // What ends later at this instant is scheduled already: tasks take a nanosecond at least.
      if ended.isEmpty { clock.schedule(.tasksEnded, at: clock.now) }
      ended.append(Int(worker))
    case .tasksEnded: endTasks()
    case .look(let worker, let number):
      if number == persistent.number { look(Int(worker)) }
    case .polled(let worker, let number, let since):
      if number == persistent.number { polled(Int(worker), since: since) }
    case .allPolled: endWhenAllPolled()
    case .gridEnd: endPolledGrid()
    case .hostLooked: hostLooked()
    case .hostLaunched: hostLaunched()
    case .place: placeBlocks()
    case .complete(let replica): complete(Int(replica))
    case .warmupEnd: endWarmup()
    }
  }

  private mutating func endTasks() {
    let isPersistent = rule.mode == .persistent
    let places = ended.map { isPersistent ? persistent.workers[$0].next : host.blocks[$0].next }
    let workers = zip(places, ended).sorted { $0.0 < $1.0 }
    ended.removeAll(keepingCapacity: true)
    for (_, worker) in workers {
      if isPersistent { persistentTaskEnded(worker) } else { blockTaskEnded(worker) }
    }
    if queue.isLong {
      queue.forget(
        before: isPersistent ? persistent.forgetOld(fetch: rule.fetch) : host.firstOpenPlace())
    }
  }

  // MARK: - Requests

  private mutating func serveQueue(of tenant: Int) {
    while let r = flow.nextIdle(of: tenant), let request = flow.take(tenant) {
      running[r] = TaskGraphRun(request, tasks[tenant])
      let copied = copies.copyIn(tasks[tenant].copyInNS, at: clock.now)
      var time = clock.now + experiment.testbed.requestCPU
      // A persistent grid is one call; others are launched when the host sees what there is.
      if rule.mode == .persistent { time = host.call(from: time) }
      clock.schedule(.begin(replica: Int32(r)), at: max(copied, time), phase: .arrival)
    }
  }

  private mutating func begin(_ r: Int) {
    if rule.mode == .persistent {
      beginPersistent(r)
      return
    }
    if active == 0 { host.freeAt = max(host.freeAt, clock.now) }
    publishRoots(of: r)
    hostSeesNew()
  }

  mutating func publishRoots(of r: Int) {
    active += 1
    for root in tasks[tenantOf[r]].roots { queue.append(Entry(replica: Int32(r), task: root)) }
  }

  /// A task begins on a worker; returns when it will have ended.
  mutating func beginTask(_ number: Int, on worker: Int) -> Int64 {
    let entry = queue[number]
    let r = Int(entry.replica)
    if running[r]?.firstNS == nil { running[r]?.firstNS = clock.now }
    let end = clock.now + tasks[tenantOf[r]].times[Int(entry.task)]
    clock.schedule(.taskEnd(worker: Int32(worker)), at: end)
    return end
  }

  /// A task has ended: its children join the queue. Returns its replica.
  mutating func endTask(_ number: Int) -> Int {
    let entry = queue[number]
    let r = Int(entry.replica)
    let own = tasks[tenantOf[r]]
    if case .doing(let flop, let bytes) = own.graph.work[Int(entry.task)] {
      let work = WorkSum(flop: Int128(flop), dramBytes: Int128(bytes))
      flow.count(launches: 0, work, (1, 1), tenant: tenantOf[r])
    }
    for child in running[r]?.end(entry.task, own) ?? [] {
      queue.append(Entry(replica: entry.replica, task: child))
    }
    return r
  }

  /// Whether all of a request's tasks have ended.
  func isDone(_ r: Int) -> Bool { running[r]?.left == 0 }

  /// A replica's tenant and its graph's tasks.
  func tenant(of r: Int) -> (name: String, tasks: Int) {
    (experiment.tenants[tenantOf[r]].name, tasks[tenantOf[r]].times.count)
  }

  /// Counts a launch of the device, in which are tasks of some replicas' tenants.
  mutating func countLaunch(of replicas: some Sequence<Int>) {
    flow.withTotals { $0.deviceLaunches += 1 }
    for t in Set(replicas.map { tenantOf[$0] }).sorted() {
      flow.withTotals { $0.launches[t] += 1 }
    }
  }

  /// The GPU is done with a request: its results go back, and the host hears of them.
  mutating func gpuDone(_ r: Int) {
    active -= 1
    if active == 0 { queue.removeAll() }
    let copied = copies.copyOut(tasks[tenantOf[r]].copyOutNS, at: clock.now)
    clock.schedule(
      .complete(replica: Int32(r)), at: copied + experiment.testbed.completionSync)
  }

  private mutating func complete(_ r: Int) {
    guard let run = running[r] else { return }
    running[r] = nil
    flow.complete(
      RequestRecord(
        tenant: tenantOf[r], replica: r, number: run.request.record,
        arrivalNS: run.request.timeNS, firstLaunchNS: run.firstNS ?? clock.now,
        completionNS: clock.now), &observer, &clock.queue)
    flow.idle[tenantOf[r]].append(r)
    serveQueue(of: tenantOf[r])
  }
}
