import TestSupport
import Testing

@testable import Commands
@testable import gpuloom

/// What a comparison leaves behind, whatever ends it.
@Suite("Outputs of runs")
struct RunOutputTests {
  private let folder = TemporaryFolder()

  private func run(_ words: String...) -> CommandLineRun {
    CommandLineRun(words, in: folder.path)
  }

  private func write(
    policies: String, duration: Double, tenant: String = "a", seeds: Int = 1
  ) {
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "=1+1", "gpu": "v100-sxm2-16gb", "testbed": "ideal",
       "tenants": [{"name": "\(tenant)", "model": "lstm_cell", "arrivals": {"poisson_rps": 2000}}],
       "policies": [\(policies)], "duration_s": \(duration),
       "seeds": \(Array(1...seeds))}

      """)
  }

  @Test("every request that arrived has a row, and an empty completion where it has none")
  func rowsOfAll() {
    folder.write(
      "t.csv", "arrival_ns\n" + (0..<200).map { "\($0 * 500_000)\n" }.joined())
    let result = run(
      "compare", "--model", "resnet50", "--replicas", "1", "--policy", "exclusive", "--testbed",
      "ideal", "--trace", "t.csv", "--duration-s", "0.1", "--requests", "--out", "o")
    #expect(result.status == 0, "\(result.error)")
    let rows = WrittenRows.of(folder.text("o/requests.csv"))
    #expect(rows.count == 200)
    let unfinished = rows.count { $0["completion_ns"] == "" }
    let summary = WrittenRows.of(folder.text("o/summary.csv")).first { $0["tenant"] == "*" }
    #expect((100..<200).contains(unfinished) && summary?["in_flight"] == "\(unfinished)")
    let times = rows.compactMap { $0["arrival_ns"].flatMap { Int($0) } }
    #expect(times == (0..<200).map { $0 * 500_000 })
    // The one that runs when time is up has its replica and its start.
    #expect(rows.count { $0["completion_ns"] == "" && $0["replica"] == "0" } == 1)
  }

  @Test(
    "a finished run is there when the process is ended amid the next", arguments: ["KILL", "HUP"])
  func keptRuns(signal: String) {
    // Runs are kept from the second second on: there are enough to last until then.
    write(policies: "\"exclusive\", \"space-only\"", duration: 200, seeds: 20)
    let line = """
      '\(CommandLineRun.program)' compare e.json --jobs 1 --requests --out o & id=$!
      i=0; until test -e o/manifest.json || test $i -gt 20000000; do i=$((i + 1)); done
      kill -\(signal) $id; wait $id; echo $?
      """
    let result = Shell.run(line, in: folder)
    #expect(result.output.hasSuffix(signal == "HUP" ? "129\n" : "137\n"), "\(result.output)")
    let rows = WrittenRows.of(folder.text("o/summary.csv"))
    #expect(rows.prefix(2).map { $0["policy"] } == ["exclusive", "exclusive"], "\(result.error)")
    #expect(rows.count < 80)
    #expect(folder.text("o/manifest.json").contains("\"complete\": false"))
    #expect(folder.text("o/requests.csv").split(separator: "\n").count > 1_000)
  }

  @Test("a folder that cannot be had is told before anything runs")
  func folderFirst() {
    write(policies: "\"exclusive\"", duration: 1)
    folder.write("file", "")
    for (path, status) in [("/proc/nothing", 73), ("file/x", 64)] as [(String, Int32)] {
      let result = run("compare", "e.json", "--out", path)
      #expect(result.status == status && result.output.isEmpty, "\(path): \(result.error)")
    }
    let shut = Shell.run("mkdir shut && chmod 555 shut && test -w shut", in: folder)
    // For root nothing is shut.
    if shut.status != 0 {
      let result = run("testbeds", "--out", "shut/o")
      #expect(result.status == 73 && result.output.isEmpty, "\(result.error)")
    }
  }

  @Test("words that a spreadsheet would run are words, and numbers stay numbers")
  func formulas() {
    write(policies: "\"exclusive\"", duration: 0.01, tenant: "-2+3")
    let result = run("compare", "e.json", "--format", "csv", "--requests", "--out", "o")
    #expect(result.status == 0, "\(result.error)")
    let rows = WrittenRows.of(result.output)
    #expect(rows.map { $0["experiment"] } == ["'=1+1", "'=1+1"])
    #expect(rows.map { $0["tenant"] } == ["*", "'-2+3"])
    #expect(folder.text("o/requests.csv").contains("exclusive,1,'-2+3,0,"))
    write(policies: "\"exclusive\"", duration: 0.01, tenant: "-2")
    #expect(run("compare", "e.json", "--format", "csv").output.contains(",-2,"))
  }

  @Test("names that nothing has exit alike, whatever they are names of")
  func unknownNames() {
    folder.write("t.csv", "arrival_ns\n0\n")
    let lines = [
      "compare --gpu v10", "compare --testbed moder", "compare --policy spacetim",
      "compare --model resnet5 --trace t.csv", "compare --format jsn", "gpus nowhere",
      "policies nothing", "testbeds none", "models none", "trace stats t.csv --as none",
      "kernels lower none --gpu t4",
    ]
    for line in lines {
      let result = CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
      #expect(result.status == 65 && result.output.isEmpty, "\(line): \(result.error)")
    }
  }

  @Test("a key of ten megabytes is cut as a value is")
  func longKeys() {
    write(policies: "\"exclusive\"", duration: 0.01)
    let key = String(repeating: "k", count: 10_000_000)
    let text = folder.text("e.json")
    for change in [
      text.replacing("\"duration_s\"", with: "\"\(key)\": 1, \"duration_s\""),
      text.replacing("\"exclusive\"", with: "{\"policy\": \"exclusive\", \"\(key)\": 1}"),
      text.replacing("v100-sxm2-16gb", with: key), text.replacing("lstm_cell", with: key),
    ] {
      folder.write("e.json", change)
      let result = run("compare", "e.json")
      #expect(result.status == 65 && result.error.utf8.count < 2_500, "\(result.error.prefix(99))")
      #expect(result.error.contains("kkkk…"))
    }
  }

  @Test("names with control characters are refused in every file")
  func controlCharacters() {
    write(policies: "\"exclusive\"", duration: 0.01, tenant: "a\\u0007b")
    folder.write("g.json", ValidFiles.gpu.replacing("\"small\"", with: "\"sm\\nall\""))
    folder.write("b.json", ValidFiles.testbed.replacing("\"mine\"", with: "\"m\\tine\""))
    folder.write("k.csv", ValidFiles.table.replacing(",gemm,", with: ",ge\u{1B}mm,"))
    folder.write("m.csv", ValidFiles.table.replacing("model: tiny", with: "model: ti\u{7F}ny"))
    folder.write("t.csv", "arrival_ns,tenant\n0,a\n1,b\u{1}c\n")
    for line in [
      "compare e.json", "gpus g.json", "testbeds b.json", "kernels lint k.csv",
      "kernels lint m.csv", "trace stats t.csv",
    ] {
      let result = CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
      #expect(result.status == 65, "\(line): \(result.output) \(result.error)")
      #expect(result.error.contains("control character"), "\(line): \(result.error)")
    }
  }
}
