import SimBasics
import TestSupport
import Testing

@testable import Simulation
@testable import gpuloom

/// Numbers that are each allowed, and their products: every corner of the readers' ranges ends in a
/// result or in a sentence.
@Suite("Corners of the readers' ranges")
struct LimitCornerTests {
  private typealias Ranges = KeyValuePairs<String, (low: String, high: String)>

  private static let gpu: Ranges = [
    "sm_count": ("1", "1024"), "clock_mhz": ("1", "100000"), "dram_gb_per_s": ("0.001", "1e6"),
    "dram_efficiency": ("0.01", "1"), "memory_mib": ("1", "1073741824"),
    "max_warps_per_sm": ("1", "1024"), "max_blocks_per_sm": ("1", "1024"),
    "registers_per_sm": ("1024", "16777216"), "dram_latency_ns": ("1", "1000000"),
    "bytes_in_flight_per_warp": ("1", "1000000"), "saturating_warps": ("0.1", "1024"),
    "block_overhead_ns": ("0", "1000000"), "max_resident_grids": ("1", "65536"),
    "flop_per_cycle_per_sm": ("{\"fp32\": 1e-300}", "{\"fp32\": 1e7}"),
  ]
  private static let testbed: Ranges = [
    "launch_cpu_us": ("0", "3.6e9"), "launch_lock_us": ("0", "3.6e9"),
    "launch_gap_us": ("0", "3.6e9"), "completion_sync_us": ("0", "3.6e9"),
    "request_cpu_us": ("0", "3.6e9"), "time_slice_us": ("0.001", "3.6e9"),
    "switch_busy_us": ("0", "3.6e9"), "idle_yield_us": ("0", "3.6e9"),
    "copy_latency_us": ("0", "3.6e9"), "super_kernel_per_problem_us": ("0", "3.6e9"),
    "super_kernel_cold_us": ("0", "3.6e9"), "mps_delay_slope_us": ("0", "1e6"),
    "mps_delay_offset_us": ("-1e6", "1e6"), "context_mib": ("0", "1e7"),
    "replica_mib": ("0", "1e7"), "hardware_queues": ("1", "1024"),
    "pcie_gb_per_s": ("1e-300", "1e6"), "super_kernel_time_factor": ("0.01", "100"),
  ]
  private static let table: Ranges = [
    "# weights_mib: 1": ("# weights_mib: 0", "# weights_mib: 1e9"),
    "# input_bytes: 100": ("# input_bytes: 0", "# input_bytes: 9007199254740992"),
    "# output_bytes: 100": ("# output_bytes: 0", "# output_bytes: 9007199254740992"),
    ",1000000,": (",0,", ",1000000000000000,"), ",10000,": (",0,", ",10000000000000,"),
    ",5000\n": (",1\n", ",1000000000000\n"), "\n2,": ("\n2,", "\n1048576,"),
  ]
  private static let experiment: Ranges = [
    "REPLICAS": ("1", "4096"), "PRIORITY": ("-1000", "1000"), "SLO": ("1e-6", "3.6e6"),
    "DURATION": ("1e-9", "0.01"),
    "ARRIVALS": (
      "{\"closed_loop\": {\"clients\": 10000, \"think_ms\": 3.6e6}}",
      "{\"closed_loop\": {\"clients\": 10000, \"think_ms\": 0}}"
    ),
  ]
  private static let policies = """
    "exclusive", "time-only", "space-only", "batched", "space-time",
    {"policy": "space-only", "mechanism": "streams", "hardware_queues": 1},
    {"policy": "space-only", "active_thread_percentage": 1},
    {"policy": "batched", "max_batch": 4096, "max_delay_ms": 1e6},
    {"policy": "time-only", "time_slice_us": 1, "switch_us": 1e9},
    {"policy": "time-only", "time_slice_us": 1e9, "switch_us": 0},
    {"policy": "space-time", "window_us": 1e6, "max_problems": 1, "cache_size": 0},
    {"policy": "space-time", "variable_size": true, "fuse_single": true,
     "straggler_cooldown_ms": 1e9, "straggler_ratio": 1, "straggler_patience": 1}
    """

  private let folder = TemporaryFolder()

  /// Writes an experiment with some keys at an end of their ranges, and runs it.
  private func run(_ ends: [String: String], isTimed: Bool) -> CommandLineRun {
    func set(_ text: String, _ ranges: Ranges) -> String {
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      for (key, _) in ranges {
        guard let value = ends[key],
          let at = lines.firstIndex(where: { $0.hasPrefix("  \"\(key)\": ") })
        else { continue }
        lines[at] = "  \"\(key)\": \(value),"
      }
      return lines.joined(separator: "\n")
    }
    folder.write("g.json", set(ValidFiles.gpu, Self.gpu))
    folder.write("b.json", set(ValidFiles.testbed, Self.testbed))
    var table = ValidFiles.table
    for (key, _) in Self.table { if let value = ends[key] { table.replace(key, with: value) } }
    folder.write("t.csv", table)
    folder.write("a.csv", "arrival_ns\n0\n0\n5\n1000000\n")
    var text = """
      {"format": "gpuloom.experiment/1", "name": "corner", "gpu": "g.json", "testbed": "b.json",
       "tenants": [
        {"name": "a", "model": "t.csv", "replicas": REPLICAS, "priority": PRIORITY, "slo_ms": SLO,
         "arrivals": ARRIVALS},
        {"name": "b", "model": "t.csv", "arrivals": {"trace": "a.csv"}}],
       "policies": [\(Self.policies)]\(isTimed ? ", \"duration_s\": DURATION" : "")}

      """
    let plain = [
      "REPLICAS": "2", "PRIORITY": "0", "SLO": "10", "DURATION": "0.002",
      "ARRIVALS": "{\"trace\": \"a.csv\"}",
    ]
    for (key, _) in Self.experiment { text.replace(key, with: ends[key] ?? plain[key] ?? "") }
    folder.write("e.json", text)
    return CommandLineRun(
      ["compare", "e.json", "--format", "csv", "--quiet"], in: folder.path, limit: 120)
  }

  private func expectAnAnswer(_ ends: [String: String], isTimed: Bool) {
    let result = run(ends, isTimed: isTimed)
    #expect(
      [0, 65].contains(result.status), "\(ends), timed \(isTimed): \(result.error.suffix(400))")
    #expect(
      (result.status == 65) == result.error.contains("error: "), "\(ends): \(result.error)")
  }

  @Test("each number at either end", arguments: [true, false])
  func corners(isTimed: Bool) {
    for ranges in [Self.gpu, Self.testbed, Self.table, Self.experiment] {
      for (key, range) in ranges {
        if !isTimed, key == "DURATION" { continue }
        for end in [range.low, range.high] { expectAnAnswer([key: end], isTimed: isTimed) }
      }
    }
  }

  @Test(
    "several numbers at an end at once",
    arguments: 1...(SharedFiles.isDeepRun ? 3_000 : 25) as ClosedRange<UInt64>)
  func products(seed: UInt64) {
    var random = SeededGenerator(seed: seed, stream: "corners")
    let all = [Self.gpu, Self.testbed, Self.table, Self.experiment].flatMap { Array($0) }
    var ends: [String: String] = [:]
    for _ in 0..<(2 + random.nextBelow(5)) {
      let (key, range) = all[random.nextBelow(all.count)]
      ends[key] = random.nextBelow(4) == 0 ? range.low : range.high
    }
    expectAnAnswer(ends, isTimed: random.nextBelow(2) == 0)
  }

  @Test("what is too large together is told with its limit, at the tenant")
  func sentences() {
    let clients = run(
      [
        "REPLICAS": "4096",
        "ARRIVALS": "{\"closed_loop\": {\"clients\": 10000, \"think_ms\": 0}}",
      ], isTimed: true)
    #expect(clients.status == 65)
    #expect(
      clients.error.contains(
        "e.json:3:3: error: 10000 clients on each of 4096 replicas of 'a' make 40960000 in all, "
          + "more than \(ExperimentLimits.mostClients)"), "\(clients.error)")
    let copies = run(
      ["# input_bytes: 100": "# input_bytes: 10000000000000", "\n2,": "\n1048576,"], isTimed: true)
    #expect(
      copies.status == 65
        && copies.error.contains("a batch of 1048576 of the model 't.csv' takes "),
      "\(copies.error)")
    let endless = run([",5000\n": ",1000000000000\n"], isTimed: false)
    #expect(
      endless.status == 65 && endless.error.contains("lies past the run's time limit of "),
      "\(endless.error)")
    let rates = run(["ARRIVALS": "{\"poisson_rps\": 1e9}", "DURATION": "3"], isTimed: true)
    #expect(
      rates.status == 65 && rates.error.contains("more than 200000000 requests"),
      "\(rates.error)")
  }
}
