import TestSupport
import Testing

/// `gpuloom sensitivity` as a user calls it.
struct SensitivityCommandTests {
  private static func folder() -> TemporaryFolder {
    let folder = TemporaryFolder()
    folder.write(
      "e/experiment.json",
      """
      {"format": "gpuloom.experiment/1", "name": "small", "gpu": "v100-sxm2-16gb",
       "testbed": "modern",
       "tenants": [
         {"name": "a", "model": "resnet18", "slo_ms": 10, "arrivals": {"poisson_rps": 200}},
         {"name": "b", "model": "lstm_cell", "arrivals": {"poisson_rps": 100}}],
       "policies": ["time-only", "batched"], "duration_s": 0.2}
      """)
    func ranges(_ body: String) -> String {
      "{\"format\": \"gpuloom.ranges/1\",\n \"ranges\": {\n  \(body)}}"
    }
    folder.write(
      "r.json",
      ranges("\"switch_idle_us\": {\"low\": 1, \"high\": 900, \"source\": \"assumed: a lot\"}"))
    folder.write(
      "unknown.json",
      ranges("\"switch_idel_us\": {\"low\": 1, \"high\": 9, \"source\": \"assumed: x\"}"))
    folder.write(
      "turned.json",
      ranges("\"switch_idle_us\": {\"low\": 90, \"high\": 9, \"source\": \"assumed: x\"}"))
    folder.write(
      "unsourced.json", ranges("\"switch_idle_us\": {\"low\": 1, \"high\": 90, \"source\": \"x\"}"))
    folder.write(
      "aside.json",
      ranges("\"switch_idle_us\": {\"low\": 100, \"high\": 200, \"source\": \"assumed: x\"}"))
    return folder
  }

  private static func run(_ line: String, in folder: TemporaryFolder) -> CommandLineRun {
    CommandLineRun(["sensitivity"] + line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test func theTableAndTheFilesSayTheSame() {
    let folder = Self.folder()
    let line = "e --constants switch_idle_us,launch_gap_us,context_mib --trajectories 2"
    let run = Self.run(line + " --ranges r.json --out out --jobs 2", in: folder)
    #expect(run.status == 0, "\(run.error)")
    for said in ["switch_idle_us", "stated", "latency_ms_p99", "elementary effects"] {
      #expect(run.output.contains(said), "\(said): \(run.output)")
    }
    let csv = Self.run(line + " --ranges r.json --format csv --jobs 1", in: folder)
    #expect(csv.output == TemporaryFolder.text(of: folder.path + "/out/sensitivity.csv"))
    let rows = csv.output.split(separator: "\n")
    #expect(rows.count == 1 + 3 * 2)
    #expect(rows[0].hasSuffix("policy,figure,tenant,base,at_low,at_high,mu_star,sigma"))
    #expect(csv.output.contains(",switch_idle_us,testbed,20,1,900,assumed: a lot,time-only,"))
    // Memory that suffices changes nothing, to the last digit.
    #expect(rows.filter { $0.contains("context_mib") }.allSatisfy { $0.hasSuffix(",0,0") })
    for name in ["flips.csv", "sensitivity.svg"] {
      #expect(!TemporaryFolder.text(of: folder.path + "/out/" + name).isEmpty)
    }
  }

  @Test(arguments: [
    ("e --figure p98", Int32(65), "unknown figure 'p98'"),
    ("e --figure attainmnt", 65, "slo_attainment"),
    ("e --tenant c", 65, "there is no tenant 'c'"),
    ("e --tenant b --figure attainment", 65, "--set tenants.b.slo_ms=50"),
    ("e --constants switch_idel_us", 65, "did you mean 'switch_idle_us'?"),
    ("e --trajectories -1", 64, "--trajectories"),
    ("e --ranges unknown.json", 65, "unknown.json:3:3: error: neither a testbed nor a GPU"),
    ("e --ranges turned.json", 65, "expected a 'low' below 'high'"),
    ("e --ranges unsourced.json", 65, "begin with one of 'measured:'"),
    ("e --ranges aside.json", 65, "aside.json:3:21: error: the range of 'switch_idle_us'"),
    ("e --ranges none.json", 66, "none.json"),
    ("e f", 64, "unexpected argument 'f'"),
  ])
  func mistakesGetTheWayOn(line: String, status: Int32, said: String) {
    let run = Self.run(line, in: Self.folder())
    #expect(run.status == status && run.error.contains(said), "\(run.status) \(run.error)")
    #expect(run.output.isEmpty)
  }
}
