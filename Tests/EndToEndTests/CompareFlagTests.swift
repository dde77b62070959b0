import TestSupport
import Testing

/// What the command line changes in an experiment, lists in flags, and ways on from mistakes.
struct CompareFlagTests {
  private static let experiment = """
    {"format": "gpuloom.experiment/1", "name": "small", "gpu": "v100-sxm2-16gb",
     "testbed": "modern",
     "tenants": [
       {"name": "vision", "model": "resnet18", "slo_ms": 10, "arrivals": {"poisson_rps": 200}},
       {"name": "b.c", "model": "lstm_cell", "arrivals": {"trace": "t.csv", "rate_scale": 2}}],
     "policies": ["time-only", {"policy": "space-time", "window_us": 100}],
     "duration_s": 0.1}
    """

  private static func run(_ line: String) -> CommandLineRun {
    let folder = TemporaryFolder()
    folder.write("e/experiment.json", experiment)
    folder.write("e/t.csv", "arrival_ns\n" + (1...50).map { "\($0 * 4_000_000)\n" }.joined())
    folder.write("t.csv", "arrival_ns\n" + (1...50).map { "\($0 * 2_000_000)\n" }.joined())
    folder.write("u.csv", "arrival_ns\n1000000\n")
    return withExtendedLifetime(folder) {
      CommandLineRun(
        ["compare"] + line.split(separator: " ").map(String.init), in: folder.path)
    }
  }

  /// The flags beside the file, and what the run says was set.
  @Test(arguments: [
    ("--set tenants.vision.replicas=3", "set: tenants.vision.replicas = 3"),
    ("--set tenants.b.c.arrivals.rate_scale=4", "set: tenants.b.c.arrivals.rate_scale = 4, not 2"),
    ("--set tenants.1.replicas=2", "set: tenants.b.c.replicas = 2"),
    ("--set tenants.*.slo_ms=3", "set: tenants.b.c.slo_ms = 3"),
    ("--set policies.time-only.switch_us=9", "set: policies.time-only.switch_us = 9"),
    ("--set policies.space-time.window_us=9", "policies.space-time.window_us = 9, not 100"),
    ("--rate-scale 5", "set: tenants.b.c.arrivals.rate_scale = 5, not 2"),
    ("--policy batched,space-only:mechanism=streams", "space-only(mechanism=streams)"),
    ("--seed 1..3", "seeds 1, 2, 3"),
    ("--duration-s 0.05", "· 0.05 s ·"),
    ("--set tenants.b.c.arrivals.trace=u.csv", "trace u.csv, 1 requests"),
  ])
  func flagsChangeWhatAFileSays(flags: String, said: String) {
    let run = Self.run("e " + flags)
    #expect(run.status == 0, "\(run.error)")
    #expect(run.output.contains(said), "\(run.output)")
  }

  @Test func aModelsDotsArePartOfItsTenantsName() {
    let folder = TemporaryFolder()
    folder.write("t.csv", "arrival_ns,input_tokens,output_tokens\n0,9,4\n50,9,0\n")
    let command =
      "compare --gpu h100-sxm5-80gb --model llama-3.1-8b --trace t.csv --policy exclusive"
    func run(_ more: String) -> CommandLineRun {
      CommandLineRun(
        (command + more).split(separator: " ").map(String.init), in: folder.path)
    }
    // A failed request has no answer, and the way to leave it out works as the hint has it.
    let refused = run("")
    let setting = #"tenants.NAME.arrivals.tenant={"output_tokens_from": 1}"#
    #expect(refused.status == 65 && refused.error.contains(setting), "\(refused.error)")
    let part = setting.replacing("NAME", with: "llama-3.1-8b").replacing(" ", with: "")
    let done = run(" --set " + part)
    #expect(done.status == 0 && done.output.contains("  llama-3.1-8b: llama-3.1-8b × 1"))
    #expect(done.output.contains("trace t.csv, 1 requests"), "\(done.output) \(done.error)")
  }

  @Test(arguments: [
    ("e --set tenants.visoin.replicas=3", Int32(64), "did you mean 'vision'?"),
    ("e --set nothing", 64, "expected PATH=VALUE after '--set'"),
    ("e --set tenants.vision.replicas=x", 65, "gpuloom: error: expected an integer"),
    ("e --set tenants.vision.replica=3", 65, "unknown key 'replica' in a tenant"),
    ("e --set name.a=3", 64, "'name' is \"small\", which has no 'a'"),
    ("e --rate-scale 1,2", 64, "one for all of its traces"),
    ("e --replicas 3", 64, "'--replicas' and an experiment file exclude each other"),
    ("t.csv", 65, "'gpuloom compare --trace t.csv'"),
    (". --seed 2", 66, "'compare' runs one: ./e"),
    ("e --gpu V100", 65, "v100-sxm2-16gb"),
    ("e --policy MPS", 65, "'mps' is a choice of space-only: "),
    ("e --policy streams", 65, "\"mechanism\": \"streams\""),
    ("--trace t.csv --policy streams", 65, "--policy space-only:mechanism=streams"),
    ("--trace t.csv --seed 3..1", 64, "several as 1,2,3 or 1..5"),
    ("--trace t.csv --seed 1..99999", 64, "more than 10000 seeds"),
    ("--trace t.csv --split", 65, "is alone with 't.csv'"),
    ("--poisson-rps 3 --duration-s 1 --split", 64, "'--split' applies to '--trace' only"),
  ])
  func mistakesGetTheWayOn(line: String, status: Int32, said: String) {
    let run = Self.run(line)
    #expect(run.status == status && run.error.contains(said), "\(run.status) \(run.error)")
    #expect(run.output.isEmpty)
  }

  @Test func listsAndCaseAreOneWayOfSayingIt() {
    let apart = Self.run(
      "--model resnet18 --model lstm_cell --trace t.csv --trace u.csv --policy time-only "
        + "--policy batched:max_batch=4,max_delay_ms=1 --seed 1 --format csv")
    let together = Self.run(
      "--model ResNet18,lstm_cell --trace t.csv,u.csv --gpu V100-SXM2-16GB "
        + "--policy Time-Only,batched:max_batch=4,max_delay_ms=1 --seed 1 --format csv")
    #expect(apart.status == 0 && !apart.output.isEmpty, "\(apart.error)")
    #expect(apart.output == together.output, "\(together.error)")
  }

  @Test func bothMechanismsOfSpaceOnlyAreShown() {
    let run = Self.run("--model resnet18 --trace t.csv")
    #expect(run.status == 0)
    #expect(run.output.contains("\nspace-only  "))
    #expect(run.output.contains("\nspace-only(mechanism=streams)  "))
  }

  /// Warnings are part of a result: `--quiet` takes none.
  @Test func warningsStayUnderQuiet() {
    let run = Self.run("--quiet --model resnet18,lstm_cell --trace t.csv --policy time-only")
    #expect(run.error.contains("warning: the arrivals of the trace 't.csv' come 2 times each"))
  }

  @Test func unlikeModelsHaveNoBestTogether() {
    let unlike = Self.run("e --policy time-only,space-only")
    let all = unlike.output.split(separator: "\n\n")[2]
    #expect(all.hasPrefix("All tenants") && !all.contains("*") && !all.contains("best"), "\(all)")
    #expect(!all.contains("straggler gap") && all.contains("requests"))
    let like = Self.run(
      "e --policy exclusive,time-only,space-only --set tenants.1.model=resnet18")
    let table = like.output.split(separator: "All tenants")[1]
    #expect(table.contains("p99 / best") && table.contains("*"))
    #expect(
      like.output.split(separator: "\n").allSatisfy {
        !$0.hasPrefix("exclusive ") || !$0.contains("*")
      })
  }

  @Test func recordedArrivalsHaveNoInterval() {
    let recorded = Self.run("--trace t.csv --seed 1..3 --policy time-only")
    #expect(recorded.status == 0 && !recorded.output.contains("±"))
    let drawn = Self.run("e --policy time-only --seed 1..3")
    #expect(drawn.output.contains("±") && drawn.output.contains("paired, seed by seed"))
  }

  @Test func choicesThatGaveOneRunAreTold() {
    let run = Self.run("--trace u.csv --policy time-only,time-only:switch_us=3")
    #expect(run.output.contains("time-only(switch_us=3) gave the very same run as time-only"))
  }
}
