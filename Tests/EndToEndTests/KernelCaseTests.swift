import TestSupport
import Testing

/// What people hand over, through the command line; and the shared cases where they are.
struct KernelCaseTests {
  private let folder = TemporaryFolder()

  private func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test(.enabled(if: SharedFiles.areAvailable, "the shared cases are not beside this checkout"))
  func sharedCasesGiveWhatTheirLineSays() {
    let cases = SharedFiles.path("cases/kernels")
    let collective = run("kernels import \(cases)/collective.json --to c.csv --batch 1")
    #expect(collective.status == 0 && collective.output.contains("\ncollective "))
    #expect(folder.text("c.csv").contains("# gpu: v100-sxm2-32gb\n"))
    let kept = run(
      "kernels import \(cases)/collective.json --to c.csv --batch 1 --keep-collectives")
    #expect(kept.status == 0 && folder.text("c.csv").contains(",0.1,0.0"))
    let xla = run("kernels import \(cases)/xla.json --gpu a100-sxm4-40gb --to x.csv --batch 1")
    #expect(xla.status == 0 && folder.text("x.csv").contains(",128,1,1,256,1,1,32,0,,,12250"))
    let onnx = run(
      "kernels import \(cases)/onnxruntime.json --gpu a100-sxm4-40gb --to o.csv --batch 1")
    #expect(onnx.status == 0 && folder.text("o.csv").contains(",49,1,1,256,1,1,"))
    let cutlass = run("kernels predict \(cases)/cutlass-profiler.csv --gpu V100 --rows")
    #expect(cutlass.status == 0 && cutlass.output.contains("0.181"), "\(cutlass.error)")
    #expect(run("kernels predict \(cases)/cutlass-profiler.csv").status == 0)
    let fit = run("kernels fit \(cases)/cutlass-profiler.csv")
    #expect(fit.status == 65 && fit.error.contains("name it with --gpu"))
  }

  @Test func flagsOfATableSayWhatTheyNeed() {
    folder.write(
      "net_4_fwd", "Name,Profile,Memory_footprint,SM_usage,Duration\nConv,1,0,98,100480\n")
    let whole = run("kernels import net_4_fwd --whole")
    #expect(whole.status == 64)
    #expect(whole.error.contains("hint: name one: --to TABLE.csv, or --out DIR"), "\(whole.error)")
  }

  /// What a table assumes is said again where it is used, and marks the figures that rest on it.
  @Test func assumptionsFollowTheTable() {
    folder.write(
      "net_4_fwd", "Name,Profile,Memory_footprint,SM_usage,Duration\nConv,1,0,98,100480\n")
    let made = run("kernels import net_4_fwd --gpu v100-sxm2-16gb --to t.csv")
    #expect(made.error.contains("warning: the file does not tell its precision: fp32 is assumed"))
    #expect(
      folder.text("t.csv").contains("# assumed: precision fp32; weights 0 MiB"))
    let used = run(
      "compare --quiet --model t.csv --poisson-rps 100 --duration-s 1 --policy time-only")
    #expect(used.status == 0, "\(used.error)")
    #expect(
      used.error.contains("warning: the table 't.csv' rests on an assumption: precision fp32"))
    #expect(used.output.contains("FLOP util. †") && used.output.contains("† rests on what was"))
    let stated = run(
      "kernels import net_4_fwd --gpu v100-sxm2-16gb --to u.csv --precision fp16 --weights-mib 3")
    #expect(!stated.error.contains("precision") && !folder.text("u.csv").contains("weights 0"))
  }

  @Test func aGPUTheCatalogueLacksIsDescribedFromTheProfile() {
    folder.write(
      "p.json",
      """
      {"deviceProperties": [{"id": 0, "name": "Tesla V100-NEW", "numSms": 80}], "traceEvents": [
       {"ph": "X", "cat": "kernel", "name": "k", "ts": 1.5, "dur": 4.5, "args": {"device": 0,
        "stream": 7, "correlation": 1, "registers per thread": 32, "shared memory": 0,
        "grid": [8, 1, 1], "block": [64, 1, 1]}}]}
      """)
    let made = run("kernels import p.json --to t.csv")
    #expect(made.error.contains("hint: 'gpuloom gpus from p.json --to card.json'"), "\(made.error)")
  }

  @Test func aTraceWithoutAnEndIsRefused() {
    let endless = run("trace generate poisson --rps 1e9")
    #expect(endless.status == 64 && endless.error.contains("are more than 200000000"))
    #expect(
      run("trace generate poisson --rps 1e6 --requests 3").output.split(separator: "\n").count == 5)
  }
}
