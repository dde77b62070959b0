import Hardware
import Policies
import Tables
import TestSupport
import Testing

@testable import Studies

/// What a run says of itself before it begins.
struct ExperimentJudgeTests {
  private static let library = ExperimentReaderTests.library

  /// Tenants `a`, `b`, … with these arrivals, and what stands beside them.
  private static func tenants(_ arrivals: [String], beside: String = "") -> String {
    arrivals.enumerated().map { i, text in
      let name = String(UnicodeScalar(UInt8(97 + i)))
      return "{\"name\": \"\(name)\", \"model\": \"resnet18\"\(beside), \"arrivals\": \(text)}"
    }.joined(separator: ",\n")
  }

  private static func judged(
    _ tenants: String, policies: String = "[\"space-only\"]", rest: String = "",
    overrides: ExperimentOverrides = ExperimentOverrides(), files: [(String, String)] = []
  ) throws -> JudgedExperiment {
    let folder = TemporaryFolder()
    folder.write("t.csv", "arrival_ns\n" + (1...200).map { "\($0 * 5_000_000)\n" }.joined())
    folder.write("u.csv", "arrival_ns,tenant\n0,x\n1000000,y\n2000000,x\n3000000,y\n")
    for (name, text) in files { folder.write(name, text) }
    folder.write(
      "e.json", ExperimentReaderTests.text(tenants: tenants, policies: policies, rest: rest))
    return try JudgedExperiment(
      ExperimentReader.read(
        path: folder.path + "/e.json", library: library, policies: .builtIn, overrides: overrides))
  }

  private static let trace = "{\"trace\": \"t.csv\"}"
  private static let calm = ["{\"poisson_rps\": 300}"]

  /// Arrivals of several tenants, what stands beside them, and a part of what is said; nothing
  /// where the second is empty.
  @Test(arguments: [
    ([trace, trace], "", "come 2 times each, at the same instants: for 'a' and 'b'"),
    ([trace, "{\"poisson_rps\": 90}", trace], ", \"duration_s\": 1", "for 'a' and 'c'"),
    ([trace, "{\"trace\": \"t.csv\", \"start_s\": 0.02}"], "", ""),
    ([trace, "{\"trace\": \"t.csv\", \"rate_scale\": 2}"], "", ""),
    (
      [
        "{\"trace\": \"u.csv\", \"tenant\": \"x\"}", "{\"trace\": \"u.csv\", \"tenant\": \"y\"}",
      ], "", ""
    ),
    (["{\"trace\": \"u.csv\", \"tenant\": \"x\"}", "{\"trace\": \"u.csv\"}"], "", "2 times each"),
    (
      ["{\"trace\": \"t.csv\", \"split\": true}", "{\"trace\": \"t.csv\", \"split\": true}"], "",
      ""
    ),
    (
      ["{\"deterministic_rps\": 70}", "{\"deterministic_rps\": 70}"], ", \"duration_s\": 1",
      "the evenly spaced arrivals of 'a' and 'b' come at the same instants"
    ),
    ([trace], ", \"duration_s\": 20", "'t.csv' ends at 1 s and the run at 20 s"),
    ([trace], ", \"duration_s\": 1.001", ""),
    ([trace], ", \"duration_s\": 20, \"warmup_s\": 3", "its last arrives at 1 s, before the warm"),
    (
      ["{\"trace\": \"u.csv\", \"start_s\": 0.001}", "{\"closed_loop\": {}}"],
      ", \"duration_s\": 0.0015, \"warmup_s\": 0.0012", "none arrives between the warm-up's end"
    ),
    (
      ["{\"poisson_rps\": 0.001}"], ", \"duration_s\": 1",
      "no request of 'a' is counted: 0.001 are expected"
    ),
    (calm, ", \"duration_s\": 1, \"seeds\": [1, 2]", ""),
    ([trace], ", \"seeds\": [1, 2]", "the 2 seeds give one and the same run"),
    ([trace], ", \"seeds\": [7]", "the seed changes nothing"),
    (
      ["{\"poisson_rps\": 1}"], ", \"duration_s\": 1e8", "some 100000000 requests under each policy"
    ),
  ])
  func arrivalsAreJudged(arrivals: [String], rest: String, said: String) throws {
    let remarks = try Self.judged(Self.tenants(arrivals), rest: rest).remarks
    if said.isEmpty {
      #expect(remarks.isEmpty, "\(remarks)")
    } else {
      #expect(
        remarks.contains { $0.message.contains(said) && $0.severity == .warning }, "\(remarks)")
    }
  }

  /// What stands beside the tenant and the policies, and what is said of them.
  @Test(arguments: [
    (", \"slo_ms\": 0.1", "[\"space-only\"]", "the SLO of 'a', 0.1 ms, is below what a request"),
    (", \"slo_ms\": 100", "[\"space-only\"]", ""),
    (", \"priority\": 3", "[\"space-only\"]", "every tenant has the priority 3"),
    ("", "[{\"policy\": \"batched\", \"max_batch\": 1000}]", "runs with max_batch="),
    (
      "",
      "[{\"policy\": \"space-time\", \"evict_stragglers\": false, \"straggler_ratio\": 2}]",
      "'straggler_ratio' has no effect"
    ),
    ("", "[{\"policy\": \"space-time\", \"slo_aware\": false}]", "no tenant has an SLO"),
    ("", "[{\"policy\": \"time-only\", \"switch_us\": 3}]", "there is one replica"),
    ("", "[{\"policy\": \"space-only\", \"active_thread_percentage\": 100}]", "100 % is no cap"),
    ("", "[{\"policy\": \"space-only\", \"hardware_queues\": 9}]", "no more than queues"),
    (", \"replicas\": 3", "[{\"policy\": \"space-only\", \"hardware_queues\": 2}]", ""),
    (
      ", \"replicas\": 40",
      "[{\"policy\": \"space-only\", \"mechanism\": \"streams\", \"hardware_queues\": 64}]", ""
    ),
    (
      ", \"replicas\": 9",
      "[{\"policy\": \"space-time\", \"slo_aware\": true, \"hardware_queues\": 16}]",
      "no more than queues"
    ),
  ])
  func choicesAreJudged(beside: String, policies: String, said: String) throws {
    let remarks = try Self.judged(
      Self.tenants(Self.calm, beside: beside), policies: policies, rest: ", \"duration_s\": 1"
    ).remarks.filter { $0.severity == .warning }
    if said.isEmpty {
      #expect(remarks.isEmpty, "\(remarks)")
    } else {
      #expect(remarks.contains { $0.message.contains(said) }, "\(remarks)")
    }
  }

  @Test func prioritiesAreToldWhereTheyDoNothing() throws {
    let one = Self.tenants(Self.calm)
    let tenants =
      one + "," + one.replacing("\"a\"", with: "\"b\", \"priority\": 2")
    let remarks = try Self.judged(
      tenants, policies: "[\"exclusive\", \"time-only\", \"batched\", \"space-only\"]",
      rest: ", \"duration_s\": 1"
    ).remarks.filter { $0.severity == .warning }
    #expect(
      remarks.map(\.message) == [
        "priorities have no effect under 'exclusive', 'time-only' and 'batched'"
      ])
  }

  @Test func labelsSayWhatRuns() throws {
    let judged = try Self.judged(
      Self.tenants(Self.calm), policies: "[{\"policy\": \"batched\", \"max_batch\": 4096}]",
      rest: ", \"duration_s\": 1")
    let choice = judged.loaded.experiment.policies[0]
    let largest = judged.loaded.experiment.tenants[0].table.batches.last?.batch ?? 0
    #expect(choice.label == "batched(max_batch=\(largest))")
    #expect(choice.make().largestBatch == largest)
  }

  @Test func splitTracesAreDealtInTurn() throws {
    let split = "{\"trace\": \"t.csv\", \"split\": true}"
    let loaded = try Self.judged(
      Self.tenants([split, split, split]), rest: ", \"duration_s\": 0.5"
    )
    .loaded
    let times = loaded.experiment.tenants.map { tenant -> [Int64] in
      if case .trace(let times) = tenant.arrivals { return times }
      return []
    }
    #expect(times.map(\.count) == [67, 67, 66])
    #expect(times[1].prefix(2) == [10_000_000, 25_000_000])
    #expect(times.flatMap(\.self).sorted() == (1...200).map { $0 * 5_000_000 })
    #expect(
      loaded.arrivalTexts[0] == "trace t.csv, 33 of 67 requests, dealt in turn to 3 tenants")
    #expect(throws: InputError.self) { try Self.judged(Self.tenants([split])) }
  }

  // MARK: Tables and the GPU in use

  private static func table(header: String = "", flop: Int, duration: Int) -> String {
    """
    # format: gpuloom.kernels/1
    # model: m
    # gpu: v100-sxm2-16gb
    # stack: none
    # precision: fp32
    # weights_mib: 1
    # workspace_mib: 1
    # input_bytes: 0
    # output_bytes: 0
    # source: a test
    # provenance: measured
    \(header)batch,launch,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,registers_per_thread,\
    shared_memory_bytes,flop,dram_bytes,duration_ns
    1,0,k,80,1,1,256,1,1,32,0,\(flop),1000000,\(duration)

    """
  }

  /// The header, the clock of the GPU in use, the duration, and what is said.
  @Test(arguments: [
    ("", 1530.0, 10_000, ""),
    ("", 1000.0, 10_000, "were taken at 1530 MHz (as the catalogue has 'v100-sxm2-16gb')"),
    ("", 1000.0, 10_000, "in use has 1000 MHz"),
    ("# clock_mhz: 1000\n", 1000.0, 10_000, ""),
    ("# clock_mhz: 1312\n", 1530.0, 10_000, "were taken at 1312 MHz (its header says)"),
    ("", 1530.0, 100, "1 of 1 launches of 'm.csv' are shorter than 'v100-sxm2-16gb' allows"),
    (
      "# assumed: precision fp32; weights 0 MiB\n", 1530.0, 10_000,
      "rests on an assumption: precision fp32"
    ),
  ])
  func tablesAndTheirGPUBelongTogether(
    header: String, clock: Double, duration: Int, said: String
  ) throws {
    let gpu = try InputFile.text(
      at: SharedFiles.repositoryRoot + "/models/gpus/v100-sxm2-16gb.json")
    let tenants = Self.tenants(Self.calm).replacing("\"resnet18\"", with: "\"m.csv\"")
    var overrides = ExperimentOverrides()
    try overrides.add(assignment: "duration_s=1")
    let folder = TemporaryFolder()
    folder.write("gpu.json", gpu.replacing("\"clock_mhz\": 1530", with: "\"clock_mhz\": \(clock)"))
    try overrides.add(assignment: "gpu=\(folder.path)/gpu.json")
    let remarks = try Self.judged(
      tenants, overrides: overrides,
      files: [("m.csv", Self.table(header: header, flop: 20_000_000, duration: duration))]
    ).remarks
    if said.isEmpty {
      #expect(remarks.isEmpty, "\(remarks)")
    } else {
      #expect(remarks.contains { $0.message.contains(said) }, "\(remarks)")
    }
  }

  @Test func conditionsAreWrittenAsTheyAreRead() throws {
    let header =
      "# clock_mhz: 1312.0\n# sm_count: 80\n# dram_gb_per_s: 900.0\n"
      + "# assumed: precision fp32; weights 0 MiB\n"
    let text = Self.table(header: header, flop: 1, duration: 1000)
    let table = try KernelTable.read(text: text, file: "m.csv")
    #expect(table.conditions.clockMHz == 1312 && table.conditions.smCount == 80)
    #expect(table.conditions.assumed == ["precision fp32", "weights 0 MiB"])
    #expect(table.csvText.contains(header))
  }
}
