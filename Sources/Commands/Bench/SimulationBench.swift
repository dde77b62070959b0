import CommandLine
import Hardware
import Metrics
import Scheduling
import Simulation
import Tables
import Workloads

/// Whole simulations whose speed is measured.
struct SimulationBench {
  private let scale: Double
  private let gpu: GPUSpec
  private let testbed: Testbed
  private let table: KernelTable

  init(scale: Double) throws(InputError) {
    self.scale = scale
    let library = ModelLibrary.locate()
    var gpu = try library.gpu("v100-sxm2-16gb")
    // Sixteen processes need more than the card has; what is measured is the engine.
    gpu.memoryMiB = 1 << 20
    self.gpu = gpu
    testbed = try library.testbed("modern")
    table = try library.kernelTable("resnet50", gpu: gpu.name)
  }

  /// Launches per second of wall time with `tenants` closed loops.
  func launches(
    _ name: String? = nil, _ policy: String = "space-only", tenants: Int, _ clock: () -> UInt64
  ) throws(InputError) -> BenchRow {
    let perRequest = table.batches[0].launches.count
    // About as many launches in each of the three runs at a speed that falls with the tenants.
    // However small the scale, each tenant has some requests done for the check to mean something.
    let seconds = max(60.0 / Double(tenants) * scale, 0.3)
    let specs = (0..<tenants).map { saturated("t\($0)") }
    let result = try run(policy, PolicyOptions(), specs, seconds: seconds, clock)
    let launched = Double(result.totals.launches.reduce(0, +))
    // Every completed request was launched whole; at most one a tenant was cut at the end, and half
    // of one is what is added.
    let completed = Double(result.totals.completed.reduce(0, +))
    let half = Double(tenants) / 2
    return BenchRow(
      name: name ?? "launches_\(tenants)", unit: "launches/s", value: launched / result.seconds,
      check: launched, theory: (completed + half) * Double(perRequest),
      tolerance: half / (completed + half))
  }

  /// Requests per second of wall time at a load of 0.5: a queue with one server whose waiting the
  /// Pollaczek-Khinchine formula gives.
  func requests(
    _ name: String, _ policy: String, _ clock: () -> UInt64
  ) throws(InputError) -> BenchRow {
    var options = PolicyOptions()
    if policy == "batched" {
      options.set("max_batch", .number(1))
      options.set("max_delay_ms", .number(0))
    }
    let count = max(2e6 * scale, 2_000)
    let probe = saturated("t")
    // The service time as the policy has it, from a short saturated run.
    let short = try run(policy, options, [probe], seconds: 1, clock)
    let service = 1 / (Double(short.totals.completed[0]))
    let rate = 0.5 / service
    var spec = probe
    spec.arrivals = .process(.poisson(requestsPerSecond: rate))
    let result = try run(policy, options, [spec], seconds: count / rate, clock)
    let latency = (result.summary.device[.latencyMean] ?? 0) / 1e3
    return BenchRow(
      name: name, unit: "requests/s",
      value: Double(result.totals.completed[0]) / result.seconds, check: latency * 1e3,
      theory: service * 1.5 * 1e3,
      // Waiting's relative spread at this load is about 6 / √n, and a third of the latency; the
      // probe's last request is cut off.
      tolerance: 0.005 + 10 / max(1, count).squareRoot())
  }

  /// Tenants made ready for batches, per second of wall time.
  func prepare(tenants: Int, _ clock: () -> UInt64) throws(InputError) -> BenchRow {
    let batched = try choice("batched")
    let many = experiment(batched, (0..<tenants).map { saturated("t\($0)") }, seconds: 1)
    let single = experiment(try choice("space-only"), [saturated("t")], seconds: 1)
    let alone = try Simulation.prepare(single).soloLatencyNS[0]
    let repeats = max(1, Int(200 * scale))
    var check = 0.0
    let begin = clock()
    for _ in 0..<repeats {
      check = Double(try Simulation.prepare(many).soloLatencyNS.reduce(0, +))
    }
    let passed = Double(max(1, clock() - begin)) / 1e9
    return BenchRow(
      name: "prepare_\(tenants)", unit: "tenants/s", value: Double(tenants * repeats) / passed,
      check: check, theory: Double(alone) * Double(tenants), tolerance: 0)
  }

  /// A tenant that asks again as soon as it is answered.
  private func saturated(_ name: String) -> TenantSpec {
    TenantSpec(
      name: name, model: table.model, table: table, replicas: 1, sloNS: nil, priority: 0,
      arrivals: .closedLoop(clients: 1, thinkNS: 0))
  }

  private func choice(
    _ name: String, _ options: PolicyOptions = PolicyOptions()
  ) throws(InputError) -> PolicyChoice {
    guard let policy = RegisteredPolicies.all.policy(named: name) else {
      throw InputError(Diagnostic(message: "there is no policy '\(name)' to measure"))
    }
    return PolicyChoice(policy, options: options)
  }

  private func experiment(
    _ choice: PolicyChoice, _ tenants: [TenantSpec], seconds: Double
  ) -> Experiment {
    Experiment(
      name: "bench", gpu: gpu, testbed: testbed, tenants: tenants, policies: [choice],
      durationNS: Int64(seconds * 1e9), warmupNS: 0, seeds: [1])
  }

  private func run(
    _ policy: String, _ options: PolicyOptions, _ tenants: [TenantSpec], seconds: Double,
    _ clock: () -> UInt64
  ) throws(InputError) -> (totals: RunTotals, summary: RunSummary, seconds: Double) {
    let choice = try choice(policy, options)
    let experiment = experiment(choice, tenants, seconds: seconds)
    let programs = try Simulation.prepare(experiment)
    let begin = clock()
    let (totals, observer) = try Simulation.run(
      experiment, programs, choice, seed: 1, observer: MetricCollector(experiment))
    let passed = Double(max(1, clock() - begin)) / 1e9
    guard var collector = observer as? MetricCollector else {
      preconditionFailure("a run hands back the observer it was given")
    }
    let summary = collector.summary(
      experiment, policy: policy, seed: 1, totals: totals, soloNS: programs.soloLatencyNS)
    return (totals, summary, passed)
  }
}
