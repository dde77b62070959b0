import TestSupport
import Testing

/// `gpuloom capacity` as a user calls it.
struct CapacityCommandTests {
  private static let experiment = """
    {"format": "gpuloom.experiment/1", "name": "small", "gpu": "v100-sxm2-16gb",
     "testbed": "modern",
     "tenants": [
       {"name": "vision", "model": "resnet18", "slo_ms": 10, "arrivals": {"poisson_rps": 100}},
       {"name": "cell", "model": "lstm_cell", "slo_ms": 4, "arrivals": {"trace": "t.csv"}}],
     "policies": ["exclusive", "time-only", "batched"], "duration_s": 1}
    """

  private static func folder() -> TemporaryFolder {
    let folder = TemporaryFolder()
    folder.write("e/experiment.json", experiment)
    let times = (1...90).map { "\($0 / 5 * 50_000_000 + $0 * 1_000)\n" }.joined()
    folder.write("e/t.csv", "arrival_ns\n" + times)
    folder.write("t.csv", "arrival_ns\n" + times)
    return folder
  }

  private static func run(_ line: String, in folder: TemporaryFolder) -> CommandLineRun {
    CommandLineRun(["capacity"] + line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test func theTableSaysWhatItRestsOn() {
    let run = Self.run("e --jobs 2", in: Self.folder())
    #expect(run.status == 0, "\(run.error)")
    for said in [
      "seeds 1, 2, 3", "limited by", "2 × sm", "one at a time", "first late",
      "each tenant has 99 % of its requests inside their SLO", "twice the replicas",
      "every replica has a GPU of its own",
    ] {
      #expect(run.output.contains(said), "\(said): \(run.output)")
    }
    // On a terminal's 80 columns and in a pipe alike the best is marked among those that share.
    #expect(run.output.contains("*"))
  }

  @Test func filesAreTheSameWhateverTheThreads() throws {
    let folder = Self.folder()
    for jobs in [1, 3] {
      let run = Self.run(
        "e --of tenants --seed 1,2 --format csv --jobs \(jobs) --out out\(jobs)", in: folder)
      #expect(run.status == 0, "\(run.error)")
      #expect(run.output == TemporaryFolder.text(of: folder.path + "/out\(jobs)/capacity.csv"))
    }
    for name in ["capacity.csv", "tried.csv", "capacity.svg", "manifest.json"] {
      let one = TemporaryFolder.text(of: folder.path + "/out1/" + name)
      #expect(!one.isEmpty && one == TemporaryFolder.text(of: folder.path + "/out3/" + name))
    }
    let rows = TemporaryFolder.text(of: folder.path + "/out1/capacity.csv")
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(
      rows[0].prefix(10).joined(separator: ",")
        == "experiment,gpu,testbed,policy,of,share,seed,capacity,requests_per_s,fails_at")
    #expect(rows.count == 1 + 2 * 2)
    for row in rows.dropFirst() {
      let capacity = try #require(Double(row[7]))
      #expect(capacity >= 1 && Double(row[9]) == capacity + 1, "\(row)")
    }
    let tried = TemporaryFolder.text(of: folder.path + "/out1/tried.csv")
    #expect(tried.contains(",yes,") && tried.contains(",no,"))
  }

  @Test func severalExperimentsAndGPUsAreOneTable() {
    let folder = Self.folder()
    let run = Self.run(
      "e --gpus v100-sxm2-16gb,a100-sxm4-40gb --policy batched --seed 1 --no-limits --format csv",
      in: folder)
    #expect(run.status == 0, "\(run.error)")
    let rows = run.output.split(separator: "\n")
    #expect(rows.count == 3)
    #expect(
      rows[1].hasPrefix("small,v100-sxm2-16gb,") && rows[2].hasPrefix("small,a100-sxm4-40gb,"))
  }

  @Test(arguments: [
    ("e --of lod", Int32(65), "did you mean 'load'?"),
    ("e --share 0", 64, "expected a number from"),
    ("e --share 1.1", 64, "after '--share'"),
    ("e --of tenants --tolerance 0.1", 64, "whole numbers are found exactly"),
    ("e --tenant vision", 64, "'--tenant' applies to '--of replicas' and '--of tenants'"),
    ("e --of tenants --tenant visoin", 65, "did you mean 'vision'?"),
    ("e --gpu t4 --gpus t4", 64, "'--gpu' and '--gpus' exclude each other"),
    ("e --gpus v100-sxm2-16g", 65, "v100-sxm2-16gb"),
    ("t.csv", 65, "'gpuloom capacity --trace t.csv'"),
    (". --seed 2", 66, "'capacity' runs one: ./e"),
    ("nowhere.json", 66, "nowhere.json"),
    ("e --of tenants --policy exclusive", 65, "there is no most of tenants"),
    ("e --polcy batched", 64, "did you mean '--policy'?"),
  ])
  func mistakesGetTheWayOn(line: String, status: Int32, said: String) {
    let run = Self.run(line, in: Self.folder())
    #expect(run.status == status && run.error.contains(said), "\(run.status) \(run.error)")
    #expect(run.output.isEmpty)
  }

  @Test func aTenantWithoutAnObjectiveIsAskedForOne() {
    let folder = Self.folder()
    folder.write(
      "n/experiment.json",
      Self.experiment.replacing(
        "\"slo_ms\": 4, \"arrivals\": {\"trace\": \"t.csv\"}",
        with: "\"arrivals\": {\"poisson_rps\": 5}"))
    let run = Self.run("n", in: folder)
    #expect(run.status == 65 && run.output.isEmpty)
    #expect(run.error.hasPrefix("n/experiment.json: error: the tenant 'cell' has no SLO"))
    #expect(run.error.contains("--set tenants.cell.slo_ms=50"))
    let mended = Self.run(
      "n --set tenants.cell.slo_ms=50 --policy batched --seed 1 --no-limits", in: folder)
    #expect(mended.status == 0, "\(mended.error)")
  }
}
