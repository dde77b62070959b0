import TestSupport
import Testing

/// Traces as people hand them over, through the whole program. They lie beside a checkout on some
/// machines only; elsewhere these tests are reported as skipped.
@Suite(.enabled(if: SharedFiles.areAvailable)) struct SharedTraceTests {
  private func run(_ command: String, _ file: String, _ more: [String] = []) -> CommandLineRun {
    let words = command.split(separator: " ").map(String.init)
    let folder = TemporaryFolder()
    return withExtendedLifetime(folder) {
      CommandLineRun(words + [SharedFiles.path("cases/traces/" + file)] + more, in: folder.path)
    }
  }

  private func rows(_ run: CommandLineRun) -> [String] {
    run.output.split(separator: "\n").map(String.init).filter {
      !$0.hasPrefix("#") && !$0.hasPrefix("arrival_ns")
    }
  }

  @Test(arguments: [
    ("mooncake-point-zero.jsonl", ["0,300,7", "200000000,700,7", "450000000,20,7"], ""),
    (
      "bailian.jsonl", ["0,45,30", "114000000,77,31", "1000000000,29,32", "61250000000,109,33"],
      "W_SESSIONS"
    ),
    (
      "azure-lmm-2025.csv", ["0,1480,12", "150000000,310,80", "900000000,2911,45"], ""
    ),
    ("azure-llm.csv.gz", ["0,2162,5", "507405000,2399,6", "1990070000,76,15"], ""),
    (
      "pandas-index.csv", ["0,480,10", "500000000,318,8", "2100000000,90,30"], "W_UNKNOWN_COLUMN"
    ),
    ("float-tokens.csv", ["0,480,10", "500000000,318,8", "2100000000,90,30"], ""),
    ("epoch-seconds.csv", ["0,310,55", "200000000,90,15", "2345171000,700,25"], "W_EPOCH"),
    ("mooncake-sessions.jsonl", ["0,600,40", "400000000,300,60"], "W_SESSIONS: 2 requests"),
    (
      "llmservingsim.jsonl",
      [
        "101537000,27369,1626", "144370000,1390,527", "546545000,854,90", "1070432000,1072,379",
      ], "W_UNSORTED"
    ),
    ("weka.json", ["0,150,22", "4500000000,190,12", "9000000000,250,31"], "W_SESSIONS"),
    ("otel-spans.json", ["0,101,11", "250000000,102,12", "1250000000,103,13"], ""),
  ])
  func isImported(file: String, expected: [String], warning: String) {
    let run = run("trace import", file)
    #expect(run.status == 0 && rows(run) == expected, "\(run.output) \(run.error)")
    #expect(warning.isEmpty ? run.error.isEmpty : run.error.contains(warning), "\(run.error)")
  }

  @Test(arguments: [
    ("perf-analyzer-intervals.txt", "--as perf-analyzer-intervals"),
    ("gaps-whole-ms.json", "--as iat-json"), ("load-tester.jsonl", "no known trace"),
    ("epoch-microseconds.jsonl", "E_UNIT"),
  ])
  func isRefusedOnce(file: String, sentence: String) {
    for command in ["trace stats", "trace import", "trace transform"] {
      let run = run(command, file)
      #expect(run.status == 65 && run.error.contains(sentence), "\(run.error)")
      #expect(run.error.split(separator: ": error: ").count == 2, "\(run.error)")
      #expect(run.output.isEmpty)
    }
  }

  @Test func gapsOfALoadGeneratorAreSummed() {
    let run = run(
      "trace import", "perf-analyzer-intervals.txt", ["--as", "perf-analyzer-intervals"])
    #expect(rows(run).last == "800000000" && rows(run).count == 5, "\(run.error)")
  }

  @Test func sessionsAreSentAfterTheirAnswers() {
    let run = CommandLineRun(
      [
        "compare", "--model", "lstm_cell", "--replicas", "1", "--policy", "exclusive", "--format",
        "csv", "--trace", SharedFiles.path("cases/traces/mooncake-sessions.jsonl"),
      ], in: "/")
    let row = WrittenRows.of(run.output).first { $0["tenant"] == "*" }
    #expect(run.status == 0 && row?["completed"] == "4", "\(run.error)")
  }
}
