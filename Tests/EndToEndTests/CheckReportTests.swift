import TestSupport
import Testing

/// What `gpuloom check` prints for those who read its results by machine: JUnit files and the
/// annotations of a hosted run.
struct CheckReportTests {
  private let folder = TemporaryFolder()

  private static let experiment = """
    { "format": "gpuloom.experiment/1", "name": "small", "gpu": "gpu.json",
      "testbed": "testbed.json",
      "tenants": [ { "name": "a", "model": "table.csv", "replicas": 2,
                     "arrivals": { "poisson_rps": 2000 } } ],
      "policies": ["time-only"], "duration_s": 0.02 }
    """

  private func run(_ words: String...) -> CommandLineRun {
    CommandLineRun(["check"] + words, in: folder.path)
  }

  /// Copies the experiment in `e` with all that belongs to it.
  private func copy(to name: String) {
    for file in folder.names("e") { folder.write("\(name)/\(file)", folder.text("e/\(file)")) }
  }

  private func prepare() {
    folder.writeExperiment(Self.experiment)
    #expect(run("--update", "e").status == 0)
  }

  // MARK: What could not be checked

  @Test func brokenExperimentsAreErrorsInEveryFormat() {
    prepare()
    folder.write("all/broken/experiment.json", "{\n")
    copy(to: "all/good")
    folder.write("all/none/experiment.json", Self.experiment)
    for file in ["gpu.json", "testbed.json", "table.csv"] {
      folder.write("all/none/\(file)", folder.text("e/\(file)"))
    }
    folder.write("all/good/README.md", "In ../broken/ it is 1.5.\n")
    let junit = run("all", "--format", "junit")
    #expect(junit.status == 65)
    #expect(junit.output.contains(" tests=\"4\" failures=\"0\" errors=\"3\" skipped=\"0\">"))
    for place in ["all/broken/experiment.json:2:1", "all/none/expected.csv"] {
      #expect(junit.output.contains("<error message=\"\(place): error: "), "\(junit.output)")
    }
    #expect(junit.output.contains("name=\"all/good/README.md\">\n    <error "))
    let github = run("all", "--format", "github")
    #expect(github.status == 65)
    #expect(
      github.output.hasPrefix(
        "::error file=all/broken/experiment.json,line=2,col=1::expected a name in quotes"))
    #expect(
      github.output.contains(
        "\n::error file=all/none/expected.csv::there are no expected figures%0Ahint: "))
    #expect(
      github.output.contains("\n::error file=all/good/../broken/figures.md::there is no such"))
    #expect(github.error == junit.error && github.error.contains("all/none/expected.csv: error: "))
  }

  /// Only files that are missing are one kind of fault, also where a README quotes them.
  @Test func missingFilesKeepTheirCode() {
    prepare()
    folder.write("f/experiment.json", folder.text("e/experiment.json"))
    for file in ["gpu.json", "testbed.json", "table.csv"] {
      folder.write("f/\(file)", folder.text("e/\(file)"))
    }
    folder.write("f/README.md", "From [figures.md](figures.md): 1.5.\n")
    let junit = run("f", "--format", "junit")
    #expect(junit.status == 66 && junit.output.contains("errors=\"2\""), "\(junit.output)")
    #expect(
      junit.error == "f/expected.csv: error: there are no expected figures\n"
        + "  hint: 'gpuloom check --update f' writes them\n"
        + "f/figures.md: error: there is no such page to quote from\n"
        + "  hint: 'gpuloom check --update f' writes it\n")
    let nowhere = run("nowhere", "e", "--format", "junit")
    #expect(nowhere.status == 66 && nowhere.output.contains("errors=\"1\""))
    let annotation = run("nowhere", "--format", "github")
    #expect(
      annotation.output.hasPrefix(
        "::error file=nowhere::no experiment.json or measurements.csv here"))
  }

  // MARK: Annotations

  /// Nothing of a path's or a message's ends a command or a property of it early.
  @Test func annotationsAreEscaped() {
    prepare()
    let name = "50%, a:b"
    copy(to: name)
    folder.write("\(name)/experiment.json", "{ \"100%\": 1 }\n")
    let fault = run(name, "--format", "github")
    #expect(
      fault.output.contains("::error file=50%25%2C a%3Ab/experiment.json,line=1,"),
      "\(fault.output)")
    #expect(fault.output.contains("'100%25'"))
    copy(to: name)
    let lines = folder.text("e/expected.csv").split(separator: "\n")
    let spoiled = lines.map { $0.hasPrefix("small,") ? "x" + $0 : String($0) }
    folder.write("\(name)/expected.csv", spoiled.joined(separator: "\n") + "\n")
    let miss = run(name, "--format", "github")
    #expect(miss.status == 1)
    #expect(miss.output.hasPrefix("::error file=50%25%2C a%3Ab/expected.csv,"))
    #expect(miss.output.contains("title=50%25%2C a%3Ab%3A "), "\(miss.output)")
    #expect(miss.output.contains("xsmall -> small%0A"))
  }

  // MARK: Pages

  /// A number that a page has not is told at the line that quotes it.
  @Test func missesOfAPageStandWhereItIs() {
    prepare()
    folder.write("e/README.md", "# E\n\nIt is 987.6 in [figures.md](figures.md).\n")
    let update = run("--update", "e")
    #expect(update.status == 1 && update.output.contains("updated  e\n"), "\(update.output)")
    let text = run("e")
    #expect(text.status == 1)
    #expect(text.output.contains("e/README.md:3: 987.6 -> nothing (not on e/figures.md)"))
    #expect(!text.output.contains("the simulator itself did"))
    let github = run("e", "--format", "github")
    #expect(github.output.hasPrefix("::error file=e/README.md,line=3,title="), "\(github.output)")
  }

  @Test func missesOfPointsStandInTheirFile() {
    prepare()
    folder.write(
      "e/points.csv",
      "# format: gpuloom.points/1\n# x: replicas\n# y: latency_ms_mean\n"
        + "figure,series,x,simulated,published\nf,time-only,1,,\n")
    // Saturated, whatever arrives: a closed loop is what points over replicas play.
    folder.write(
      "e/experiment.json",
      Self.experiment.split(separator: "{ \"poisson_rps\": 2000 }").joined(
        separator: "{ \"closed_loop\": { \"clients\": 1, \"think_ms\": 0 } }"))
    #expect(run("--update", "e").status == 0, "\(run("--update", "e").error)")
    let held = folder.text("e/points.csv")
    let spoiled = held.split(separator: "\n").map { line in
      line.hasPrefix("f,") ? "f,time-only,1,5000," : line
    }
    folder.write("e/points.csv", spoiled.joined(separator: "\n") + "\n")
    let github = run("e", "--format", "github")
    #expect(github.output.hasPrefix("::error file=e/points.csv,line=5,title="), "\(github.output)")
  }

  // MARK: Interrupts

  /// What was finished before Ctrl-C is told, and what was not.
  @Test(arguments: ["text", "junit", "github"])
  func finishedResultsOutliveAnInterrupt(format: String) {
    prepare()
    copy(to: "slow")
    // Long work after something that takes no time, and that shows when it is done.
    folder.write(
      "slow/experiment.json",
      Self.experiment.split(separator: "0.02").joined(separator: "10000"))
    let line = """
      rm e/expected.csv
      '\(CommandLineRun.program)' check --update e slow --format \(format) --jobs 1 & id=$!
      for i in $(seq 250); do test -e e/expected.csv && break; sleep 0.1; done
      kill -INT $id; wait $id; exit $?
      """
    let run = Shell.run(line, in: folder)
    #expect(run.status == 130, "\(run.error)")
    #expect(run.error.contains("interrupted: 1 of 2 are left out\n"))
    switch format {
    case "junit":
      #expect(run.output.contains("name=\"e\"/>") && run.output.contains("skipped=\"1\""))
      #expect(run.output.contains("<skipped message=\"interrupted\"/>"))
    case "github":
      #expect(run.output == "::warning::interrupted: not checked: slow\n")
    default:
      #expect(run.output == "updated  e\nLEFT OUT slow: interrupted\n")
    }
  }
}
