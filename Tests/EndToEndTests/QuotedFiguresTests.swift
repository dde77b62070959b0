import TestSupport
import Testing

/// Pages of figures that `gpuloom check --update` writes, numbers that others quote from them, and
/// fits of kernel tables.
struct QuotedFiguresTests {
  private let folder = TemporaryFolder()

  private static let experiment = """
    { "format": "gpuloom.experiment/1", "name": "small", "gpu": "gpu.json",
      "testbed": "testbed.json",
      "tenants": [ { "name": "a", "model": "table.csv", "replicas": 3,
                     "arrivals": { "closed_loop": { "clients": 1, "think_ms": 0 } } } ],
      "policies": ["time-only", "batched"],
      "duration_s": 0.02, "warmup_s": 0.005 }
    """

  private static let points = """
    # format: gpuloom.points/1
    # x: replicas
    # y: latency_ms_mean
    figure,series,x,simulated,published
    f,time-only,1,,0.2
    f,time-only,2,,0.3
    f,time-only,3,,0.5
    f,time-only,4,,0.6

    """

  private func prepare(readme: String) {
    folder.writeExperiment(Self.experiment)
    folder.write("e/points.csv", Self.points)
    folder.write("e/README.md", readme)
  }

  private func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test func aCheckoutsLineEndsMoveNoFigure() {
    prepare(readme: "# Small\n\nSee [figures](figures.md): 4\n")
    #expect(run("check --update .").status == 0)
    for file in ["e/figures.md", "e/README.md", "README.md"] {
      folder.write(file, folder.text(file).replacing("\n", with: "\r\n"))
    }
    let same = run("check .")
    #expect(same.status == 0, "\(same.output) \(same.error)")
    folder.write(
      "e/README.md", "# Small\r\n\r\nSee [figures](figures.md):\r\n7654.25\r\n")
    let moved = run("check .")
    #expect(moved.status == 1 && moved.output.contains("e/README.md:4: 7654.25"), "\(moved.output)")
  }

  @Test func pagesAreWrittenAndHeld() {
    prepare(readme: "")
    #expect(run("check --update .").status == 0)
    let page = folder.text("e/figures.md")
    #expect(page.hasPrefix("<!-- Written by 'gpuloom check --update'"))
    for part in [
      "## Points: f", "| time-only, published |", "| * | 4 |", "## Constants of testbed",
    ] {
      #expect(page.contains(part), "\(part): \(page)")
    }
    let index = folder.text("README.md")
    #expect(index.contains("| [e](e/figures.md) |"))
    #expect(run("check .").status == 0)
    folder.write("e/figures.md", page.split(separator: "| * | 4 |").joined(separator: "| * | 5 |"))
    let held = run("check .")
    #expect(held.status == 1 && held.output.contains("e/figures.md:"), "\(held.output)")
    #expect(run("check --update .").status == 0)
    #expect(folder.text("e/figures.md") == page && folder.text("README.md") == index)
    // What somebody wrote by hand stays.
    folder.write("README.md", "mine\n")
    #expect(run("check --update .").status == 0)
    #expect(folder.text("README.md") == "mine\n")
  }

  /// A page quotes where it names an experiment: `X` stands for a number that its figures have,
  /// `Y` for one they have not.
  @Test(arguments: [
    ("In e/ it is X, and X.", 0, 2),
    ("In e/ it is Y.", 1, 1),
    ("From [figures](e/figures.md):\n\n| a | X |\n| b | Y |", 1, 2),
    ("Y stands alone.\n\nIn e/ it is X.", 0, 1),
    ("- [e](e/figures.md): X\n- elsewhere Y", 0, 1),
    ("In e/ it is `Y`, version 1.2.3 of 2018, Fig. 3:\n\n    e/ Y\n", 0, 0),
    ("```\ne/ Y\n```", 0, 0),
    ("Both of e/ and f/ have Y.", 1, 1),
  ])
  func quotedNumbersAreOnThePage(text: String, misses: Int, count: Int) throws {
    prepare(readme: "")
    #expect(run("check --update e").status == 0)
    let row = folder.text("e/figures.md").split(separator: "\n").first { $0.hasPrefix("| * | 4 |") }
    let number = try #require(row?.split(separator: " ").first { $0.contains(".") })
    func replacing(_ text: String, _ word: String, by other: some StringProtocol) -> String {
      text.split(separator: word, omittingEmptySubsequences: false).joined(separator: String(other))
    }
    let quoting = replacing(replacing(text, "X", by: number), "Y", by: "987.654")
    folder.write("page.md", quoting + "\n")
    let result = run("check page.md")
    #expect(result.status == (misses > 0 ? 1 : 0), "\(result.error)")
    #expect(
      result.output.contains(
        misses > 0 ? "page.md: \(misses) of \(count) figures moved" : "page.md: \(count) figures"),
      "\(result.output)")
    if misses > 0 { #expect(result.output.contains("not on e/figures.md")) }
  }

  @Test func aPageThatIsNotThereIsMissed() {
    prepare(readme: "In [figures.md](figures.md) it is 1.5.\n")
    let result = run("check e/README.md")
    #expect(result.status == 66 && result.error.contains("e/figures.md"), "\(result.error)")
  }

  // MARK: Kernel tables

  /// The factor behind made points is found again, and the table that is written has it.
  @Test func factorsOfTablesAreFound() {
    prepare(readme: "")
    #expect(run("check --update e").status == 0)
    folder.writeMadePoints()
    folder.write(
      "e/table.csv",
      folder.text("e/table.csv").split(separator: ",107843,").joined(separator: ",53921,"))
    let found = run(
      "fit e/experiment.json --to e/made.csv --constants a.duration_ns_scale,completion_sync_us"
        + " --out o")
    #expect(found.status == 0, "\(found.error)")
    let table = folder.text("o/a.csv")
    #expect(table.contains(",107843,") || table.contains(",107842,"), "\(found.output)")
    #expect(table.contains("a.duration_ns_scale") || table.contains("duration_ns_scale 2"))
    #expect(folder.text("o/testbed.json").contains("fitted to 2 points"))
  }

  @Test(arguments: [
    ("duration_ns_scal", Int32(64), "did you mean 'duration_ns_scale'?"),
    ("b.duration_ns_scale", 64, "did you mean 'a.duration_ns_scale'?"),
    ("duration_ns_scale,duration_ns_scale", 64, "is given twice"),
    ("compute_fraction_scale", 65, "no point depends on 'compute_fraction_scale'"),
    ("duration_ns_scale,a.duration_ns_scale", 65, "cannot tell the constant"),
    ("duration_ns_scale,launch_gap_us,idle_yield_us", 65, "2 points cannot carry 3 constants"),
  ])
  func constantsThatCannotBeFoundAreRefused(names: String, status: Int32, message: String) {
    prepare(readme: "")
    let result = run("fit e/experiment.json --to e/points.csv --constants \(names)")
    #expect(result.status == status && result.error.contains(message), "\(result.error)")
  }

  // MARK: Points of several columns, tenants and replicas

  @Test(arguments: [
    (
      "# y: latency_ms_mean", "# y: figure", "f,", "latency_ms_p9,",
      "unknown y 'latency_ms_p9'"
    ),
    ("# x: replicas", "# x: replica_rank", "f,", "2_replicas,", "a number of replicas from x up"),
    ("# x: replicas", "# x: replicas\n# not_fitted_figure: g", "f,", "f,", "no point is of 'g'"),
  ])
  func namesOfFiguresAreHeld(
    old: String, new: String, oldName: String, newName: String, message: String
  ) {
    prepare(readme: "")
    let text = Self.points.split(separator: old).joined(separator: new)
    folder.write(
      "e/points.csv",
      text.split(separator: "\n" + oldName).joined(separator: "\n" + newName))
    let result = run("check e")
    #expect(result.status == 65 && result.error.contains(message), "\(result.error)")
  }

  /// What a line before the header names has to be there: the places that a short check holds, and
  /// the policy that load is measured in.
  @Test(arguments: [
    ("# short: 2 7", "2:10", "no point is at '7'\n  hint: the nearest is at '4'\n"),
    ("# short: l", "2:10", "no point is at 'l'\n  hint: did you mean '1'?\n"),
    ("# short:", "2:9", "expected places of x after '# short:'\n  hint: as in '# short: 1'\n"),
    ("# short: 1\n# short: 2", "3:3", "the key 'short' is given twice\n"),
    ("# load_of: time-only", "2:3", "'# load_of:' needs '# x: load'\n"),
  ])
  func linesThatNameNothingAreErrors(line: String, place: String, message: String) {
    prepare(readme: "")
    let first = "# format: gpuloom.points/1\n"
    let text = Self.points.split(separator: first).joined()
    folder.write("e/points.csv", first + line + "\n" + text)
    let result = run("check e")
    #expect(result.status == 65)
    #expect(result.error == "e/points.csv:\(place): error: " + message)
  }

  private static let loads = """
    # format: gpuloom.points/1
    # x: load
    # y: figure
    # load_of: batched
    # short: 40
    figure,series,x,simulated,published
    latency_ms_mean,time-only,40,,
    latency_ms_mean,time-only,80,,

    """

  @Test("A load that cannot be varied is a fault of the file that asks for it")
  func closedLoopsHaveNoLoad() {
    prepare(readme: "")
    folder.write("e/points.csv", Self.loads)
    let result = run("check e")
    #expect(result.status == 65)
    #expect(
      result.error.hasPrefix(
        "e/points.csv: error: requests of the tenant 'a' follow answers, which leaves no load to"
          + " vary\n  hint: give it arrivals of its own"), "\(result.error)")
  }

  @Test func loadIsMeasuredInAPolicyOfTheExperiment() {
    prepare(readme: "")
    let experiment = Self.experiment.split(separator: "{ \"closed_loop\": ", maxSplits: 1)
    folder.write(
      "e/experiment.json",
      experiment[0] + "{ \"poisson_rps\": 1000 } } ],\n"
        + experiment[1].drop { $0 != "\n" }.dropFirst())
    folder.write("e/points.csv", Self.loads)
    #expect(run("check --update e").status == 0)
    // Only the place of the short form is run there.
    let held = folder.text("e/points.csv")
    // The page would tell that the file was changed by hand.
    #expect(Shell.run("rm e/figures.md", in: folder).status == 0)
    let changed = held.split(separator: "\n").map { line in
      line.contains(",80,") ? "latency_ms_mean,time-only,80,1000," : line
    }
    folder.write("e/points.csv", changed.joined(separator: "\n") + "\n")
    #expect(run("check --short e").status == 0 && run("check e").status == 1)
    folder.write("e/points.csv", Self.loads.split(separator: "batched").joined(separator: "batchd"))
    let typo = run("check e")
    #expect(typo.status == 65)
    #expect(
      typo.error == "e/points.csv:4:12: error: the experiment has no policy 'batchd'\n"
        + "  hint: did you mean 'batched'?\n")
  }
}
