import TestSupport
import Testing

/// Measurements that `gpuloom check` holds, and predictions that it writes.
struct TruthTests {
  private let folder = TemporaryFolder()

  private func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  private func change(_ file: String, _ old: String, _ new: String) {
    let text = folder.text(file)
    #expect(text.contains(old), "\(old) is not in \(file)")
    folder.write(file, text.replacing(old, with: new))
  }

  private func prepare() {
    folder.write("t/measurements.csv", ValidFiles.measurements)
    folder.write("t/testbed.json", ValidFiles.testbed)
    #expect(run("check --update t").status == 0)
  }

  private var rows: [[String: String]] {
    let lines = folder.text("t/measurements.csv").split(separator: "\n")
    return WrittenRows.of(lines.filter { !$0.hasPrefix("#") }.joined(separator: "\n") + "\n")
  }

  @Test func measurementsAreSimulatedAndHeld() {
    folder.write("t/measurements.csv", ValidFiles.measurements)
    folder.write("t/testbed.json", ValidFiles.testbed)
    let first = run("check t")
    #expect(first.status == 1 && first.output.contains("measurements.csv:7: latency_ms of alexnet"))
    #expect(run("check --update t").status == 0)
    #expect(rows.allSatisfy { Double($0["simulated"] ?? "") ?? 0 > 0 })
    let written = folder.text("t/measurements.csv")
    let held = run("check t")
    #expect(held.status == 0 && held.output.hasPrefix("ok       t: "), "\(held.output)")
    // Another number of threads, the same bytes.
    #expect(run("check --update t --jobs 1").status == 0)
    #expect(folder.text("t/measurements.csv") == written)
    change("t/testbed.json", "\"completion_sync_us\": 1", "\"completion_sync_us\": 100")
    let moved = run("check t")
    #expect(moved.status == 1 && moved.output.contains("changed input: testbed testbed.json"))
    #expect(!moved.output.contains("the simulator itself did"))
  }

  @Test func figuresAreWhatTheyAreCalled() {
    prepare()
    func simulated(_ kind: String, _ at: Int = 0) -> Double {
      let own = rows.filter { $0["kind"] == kind }
      return own[at]["simulated"].flatMap(Double.init) ?? .nan
    }
    let (latency, rate) = (simulated("model"), simulated("model", 1))
    #expect(abs(rate * latency / 2000 - 1) < 1e-9)
    #expect(simulated("share") > latency)
    #expect(simulated("pair") >= 1 && simulated("pair", 1) >= 1)
    #expect(simulated("replicas") > 1 && simulated("replicas") < 2)
  }

  @Test func thePageTellsByKind() {
    prepare()
    let page = folder.text("t/figures.md")
    for part in [
      "# A test\n", "## By kind", "| whole model | latency_ms | fitted | 1 |",
      "| side by side | slowdown | predicted | 2 |", "## Rows: MPS share", "- `lab`: our own",
    ] { #expect(page.contains(part), "\(part): \(page)") }
    // Its numbers are quoted like an experiment's, and the index over it has a row for it.
    folder.write("t/README.md", "Measured: 7.25 ms.\n\nIn `figures.md` is 7.25.\n")
    #expect(run("check t").status == 0)
    folder.write("t/README.md", "In `figures.md` is 7.35.\n")
    #expect(run("check t").output.contains("7.35"))
    folder.write("t/README.md", "In `figures.md` is 7.25.\n")
    #expect(run("check --update .").status == 0)
    #expect(folder.text("README.md").contains("| [t](t/figures.md) | A test | - | 6 |"))
  }

  @Test func predictionsAreOneFile() {
    prepare()
    folder.write("t/predictions.json", ValidFiles.predictions)
    let made = run("check --predictions p.csv t")
    #expect(made.status == 0 && made.output.isEmpty, "\(made.error)")
    let text = folder.text("p.csv")
    let found = WrittenRows.of(text)
    let kinds = ["shares", "shares", "shares", "shares", "pairs", "replicas", "replicas"]
    #expect(found.map { $0["kind"] } == kinds + ["replicas", "replicas"])
    func number(_ row: Int, _ column: String) -> Double {
      found[row][column].flatMap(Double.init) ?? .nan
    }
    // Of the same run as the measurements' rows.
    func measured(_ kind: String, _ at: Int = 0) -> Double {
      let own = rows.filter { $0["kind"] == kind }
      return own[at]["simulated"].flatMap(Double.init) ?? .nan
    }
    #expect(number(0, "latency1_ms") == measured("share"))
    #expect(number(1, "latency1_ms") == measured("model"))
    #expect(found[4]["model1"] == "alex" && found[4]["model2"] == "net18")
    #expect(found[4]["share1"] == "50" && found[4]["share2"] == "50")
    #expect(number(4, "slowdown1") == measured("pair"))
    #expect(number(4, "slowdown2") == measured("pair", 1))
    #expect(number(5, "gain1") == 1 && number(6, "gain1") == measured("replicas"))
    #expect(run("check --predictions q.csv --jobs 1 t/predictions.json").status == 0)
    #expect(folder.text("q.csv") == text)
  }

  @Test func predictionsAreWholeOrNotThere() {
    folder.write("t/predictions.json", ValidFiles.predictions)
    #expect(run("check --predictions p.csv t").status == 66)
    #expect(folder.names() == ["t"])
    folder.write("t/testbed.json", ValidFiles.testbed)
    // What the memory does not hold has no figures, and says so.
    change("t/predictions.json", "[1, 2] }", "[1, 64] }")
    let made = run("check --predictions p.csv t")
    #expect(made.status == 0 && made.error.contains(": warning: "))
    let last = WrittenRows.of(folder.text("p.csv")).last ?? [:]
    #expect(last["replicas"] == "64" && last["latency1_ms"] == "" && last["gain1"] == "")
  }
}
