import TestSupport
import Testing

/// `Experiments/capacity`: what stands there is what its command gives.
struct CapacityExperimentTests {
  private static let root = SharedFiles.repositoryRoot
  private static let gpus = "v100-sxm2-16gb,a100-sxm4-40gb,h100-sxm5-80gb"

  private static func written() -> [Substring] {
    TemporaryFolder.text(of: root + "/Experiments/capacity/capacity.csv").split(separator: "\n")
  }

  /// The cells up to what limits a policy.
  private static func capacity(_ row: Substring) -> String {
    row.split(separator: ",", omittingEmptySubsequences: false).prefix(11).joined(separator: ",")
  }

  /// A policy whose runs are short, on all GPUs and tenants.
  @Test(.enabled(if: !written().isEmpty, "Experiments/capacity/capacity.csv is not there"))
  func turnsAreAsWritten() throws {
    let run = CommandLineRun(
      ["capacity"] + ["resnet50", "bert_base", "mixed"].map { "Experiments/capacity/" + $0 }
        + ["--of", "tenants", "--gpus", Self.gpus, "--policy", "time-only", "--no-limits"]
        + ["--format", "csv", "--quiet"], in: Self.root, limit: 600)
    #expect(run.status == 0, "\(run.error)")
    let rows = run.output.split(separator: "\n")
    #expect(rows.count == 1 + 9)
    let written = Self.written()
    #expect(rows[0] == written[0])
    for row in rows.dropFirst() {
      #expect(written.contains { Self.capacity($0) == Self.capacity(row) }, "\(row)")
    }
  }

  @Test(.enabled(if: SharedFiles.isDeepRun, "GPULOOM_DEEP=1 runs it all"))
  func allIsAsWritten() {
    let run = CommandLineRun(
      ["capacity"] + ["resnet50", "bert_base", "mixed"].map { "Experiments/capacity/" + $0 }
        + ["--of", "tenants", "--gpus", Self.gpus, "--format", "csv", "--quiet"],
      in: Self.root,
      limit: 7_200)
    #expect(run.status == 0, "\(run.error)")
    #expect(run.output.split(separator: "\n") == Self.written())
  }
}
