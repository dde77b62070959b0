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

  private func model(of j: Int) -> Int {
    models.firstIndex { $0.tenant == jobs[j].tenant } ?? 0
  }

  private var delay: Int64 {
    let active = jobs.count { $0.kind == .cnn ? !$0.isIdle : $0.work != nil }
    let testbed = experiment.testbed
    let delay = testbed.mpsDelaySlope * Double(active) + testbed.mpsDelayOffset
    return active >= 2 ? max(0, Int64(delay.rounded())) : 0
  }

  private func start(_ work: NaiveSharing.Work) -> Int64 {
    max(work.readyAt, work.hostBase + Int64(work.next) * work.perLaunch)
  }

  /// Runs until nothing is left to do.
  mutating func run() throws {
    var arrivals: [(time: Int64, tenant: Int, number: Int)] = []
    for (t, tenant) in experiment.tenants.enumerated() {
      guard case .trace(let times) = tenant.arrivals else { continue }
      arrivals += times.enumerated().map { ($0.element, t, $0.offset) }
    }
    arrivals.sort { ($0.time, $0.tenant) < ($1.time, $1.tenant) }
    var next = 0
    while true {
      var now = device.nextEvent ?? .max
      if next < arrivals.count { now = min(now, arrivals[next].time) }
      for job in jobs {
        if job.running == nil, let work = job.work { now = min(now, start(work)) }
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
    guard jobs[j].running == nil, let work = jobs[j].work, start(work) <= time else { return }
    var launch = work.launches[work.next]
    launch.mask = jobs[j].mask
    jobs[j].running = device.submit(launch)
    if work.next == 0 { jobs[j].work?.firstLaunch = time }
  }

  private mutating func wait(_ j: Int) {
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

  // MARK: - What may begin

  private mutating func decide() throws {
    while true {
      for j in jobs.indices where jobs[j].isIdle { jobs[j].tenths = nil }
      for j in jobs.indices where jobs[j].kind == .cnn && jobs[j].isIdle { try begin(cnn: j) }
      if !jobs.contains(where: { $0.kind == .prefill && !$0.isIdle }) {
        let due = inTurn(.prefill)
        if let j = due.first(where: { place($0) != nil }) {
          try begin(j)
          continue
        }
        // Held back.
        if !due.isEmpty { return }
      }
      guard let j = inTurn(.decode).first(where: { place($0) != nil }) else { return }
      try begin(j)
    }
  }

  private func inTurn(_ kind: Job.Kind) -> [Int] {
    let after = last[kind] ?? -1
    let all = jobs.indices.filter { j in
      jobs[j].kind == kind && jobs[j].isIdle
        && !jobs.contains { $0.tenant == jobs[j].tenant && $0.toldAt != nil }
        && models[model(of: j)].serving.isDue(prefill: kind == .prefill)
    }
    return all.filter { $0 > after } + all.filter { $0 <= after }
  }

  /// Tenths for a job: of all places that may be booked, the one with the fewest booked already.
  private func place(_ j: Int) -> Range<Int>? {
    let isDecode = jobs[j].kind == .decode
    let count = isDecode ? shares.decode : shares.prefill
    let booked = (0..<10).map { tenth in jobs.count { $0.tenths?.contains(tenth) ?? false } }
    let twice = booked.count { $0 == 2 }
    var places = (0...(10 - count)).map { $0..<$0 + count }.filter { place in
      place.allSatisfy { booked[$0] < 2 }
        && twice + place.count { booked[$0] == 1 } <= shares.twice
    }
    if isDecode { places.reverse() }
    let fewest = places.map { place in place.count { booked[$0] == 1 } }.min()
    return places.first { place in place.count { booked[$0] == 1 } == fewest }
  }

  private mutating func begin(_ j: Int) throws {
    let (m, isPrefill) = (model(of: j), jobs[j].kind == .prefill)
    let testbed = experiment.testbed
    let place = place(j)
    last[jobs[j].kind] = j
    guard let language = experiment.tenants[jobs[j].tenant].language, let tenths = place,
      let batch = models[m].serving.next(prefill: isPrefill)
    else { return }
    jobs[j].tenths = tenths
    let gpu = experiment.gpu
    let tpcs = gpu.smCount / gpu.smsPerTPC
    let first = min(tenths.lowerBound * tpcs / 10, tpcs - 1)
    let end = max(first + 1, tenths.upperBound * tpcs / 10)
    let mask = (0..<gpu.smCount).map { (first..<end).contains($0 / gpu.smsPerTPC) }
    jobs[j].mask = mask
    let launches = try NaiveSharing.launches(batch, language.costs(on: gpu), on: gpu)
    let step =
      language.stack.stepCPUNS
      + Int64(batch.sequences.count) * language.stack.stepCPUPerSequenceNS
    let hostBase = max(time, hostFree[jobs[j].tenant]) + step + testbed.launchCPU
    hostFree[jobs[j].tenant] = hostBase + Int64(launches.count - 1) * testbed.launchCPU
    jobs[j].work = NaiveSharing.Work(
      launches: launches, readyAt: time, hostBase: hostBase, perLaunch: testbed.launchCPU,
      gap: testbed.launchGap)
    let delay = delay
    jobs[j].work?.readyAt = time + delay
    wait(j)
  }

  private mutating func begin(cnn j: Int) throws {
    let (t, testbed) = (jobs[j].tenant, experiment.testbed)
    guard !queues[t].isEmpty else { return }
    jobs[j].arrival = queues[t].removeFirst()
    let table = experiment.tenants[t].table
    let launches = try table.batches[0].launches.map {
      NaiveSharing.launch(
        try BlockProfile.prepare($0, on: experiment.gpu, precision: table.precision))
    }
    jobs[j].work = NaiveSharing.Work(
      launches: launches, readyAt: time,
      hostBase: time + testbed.requestCPU + testbed.launchCPU, perLaunch: testbed.launchCPU,
      gap: testbed.launchGap)
    let delay = delay
    jobs[j].work?.readyAt = time + delay
    wait(j)
  }
}
