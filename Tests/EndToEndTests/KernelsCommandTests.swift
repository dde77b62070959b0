import TestSupport
import Testing

@testable import gpuloom

/// `kernels lint`, `show`, `import`, `predict` and `gpus from` as a shell runs them.
struct KernelsCommandTests {
  private let folder = TemporaryFolder()
  private static let sample = SharedFiles.repositoryRoot + "/models/record/sample/"

  private func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test func lintTellsByExitCode() {
    folder.write("good.csv", ValidFiles.table)
    let good = run("kernels lint good.csv --gpu v100-sxm2-16gb")
    #expect(good.status == 0, "\(good.output)\(good.error)")
    #expect(!good.output.contains("error:"))
    folder.write("bad.csv", ValidFiles.table.replacing(",gemm,", with: ",ampere_gemm,"))
    let bad = run("kernels lint bad.csv --gpu v100-sxm2-16gb")
    #expect(bad.status == 1 && bad.output.contains("bad.csv:"), "\(bad.output)\(bad.error)")
    #expect(bad.output.contains("error: ") && bad.output.contains("[mixed-devices]"))
    let strict = run("kernels lint good.csv --gpu t4 --strict")
    #expect(strict.status == 1 && strict.output.contains("[other-gpu]"))
  }

  @Test func lintOfOtherFilesIsBadData() {
    folder.write("x.json", "{\"a\": 1}\n")
    folder.write("bad.csv", ValidFiles.table.replacing(",gemm,", with: ",ampere_gemm,"))
    let run = run("kernels lint x.json bad.csv --gpu v100-sxm2-16gb")
    #expect(run.status == 65)
    #expect(run.error.contains("x.json:1: error: this is no kernel table"))
    // The other table is judged all the same.
    #expect(run.output.contains("bad.csv:"))
    #expect(self.run("kernels lint nowhere.csv").status == 66)
    #expect(self.run("kernels lint").status == 64)
  }

  @Test func lintHasRowsForPrograms() {
    folder.write("bad.csv", ValidFiles.table.replacing(",gemm,", with: ",ampere_gemm,"))
    let csv = run("kernels lint bad.csv --gpu v100-sxm2-16gb --format csv --out found")
    #expect(csv.output.hasPrefix("file,line,column,severity,rule,batch,kernel,message,hint\n"))
    #expect(csv.output.contains("bad.csv,") && csv.output.contains(",error,mixed-devices,"))
    #expect(folder.text("found/lint.csv") == csv.output)
    let json = run("kernels lint bad.csv --gpu v100-sxm2-16gb --format json")
    #expect(
      json.output.contains("\"rule\": \"mixed-devices\"")
        || json.output.contains("\"rule\":\"mixed-devices\""))
  }

  @Test func showIsATableAFigureAndRows() {
    let text = run("kernels show resnet50 --batch 3 --svg roof.svg")
    #expect(text.status == 0, "\(text.error)")
    for words in ["tail loss", "cannot fill the GPU", "occupancy", "By family", "convolution"] {
      #expect(text.output.contains(words), "no '\(words)'")
    }
    #expect(text.error.contains("batch 3"))
    #expect(folder.text("roof.svg").hasPrefix("<svg "))
    let rows = run("kernels show resnet50 --by launch --format csv --out shown")
    #expect(rows.output.split(separator: "\n").count > 50)
    #expect(rows.output == folder.text("shown/launches.csv"))
    #expect(
      folder.names("shown") == ["families.csv", "kernels.csv", "launches.csv", "roofline.svg"])
    let families = run("kernels show resnet50 --format csv").output
    #expect(families == folder.text("shown/families.csv"))
    #expect(families.hasPrefix("family,launches,duration_ms,time_share,gflop,dram_mib,tflops,"))
  }

  /// What a row asks of the GPU, and what of the row says so.
  @Test func showTellsDemandAndWhy() {
    let head = ValidFiles.table.split(separator: "\n").filter { $0.hasPrefix("#") }
    folder.write(
      "t.csv",
      head.map { $0.hasPrefix("# gpu:") ? "# gpu: v100-sxm2-16gb" : $0 }.joined(separator: "\n")
        + """

        batch,launch,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,registers_per_thread,\
        shared_memory_bytes,flop,dram_bytes,duration_ns,compute_fraction,dram_fraction
        1,1,counted,80,1,1,256,1,1,32,0,1000000,1000000,100000,0.05,0.02
        1,2,timed,80,1,1,256,1,1,32,0,314000000,9000000,100000,,
        1,3,untimed,80,1,1,256,1,1,32,0,314000000,9000000,,,

        """)
    let run = run("kernels show t.csv --by launch --format csv")
    #expect(run.status == 0, "\(run.error)")
    let rows = WrittenRows.of(run.output)
    #expect(rows.map { $0["sm_demand_from"] } == ["compute_fraction", "flop × 1.1", "flop"])
    #expect(rows.map { $0["dram_demand_from"] } == ["dram_fraction", "dram_bytes", "dram_bytes"])
    func number(_ row: Int, _ column: String) -> Double {
      rows[row][column].flatMap(Double.init) ?? .nan
    }
    #expect(abs(number(0, "sm_demand") - 0.05) < 1e-9)
    #expect(abs(number(0, "dram_demand") - 0.02) < 1e-9)
    // One block to an SM asks for what all ask for.
    #expect(abs(number(0, "block_sm_demand") - 0.05) < 1e-3)
    let peak = 1530e6 * 128 * 80
    #expect(abs(number(1, "sm_demand") - 1.1 * 314e6 / (peak * 100e-6)) < 1e-6)
    #expect(abs(number(1, "dram_demand") - 0.1) < 0.01)
    #expect(number(2, "block_sm_demand") > 0.5)
    let text = self.run("kernels show t.csv").output
    #expect(text.contains("What a launch asks of the GPU") && text.contains("flop × 1.1"))
  }

  @Test func showRefusesWhatIsNotThere() {
    let batch = run("kernels show resnet50 --batch 999")
    #expect(batch.status == 64 && batch.error.contains("no batch 999: the largest is 64"))
    #expect(run("kernels show resnet50 --gpu t5").status == 65)
    #expect(run("kernels show resnet50 --by launch").status == 64)
    let unknown = ValidFiles.table.replacing("gpu: ", with: "gpu: un")
    folder.write("t.csv", unknown)
    let gpu = run("kernels show t.csv")
    #expect(gpu.status == 66 && gpu.error.contains("is not in the catalogue"), "\(gpu.error)")
  }

  /// The two commands of the README, on the recorder's synthetic sample.
  @Test func aProfileBecomesAComparison() {
    let first = run("kernels import \(Self.sample)synthetic-b1.json --to mine.csv")
    #expect(first.status == 0, "\(first.error)")
    #expect(folder.text("mine.csv").contains("# gpu: t4\n"))
    #expect(folder.text("mine.csv").contains("# model: synthetic\n"))
    let compared = run(
      "compare --gpu t4 --model mine.csv --testbed \(Self.sample)testbed.json --replicas 2 "
        + "--poisson-rps 500 --duration-s 2")
    #expect(compared.status == 0, "\(compared.error)")
    #expect(compared.output.contains("testbed synthetic") && compared.output.contains("space-time"))
    let more = run("kernels import \(Self.sample)synthetic-b4.json --to mine.csv --append")
    #expect(more.status == 0, "\(more.error)")
    #expect(run("kernels lint mine.csv").status == 0)
    #expect(run("kernels show mine.csv --batch 4 --format csv").output.contains("convolution"))
    let again = run("kernels import \(Self.sample)synthetic-b4.json --to mine.csv --append")
    #expect(again.status == 65 && again.error.contains("has batch 4 already"))
  }

  @Test func kernelsThatCannotFitAreRefusedBeforeATableIsWritten() {
    folder.write(
      "p.json",
      TemporaryFolder.text(of: Self.sample + "synthetic-b1.json")
        .replacing("\"block\": [128, 1, 1]", with: "\"block\": [1024, 1, 1]"))
    let run = run("kernels import p.json --to t.csv")
    #expect(run.status == 65)
    #expect(
      run.error.contains(
        "p.json: error: no block of 'synthetic_sgemm_128x64_tn' fits an SM of 't4'"))
    #expect(folder.names() == ["p.json"])
  }

  @Test func theProbesTestbedIsRead() {
    let shown = run("testbeds \(Self.sample)testbed.json --format csv")
    #expect(shown.status == 0, "\(shown.error)")
    #expect(shown.output.contains("launch_cpu_us,3.75,"))
    #expect(shown.output.contains("SYNTHETIC"))
  }

  @Test func aGPUIsDescribedByItsDriver() {
    folder.write(
      "q.xml",
      """
      <?xml version="1.0" ?>
      <!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
      <nvidia_smi_log>
      \t<gpu id="00000000:01:00.0">
      \t\t<product_name>NVIDIA L4</product_name>
      \t\t<fb_memory_usage>
      \t\t\t<total>23034 MiB</total>
      \t\t</fb_memory_usage>
      \t\t<max_clocks>
      \t\t\t<sm_clock>2040 MHz</sm_clock>
      \t\t</max_clocks>
      \t</gpu>
      </nvidia_smi_log>
      """)
    let made = run("gpus from q.xml --name my-l4 --to l4.json")
    #expect(made.status == 0, "\(made.error)")
    #expect(made.error.contains("'memory_mib' is 23034 as nvidia-smi says"))
    let shown = run("gpus l4.json --format csv")
    #expect(shown.status == 0 && shown.output.contains("name,my-l4,"), "\(shown.error)")
    #expect(shown.output.contains("memory_mib,23034,measured: nvidia-smi of 'NVIDIA L4'"))
    let profile = run("gpus from \(Self.sample)synthetic-b1.json")
    #expect(profile.output.contains("\"name\": \"t4\"") && profile.status == 0)
    folder.write("r.csv", "a,b\n")
    #expect(run("gpus from r.csv").status == 65)
    #expect(run("gpus from nowhere.xml").status == 66)
  }

  @Test func differentGPUsInOneLogAreChosen() {
    func gpu(_ name: String) -> String {
      "<gpu id=\"\(name)\">\n<product_name>\(name)</product_name>\n</gpu>\n"
    }
    folder.write(
      "q.xml",
      "<?xml version=\"1.0\" ?>\n<nvidia_smi_log>\n" + gpu("Tesla T4") + gpu("NVIDIA L4")
        + "</nvidia_smi_log>\n")
    let both = run("gpus from q.xml")
    #expect(both.status == 65)
    #expect(both.error.contains("2 different GPUs in one file: 0 (Tesla T4), 1 (NVIDIA L4)"))
    #expect(run("gpus from q.xml --device 1").output.contains("\"name\": \"l4\""))
    #expect(run("gpus from q.xml --device 2").status == 64)
  }

  @Test func aGPUNeverMeasuredHasAnErrorBar() {
    folder.write(
      "rows.csv",
      "gpu,op,m,n,k,batch,dtype,latency_ms\nh200,linear,4096,4096,4096,1,fp32,\n"
        + "t4,linear,4096,4096,4096,1,fp32,\n")
    let run = run("kernels predict rows.csv --format csv")
    #expect(run.status == 0, "\(run.error)")
    let rows = run.output.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(
      run.output.hasPrefix(
        "gpu,op,m,n,k,batch,dtype,measured_ms,predicted_ms,error_percent,low_ms,high_ms,constants\n"
      ))
    #expect(rows.count == 3 && rows[1].last == "transferred" && rows[2].last == "fitted")
    // The empty measurement is no field here.
    let errors = rows.dropFirst().compactMap { Double($0[8]) }
    #expect(errors.count == 2 && errors[0] > errors[1] && errors[1] > 0)
  }
}
