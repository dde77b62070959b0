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
    var rows: [BenchRow] = []
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
  ) throws(InputError) -> [BenchRow] {
    var rows = EngineBench.all(scale: scale, clock: clock).map { result in
      BenchRow(
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
  private static func table(_ rows: [BenchRow], _ format: OutputFormat) -> ReportTable {
    var columns = [ReportColumn("name"), ReportColumn("unit"), ReportColumn("value")]
    if format == .table {
      columns += [
        ReportColumn("computed"), ReportColumn("theory", title: "must be"),
        ReportColumn("tolerance", title: "within", unit: "%", scale: 100),
      ]
    }
    var table = ReportTable(columns: columns)
    for row in rows {
      var cells: [ReportCell] = [
        .text(row.name), .text(row.unit), row.value.isNaN ? .none : .number(row.value),
      ]
      if format == .table {
        cells += [.number(row.check), .number(row.theory), .number(row.tolerance)]
      }
      table.append(cells)
    }
    return table
  }
}
