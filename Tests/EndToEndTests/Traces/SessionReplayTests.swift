import TestSupport
import Testing

/// Sessions and runs of our own, given back to the program.
struct SessionReplayTests {
  private let folder = TemporaryFolder()

  private func compare(_ arrivals: String, policies: String) -> CommandLineRun {
    folder.write(
      "e.json",
      """
      { "format": "gpuloom.experiment/1", "name": "s", "gpu": "v100-sxm2-16gb",
        "testbed": "modern", "tenants": [
          {"name": "a", "model": "lstm_cell", "replicas": 1, "arrivals": \(arrivals)}],
        "policies": \(policies) }
      """)
    return CommandLineRun(
      ["compare", "e.json", "--requests", "--out", "o", "--format", "csv"], in: folder.path)
  }

  private func sessions() {
    folder.write(
      "s.jsonl",
      #"{"session_id":"x","timestamp":100,"input_length":6,"output_length":4}"# + "\n"
        + #"{"session_id":"x","delay":7,"input_length":9,"output_length":2}"# + "\n"
        + #"{"session_id":"x","delay":3,"input_length":9,"output_length":2}"# + "\n")
  }

  @Test func eachRequestComesItsDelayAfterTheSimulatedAnswer() throws {
    sessions()
    let run = compare(
      "{\"trace\": \"s.jsonl\", \"rate_scale\": 2}", policies: "[\"exclusive\", \"batched\"]")
    #expect(run.status == 0, "\(run.error)")
    let rows = WrittenRows.of(TemporaryFolder.text(of: folder.path + "/o/requests.csv"))
    for policy in ["exclusive", "batched"] {
      let own = rows.filter { $0["policy"] == policy }
      let arrivals = own.compactMap { $0["arrival_ns"].flatMap { Int($0) } }
      let ends = own.compactMap { $0["completion_ns"].flatMap { Int($0) } }
      try #require(arrivals.count == 3 && ends.count == 3)
      #expect(arrivals[0] == 50_000_000)
      #expect(arrivals[1] == ends[0] + 7_000_000 && arrivals[2] == ends[1] + 3_000_000)
    }
  }

  @Test func aPartOfSessionsIsRefused() {
    sessions()
    let part = compare(
      "{\"trace\": \"s.jsonl\", \"tenant\": {\"input_tokens_from\": 9}}",
      policies: "[\"exclusive\"]")
    #expect(part.status == 65 && part.error.contains("its requests follow answers to others"))
    let spread = compare("{\"trace\": \"s.jsonl\", \"dequantise\": 1}", policies: "[\"exclusive\"]")
    #expect(spread.status == 65 && spread.error.contains("'dequantise' does not apply to sessions"))
  }

  @Test func theRequestsOfARunAreATrace() {
    folder.write("t.csv", "arrival_ns\n0\n900\n5000000\n")
    let run = compare("{\"trace\": \"t.csv\"}", policies: "[\"exclusive\", \"time-only\"]")
    #expect(run.status == 0, "\(run.error)")
    let imported = CommandLineRun(["trace", "import", "o/requests.csv"], in: folder.path)
    #expect(imported.output.hasSuffix("arrival_ns,tenant\n0,a\n900,a\n5000000,a\n"))
    #expect(imported.error.contains("W_OTHER_RUNS"), "\(imported.error)")
    let before = TemporaryFolder.text(of: folder.path + "/o/requests.csv").split(separator: "\n")
      .filter { $0.hasPrefix("exclusive") }
    folder.write("again.csv", TemporaryFolder.text(of: folder.path + "/o/requests.csv"))
    let again = compare("{\"trace\": \"again.csv\"}", policies: "[\"exclusive\"]")
    #expect(again.status == 0 && again.error.contains("W_OTHER_RUNS"), "\(again.error)")
    let after = TemporaryFolder.text(of: folder.path + "/o/requests.csv").split(separator: "\n")
    #expect(Array(after.dropFirst()) == before)
  }
}
