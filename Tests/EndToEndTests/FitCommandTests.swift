import TestSupport
import Testing

/// `gpuloom fit` on figures that move in steps, and on those that do not move at all.
struct FitCommandTests {
  private let folder = TemporaryFolder()

  /// One client of a kernel of 1 ms: a request takes that and what is fitted.
  private static let experiment = """
    {"format": "gpuloom.experiment/1", "name": "one", "gpu": "v100-sxm2-16gb", "testbed": "ideal",
     "tenants": [{"name": "f", "model": "k.csv", "arrivals": {"closed_loop": {"clients": 1}}}],
     "policies": ["time-only", "space-only"], "duration_s": 1}
    """
  private static let table = """
    # format: gpuloom.kernels/1
    # model: k
    # gpu: v100-sxm2-16gb
    # stack: none
    # precision: fp32
    # weights_mib: 1
    # workspace_mib: 1
    # input_bytes: 0
    # output_bytes: 0
    # source: a test
    # provenance: measured
    batch,launch,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,registers_per_thread,\
    shared_memory_bytes,flop,dram_bytes,duration_ns
    1,0,big,160,1,1,1024,1,1,64,0,1000000000,1000,1000000

    """

  private func fit(_ figure: String, _ published: String, _ flags: [String]) -> CommandLineRun {
    folder.write("e.json", Self.experiment)
    folder.write("k.csv", Self.table)
    folder.write(
      "p.csv",
      """
      # format: gpuloom.points/1
      # x: replicas
      # y: \(figure)
      # constants: completion_sync_us
      figure,series,x,simulated,published
      f,time-only,1,,\(published)
      f,space-only,1,,\(published)

      """)
    return CommandLineRun(["fit", "e.json", "--to", "p.csv"] + flags, in: folder.path)
  }

  /// A count over a second stands still over steps of less than one.
  @Test(arguments: [("throughput_rps", "900"), ("completed", "900"), ("latency_ms_mean", "1.1111")])
  func countsTellAConstantToo(figure: String, published: String) throws {
    let run = fit(figure, published, ["--format", "csv"])
    #expect(run.status == 0, "\(run.error)")
    let fields = run.output.split(separator: "\n").dropFirst().first?.split(separator: ",") ?? []
    let found = try #require(fields.count == 4 ? Double(fields[2]) : nil)
    // One request more or less in 900 is 1.2 us of each.
    #expect(abs(found - 111.1) < 1.3, "\(found)")
  }

  @Test(arguments: [
    ("slo_attainment", "0.5", ":6: error: 'slo_attainment' has no value here"),
    ("goodput_rps", "0.5", "hint: the tenant has no 'slo_ms' to meet"),
    ("dropped", "1", ":6: error: 'dropped' is 0 here"),
  ])
  func aFigureThatCannotBeFittedSaysWhy(figure: String, published: String, message: String) {
    let run = fit(figure, published, [])
    #expect(run.status == 65 && run.error.contains(message), "\(run.error)")
    #expect(!run.error.contains("refuses"))
  }

  @Test func aPolicyThatRefusesIsNamedAsBefore() {
    folder.write("k.csv", Self.table)
    _ = fit("latency_ms_mean", "1", [])
    folder.write("k.csv", Self.table.replacing("weights_mib: 1", with: "weights_mib: 90000"))
    let run = CommandLineRun(["fit", "e.json", "--to", "p.csv"], in: folder.path)
    #expect(run.status == 65 && run.error.contains(":6: error: this point cannot be simulated"))
  }

  @Test func aConstantWithoutAnyEffectIsStillRefused() {
    let run = fit("throughput_rps", "900", ["--constants", "super_kernel_cold_us"])
    #expect(run.status == 65 && run.error.contains("no point depends on 'super_kernel_cold_us'"))
  }

  @Test(arguments: ["launch_gap_us,completion_sync_us", "launch_gap_us, completion_sync_us"])
  func namesOnTheCommandLineArePartedAsInTheFile(names: String) {
    let run = fit("latency_ms_mean", "1.1111", ["--constants", names])
    #expect(run.status == 65 && !run.error.contains("neither"), "\(run.error)")
    let wrong = fit("latency_ms_mean", "1.1111", ["--constants", "completion_snc_us"])
    #expect(wrong.status == 64 && wrong.error.contains("did you mean 'completion_sync_us'?"))
  }
}
