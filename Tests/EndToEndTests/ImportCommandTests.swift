import TestSupport
import Testing

/// What `kernels import` and its neighbours tell a user of what they assume, and trace steps that
/// leave nothing.
struct ImportCommandTests {
  private let folder = TemporaryFolder()
  private static let orion = "Name,Profile,Memory_footprint,SM_usage,Duration\nConv,1,0,98,100480\n"

  private func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test func aBatchIsTakenFromTheNameOrSaidToBeAssumed() {
    folder.write("net_4_fwd", Self.orion)
    folder.write("mine.csv", Self.orion)
    let named = run("kernels import net_4_fwd --gpu t4 --to t.csv")
    #expect(named.status == 0 && named.error.contains("batch 4, by the file's name"))
    #expect(folder.text("t.csv").contains("\n4,0,Conv,"))
    #expect(named.error.contains("table: 1 launch, "))
    let assumed = run("kernels import mine.csv --gpu t4 --to u.csv")
    #expect(assumed.error.contains("warning: the file does not tell its batch: 1 is assumed"))
    let stated = run("kernels import net_4_fwd --gpu t4 --batch 2 --to v.csv")
    #expect(!stated.error.contains("batch") && folder.text("v.csv").contains("\n2,0,Conv,"))
  }

  @Test func anUnknownGPUIsWarnedOf() {
    folder.write("net_4_fwd", Self.orion)
    let none = run("kernels import net_4_fwd --to t.csv")
    #expect(none.status == 65 && none.error.contains("does not name the GPU it was taken on"))
    #expect(none.error.contains("--gpu") && !folder.names().contains("t.csv"))
    let wrong = run("kernels import net_4_fwd --gpu t5 --to t.csv")
    #expect(wrong.status == 0)
    #expect(
      wrong.error.contains(
        "warning: the GPU 't5' is not in the catalogue\n  hint: did you mean 't4'?"))
    #expect(!run("kernels import net_4_fwd --gpu t4 --to t.csv").error.contains("the GPU"))
  }

  @Test func appendedBatchesAgreeOnTheWeights() {
    folder.write("net_4_fwd", Self.orion)
    folder.write("net_8_fwd", Self.orion)
    let first = "kernels import net_4_fwd --model net --gpu t4 --to t.csv --weights-mib 12.5"
    #expect(run(first).status == 0)
    let more = "kernels import net_8_fwd --model net --gpu t4 --to t.csv --append"
    let before = folder.text("t.csv")
    for weights in ["7", "90"] {
      let wrong = run(more + " --weights-mib " + weights)
      #expect(wrong.status == 65 && wrong.error.contains("the table's weights-mib is '12.5'"))
    }
    #expect(run(more + " --stack torch").status == 65)
    #expect(folder.text("t.csv") == before)
    let good = run(more + " --workspace-mib 3")
    #expect(good.status == 0 && good.error.contains("workspace_mib is 3.0, the largest"))
    #expect(folder.text("t.csv").contains("# weights_mib: 12.5\n"))
  }

  @Test func showTellsOfImpossibleDurations() {
    let table = ValidFiles.table.replacing("# gpu: small", with: "# gpu: t4")
    folder.write("slow.csv", table)
    #expect(!run("kernels show slow.csv").error.contains("roofline"))
    // A trillion operations in five microseconds.
    folder.write("fast.csv", table.replacing(",1000,10000,5000", with: ",1000000000000,10000,5000"))
    let shown = run("kernels show fast.csv")
    #expect(shown.status == 0)
    #expect(shown.error.contains("warning: 5000 ns is below the roofline of 't4'"))
    #expect(shown.error.contains("[below-roofline]"))
  }

  @Test func rowsBelowTheMinimumStayOut() {
    folder.write(
      "rows.csv",
      "gpu,op,m,n,k,batch,dtype,latency_ms\nt4,linear,4096,4096,4096,1,fp32,30\n"
        + "t4,linear,64,64,64,1,fp32,0.1\nt4,linear,64,64,64,1,fp32,\n")
    let none = run("kernels predict rows.csv --min-us 1000000 --format csv")
    #expect(none.output == "gpu,op,rows,mape,median,p90\n" && none.status == 0)
    #expect(none.error.contains("2 rows below the minimum left out"))
    let rows = run("kernels predict rows.csv --min-us 1000 --rows --format csv").output
    #expect(rows.split(separator: "\n").count == 3 && !rows.contains(",fp32,0.1,"), "\(rows)")
  }

  @Test func flagsBelongToTheFormatsThatUseThem() {
    folder.write("t.csv", ValidFiles.trace)
    folder.write("r.txt", "1 2 3 4\n")
    for command in ["import", "stats", "transform"] {
      let wrong = run("trace \(command) t.csv --placement even")
      #expect(wrong.status == 64)
      #expect(
        wrong.error.contains("t.csv: error: the flag '--placement' does not apply to gpuloom-csv"))
      #expect(wrong.error.contains("it belongs to azure-functions-minute-csv, rate-per-second-txt"))
      #expect(run("trace \(command) r.txt --placement even --max-count 9").status == 0)
    }
    // A flag that one of several files has a use for is not ignored.
    #expect(run("trace stats t.csv r.txt --import-seed 3").status == 0)
    #expect(run("trace transform t.csv --do merge=r.txt --import-seed 3").status == 0)
    #expect(run("trace import t.csv --as rate-steps-txt --clamp").status == 64)
  }

  @Test func stepsThatLeaveNothingWriteNothing() {
    folder.write("t.csv", ValidFiles.trace)
    let cut = run("trace transform t.csv --do shift=10 --do slice=0..1 --do shift=1 --to o.csv")
    #expect(cut.status == 64)
    #expect(cut.error.contains("t.csv: error: the step 'slice=0..1' leaves no request"))
    #expect(cut.error.contains("before it the trace has 4 requests from 10"))
    #expect(folder.names() == ["t.csv"])
    #expect(run("trace transform t.csv --do slice=0..1 --to o.csv").status == 0)
  }

  @Test func aCutLastLineIsToldOnce() {
    let row = "{\"timestamp\": 0, \"input_length\": 4, \"output_length\": 9}\n"
    folder.write("t.jsonl", row + row.dropLast(12))
    for command in ["import", "stats"] {
      let run = run("trace \(command) t.jsonl")
      // The row's place where rows are read, the warning's sentence where a trace is judged.
      let said = (run.output + run.error).split(separator: "is cut off").count - 1
      #expect(said == 1, "\(run.output)\(run.error)")
    }
  }
}
