extension ErrorCase {
  /// Points of the valid experiment over load.
  private static let validPoints = """
    # format: gpuloom.points/1
    # x: load
    # y: figure
    # load_of: time-only
    # short: 30
    # not_fitted: time-only 90
    # not_fitted_figure: latency_ms_p99 first
    figure,series,x,simulated,published
    latency_ms_mean,time-only,30,,1
    latency_ms_mean,time-only,90,,2.5
    latency_ms_p99 first,batched(max_batch=2),60,,3

    """

  private static func points(_ old: String, _ new: String) -> ErrorCase {
    var mistake = broken("fit e.json --to p.csv", "p.csv", validPoints, old, new)
    let others = [
      ("e.json", ValidFiles.experiment), ("g.json", ValidFiles.gpu), ("t.csv", ValidFiles.table),
      ("a.csv", ValidFiles.trace),
    ]
    mistake.files += others.map { (name: $0.0, bytes: Array($0.1.utf8)) }
    return mistake
  }

  /// Points with one fault each; the last only that they are over load.
  static let points: [ErrorCase] = [
    points("points/1", "points/2"), points("# x: load\n", ""), points("x: load", "x: laod"),
    points("y: figure", "y: figures"), points("y: figure", "y: latency_ms_mean"),
    points("# load_of", "# load_off"), points("of: time-only", "of: time_only"),
    points("of: time-only", "of: batched"), points("# x: load", "# x: replicas"),
    points("# load_of: time-only\n", "# load_of: time-only\n# load_of: time-only\n"),
    points("short: 30", "short: 31"), points("short: 30", "short: 30, 9O, 2000"),
    points("short: 30", "short:"), points("short: 30", "short: 30\n# short: 90"),
    points("time-only 90", "time-only 91"), points("p99 first\n", "p99 frist\n"),
    points("p99 first,", "p99 frist,"), points("mean,time-only,30", "maen,time-only,30"),
    points("max_batch=2", "max_batch=3"), points(",30,,1", ",0.3,,1"),
    points("2.5", "-2.5"), points("published", "publishd"), points("2.5", "2.5,7"),
    points("short: 30", "short: 30 90"),
    points("# short", "# constants: launch_cpu_us, time_slice_ms launch_cpu_us\n# short"),
    points("# short", "# constants:\n# short"),
    points("2.5", "2.5\nlatency_ms_mean,time-only,30,,1"),
  ]
}
