import TestSupport
import Testing

/// Laws of policies that lay out the GPU, as a user sees them.
struct LayoutCommandTests {
  private let folder = TemporaryFolder()

  private func tool(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  /// Rows of a comparison; those of one policy without its name.
  private func rows(_ line: String, _ policy: String) -> [[String: String]] {
    let run = tool(line + " --format csv")
    return WrittenRows.of(run.output).filter { $0["policy"] == policy }.map {
      $0.filter { $0.key != "policy" }
    }
  }

  @Test func onePartOfEverythingIsNone() {
    let line =
      "compare --model resnet50 --replicas 3 --poisson-rps 150 --duration-s 0.5 "
      + "--policy space-only,mps-partition"
    let none = rows(line, "space-only")
    #expect(!none.isEmpty && none == rows(line, "mps-partition"))
  }

  @Test func instancesNeverTouchEachOther() {
    func figures(_ rate: Int, _ policy: String, _ label: String) -> [[String: String]] {
      rows(
        "compare --gpu a100-sxm4-40gb --model resnet50,mobilenet_v2 --poisson-rps 80,\(rate) "
          + "--duration-s 1 --policy \(policy)", label
      ).filter { $0["tenant"] == "resnet50" }
    }
    let label = "mig(profile=3g.20gb)"
    let calm = figures(10, "mig:profile=3g.20gb", label)
    #expect(!calm.isEmpty && calm == figures(900, "mig:profile=3g.20gb", label))
    let (beside, crowded) = (
      figures(10, "mps-partition:share=50", "mps-partition(share=50)"),
      figures(900, "mps-partition:share=50", "mps-partition(share=50)")
    )
    #expect(!beside.isEmpty && beside != crowded)
  }

  @Test(
    arguments: [
      ("--gpu v100-sxm2-16gb --policy mig", "'mig' needs MIG, which v100-sxm2-16gb does not have"),
      (
        "--gpu a100-sxm4-40gb --policy mig:profile=5g.20gb",
        "has no MIG profile '5g.20gb'"
      ),
      ("--policy mps-partition:share=60", "the shares add up to 120 %, more than 100"),
    ])
  func whatCannotBeLaidOutIsRefused(flags: String, message: String) {
    let run = tool(
      "compare --model resnet50,mobilenet_v2 --poisson-rps 80 --duration-s 0.2 \(flags)")
    // What flags cannot ask is a fault of use, what the GPU cannot do one of input.
    #expect(
      [64, 65].contains(run.status) && run.error.contains(message), "\(run.status): \(run.error)")
  }

  @Test func whatNoPlanHoldsIsSaid() {
    let run = tool(
      "compare --model resnet50 --slo-ms 6 --poisson-rps 900 --duration-s 0.2 --policy gpulets")
    #expect(run.status == 0 && run.error.contains("warning: 'gpulets': no parts of "), "\(run)")
  }
}
