import TestSupport

extension TemporaryFolder {
  /// Writes an experiment to `e` whose every input is a file of its own: `gpu.json`,
  /// `testbed.json` and `table.csv`, an SGEMM on a V100.
  func writeExperiment(_ experiment: String) {
    let models = SharedFiles.repositoryRoot + "/models"
    let table = models + "/kernels/gemm_conv2_2/v100-sxm2-16gb.csv"
    write("e/gpu.json", Self.text(of: models + "/gpus/v100-sxm2-16gb.json"))
    write("e/testbed.json", Self.text(of: models + "/testbeds/modern.json"))
    write("e/table.csv", Self.text(of: table))
    write("e/experiment.json", experiment)
  }

  /// Writes `e/made.csv`: `e/points.csv` with what was simulated as if it had been published.
  func writeMadePoints() {
    let made = text("e/points.csv").split(separator: "\n").map { line -> String in
      var fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      if fields.count == 5, fields[0] == "f" { fields[4] = fields[3] }
      return fields.joined(separator: ",")
    }
    write("e/made.csv", made.joined(separator: "\n") + "\n")
  }
}
