import Tables
import TestSupport
import Testing

@testable import Hardware

@Suite("GPU and testbed readers")
struct CatalogueFileReaderTests {
  static let gpuFaults: [(old: String, new: String, error: String)] = [
    (
      "gpu/1", "gpu/9",
      "g.json:2:13: error: expected the format \"gpuloom.gpu/1\", found \"gpuloom.gpu/9\""
    ),
    ("\"sm_count\": 40,\n", "", "g.json:1:1: error: a GPU needs the key 'sm_count'"),
    (
      "\"sm_count\": 40", "\"sm_cuont\": 40",
      "g.json:1:1: error: a GPU needs the key 'sm_count'\ng.json:6:3: error: unknown key 'sm_cuont' in a GPU\n  hint: did you mean 'sm_count'?"
    ),
    (
      "\"sm_count\": 40", "\"sm_count\": 0",
      "g.json:6:15: error: expected an integer from 1 to 256 in 'sm_count', found 0"
    ),
    (
      "\"sm_count\": 40", "\"sm_count\": 40.5",
      "g.json:6:15: error: expected an integer from 1 to 256 in 'sm_count', found 40.5"
    ),
    (
      "\"sm_count\": 40", "\"sm_count\": \"40\"",
      "g.json:6:15: error: expected an integer from 1 to 256 in 'sm_count', found \"40\""
    ),
    (
      "\"clock_mhz\": 1590", "\"clock_mhz\": 1e999",
      "g.json:8:16: error: expected a number from 1 to 100000 in 'clock_mhz', found 1e999"
    ),
    (
      "\"fp32\": 128", "\"fp23\": 128",
      "g.json:9:38: error: unknown precision 'fp23'\n  hint: did you mean 'fp32'?\ng.json:9:28: error: 'flop_per_cycle_per_sm' needs the key 'fp32'"
    ),
    (
      "\"fp32\": 128", "\"fp32\": 0",
      "g.json:9:38: error: expected a positive number in 'fp32', found 0"
    ),
    (
      "{ \"fp32\": 128, \"fp16_tensor\": 1024, \"int8\": 2048 }", "128",
      "g.json:9:28: error: expected an object in 'flop_per_cycle_per_sm', found 128"
    ),
    (
      "\"dram_efficiency\": 0.85", "\"dram_efficiency\": 1.1",
      "g.json:11:22: error: expected a number from 0.01 to 1 in 'dram_efficiency', found 1.1"
    ),
  ]

  @Test(arguments: gpuFaults.indices)
  func reportsGPUFaults(index: Int) throws {
    let (old, new, expected) = Self.gpuFaults[index]
    let text = try SampleFiles.spoiled(SampleFiles.file("gpus/t4.json"), old, new)
    let error = #expect(throws: InputError.self) {
      try GPUSpec.read(JSONReader.node(of: text, file: "g.json"), file: "g.json")
    }
    #expect(error?.description == expected)
  }

  @Test func everyNumberNeedsItsSource() throws {
    let text = try SampleFiles.file("testbeds/ideal.json")
    func error(_ old: String, _ new: String) throws -> String? {
      let spoiled = try SampleFiles.spoiled(text, old, new)
      return #expect(throws: InputError.self) {
        try Testbed.read(JSONReader.node(of: spoiled, file: "t.json"), file: "t.json")
      }?.description
    }
    let entry = "\"launch_cpu_us\": \"assumed: an ideal stack costs nothing\""
    #expect(
      try error(entry, "\"launch_cpu_ms\": \"assumed: an ideal stack costs nothing\"") == """
        t.json:25:14: error: 'sources' needs the key 'launch_cpu_us'
        t.json:26:5: error: unknown key 'launch_cpu_ms' in 'sources'
          hint: did you mean 'launch_cpu_us'?
        """)
    #expect(
      try error(entry, "\"launch_cpu_us\": \"somewhere\"") == """
        t.json:26:22: error: expected the source of 'launch_cpu_us' to begin with how it is \
        known, found "somewhere"
          hint: begin with one of 'measured:', 'published:', 'derived:', 'assumed:'
        """)
    #expect(
      try error("\"time_slice_us\": 2000", "\"time_slice_us\": 0") == """
        t.json:9:20: error: expected a time of at least 0.001 in 'time_slice_us', found 0
        """)
    #expect(
      try error("\"launch_cpu_us\": 0", "\"launch_cpu_us\": -1") == """
        t.json:4:20: error: expected a number from 0 to 3600000000 in 'launch_cpu_us', found -1
        """)
  }

  @Test func timesAreNanoseconds() throws {
    let modern = try Testbed.read(SharedFiles.repositoryRoot + "/models/testbeds/modern.json")
    #expect(modern.launchCPU == 3_000)
    #expect(modern.timeSlice == 2_000_000)
    #expect(modern.mpsDelayOffset == -6_000)
  }
}
