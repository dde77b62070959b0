/// Small valid files, each a value a line, for tests that break one thing in them.
enum ValidFiles {
  private static let gpuNumbers: [(String, String)] = [
    ("sm_count", "20"), ("sms_per_tpc", "2"), ("clock_mhz", "1000"),
    ("flop_per_cycle_per_sm", "{ \"fp32\": 128 }"), ("dram_gb_per_s", "200"),
    ("dram_efficiency", "0.9"), ("l2_mib", "4"), ("memory_mib", "8000"),
    ("max_warps_per_sm", "64"), ("max_blocks_per_sm", "32"), ("max_threads_per_block", "1024"),
    ("registers_per_sm", "65536"), ("max_registers_per_thread", "255"),
    ("max_registers_per_block", "65536"), ("register_unit", "256"), ("sub_partitions", "4"),
    ("shared_memory_per_sm_bytes", "98304"), ("max_shared_memory_per_block_bytes", "49152"),
    ("shared_memory_unit_bytes", "256"), ("shared_memory_reserve_bytes", "0"),
    ("dram_latency_ns", "400"), ("bytes_in_flight_per_warp", "512"), ("saturating_warps", "4"),
    ("block_overhead_ns", "250"), ("max_resident_grids", "32"), ("max_mps_clients", "16"),
  ]
  private static let testbedNumbers: [(String, String)] = [
    ("launch_cpu_us", "1"), ("launch_lock_us", "1"), ("launch_gap_us", "1"),
    ("completion_sync_us", "1"), ("request_cpu_us", "1"), ("time_slice_us", "2000"),
    ("switch_busy_us", "100"), ("switch_idle_us", "10"), ("idle_yield_us", "5"),
    ("copy_latency_us", "1"), ("super_kernel_fixed_us", "1"),
    ("super_kernel_per_problem_us", "1"), ("super_kernel_cold_us", "1"),
    ("mps_delay_slope_us", "1"), ("mps_delay_offset_us", "-1"), ("context_mib", "100"),
    ("replica_mib", "100"), ("hardware_queues", "8"), ("pcie_gb_per_s", "10"),
    ("super_kernel_time_factor", "1"), ("variable_size_time_factor", "1"),
  ]

  private static func object(_ head: [(String, String)], _ numbers: [(String, String)]) -> String {
    let lines = (head + numbers).map { "  \"\($0)\": \($1)," }
    let sources = numbers.map { "    \"\($0.0)\": \"assumed: a test\"" }
    return "{\n" + lines.joined(separator: "\n") + "\n  \"sources\": {\n"
      + sources.joined(separator: ",\n") + "\n  }\n}\n"
  }

  /// A GPU.
  static let gpu = object(
    [
      ("format", "\"gpuloom.gpu/1\""), ("name", "\"small\""), ("architecture", "\"Pascal\""),
      ("compute_capability", "\"6.1\""),
    ], gpuNumbers)

  /// A testbed.
  static let testbed = object(
    [("format", "\"gpuloom.testbed/1\""), ("name", "\"mine\"")], testbedNumbers)

  /// A kernel table of one model at two batches.
  static let table = """
    # format: gpuloom.kernels/1
    # model: tiny
    # gpu: small
    # stack: none
    # precision: fp32
    # weights_mib: 1
    # workspace_mib: 1
    # input_bytes: 100
    # output_bytes: 100
    # source: a test
    # provenance: analytic
    batch,launch,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,registers_per_thread,\
    shared_memory_bytes,flop,dram_bytes,duration_ns
    1,1,gemm,4,1,1,128,1,1,64,1024,1000000,10000,
    1,2,add,4,1,1,128,1,1,16,0,1000,10000,5000
    2,1,gemm,8,1,1,128,1,1,64,1024,2000000,20000,
    2,2,add,8,1,1,128,1,1,16,0,2000,20000,5000

    """

  /// An experiment of two tenants, one fed by the trace beside it.
  static let experiment = """
    {
      "format": "gpuloom.experiment/1",
      "name": "mine",
      "gpu": "g.json",
      "testbed": "ideal",
      "tenants": [
        { "name": "first", "model": "t.csv", "replicas": 2, "slo_ms": 10, "priority": 1,
          "arrivals": { "trace": "a.csv", "rate_scale": 1.5, "tenant": "a" } },
        { "name": "second", "model": "t.csv",
          "arrivals": { "closed_loop": { "clients": 1, "think_ms": 0 } } }
      ],
      "policies": ["time-only", { "policy": "batched", "max_batch": 2 }],
      "duration_s": 0.01,
      "warmup_s": 0.001,
      "seeds": [1, 2]
    }

    """

  /// A trace.
  static let trace = "arrival_ns,tenant\n0,a\n1000000,b\n2000000,a\n2000000,a\n"
}

/// A command line that must fail, and the files it names.
struct ErrorCase: Sendable {
  /// The words after `gpuloom`.
  var words: [String]
  /// The files there are, relative to the folder the command runs in.
  var files: [(name: String, bytes: [UInt8])] = []

  /// A command whose second word's file, `t.csv`, holds these bytes.
  init(_ line: String, bytes: [UInt8]) {
    self.init(line)
    files = [(name: "t.csv", bytes: bytes)]
  }

  init(_ line: String, _ files: [(String, String)] = []) {
    words = line.split(separator: " ").map(String.init)
    self.files = files.map { (name: $0.0, bytes: Array($0.1.utf8)) }
  }

  /// A command on one file that is a valid one with a single text replaced.
  static func broken(
    _ line: String, _ name: String, _ valid: String, _ old: String, _ new: String
  ) -> ErrorCase {
    guard let range = valid.firstRange(of: old) else {
      // Shows up in the golden file: the case no longer breaks what it meant to.
      return ErrorCase(line, [(name, "the text '\(old)' is not in the valid file")])
    }
    return ErrorCase(line, [(name, valid.replacingCharacters(in: range, with: new))])
  }
}

extension String {
  /// The text with one range replaced; the standard library's own way, without Foundation.
  fileprivate func replacingCharacters(in range: Range<String.Index>, with new: String) -> String {
    String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
  }
}
