import Hardware
import Policies
import Reports
import Scheduling
import Tables
import TestSupport
import Testing

@testable import Simulation
@testable import Studies

/// Studies as files and flags: what their points are, what decides a run, and what is said of what
/// cannot be.
struct StudyTests {
  static let library = ModelLibrary(folder: SharedFiles.repositoryRoot + "/models")

  static let experiment = """
    {"format": "gpuloom.experiment/1", "name": "e", "gpu": "v100-sxm2-16gb", "testbed": "ideal",
     "tenants": [{"name": "a", "model": "lstm_cell", "slo_ms": 1, "arrivals": {"poisson_rps": 500}},
      {"name": "b", "model": "lstm_cell", "arrivals": {"poisson_rps": 300}}],
     "policies": ["time-only", "space-time"], "duration_s": 0.2, "seeds": [1, 2]}
    """

  static func study(_ over: String, experiment: String = Self.experiment) throws -> Study {
    let folder = TemporaryFolder()
    folder.write(
      "s.json",
      "{\"format\": \"gpuloom.study/1\", \"name\": \"s\",\n\"experiment\": \(experiment),\n"
        + "\"over\": {\(over)}}")
    return try Study(path: folder.path + "/s.json", ExperimentOverrides())
  }

  static func plan(
    _ over: String, experiment: String = Self.experiment, version: String = "1"
  ) throws -> StudyPlan {
    try StudyPlan(
      study(over, experiment: experiment), library: library, policies: .builtIn, version: version)
  }

  /// All records of a plan, by row.
  static func records(_ plan: StudyPlan, jobs: Int = 2) throws -> [RunRecord] {
    let found = RecordBox()
    let rows = plan.listing.rows.indices.filter { i in
      plan.listing.rows.firstIndex { $0.run == plan.listing.rows[i].run } == i
    }
    try StudyRunner(plan, rows: rows).run(WorkControl(jobs: jobs)) { record in
      found.add(record)
      return true
    }
    return try plan.listing.rows.map { try #require(found[$0.run]) }
  }

  private func fault(_ over: String, experiment: String = Self.experiment) -> InputError? {
    do {
      _ = try Self.plan(over, experiment: experiment)
      return nil
    } catch { return error as? InputError }
  }

  @Test func noAxesAtAllAreCalledSo() {
    #expect(
      fault("")?.description.contains("expected an object of axes in 'over', found an empty one")
        == true)
  }

  // MARK: Points

  @Test func pointsAreEveryCombinationTheLastAxisFastest() throws {
    let plan = try Self.plan(
      "\"load\": [10, 50], \"policy\": [\"time-only\"], \"replicas\": [1, 2, 3], \"seed\": [\"7..8\"]"
    )
    #expect(plan.listing.columns == ["load", "axis_replicas"])
    #expect(plan.listing.axes == ["load", "policy", "replicas", "seed"])
    let rows = plan.listing.rows
    #expect(rows.count == 12 && Set(rows.map(\.run)).count == 12)
    #expect(
      rows.map(\.values)
        == ["10", "50"].flatMap { load in
          ["1", "1", "2", "2", "3", "3"].map { [load, $0] }
        })
    #expect(rows.prefix(4).map(\.seed) == [7, 8, 7, 8])
    #expect(rows.allSatisfy { $0.policy == "time-only" })
  }

  @Test func aStudyIsWhatComparisonsOfItsPointsAre() throws {
    let plan = try Self.plan("\"tenants.a.replicas\": [1, 3], \"testbed.launch_cpu_us\": [0, 40]")
    let records = try Self.records(plan)
    var expected: [[String]] = []
    for replicas in [1, 3] {
      for microseconds in [0, 40] {
        var text = Self.experiment.replacing(
          "\"model\": \"lstm_cell\", \"slo",
          with: "\"model\": \"lstm_cell\", \"replicas\": \(replicas), \"slo")
        text = text.replacing(
          "\"ideal\"", with: "{\"base\": \"ideal\", \"launch_cpu_us\": \(microseconds)}")
        let loaded = try ExperimentReader.read(
          text: text, library: Self.library, policies: .builtIn)
        #expect(loaded.experiment.testbed.launchCPU == Int64(microseconds) * 1_000)
        let comparison = Comparison.run(
          try JudgedExperiment(loaded), logsRequests: false, WorkControl(jobs: 1))
        let rows = comparison.summaryTable.csv.split(separator: "\n").map(String.init)
        expected += stride(from: 1, to: rows.count, by: 3).map { Array(rows[$0..<($0 + 3)]) }
      }
    }
    #expect(records.map(\.rows) == expected)
  }

  /// One mechanism: a study over load gives what a points file of the same experiment has.
  @Test func loadsAreThoseOfPointsFiles() throws {
    let folder = TemporaryFolder()
    folder.write("e.json", Self.experiment)
    folder.write(
      "points.csv",
      """
      # format: gpuloom.points/1
      # x: load
      # y: figure
      figure,series,x,simulated,published
      latency_ms_p99,time-only,30,,
      latency_ms_p99,time-only,90,,
      latency_ms_p99,space-time,30,,
      latency_ms_p99,space-time,90,,

      """)
    let loaded = try ExperimentReader.read(
      path: folder.path + "/e.json", library: Self.library, policies: .builtIn)
    let points = try PointsFile.read(folder.path + "/points.csv", for: loaded.experiment)
    let simulated = try points.simulated(loaded.experiment, jobs: 2)
    let plan = try Self.plan("\"load\": [30, 90]")
    var results = StudyResults(plan.listing)
    for record in try Self.records(plan) { _ = try results.add(record, file: "") }
    for (point, value) in zip(points.points, simulated) {
      let entry = results.entries.first {
        $0.policy == point.series && $0.values == ["\(point.x)"]
      }
      let own = try #require(entry?.samples[.latencyP99])
      #expect(own.count == 2 && own.reduce(0, +) / 2 == value, "\(point.name)")
    }
  }

  @Test func valuesFromElsewhereKeepWhatLoadsAreMeasuredIn() throws {
    var study = try Self.study("\"load\": {\"of\": \"time-only\", \"values\": [10]}")
    let other = try StudyAxis(
      "load", [JSONNode(value: .number("50"), line: 0, column: 0)], at: NamePlace())
    #expect(study.set(other) && study.axes[0].capacityOf == "time-only")
    #expect(study.axes.map { $0.values.map(\.text) } == [["50"]])
    // All policies then meet the same requests on the same clock.
    let plan = try StudyPlan(study, library: Self.library, policies: .builtIn, version: "1")
    let throughput = try Self.records(plan).map { record in
      let cells = record.rows[0].split(separator: ",", omittingEmptySubsequences: false)
      return try #require(Double(cells[12]))
    }
    #expect(throughput.count == 4)
    #expect(abs(throughput[0] / throughput[2] - 1) < 0.02, "\(throughput)")
    #expect(abs(throughput[1] / throughput[3] - 1) < 0.02, "\(throughput)")
  }

  @Test func requestsPerSecondAreThoseAsked() throws {
    let plan = try Self.plan("\"rps\": [400, 3200], \"policy\": [\"exclusive\"]")
    var results = StudyResults(plan.listing)
    for record in try Self.records(plan) { _ = try results.add(record, file: "") }
    let rates = results.entries.map { $0.samples[.throughput, default: []] }
    #expect(rates.count == 2 && rates.allSatisfy { $0.count == 2 })
    for (rate, wanted) in zip(rates.joined(), [400.0, 400, 3200, 3200]) {
      #expect(abs(rate / wanted - 1) < 0.05, "\(rates)")
    }
    // The same requests on another clock.
    #expect(results.entries[0].samples[.completed] == results.entries[1].samples[.completed])
  }

  @Test func tenantsBeyondTheExperimentsOwnAreCopies() throws {
    let plan = try Self.plan("\"tenants\": [1, 5], \"policy\": [\"time-only\"], \"seed\": [1]")
    let names = try Self.records(plan).map { record in
      record.rows.dropFirst().map { String($0.split(separator: ",")[5]) }
    }
    #expect(names == [["a"], ["a", "b", "a-2", "b-2", "a-3"]])
  }

  @Test func resultsDoNotDependOnTheNumberOfJobs() throws {
    let plan = try Self.plan("\"load\": [40, 80]")
    let records = try Self.records(plan, jobs: 1)
    let one = records.map(\.text)
    let four = try Self.records(plan, jobs: 4).map(\.text)
    #expect(one == four)
    var results = StudyResults(plan.listing)
    for record in records { _ = try results.add(record, file: "") }
    #expect(results.idleAxes.isEmpty)
  }

  @Test func anAxisThatChangedNoRunIsTold() throws {
    // Nobody is sliced where each has a GPU.
    let plan = try Self.plan(
      "\"policy\": [\"exclusive\"], \"testbed.time_slice_us\": [1000, 2000], \"rps\": [300, 400]")
    var results = StudyResults(plan.listing)
    for record in try Self.records(plan) { _ = try results.add(record, file: "") }
    #expect(results.idleAxes == ["testbed.time_slice_us"])
  }

  // MARK: Names of runs

  @Test func whatDecidesARunNamesIt() throws {
    let names = try Self.plan("\"load\": [10, 50]").listing.rows.map(\.run)
    func others(_ over: String, _ experiment: String = Self.experiment, version: String = "1")
      throws
      -> [String]
    {
      try Self.plan(over, experiment: experiment, version: version).listing.rows.map(\.run)
    }
    // Order of keys, spaces, other policies and further values change no run.
    let moved = Self.experiment.replacing(
      "\"policies\": [\"time-only\", \"space-time\"], ", with: ""
    )
    .replacing(
      "\"duration_s\": 0.2",
      with: "\"policies\": [\"exclusive\", \"time-only\", \"space-time\"],  \"duration_s\": 0.20")
    let wider = try Self.plan("\"load\": [5, 10, 50.0]", experiment: moved).listing.rows
    #expect(
      names == wider.filter { $0.policy != "exclusive" && $0.values != ["5"] }.map(\.run))
    // Whatever a run's figures rest on, and the version.
    let changes: [(String, String)] = [
      ("500", "501"), ("\"slo_ms\": 1", "\"slo_ms\": 2"), ("0.2", "0.3"), ("\"b\"", "\"c\""),
      ("ideal", "modern"), ("v100-sxm2-16gb", "t4"), ("\"e\"", "\"f\""), ("[1, 2]", "[3, 4]"),
    ]
    for (old, new) in changes {
      let changed = try others("\"load\": [10, 50]", Self.experiment.replacing(old, with: new))
      #expect(Set(changed).isDisjoint(with: names), "\(old) to \(new)")
    }
    #expect(Set(try others("\"load\": [10, 50]", version: "2")).isDisjoint(with: names))
    #expect(
      try Set(
        others(
          "\"load\": {\"of\": \"time-only\", \"values\": [10, 50]}", Self.experiment)
      ).subtracting(names).count == 4)
  }

  @Test func contentsOfFilesNameRunsAndPlacesDoNot() throws {
    let folder = TemporaryFolder()
    func names(_ place: String, _ trace: String) throws -> [String] {
      folder.write("\(place)/t.csv", "arrival_ns\n" + trace)
      let text = Self.experiment.replacing(
        "{\"poisson_rps\": 500}", with: "{\"trace\": \"\(folder.path)/\(place)/t.csv\"}")
      return try Self.plan("\"load\": [10]", experiment: text).listing.rows.map(\.run)
    }
    let first = try names("x", "0\n5000\n9000\n")
    #expect(try names("y", "0\n5000\n9000\n") == first)
    #expect(Set(try names("x", "0\n5000\n9001\n")).isDisjoint(with: first))
  }

  // MARK: Faults

  @Test func mistakesAreTold() {
    let cases: [(String, String, Int)] = [
      ("\"laod\": [1]", "unknown axis 'laod'", 6),
      ("\"load\": []", "expected at least one value in 'load'", 6),
      ("\"load\": [0]", "expected a load in per cent", 6),
      ("\"load\": [10, 10.0]", "'10' is given twice in 'load'", 6),
      ("\"load\": 10", "expected a list of values in 'load', found 10", 6),
      ("\"load\": [10], \"rps\": [5]", "exclude each other", 6),
      (
        "\"rps\": {\"values\": [5], \"of\": \"time-only\"}", "'of' applies to the axis 'load' only",
        6
      ),
      ("\"load\": {\"values\": [5], \"of\": \"time-olny\"}", "no policy 'time-olny'", 6),
      ("\"tenants.c.replicas\": [1]", "there is no 'c' in 'tenants'", 6),
      ("\"tenants.a.replcas\": [1]", "unknown key 'replcas'", 6),
      ("\"gpu\": [\"v100-sxm2-16gb\", \"v101\"]", "unknown GPU 'v101'", 6),
      ("\"policy\": [\"time-olny\"]", "unknown policy 'time-olny'", 6),
      ("\"testbed.launch_cpu\": [1]", "unknown key 'launch_cpu' in a testbed", 6),
      ("\"rate_scale\": [1, 2]", "changes nothing: no arrivals here have 'trace'", 6),
      ("\"seed\": [-1]", "expected a non-negative integer in 'seed'", 6),
      ("\"seed\": [\"5..2\"]", "expected a non-negative integer in 'seed'", 6),
    ]
    for (over, message, line) in cases {
      let error = fault(over)
      let first = error?.diagnostics.first
      #expect(error?.kind == .badData, "\(over): \(String(describing: error))")
      #expect(first?.message.contains(message) == true, "\(over): \(String(describing: error))")
      #expect(
        first?.line == line && first?.file.hasSuffix("/s.json") == true,
        "\(over): \(String(describing: first))")
    }
    let loop = Self.experiment.replacing("{\"poisson_rps\": 500}", with: "{\"closed_loop\": {}}")
    // What the others ask for is a load beside it.
    #expect(fault("\"load\": [10]", experiment: loop) == nil)
    let loops = loop.replacing("{\"poisson_rps\": 300}", with: "{\"closed_loop\": {}}")
    let error = fault("\"load\": [10]", experiment: loops)
    #expect(error?.diagnostics.first?.message.contains("leaves no load to vary") == true)
    #expect(error?.diagnostics.first?.line == 6)
    #expect(fault("\"replicas\": [2, 3]", experiment: loop) == nil)
  }

  @Test func anAxisThatNamesTheSameRunsIsAFault() throws {
    let folder = TemporaryFolder()
    let trace = "arrival_ns\n0\n5000\n9000\n"
    folder.write("x.csv", trace)
    folder.write("y.csv", trace)
    let text = Self.experiment.replacing(
      "{\"poisson_rps\": 500}", with: "{\"trace\": \"\(folder.path)/x.csv\"}")
    let axis =
      "\"tenants.a.arrivals.trace\": [\"\(folder.path)/x.csv\", \"\(folder.path)/y.csv\"]"
    let error = fault(axis, experiment: text)
    #expect(error?.diagnostics.first?.message.contains("changes nothing: its 2 values") == true)
  }
}
