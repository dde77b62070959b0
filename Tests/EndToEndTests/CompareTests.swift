import TestSupport
import Testing

/// `gpuloom compare` as a user runs it.
struct CompareTests {
  private static let experiment = """
    {"format": "gpuloom.experiment/1", "name": "small", "gpu": "v100-sxm2-16gb",
     "testbed": "modern",
     "tenants": [
       {"name": "vision", "model": "resnet18", "replicas": 2, "slo_ms": 10,
        "arrivals": {"poisson_rps": 200}},
       {"name": "cell", "model": "lstm_cell", "replicas": 1,
        "arrivals": {"trace": "t.csv", "rate_scale": 2}}],
     "policies": ["exclusive", "time-only", "space-only", "batched",
                  {"policy": "space-time", "window_us": 100}],
     "duration_s": 0.25, "warmup_s": 0.05, "seeds": [1, 2]}
    """
  private static let trace =
    "arrival_ns\n" + (1...200).map { "\($0 * $0 * 10_007)\n" }.joined()

  private static func folder() -> TemporaryFolder {
    let folder = TemporaryFolder()
    folder.write("e.json", experiment)
    folder.write("t.csv", trace)
    return folder
  }

  /// Runs in a folder of its own that lives as long as the run.
  private static func run(_ words: [String]) -> CommandLineRun {
    let folder = folder()
    return withExtendedLifetime(folder) { CommandLineRun(words, in: folder.path) }
  }

  @Test func theNumberOfJobsReachesNoByte() {
    let folder = Self.folder()
    defer { withExtendedLifetime(folder) {} }
    let one = CommandLineRun(
      ["compare", "e.json", "--jobs", "1", "--format", "csv", "--out", "one", "--requests"],
      in: folder.path)
    let two = CommandLineRun(
      ["compare", "e.json", "--jobs", "2", "--format", "csv", "--out", "two", "--requests"],
      in: folder.path)
    #expect(one.status == 0 && two.status == 0, "\(one.error)\(two.error)")
    // The run says which batches are not its table's own.
    #expect(
      one.error == "e.json: note: batches of 'lstm_cell' interpolated between those of its table: "
        + "3, 5 to 7, 9 to 15, 17 to 31\n"
        + "e.json: warning: the trace 't.csv' ends at 0.2001 s and the run at 0.25 s: rates and "
        + "utilization are over the whole run\n"
        + "  hint: without 'duration_s' the run ends with the trace\n")
    #expect(one.error == two.error && one.output == two.output)
    let names = ["comparison.svg", "manifest.json", "requests.csv", "summary.csv"]
    #expect(folder.names("one") == names)
    for name in names { #expect(folder.text("one/" + name) == folder.text("two/" + name)) }
    #expect(folder.text("one/summary.csv") == one.output)
    #expect(folder.text("one/comparison.svg").hasSuffix("</svg>\n"))
    let manifest = folder.text("one/manifest.json")
    for word in ["\"sha256\"", "\"digest\"", "e.json", "t.csv", "\"complete\": true"] {
      #expect(manifest.contains(word), "the manifest lacks \(word)")
    }
  }

  @Test func rowsAddUpAndPoliciesMeetTheSameArrivals() {
    let folder = Self.folder()
    defer { withExtendedLifetime(folder) {} }
    let run = CommandLineRun(
      ["compare", "e.json", "--format", "csv", "--out", "o", "--requests"], in: folder.path)
    let rows = WrittenRows.of(run.output)
    // Five policies, two seeds, the device and two tenants.
    #expect(rows.count == 30)
    func number(_ row: [String: String], _ name: String) -> Double {
      row[name].flatMap(Double.init) ?? -1
    }
    for row in rows {
      let parts = ["completed", "dropped", "in_flight"].reduce(0) { $0 + number(row, $1) }
      #expect(number(row, "arrived") == parts, "\(row)")
    }
    for seed in ["1", "2"] {
      for tenant in ["vision", "cell", "*"] {
        let own = rows.filter { $0["seed"] == seed && $0["tenant"] == tenant }
        #expect(Set(own.map { $0["arrived"] }).count == 1, "\(tenant), seed \(seed)")
        #expect(own.allSatisfy { ($0["slo_attainment"] == "") == (tenant == "cell") })
      }
    }
    let requests = folder.text("o/requests.csv").split(separator: "\n").count - 1
    let arrived = rows.filter { $0["tenant"] == "*" }.reduce(0) { $0 + number($1, "arrived") }
    #expect(Double(requests) == arrived && arrived > 0)
  }

  @Test func theTableShowsWhatWasRun() {
    let run = Self.run(["compare", "e.json"])
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(
      lines.first
        == "small · GPU v100-sxm2-16gb · testbed modern · 0.25 s · first 0.05 s not counted · "
        + "seeds 1, 2")
    for word in ["vision: resnet18 × 2 · SLO 10 ms · Poisson, 200 requests/s", "p99", "±", "*"] {
      #expect(run.output.contains(word), "no \(word) in\n\(run.output)")
    }
    for policy in ["exclusive", "time-only", "space-only", "batched", "space-time(window_us=100)"] {
      #expect(lines.count { $0.hasPrefix(policy + " ") } == 3, "\(policy)")
    }
    #expect(run.output.utf8.allSatisfy { $0 != 0x1B }, "escapes in a pipe")
  }

  @Test func flagsAreTheSameAsAFile() {
    let folder = Self.folder()
    defer { withExtendedLifetime(folder) {} }
    folder.write(
      "f.json",
      """
      {"format": "gpuloom.experiment/1", "name": "command-line", "gpu": "v100-sxm2-16gb",
       "testbed": "ideal", "tenants": [{"name": "resnet18", "model": "resnet18", "replicas": 2,
       "slo_ms": 4, "arrivals": {"trace": "t.csv", "rate_scale": 3}}],
       "policies": [{"policy": "batched", "max_batch": 4}, "space-only"], "seeds": [5]}
      """)
    let file = CommandLineRun(["compare", "f.json", "--format", "csv"], in: folder.path)
    let flags = CommandLineRun(
      [
        "compare", "--testbed", "ideal", "--model", "resnet18", "--replicas", "2", "--slo-ms", "4",
        "--trace", "t.csv", "--rate-scale", "3", "--policy", "batched:max_batch=4", "--policy",
        "space-only", "--seed", "5", "--format", "csv",
      ], in: folder.path)
    #expect(file.status == 0 && !file.output.isEmpty, "\(file.error)")
    #expect(file.output == flags.output, "\(flags.error)")
  }

  @Test func whatDoesNotFitIsRefusedAndTheRestStillRuns() {
    let run = Self.run(
      [
        "compare", "--model", "resnet18", "--replicas", "40", "--poisson-rps", "10",
        "--duration-s", "0.2", "--policy", "time-only", "--policy", "space-only:mechanism=streams",
        "--policy", "exclusive",
      ])
    #expect(run.status == 65)
    #expect(run.error.contains("'time-only' does not fit v100-sxm2-16gb: 40 × "), "\(run.error)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("time-only") && $0.contains("refused") })
    #expect(lines.contains { $0.hasPrefix("exclusive") && !$0.contains("refused") })
  }

  @Test(arguments: [
    ("--poisson-rps 5", 64, "'--poisson-rps' needs '--duration-s'"),
    ("--model resnet18", 64, "expected the requests: '--trace FILE' or '--poisson-rps R'"),
    ("--trace t.csv --poisson-rps 5 --duration-s 1", 64, "exclude each other"),
    ("--rate-scale 2 --poisson-rps 5 --duration-s 1", 64, "'--rate-scale' applies to '--trace'"),
    ("e.json --model t4", 64, "'--model' and an experiment file exclude each other"),
    ("--policy batchd", 65, "unknown policy 'batchd'"),
    ("--policy batched:max_batch", 64, "expected OPTION=VALUE in '--policy'"),
    ("--policy batched:max_batch=x", 65, "expected an integer from 1 to 4096 in 'max_batch'"),
    ("--seed 1,1", 64, "the seed 1 is given twice"),
    ("--slo-ms 1 --slo-ms 2 --trace t.csv", 64, "expected '--slo-ms' once, or once for each"),
    ("--requests", 64, "'--requests' needs '--out'"),
    ("--gpu v10", 65, "unknown GPU 'v10'"),
    ("no.json", 66, "no such file"),
    ("t.csv", 65, "error"),
  ])
  func mistakesHaveTheirExitCodes(line: String, status: Int, message: String) {
    let run = Self.run(["compare"] + line.split(separator: " ").map(String.init))
    #expect(Int(run.status) == status, "\(run.error)")
    #expect(run.error.contains(message), "\(run.error)")
    #expect(run.output.isEmpty)
  }
}
