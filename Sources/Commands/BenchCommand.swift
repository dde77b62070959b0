import CommandLine
import EventEngine
import Hardware
import Metrics
import Reports
import Scheduling
import Simulation
import Tables
import Workloads

/// `gpuloom bench`: the engine's own speed, each run beside what theory says it must compute.
enum BenchCommand: Command {
  static let name = "bench"
  static let summary = "measures the engine's own speed, and checks what each run computed"
  static var usage: CommandUsage {
    CommandUsage(
      flags: [
        .valued("--scale", "X", "how much work, against some half a minute (1)"),
        .valued("--repeat", "N", "share the work among N runs; each row is of its fastest (3)"),
      ],
      notes: [
        "mm1, hold_N (N events pending) and reschedule are event loads. launches_N: N saturated\n"
          + "ResNet-50 tenants under space-only, launches_space_time: 4 under space-time; requests_…:\n"
          + "Poisson requests of one ResNet-50 tenant that nothing disturbs; prepare_64: 64 such\n"
          + "tenants made ready for batched. On the V100 with the testbed 'modern', its memory set\n"
          + "aside so that 16 processes fit. The 'must be' column is the theory's figure: time in\n"
          + "system, passage of time, launches of completed requests, waiting in M/D/1, the sum of\n"
          + "the tenants' latencies alone.",
        "However small the scale, or large the number of runs it is shared among, each run is\n"
          + "long enough for its check.",
        "Speeds are this machine's and differ from run to run; what is computed does not.",
      ],
      examples: [("gpuloom bench --format csv", "name,unit,value for scripts")])
  }

  /// One row of the report.
  struct Row {
    var name: String
    var unit: String
    var value: Double
    var check: Double
    var theory: Double
    var tolerance: Double

    var holds: Bool { abs(check - theory) <= tolerance * abs(theory) }

    /// Whether this run of the two is to be shown: one that computed something wrong, else the
    /// faster.
    func isShown(before other: Row) -> Bool {
      holds == other.holds ? value >= other.value : !holds
    }
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let scale = arguments.double("--scale", atLeast: 1e-4, atMost: 100) ?? 1
    let repeats = arguments.integer("--repeat", atLeast: 1, atMost: 100) ?? 3
    try arguments.finish()
    let simulation = try SimulationBench(scale: scale / Double(repeats))
    let start = ContinuousClock.now
    let clock = { () -> UInt64 in
      let passed = (ContinuousClock.now - start).components
      return UInt64(passed.seconds) * 1_000_000_000 + UInt64(passed.attoseconds / 1_000_000_000)
    }
    var rows: [Row] = []
    for run in 0..<repeats {
      // What slows a run down for a while is the machine's other work: the fastest has least of it.
      let next = try all(simulation, scale / Double(repeats), clock)
      rows = run == 0 ? next : zip(rows, next).map { $0.isShown(before: $1) ? $0 : $1 }
    }
    try context.emit(table(rows, context.format), name: "bench")
    for row in rows where !row.holds {
      context.report([
        Diagnostic(
          message: "'\(row.name)' computed \(NumberText.significant(row.check, 5)), "
            + "theory says \(NumberText.significant(row.theory, 5))")
      ])
    }
    return rows.allSatisfy(\.holds) ? .done : .checkFailed
  }

  private static func all(
    _ simulation: SimulationBench, _ scale: Double, _ clock: () -> UInt64
  ) throws(InputError) -> [Row] {
    var rows = EngineBench.all(scale: scale, clock: clock).map { result in
      Row(
        name: result.name, unit: "M/s", value: result.operationsPerSecond / 1e6,
        check: result.check, theory: result.theory, tolerance: result.tolerance)
    }
    for tenants in [1, 4, 16] { rows.append(try simulation.launches(tenants: tenants, clock)) }
    rows.append(
      try simulation.launches("launches_space_time", "space-time", tenants: 4, clock))
    rows.append(try simulation.requests("requests_time_only", "time-only", clock))
    rows.append(try simulation.requests("requests_batched", "batched", clock))
    rows.append(try simulation.prepare(tenants: 64, clock))
    return rows
  }

  /// The speeds; for a reader also what the runs computed.
  private static func table(_ rows: [Row], _ format: OutputFormat) -> ReportTable {
    var columns = [ReportColumn("name"), ReportColumn("unit"), ReportColumn("value")]
    if format == .table {
      columns += [
        ReportColumn("computed"), ReportColumn("theory", title: "must be"),
        ReportColumn("tolerance", title: "within", unit: "%", scale: 100),
      ]
    }
    var table = ReportTable(columns: columns)
    for row in rows {
      var cells: [ReportCell] = [.text(row.name), .text(row.unit), .number(row.value)]
      if format == .table {
        cells += [.number(row.check), .number(row.theory), .number(row.tolerance)]
      }
      table.append(cells)
    }
    return table
  }
}

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
  ) throws(InputError) -> BenchCommand.Row {
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
    return BenchCommand.Row(
      name: name ?? "launches_\(tenants)", unit: "launches/s", value: launched / result.seconds,
      check: launched, theory: (completed + half) * Double(perRequest),
      tolerance: half / (completed + half))
  }

  /// Requests per second of wall time at a load of 0.5: a queue with one server whose waiting the
  /// Pollaczek-Khinchine formula gives.
  func requests(
    _ name: String, _ policy: String, _ clock: () -> UInt64
  ) throws(InputError) -> BenchCommand.Row {
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
    return BenchCommand.Row(
      name: name, unit: "requests/s",
      value: Double(result.totals.completed[0]) / result.seconds, check: latency * 1e3,
      theory: service * 1.5 * 1e3,
      // Waiting's relative spread at this load is about 6 / √n, and a third of the latency; the
      // probe's last request is cut off.
      tolerance: 0.005 + 10 / max(1, count).squareRoot())
  }

  /// Tenants made ready for batches, per second of wall time.
  func prepare(tenants: Int, _ clock: () -> UInt64) throws(InputError) -> BenchCommand.Row {
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
    return BenchCommand.Row(
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
