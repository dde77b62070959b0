import Hardware
import Tables
import TestSupport
import Testing

@testable import KernelData

/// Traces in Chrome's format that are not PyTorch's, collectives, and what a table assumes.
struct ImportRelativesTests {
  private static func profile(_ text: String) throws(InputError) -> ImportedProfile {
    try ProfileImport.read(bytes: Array(text.utf8), name: "p.json")
  }

  private static func xla(_ details: String) -> String {
    """
    {"displayTimeUnit": "ns", "traceEvents": [
      {"ph": "M", "pid": 3, "name": "process_name", "args": {"name": "/device:GPU:0 (pid 3)"}},
      {"ph": "M", "pid": 9, "name": "process_name", "args": {"name": "/host:CPU"}},
      {"ph": "X", "pid": 9, "tid": 1, "ts": 1, "dur": 50, "name": "Execute", "args": {"id": "4"}},
      {"ph": "X", "pid": 3, "tid": 14, "ts": 20.5, "dur": 2.25, "name": "k2",
       "args": {"kernel_details": "\(details)", "hlo_op": "dot.3"}},
      {"ph": "X", "pid": 3, "tid": 15, "ts": 10, "dur": 3, "name": "MemcpyD2H",
       "args": {"memcpy_details": "size:4"}}]}
    """
  }

  @Test(arguments: [
    "regs:32 static_shared:16 dynamic_shared:100 grid:128,2,1 block:256,1,1 occ_pct:50",
    "regs:32 shm:116 grid:128,2,1 block:256,1,1",
    "regs:32\\nstatic_shared:16\\ndynamic_shared:100\\ngrid:128,2,1\\nblock:256,1,1",
  ])
  func xlaKernelsAreRead(details: String) throws {
    let profile = try Self.profile(Self.xla(details))
    #expect(profile.format == .xla && profile.kernels.count == 1 && profile.copies.count == 1)
    let kernel = try #require(profile.kernels.first)
    #expect(profile.name(of: kernel) == "k2" && kernel.durationNS == 2250)
    #expect(kernel.grid.map { [$0.x, $0.y, $0.z] } == [128, 2, 1])
    #expect(kernel.block?.x == 256 && kernel.registersPerThread == 32)
    #expect(kernel.sharedMemoryBytes == 116 && profile.stream(of: kernel) == "14")
    #expect(profile.device?.id == "/device:GPU:0" && profile.device?.name == "")
    #expect(
      profile.rowsRead == profile.rowsUsed + profile.leftOut.reduce(0) { $0 + $1.count })
  }

  @Test(arguments: [
    ("regs:x grid:1,1,1 block:1,1,1", "expected a non-negative integer after 'regs:'"),
    ("regs:3 grid:0,1,1 block:1,1,1", "expected three positive integers in 'kernel_details'"),
    ("regs:3 grid:1,1 block:1,1,1", "found \"1,1\""),
    ("static_shared:-1 grid:1,1,1 block:1,1,1", "expected bytes after 'static_shared:'"),
  ])
  func xlaDetailsThatAreNoneAreFaults(details: String, said: String) {
    let error = #expect(throws: InputError.self) { _ = try Self.profile(Self.xla(details)) }
    #expect(error?.description.contains(said) == true, "\(String(describing: error))")
  }

  private static func onnx(_ kernels: String) -> String {
    """
    [{"cat": "Session", "pid": 1, "tid": 1, "dur": 8, "ts": 5, "ph": "X", "name": "load",
      "args": {}},
     {"cat": "Node", "pid": 1, "tid": 1, "dur": 42, "ts": 9, "ph": "X", "name": "Conv_0",
      "args": {"op_name": "Conv", "provider": "CUDAExecutionProvider"}}\(kernels)]
    """
  }

  @Test func onnxRuntimeKernelsAreRead() throws {
    let profile = try Self.profile(
      Self.onnx(
        """
        , {"cat": "Kernel", "pid": 1, "tid": 1, "dur": 31, "ts": 10, "ph": "X", "name": "conv",
           "args": {"stream": "7", "grid_x": "49", "grid_y": "2", "grid_z": "1", "block_x": "256",
                    "block_y": "1", "block_z": "1"}}
        """))
    let kernel = try #require(profile.kernels.first)
    #expect(profile.format == .onnxRuntime && profile.kernels.count == 1)
    #expect(kernel.grid.map { [$0.x, $0.y, $0.z] } == [49, 2, 1] && kernel.durationNS == 31_000)
    #expect(profile.stream(of: kernel) == "7")
    // One that ran on the CPU alone is told by its name.
    let error = #expect(throws: InputError.self) { _ = try Self.profile(Self.onnx("")) }
    #expect(error?.description.contains("an ONNX Runtime profile without kernels") == true)
  }

  private static func kineto(_ names: [String]) -> String {
    let events = names.enumerated().map { i, name in
      """
      {"ph": "X", "cat": "kernel", "name": "\(name)", "ts": \(i * 10).5, "dur": 4.5,
       "args": {"device": 0, "stream": 7, "correlation": \(i + 1), "registers per thread": 32,
                "shared memory": 0, "grid": [8, 1, 1], "block": [64, 1, 1]}}
      """
    }
    return "{\"deviceProperties\": [{\"id\": 0, \"name\": \"Tesla T4\", \"numSms\": 40}],"
      + "\"traceEvents\": [\(events.joined(separator: ",\n"))]}"
  }

  @Test(arguments: [
    ("ncclDevKernel_AllReduce_Sum_f32_RING_LL(ncclDevKernelArgsStorage<4096ul>)", true),
    ("ncclKernel_SendRecv_RING_SIMPLE_Sum_int8_t(ncclWorkElem)", true),
    ("rcclGenericKernel<1, false>(ncclDevKernelArgsStorage<4096ul>)", true),
    ("void vllm::cross_device_reduce_1stage<float, 2>()", true),
    ("small_reduce_kernel", false), ("volta_sgemm_128x64_nn", false),
  ])
  func collectivesAreLeftAside(name: String, isCollective: Bool) throws {
    let profile = try Self.profile(Self.kineto(["a", name, "b"]))
    // The profile has it, the table has not.
    #expect(profile.kernels.count == 3 && profile.collectives.count == (isCollective ? 1 : 0))
    for mode in [
      ProfileSelection.Mode.automatic, .whole, .range(1, 3), .time(fromNS: 0, toNS: .max),
    ] {
      let selection = try profile.selection(mode)
      #expect(selection.kernels.count == (isCollective ? 2 : 3))
      #expect(selection.note.contains("1 collective left aside") == isCollective)
    }
    guard isCollective else { return }
    #expect(profile.collectives.durationNS == 4500)
    #expect(throws: InputError.self) { try profile.selection(.range(2, 2)) }
    let kept = try profile.selection(.whole, keepsCollectives: true)
    let table = try kept.kernelTable(ProfileTableOptions())
    #expect(table.batches[0].launches.count == 3)
    let own = table.batches[0].launches.first { $0.name == name }
    #expect(own?.dramFraction == 0)
  }

  @Test func tablesKeepWhatWasAssumed() throws {
    var options = ProfileTableOptions()
    let selection = try Self.profile(Self.kineto(["a", "b"])).selection(.whole)
    let assumed = try selection.kernelTable(options).conditions.assumed
    #expect(assumed[0...2] == ["precision fp32", "weights 0 MiB", "batch 1"])
    #expect(assumed[3].hasPrefix("work of 2 of 2 launches"))
    options.precision = .fp16
    options.hasWeights = true
    options.batch = 2
    let stated = try selection.kernelTable(options)
    #expect(stated.conditions.assumed.count == 1 && stated.conditions.assumesWork)
    let again = try KernelTable.read(text: stated.csvText, file: "t.csv")
    #expect(again.conditions == stated.conditions)
  }

  @Test func aDevicesNumberIsNoPartOfItsName() throws {
    let rows = """
      "Start","Duration","Grid X","Grid Y","Grid Z","Block X","Block Y","Block Z","Device","Name"
      ms,us,,,,,,,,
      1,5,4,1,1,32,1,1,"Tesla X (0)","k [3]"

      """
    let profile = try ProfileImport.read(bytes: Array(rows.utf8), name: "p.csv")
    #expect(profile.device?.name == "Tesla X" && profile.device?.id == "Tesla X (0)")
    let table = try profile.selection(.whole).kernelTable(ProfileTableOptions())
    #expect(table.gpu == "Tesla X")
  }
}
