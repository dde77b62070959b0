import Metrics
import Simulation
import TestSupport
import Testing

/// `compare --why` and `explain`, as a user runs them.
struct WhyCommandTests {
  private let folder = TemporaryFolder()

  init() {
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "why", "gpu": "v100-sxm2-16gb",
       "testbed": "modern",
       "tenants": [
         {"name": "vision", "model": "resnet18", "replicas": 2, "slo_ms": 10,
          "priority": 1, "arrivals": {"poisson_rps": 300}},
         {"name": "cell", "model": "lstm_cell", "replicas": 2,
          "arrivals": {"closed_loop": {"clients": 1, "think_ms": 1}}}],
       "policies": ["exclusive", "time-only", "space-only", "batched", "space-time", "reef", "oracle"],
       "duration_s": 0.1, "warmup_s": 0.02, "seeds": [1]}
      """)
  }

  private func tool(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  private static let columns = WaitReason.allCases.map(\.column)

  private static func number(_ row: [String: String], _ name: String) -> Double? {
    row[name].flatMap(Double.init)
  }

  @Test func theReasonsStandBehindTodaysColumnsAndNothingElseChanges() throws {
    // An oracle needs arrivals that do not follow from answers.
    let set = "--set tenants.cell.arrivals={\"poisson_rps\":500}"
    let plain = tool("compare e.json --out plain --requests --format csv \(set)")
    let why = tool("compare e.json --out why --requests --why --format csv \(set)")
    #expect(plain.status == 0 && why.status == 0, "\(plain.error)\(why.error)")
    for name in ["requests.csv", "manifest.json", "comparison.svg"] {
      #expect(folder.text("plain/" + name) == folder.text("why/" + name), "\(name)")
      #expect(!folder.text("plain/" + name).isEmpty)
    }
    let lines = zip(plain.output.split(separator: "\n"), why.output.split(separator: "\n"))
    // What the work cost stands behind both.
    let costs = SummaryFigure.costs.map(\.rawValue)
    for (short, long) in lines {
      let cells = short.split(separator: ",", omittingEmptySubsequences: false)
      #expect(long.hasPrefix(cells.dropLast(costs.count).joined(separator: ",") + ","))
      #expect(long.hasSuffix(cells.suffix(costs.count).joined(separator: ",")))
    }
    let header = why.output.prefix { $0 != "\n" }
    #expect(header.hasSuffix("," + (Self.columns + costs).joined(separator: ",")))
    let rows = WrittenRows.of(why.output)
    #expect(rows.count == 21)
    for row in rows {
      let parts = Self.columns.map { Self.number(row, $0) }
      guard row["policy"] != "oracle" else {
        #expect(parts.allSatisfy { $0 == nil })
        continue
      }
      let sum = parts.reduce(0) { $0 + ($1 ?? .nan) }
      let mean = try #require(Self.number(row, "latency_ms_mean"))
      #expect(abs(sum - mean) < 1e-9 * mean, "\(row)")
    }
    let sliced = rows.filter { $0["policy"] == "time-only" && $0["tenant"] == "*" }
    #expect(sliced.allSatisfy { Self.number($0, "wait_slice_ms") ?? 0 > 0 })
  }

  @Test func theTableShowsWhereTheTimeGoes() {
    let run = tool("compare e.json --why --policy space-only,batched")
    #expect(run.status == 0, "\(run.error)")
    #expect(run.output.contains("\nWhere the time of a request goes, by mean\n"))
    for word in ["SM sharing", "own work", "batch"] { #expect(run.output.contains(word)) }
  }

  @Test(arguments: ["exclusive", "time-only", "space-only", "batched", "space-time", "reef"])
  func partsOfTheWorstAddUp(policy: String) throws {
    let run = tool("explain e.json --policy \(policy) --worst 8 --format csv --out o")
    #expect(run.status == 0, "\(run.error)")
    #expect(folder.text("o/explain.csv") == run.output)
    let rows = WrittenRows.of(run.output)
    #expect(rows.count == 8)
    var last = Double.infinity
    for row in rows {
      let latency = try #require(Self.number(row, "latency_ms"))
      #expect(latency <= last)
      last = latency
      // Milliseconds with six decimals are whole nanoseconds.
      let parts = Self.columns.map { Int64(((Self.number(row, $0) ?? .nan) * 1e6).rounded()) }
      let arrival = try #require(row["arrival_ns"].flatMap { Int64($0) })
      let completion = try #require(row["completion_ns"].flatMap { Int64($0) })
      #expect(parts.reduce(0, +) == completion - arrival, "\(row)")
    }
  }

  /// Requests have the numbers of their rows in `requests.csv`.
  @Test func requestsAreThoseOfTheFile() throws {
    let all = tool("compare e.json --policy space-only --out o --requests --format csv")
    #expect(all.status == 0, "\(all.error)")
    let written = WrittenRows.of(folder.text("o/requests.csv"))
    let own = written.filter { $0["tenant"] == "cell" }
    let run = tool(
      "explain e.json --policy space-only --request 12 --request cell:7 --format csv")
    let rows = WrittenRows.of(run.output)
    #expect(rows.count == 2, "\(run.error)")
    for (row, expected) in zip(rows, [written[11], own[6]]) {
      for name in ["tenant", "replica", "arrival_ns", "first_launch_ns", "completion_ns"] {
        #expect(row[name] == expected[name], "\(name)")
      }
    }
    #expect(rows[0]["request"] == "12")
  }

  @Test func aSentenceAndABarSayIt() {
    let run = tool("explain e.json --policy space-only --worst 2 --tenant vision")
    #expect(run.status == 0, "\(run.error)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("Request ") && $0.contains("of 'vision'") } == 2)
    #expect(lines.allSatisfy { $0.count <= 110 }, "\(run.output)")
    for word in ["Its own work is ", "In its way on the GPU: ", "# own work", "SLO of 10.00 ms"] {
      #expect(run.output.contains(word), "no '\(word)' in \(run.output)")
    }
  }

  @Test(arguments: [
    ("explain e.json", 64, "'explain' looks at one run, and there are 7 policies × 1 seeds"),
    ("explain e.json --policy oracle", 64, "'oracle' is a bound: nothing runs"),
    ("explain e.json --policy reef --request x", 64, "expected N or TENANT:N after '--request'"),
    ("explain e.json --policy reef --request 0", 64, "expected N or TENANT:N after '--request'"),
    ("explain e.json --policy reef --request 1 --worst 2", 64, "exclude each other"),
    ("explain e.json --policy reef --request 1 --tenant cell", 64, "'--tenant' applies to"),
    ("explain e.json --policy reef --worst 0", 64, "expected an integer"),
    ("explain e.json --policy reef --tenant visio", 65, "did you mean 'vision'?"),
    ("explain e.json --policy reef --request cel:1", 65, "unknown tenant 'cel'"),
    ("explain e.json --policy reef --request 99999", 65, "there is no request 99999: there are"),
    ("explain no.json --policy reef", 66, "no such file"),
    ("compare e.json --timeline t.json", 64, "'--timeline' draws one run"),
    ("compare e.json --policy reef --from 1", 64, "'--from' needs '--timeline FILE'"),
    ("compare e.json --policy reef --timeline t.json --from 2 --to 1", 64, "is not after"),
    ("compare e.json --policy reef --timeline no/t.json", 66, "the folder for this file is not"),
    ("compare e.json --policy reef --timeline t.json --to -1", 64, "expected a number"),
  ])
  func mistakesHaveTheirSentences(line: String, status: Int, message: String) {
    let run = tool(line)
    #expect(Int(run.status) == status, "\(line): \(run.error)")
    #expect(run.error.contains(message), "\(line): \(run.error)")
    #expect(run.output.isEmpty && folder.names() == ["e.json"], "\(line)")
  }
}
