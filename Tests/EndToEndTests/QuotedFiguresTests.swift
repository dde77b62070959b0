import TestSupport
import Testing

/// Numbers in READMEs that `gpuloom check --update` writes and `check` holds, and fits of kernel
/// tables.
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

  private static let readme = """
    # Small <!-- a comment of the author's -->

    p99 is <!-- = summary . time-only a latency_ms_p99 3 -->0<!-- . --> ms, three in turn take
    <!-- = point . f time-only 3 simulated 2 --><!-- . --> ms; published at most
    <!-- = reach . f time-only 0.5 published 0 --><!-- . --> within half a millisecond.

    <!-- table
    p50, ms = . a latency_ms_p50 2
    share of peak, % = . * flop_utilization 1%
    -->
    <!-- end of table -->

    <!-- points f 1 2 4 -->
    <!-- end of points -->

    <!-- figures -->
    <!-- end of figures -->

    """

  @Test func numbersAreWrittenAndHeld() {
    prepare(readme: Self.readme)
    let update = run("check --update e")
    #expect(update.status == 0, "\(update.error)")
    let text = folder.text("e/README.md")
    #expect(text.contains("in turn take\n<!-- = point . f time-only 3 simulated 2 -->0."))
    #expect(text.contains("published at most\n<!-- = reach . f time-only 0.5 published 0 -->3<"))
    #expect(
      text.contains("| policy | p50, ms | share of peak, % |") && text.contains("| batched |"))
    #expect(text.contains("| 2 | 0.") && text.contains("| 4 | 0.") && !text.contains("| 3 | 0."))
    #expect(text.contains("| * | 4 |") && text.contains("a comment of the author's"))
    #expect(run("check e").status == 0)
    #expect(run("check --update e").status == 0)
    #expect(folder.text("e/README.md") == text)
    let spoiled = text.split(separator: "| * | 4 |", maxSplits: 1).joined(separator: "| * | 5 |")
    folder.write("e/README.md", spoiled)
    let held = run("check e/README.md")
    #expect(held.status == 1 && held.output.contains("MISSED   e/README.md: 1 of 6 figures moved"))
  }

  @Test(arguments: [
    ("= summary . time-olny a latency_ms_p99 3", "<!-- . -->", "did you mean 'time-only'?"),
    ("= summary . time-only a latency_p99 3", "<!-- . -->", "did you mean 'latency_ms_p99'?"),
    ("= summary . time-only b latency_ms_p99 3", "<!-- . -->", "'.' has no tenant 'b'"),
    ("= sumary . time-only a latency_ms_p99 3", "<!-- . -->", "did you mean 'summary'?"),
    ("= gap . f time-only simulated", "<!-- . -->", "'gap' takes 5 words, found 4"),
    ("= point . f time-only 9 simulated 2", "<!-- . -->", "'.' has no point at 9 there"),
    ("= point . g time-only 1 simulated 2", "<!-- . -->", "'.' has no figure 'g'"),
    ("= reach . f time-only nan published 0", "<!-- . -->", "expected a number as limit"),
    ("= constant . launch_cp_us 1", "<!-- . -->", "did you mean 'launch_cpu_us'?"),
    ("= error . f time-only means 1", "<!-- . -->", "expected 'mean', 'fitted'"),
    ("= summary ../x time-only a latency_ms_p99 3", "<!-- . -->", "expected.csv"),
    ("table\np50 . a latency_ms_p50 2\n", "<!-- end of table -->", "TITLE = FOLDER TENANT"),
    ("points f 1 7", "<!-- end of points -->", "no point of 'f' is at '7'"),
    ("figures", "", "there is no '<!-- end of figures -->'"),
  ])
  func marksThatMeanNothingAreErrors(mark: String, end: String, message: String) {
    prepare(readme: "text\n\n<!-- \(mark) -->\(end)\n")
    let result = run("check --update e")
    #expect(result.status == 65 || result.status == 66, "\(mark)")
    #expect(result.error.contains(message), "\(mark): \(result.error)")
    #expect(folder.text("e/README.md") == "text\n\n<!-- \(mark) -->\(end)\n")
  }

  // MARK: Kernel tables

  /// The factor behind made points is found again, and the table that is written has it.
  @Test func factorsOfTablesAreFound() {
    prepare(readme: "")
    #expect(run("check --update e").status == 0)
    folder.writeMadePoints()
    folder.write(
      "e/table.csv",
      folder.text("e/table.csv").split(separator: ",110843,").joined(separator: ",55421,"))
    let found = run(
      "fit e/experiment.json --to e/made.csv --constants a.duration_ns_scale,completion_sync_us"
        + " --out o")
    #expect(found.status == 0, "\(found.error)")
    let table = folder.text("o/a.csv")
    #expect(table.contains(",110843,") || table.contains(",110842,"), "\(found.output)")
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
    #expect(result.error.hasPrefix("e/points.csv: error: the tenant '"), "\(result.error)")
    #expect(result.error.contains("has a closed loop, which has no load to vary"))
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
