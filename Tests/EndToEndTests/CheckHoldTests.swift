import TestSupport
import Testing

/// Single figures that `gpuloom check` holds, and how it tells what moved.
struct CheckHoldTests {
  private let folder = TemporaryFolder()

  private static let experiment = """
    { "format": "gpuloom.experiment/1", "name": "small", "gpu": "gpu.json",
      "testbed": "testbed.json",
      "tenants": [ { "name": "a", "model": "table.csv", "replicas": 3,
                     "arrivals": { "poisson_rps": 4000 } } ],
      "policies": ["time-only", "space-only"], "duration_s": 0.05 }
    """

  private func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  private func change(_ file: String, _ old: String, _ new: String) {
    folder.write(file, folder.text(file).replacing(old, with: new))
  }

  private func prepare(_ holds: String) {
    folder.writeExperiment(Self.experiment)
    #expect(run("check --update e").status == 0)
    let lines = folder.text("e/expected.csv")
    folder.write(
      "e/expected.csv", lines.replacing("experiment,gpu,", with: holds + "experiment,gpu,"))
  }

  @Test func onlyWhatIsHeldIsHeld() {
    prepare("# hold: flop_utilization of space-only for *=not-worse-than higher 5%\n")
    // A clock that is a hundredth lower moves every latency, and utilization up.
    change("e/gpu.json", "\"clock_mhz\": 1530", "\"clock_mhz\": 1515")
    let held = run("check e")
    #expect(held.status == 0, "\(held.output)")
    #expect(
      held.output.contains("ok       e: 1 figures\n  held: space-only, seed 1, tenant *: flop"))
    #expect(held.output.contains("changed input: gpu gpu.json\n"))
    #expect(held.output.contains("gpu clock_mhz: 1530 -> 1515\n"), "\(held.output)")
    let junit = run("check e --format junit")
    #expect(junit.output.contains(" tests=\"1\" failures=\"0\""))
    #expect(junit.output.contains("name=\"e: space-only, seed 1, tenant *: flop_utilization\"/>"))
    // An update keeps the line.
    #expect(run("check --update e").status == 0)
    #expect(folder.text("e/expected.csv").contains("# hold: flop_utilization of space-only for *="))
  }

  @Test func whatMovedIsToldWorstFirst() {
    prepare("# hold: latency_ms_mean=relative 0%\n# hold: arrived=absolute 0\n")
    let old = folder.text("e/expected.csv").split(separator: "\n").map { line -> String in
      var cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let isTenant = line.contains(",a,")
      guard line.hasPrefix("small,"), let mean = Double(cells[15]) else { return String(line) }
      cells[15] = "\(mean * (isTenant ? 1.5 : 1.1))"
      return cells.joined(separator: ",")
    }
    folder.write("e/expected.csv", old.joined(separator: "\n") + "\n")
    let result = run("check e --out o")
    #expect(result.status == 1)
    let lines = result.output.split(separator: "\n")
    #expect(lines.first == "MISSED   e: 4 of 8 figures moved")
    #expect(lines[1].contains("tenant a: latency_ms_mean") && lines[1].contains("-33.3 %"))
    #expect(lines[3].contains("tenant *: latency_ms_mean") && lines[3].contains("-9.09 %"))
    #expect(lines.count { $0.hasPrefix("  held: ") } == 4, "\(result.output)")
    let rows = WrittenRows.of(folder.text("o/check.csv"))
    #expect(rows.count { $0["status"] == "moved" } == 4)
    #expect(folder.text("o/junit.xml").contains(" tests=\"8\" failures=\"4\""))
  }

  @Test(arguments: [
    ("# hold: flop_utilisation=relative 0.1", "did you mean 'flop_utilization'?"),
    ("# hold: flop_utilization=relative 5", "'relative 0.05' or 'relative 5%'"),
    ("# tolerance: flop_utilization=relative 5", "'relative 0.05' or 'relative 5%'"),
    ("# hold: flop_utilization", "expected COLUMN=RULE after 'hold'"),
  ])
  func linesThatHoldNothingAreRefused(line: String, said: String) {
    prepare(line + "\n")
    let result = run("check e")
    #expect(result.status == 65 && result.error.contains(said), "\(result.error)")
  }

  @Test func aHoldWithoutARowIsMissed() {
    prepare("# hold: latency_ms_mean of batched=relative 0.1\n")
    let result = run("check e")
    #expect(result.status == 1 && result.output.contains("hold: latency_ms_mean of batched"))
  }
}
