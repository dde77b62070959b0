import Studies
import TestSupport
import Testing

@testable import Commands
@testable import gpuloom

/// Names that a spreadsheet or a terminal would take for more than names, through the commands.
@Suite("Awkward names")
struct AwkwardNameTests {
  private let folder = TemporaryFolder()

  private func run(_ words: String...) -> CommandLineRun {
    CommandLineRun(words, in: folder.path)
  }

  private func run(line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test("a name that a spreadsheet would run is the same in all that reads it back")
  func roundTrips() {
    let names = ["=1+1", "'=1+1", "-2+3", "'-5", "@a,b"]
    let tenants = names.map {
      "{\"name\": \"\($0)\", \"model\": \"lstm_cell\", \"arrivals\": {\"poisson_rps\": 2000}}"
    }
    folder.write(
      "e/experiment.json",
      """
      {"format": "gpuloom.experiment/1", "name": "=1+1", "gpu": "v100-sxm2-16gb",
       "testbed": "ideal", "tenants": [\(tenants.joined(separator: ", "))],
       "policies": ["exclusive"], "duration_s": 0.01}

      """)
    #expect(run("compare", "e", "--requests", "--series", "--out", "o").status == 0)
    let rows = WrittenRows.of(folder.text("o/requests.csv"))
    for name in names {
      // By the name itself its rows are found, in our log of requests and in our trace of them.
      let kept = run(
        "trace", "transform", "o/requests.csv", "--do", "keep=\(name)", "--to", "k.csv")
      if name.contains(",") { continue }
      #expect(kept.status == 0, "\(name): \(kept.error)")
      let again = run("trace", "transform", "k.csv", "--do", "keep=\(name)")
      let count = again.output.split(separator: "\n").count { $0.first?.isNumber == true }
      let written = name.first == "'" && name != "'=1+1" ? name : "'" + name
      #expect(count == rows.count { $0["tenant"] == written } && count > 0, "\(name)")
    }
    #expect(run("report", "o").status == 0)
    let page = folder.text("o/report.html")
    #expect(page.contains(">'=1+1<") && page.contains(">-2+3<") && !page.contains("''=1+1"))
    #expect(run("check", "--update", "e").status == 0)
    let check = run("check", "e")
    #expect(check.status == 0, "\(check.output) \(check.error)")
  }

  /// Files with a bell in a name, and commands that read them.
  private static let damaged: [(file: String, text: String, line: String)] = [
    (
      "p.csv",
      "# x: replicas\n# y: gflops\n# constants: launch_gap_us\n"
        + "figure,series,x,simulated,published\na\u{7}b,exclusive,1,,1\n", "fit e.json --to p.csv"
    ),
    (
      "s.json",
      "{\"format\": \"gpuloom.study/1\", \"name\": \"a\\u0007b\", \"experiment\": \"e.json\","
        + "\"over\": {\"duration_s\": [0.01]}}", "sweep s.json --out s"
    ),
    ("m/measurements.csv", "# source: k: a\u{7}b\nkind\nx\n", "check m"),
    (
      "r.json", "{\"format\": \"gpuloom.ranges/1\", \"a\\u0007b\": 1}",
      "sensitivity e.json --ranges r.json"
    ),
    (
      "g.csv",
      "# format: gpuloom.tasks/1\n# name: n\n# source: s\ntask,children,duration_ns\na\u{7}b,,1\n",
      "compare --model g.csv --poisson-rps 1 --duration-s 1"
    ),
    ("l.json", "{\"format\": \"gpuloom.llm/1\", \"name\": \"a\\u0007b\"}", "models l.json"),
    (
      "k.json", "{\"format\": \"gpuloom.stack/1\", \"name\": \"a\\u0007b\"}",
      "kernels lower resnet50 --gpu t4 --stack k.json"
    ),
    (
      "rows.csv", "gpu,op,m,n,k,batch,dtype,latency_ms\na\u{7}b,linear,1,1,1,1,fp32,1\n",
      "kernels predict rows.csv"
    ),
    ("e/expected.csv", "# format: gpuloom.expected/1\nexperiment,gpu\na\u{7}b,g\n", "check e"),
    (
      "o/plan.csv", "# format: gpuloom.plan/1\n# study: a\u{7}b\npolicy,seed,run\n",
      "merge o --out w"
    ),
    (
      "o/summary.csv", SummaryTable.columnNames.joined(separator: ",") + "\na\u{7}b\n", "report o"
    ),
    (
      "d/predictions.json", "{\"format\": \"gpuloom.predictions/1\", \"a\\u0007b\": 1}",
      "check --predictions w.csv d"
    ),
    ("t.csv", "arrival_ns,tenant\n0,a\u{7}b\n", "trace stats t.csv"),
  ]

  @Test(
    "control characters are refused in every file that is read, at their place",
    arguments: damaged.indices)
  func controls(index: Int) {
    let (file, text, line) = Self.damaged[index]
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "e", "gpu": "v100-sxm2-16gb", "testbed": "ideal",
       "tenants": [{"name": "a", "model": "lstm_cell", "arrivals": {"poisson_rps": 2000}}],
       "policies": ["exclusive"], "duration_s": 0.01}

      """)
    if file.hasPrefix("e/") { folder.write("e/experiment.json", folder.text("e.json")) }
    folder.write(file, text)
    let result = run(line: line)
    #expect(result.status == 65 && result.output.isEmpty, "\(line): \(result.output)")
    #expect(result.error.hasPrefix(file + ":"), "\(line): \(result.error)")
    #expect(result.error.contains(": error: expected text without control characters"))
  }

  @Test("nor does a flag take them: what it names may be written to a file")
  func flags() {
    folder.write("t.csv", "arrival_ns\n0\n")
    for line in [
      ["compare", "--model", "a\u{7}b"], ["models", "from", "t.csv", "--name", "a\nb"],
      ["trace", "stats", "t.csv", "--as=a\u{85}"],
    ] {
      let result = CommandLineRun(line, in: folder.path)
      #expect(result.status == 64 && result.output.isEmpty, "\(line): \(result.error)")
      #expect(
        result.error.contains("': expected text without control characters, found \"a\\u{"),
        "\(line): \(result.error)")
    }
  }
}
