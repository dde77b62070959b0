import Device
import Hardware
import LanguageModels
import TestSupport

@testable import Simulation

/// A run under `muxserve` told simply: every launch of every iteration goes to the naive device with
/// the SMs of its tenths, and what may begin is looked for anew at every instant.
///
/// It shares the sums of quotas with the simulator (`KVQuotas`, which has tests of its own), the
/// words, and no more. What it leaves out: locks, copies, priorities, graphs, hosts that work ahead.
struct NaiveMultiplex {
  /// One side of a language model, or a CNN.
  struct Job {
    enum Kind { case decode, prefill, cnn }
    var tenant: Int
    var kind: Kind
    var work: NaiveSharing.Work?
    var mask: [Bool]?
    var running: Int?
    /// Who came first where two launches become ready at one instant.
    var order = 0
    /// When the host has the tokens.
    var toldAt: Int64?
    var tenths: Range<Int>?
    /// When the CNN's request arrived.
    var arrival: Int64 = 0

    var isIdle: Bool { work == nil && toldAt == nil }
  }

  let experiment: Experiment
  let shares: (prefill: Int, decode: Int, twice: Int)
  var quotas: KVQuotas
  /// By language model: its tenant, its replica told simply, its blocks in use times nanoseconds, and
  /// the same when quotas moved last.
  var models: [(tenant: Int, serving: NaiveServing, area: Int64, areaBefore: Int64)] = []
  var hostFree: [Int64] = []
  var moved: Int64 = 0
  var time: Int64 = 0
  var device: NaiveDevice
  var jobs: [Job] = []
  var queues: [[Int64]]
  var last: [Job.Kind: Int] = [:]
  var orders = 0
  var answers: [NaiveSharing.Answer] = []
  /// Whether a model ever had more blocks than its quota.
  var isOverfull = false

  init(
    _ experiment: Experiment, _ quotas: KVQuotas, shares: (prefill: Int, decode: Int, twice: Int)
  ) {
    self.experiment = experiment
    self.shares = shares
    self.quotas = quotas
    let (gpu, limits) = (experiment.gpu, experiment.gpu.limits)
    device = NaiveDevice(
      NaiveDevice.Machine(
        smCount: gpu.smCount, warps: limits.maxWarps, blocks: limits.maxBlocks,
        registers: limits.registers, sharedMemory: limits.sharedMemory, dramRate: gpu.dramRate,
        maxResidentGrids: gpu.maxResidentGrids,
        coRunnerSlowdown: experiment.testbed.coRunnerSlowdown))
    queues = experiment.tenants.map { _ in [] }
    hostFree = experiment.tenants.map { _ in 0 }
    var prefills: [Job] = []
    for (t, tenant) in experiment.tenants.enumerated() {
      guard let language = tenant.language else {
        jobs.append(Job(tenant: t, kind: .cnn))
        continue
      }
      let quota = quotas.members[models.count].quota
      models.append((t, NaiveServing(settings: language.settings, blocks: quota), 0, 0))
      jobs.append(Job(tenant: t, kind: .decode))
      prefills.append(Job(tenant: t, kind: .prefill))
    }
    jobs += prefills
  }

  func model(of j: Int) -> Int {
    models.firstIndex { $0.tenant == jobs[j].tenant } ?? 0
  }

  var delay: Int64 {
    let active = jobs.count { $0.kind == .cnn ? !$0.isIdle : $0.work != nil }
    let testbed = experiment.testbed
    let delay = testbed.mpsDelaySlope * Double(active) + testbed.mpsDelayOffset
    return active >= 2 ? max(0, Int64(delay.rounded())) : 0
  }

  /// Runs until nothing is left to do.
  mutating func run() throws {
    let arrivals = try NaiveSharing.arrivals(of: experiment)
    var next = 0
    while true {
      var now = device.nextEvent ?? .max
      if next < arrivals.count { now = min(now, arrivals[next].time) }
      for job in jobs {
        if job.running == nil, let work = job.work { now = min(now, work.start) }
        if let told = job.toldAt { now = min(now, told) }
      }
      if now == .max { return }
      for m in models.indices {
        models[m].area += Int64(models[m].serving.used()) * (now - time)
      }
      time = now
      for number in device.advance(to: now) { launchEnded(number) }
      for j in jobs.indices where jobs[j].toldAt == now { jobs[j].toldAt = nil }
      send()
      while next < arrivals.count, arrivals[next].time == now {
        arrive(arrivals[next].tenant, arrivals[next].number)
        next += 1
      }
      try decide()
      device.place(now: now)
      isOverfull = isOverfull || models.contains { $0.serving.used() > $0.serving.blocks }
    }
  }

  private mutating func arrive(_ tenant: Int, _ number: Int) {
    guard let m = models.firstIndex(where: { $0.tenant == tenant }),
      let tokens = experiment.tenants[tenant].tokens?.recorded?.requests[number]
    else {
      queues[tenant].append(time)
      return
    }
    models[m].serving.waiting.append(
      NaiveServing.Sequence(number: number, input: Int(tokens.input), output: Int(tokens.output)))
  }

  /// Sends what is ready, in the order in which it became known when it would be.
  private mutating func send() {
    for j in jobs.indices.sorted(by: { jobs[$0].order < jobs[$1].order }) { sendIfReady(j) }
  }

  private mutating func sendIfReady(_ j: Int) {
    guard jobs[j].running == nil, let work = jobs[j].work, work.start <= time else { return }
    var launch = work.launches[work.next]
    launch.mask = jobs[j].mask
    jobs[j].running = device.submit(launch)
    if work.next == 0 { jobs[j].work?.firstLaunch = time }
  }

  mutating func wait(_ j: Int) {
    orders += 1
    jobs[j].order = orders
    sendIfReady(j)
  }

  private mutating func launchEnded(_ number: Int) {
    guard let j = jobs.firstIndex(where: { $0.running == number }), var work = jobs[j].work
    else { return }
    jobs[j].running = nil
    work.next += 1
    if work.next < work.launches.count {
      work.readyAt = time + work.gap + delay
      jobs[j].work = work
      wait(j)
      return
    }
    let told = time + experiment.testbed.completionSync
    let first = work.firstLaunch ?? time
    // A CNN's process counts until its client has the answer.
    if jobs[j].kind == .cnn {
      answers.append(
        NaiveSharing.Answer(
          tenant: jobs[j].tenant, arrival: jobs[j].arrival, first: first, end: told))
    } else {
      let m = model(of: j)
      models[m].serving.end(prefill: jobs[j].kind == .prefill, start: first, told: told)
      moveQuotas()
    }
    jobs[j].work = nil
    jobs[j].toldAt = told > time ? told : nil
  }

  private mutating func moveQuotas() {
    guard time - moved >= quotas.sharing.intervalNS, time > moved else { return }
    quotas.move(
      models.map { model in
        KVQuotas.Use(
          mean: Double(model.area - model.areaBefore) / Double(time - moved),
          used: model.serving.used(),
          isWaitedFor: !model.serving.waiting.isEmpty || !model.serving.left.isEmpty)
      })
    for m in models.indices {
      models[m].areaBefore = models[m].area
      models[m].serving.blocks = quotas.members[m].quota
    }
    moved = time
  }
}
