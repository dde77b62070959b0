import TestSupport
import Testing

/// `gpuloom check` and `fit` as a user's continuous integration runs them.
struct CheckTests {
  private let folder = TemporaryFolder()

  /// A small experiment whose every input is a file of its own.
  private func prepare() {
    folder.writeExperiment(Self.experiment)
    #expect(run("check e --update").status == 0)
  }

  private static let experiment = """
    { "format": "gpuloom.experiment/1", "name": "small", "gpu": "gpu.json",
      "testbed": "testbed.json",
      "tenants": [ { "name": "a", "model": "table.csv", "replicas": 3,
                     "arrivals": { "poisson_rps": 4000 } } ],
      "policies": ["time-only", { "policy": "space-time", "window_us": 50 }],
      "duration_s": 0.05 }
    """

  private func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  private func change(_ file: String, _ old: String, _ new: String) {
    let text = folder.text(file)
    let parts = text.split(separator: old, omittingEmptySubsequences: false)
    #expect(parts.count > 1, "\(old) is not in \(file)")
    folder.write(file, parts.joined(separator: new))
  }

  @Test func whatDidNotChangeHolds() {
    prepare()
    let first = folder.text("e/expected.csv")
    let result = run("check e")
    #expect(result.status == 0 && result.output.hasPrefix("ok       e: "), "\(result.error)")
    #expect(run("check e --update").status == 0)
    #expect(folder.text("e/expected.csv") == first)
  }

  /// Each kind of change is caught, with the figure, the distance and the input named.
  @Test(arguments: [
    ("e/gpu.json", "\"sm_count\": 80", "\"sm_count\": 2", "changed input: gpu gpu.json"),
    ("e/table.csv", "107843", "130843", "changed input: kernels table.csv"),
    ("e/testbed.json", "\"launch_cpu_us\": 3", "\"launch_cpu_us\": 93", "changed input: testbed"),
    ("e/experiment.json", "\"window_us\": 50", "\"window_us\": 2000", "changed policy: space-time"),
  ])
  func changesAreCaughtAndNamed(file: String, old: String, new: String, named: String) {
    prepare()
    change(file, old, new)
    let result = run("check e")
    #expect(result.status == 1, "\(result.error)")
    #expect(result.output.contains("figures moved") && result.output.contains(named))
    #expect(result.output.contains("seed 1, tenant *: "))
    let junit = run("check e --format junit")
    #expect(junit.status == 1 && !junit.output.contains("failures=\"0\""))
    #expect(junit.output.contains("name=\"e: "))
    #expect(run("check e --format github").output.hasPrefix("::error file=e/expected.csv,"))
  }

  @Test func tolerancesAreKeptAndApplied() {
    prepare()
    let lines = folder.text("e/expected.csv").split(separator: "\n").map(String.init)
    let header = lines.firstIndex { $0.hasPrefix("experiment,") } ?? 0
    let column = lines[header].split(separator: ",").firstIndex(of: "gflops") ?? 0
    var row = lines[header + 1].split(separator: ",", omittingEmptySubsequences: false)
    let value = Double(row[column]) ?? 0
    func write(_ factor: Double, _ rule: String) {
      row[column] = "\(value * factor)"
      var changed = lines
      changed[header + 1] = row.joined(separator: ",")
      changed.insert("# tolerance: gflops=\(rule)", at: 1)
      folder.write("e/expected.csv", changed.joined(separator: "\n") + "\n")
    }
    let rules: [(Double, String, Int32)] = [
      (1.04, "relative 0.05", 0), (1.06, "relative 0.05", 1),
      (1.5, "not-worse-than lower 5%", 0), (0.9, "not-worse-than lower 5%", 1),
      (0.5, "not-worse-than higher 5%", 0), (1.2, "not-worse-than higher 5%", 1),
      (1.0, "absolute 0", 0), (1.2, "absolute 1e9", 0),
    ]
    for (factor, rule, status) in rules {
      write(factor, rule)
      #expect(run("check e").status == status, "\(factor) \(rule)")
    }
    #expect(run("check e --update").status == 0)
    #expect(folder.text("e/expected.csv").contains("# tolerance: gflops=absolute"))
  }

  @Test func faultsHaveTheContractsCodes() {
    #expect(run("check nowhere").status == 66)
    #expect(run("check").status == 64)
    prepare()
    change("e/expected.csv", "latency_ms_max", "latency_max")
    let result = run("check e")
    #expect(result.status == 65 && result.error.contains("did you mean 'latency_ms_max'?"))
    folder.write("f/experiment.json", Self.experiment)
    #expect(run("check f").status == 66)
  }

  private static let points = """
    # format: gpuloom.points/1
    # x: burst
    # y: gflops
    figure,series,x,simulated,published
    f,time-only,1,,200
    f,time-only,2,,300
    f,time-only,3,,350
    f,time-only,4,,370
    f,time-only,5,,380

    """

  /// What was made with one constant is found again from another start.
  @Test func fitsFindWhatMadeThePoints() {
    prepare()
    folder.write("e/points.csv", Self.points)
    #expect(run("check e --update").status == 0)
    folder.writeMadePoints()
    change("e/testbed.json", "\"completion_sync_us\": 8", "\"completion_sync_us\": 58")
    let found = run(
      "fit e/experiment.json --to e/made.csv --constants completion_sync_us --out o")
    #expect(found.status == 0, "\(found.error)")
    #expect(found.output.contains("completion_sync_us"))
    let testbed = folder.text("o/testbed.json")
    #expect(testbed.contains("fitted to 3 points"))
    folder.write("e/testbed.json", testbed)
    folder.write("e/points.csv", folder.text("e/made.csv"))
    let check = run("check e").output
    #expect(!check.contains("time-only at 4: ") || check.contains("e-"), "\(check)")
  }

  @Test(arguments: [
    ("space-time_window", "time-only,3,", "time-onyl,3,", Int32(65), "did you mean 'time-only'?"),
    ("x", "time-only,3,", "time-only,0,", 65, "expected an integer from 1 to 4096 in 'x'"),
    ("number", ",350", ",nan", 65, "expected a number above 0 in 'published'"),
    ("column", "published\n", "publishd\n", 65, "did you mean 'published'?"),
  ])
  func badPointsAreRefused(
    name: String, old: String, new: String, status: Int32, message: String
  ) {
    prepare()
    folder.write("e/bad.csv", Self.points)
    change("e/bad.csv", old, new)
    let result = run(
      "fit e/experiment.json --to e/bad.csv --constants completion_sync_us")
    #expect(result.status == status && result.error.contains(message), "\(name): \(result.error)")
  }

  @Test func constantsThatDoNothingAreRefused() {
    prepare()
    folder.write("e/points.csv", Self.points)
    let idle = run("fit e/experiment.json --to e/points.csv --constants super_kernel_cold_us")
    #expect(idle.status == 65 && idle.error.contains("no point depends on 'super_kernel_cold_us'"))
    // Without copies, which hide what the host does, both are there once a burst.
    change("e/table.csv", "# input_bytes: 589824", "# input_bytes: 0")
    let twins = run(
      "fit e/experiment.json --to e/points.csv --constants completion_sync_us,request_cpu_us")
    #expect(twins.status == 65 && twins.error.contains("cannot tell the constant"))
    let many = run(
      "fit e/experiment.json --to e/points.csv --constants "
        + "completion_sync_us,request_cpu_us,switch_idle_us,idle_yield_us")
    #expect(many.status == 65 && many.error.contains("3 points cannot carry 4 constants"))
    let unknown = run("fit e/experiment.json --to e/points.csv --constants launch_cp_us")
    #expect(unknown.status == 64 && unknown.error.contains("launch_cpu_us"))
  }
}
