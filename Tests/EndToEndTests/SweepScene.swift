import TestSupport

/// A folder with a small study: two rates, three numbers of replicas, two policies, two seeds.
protocol SweepScene {
  var folder: TemporaryFolder { get }
}

extension SweepScene {
  /// A folder with the study `s.json` and its experiment `e.json`.
  static func makeFolder() -> TemporaryFolder {
    let folder = TemporaryFolder()
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "e", "gpu": "v100-sxm2-16gb", "testbed": "ideal",
       "tenants": [{"name": "a", "model": "lstm_cell", "slo_ms": 1,
                    "arrivals": {"poisson_rps": 600}}],
       "policies": ["time-only", "space-time"], "duration_s": 0.3, "seeds": [1, 2]}
      """)
    folder.write(
      "s.json",
      """
      {"format": "gpuloom.study/1", "name": "s", "experiment": "e.json",
       "over": {"rps": [300, 900], "tenants.a.replicas": [1, 2, 3]}}

      """)
    return folder
  }

  func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  /// What was said beside what this table always has said of it.
  func news(_ run: CommandLineRun) -> String {
    run.error.split(separator: "\n").filter { !$0.contains("batches of 'lstm_cell' interpolated") }
      .joined(separator: "\n")
  }

  /// Names, sizes and places on the disk of the runs: a file that is written again has another.
  func inodes(_ name: String) -> String {
    Shell.run("ls -i \(name)/runs", in: folder).output
  }
}
