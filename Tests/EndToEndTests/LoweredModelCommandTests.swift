import TestSupport
import Testing

@testable import gpuloom

/// Models on GPUs without a table that ships, as a shell runs them.
struct LoweredModelCommandTests {
  private let folder = TemporaryFolder()

  private func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test func compareRunsOnAnyGPUAndSaysSo() {
    let each = run(
      "compare --model resnet18 --model resnet18:int8 --gpu a100-sxm4-40gb --poisson-rps 50 "
        + "--duration-s 0.1 --replicas 1 --policy time-only --format csv --out results")
    #expect(each.status == 0, "\(each.error)")
    for stack in ["inference-fp32", "inference-int8"] {
      #expect(
        each.error.contains(
          "note: analytic: lowered for 'a100-sxm4-40gb' from the layer shapes of 'resnet18', \(stack)"
        ), "\(each.error)")
      #expect(folder.text("results/manifest.json").contains("models/stacks/\(stack).json"))
    }
    #expect(each.output.contains("resnet18:int8"))
  }

  @Test func aCardOfOnesOwnWorks() {
    let text = TemporaryFolder.text(of: SharedFiles.repositoryRoot + "/models/gpus/t4.json")
    folder.write(
      "mine.json",
      text.replacing("\"name\": \"t4\"", with: "\"name\": \"mine\"")
        .replacing("\"clock_mhz\": 1590", with: "\"clock_mhz\": 795"))
    let models = run("models vgg19 --gpu mine.json --format csv")
    #expect(models.status == 0, "\(models.error)")
    #expect(models.error.contains("lowered for 'mine'"))
    let compare = run(
      "compare --model vgg19:fp16 --gpu mine.json --poisson-rps 5 --duration-s 0.3 --replicas 1 "
        + "--policy exclusive")
    #expect(compare.status == 0, "\(compare.error)")
    #expect(
      compare.error.contains("lowered for 'mine' from the layer shapes of 'vgg19', inference-fp16"))
    #expect(compare.output.contains("GPU mine"))
  }

  @Test func modelsListsWhatShipsAndThatOthersAreLowered() {
    let all = run("models")
    #expect(all.status == 0)
    #expect(all.output.contains("densenet121") && all.output.contains("v100-sxm2-16gb"))
    #expect(all.error.contains("lowered for any other GPU when asked"))
    #expect(
      all.output.split(separator: "\n").contains {
        $0.hasPrefix("bert_large_512") && $0.contains("lowered")
      })
    let one = run("models bert_large_512")
    #expect(one.status == 64 && one.error.contains("name the GPU to lower it for with --gpu"))
    #expect(run("models bert_large_512 --gpu h200-sxm5-141gb").status == 0)
  }

  @Test func showLowersTheBatchThatIsAsked() {
    let shown = run("kernels show resnet50:tf32 --gpu a100-sxm4-40gb --batch 3")
    #expect(shown.status == 0, "\(shown.error)")
    #expect(shown.error.contains("inference-tf32") && !shown.error.contains("interpolated"))
    #expect(shown.output.contains("batch 3 of 1, 2, 3, 4") && shown.output.contains("tf32"))
  }

  @Test func lowerTakesAPrecision() {
    let half = run("kernels lower alexnet:fp16 --gpu l4 --batches 1")
    #expect(half.status == 0 && half.output.contains("# precision: fp16_tensor"))
    let stack = run("kernels lower alexnet --gpu l4 --batches 1 --stack inference-fp16")
    #expect(stack.output == half.output)
    let both = run("kernels lower alexnet:fp16 --gpu l4 --stack inference-fp16")
    #expect(both.status == 64 && both.error.contains("exclude each other"))
  }
}
