import Tables
import TestSupport
import Testing

@testable import Hardware

@Suite("GPUs from drivers and profilers")
struct CatalogueFactsTests {
  /// Read once: parsing JSON in debug is slow.
  static let gpus = (try? CatalogueTests.library.gpus()) ?? []

  static func match(_ facts: GPUFacts) throws -> (gpu: GPUSpec, notes: [Diagnostic]) {
    try ModelLibrary.gpu(from: facts, among: gpus)
  }

  static func gpu(_ name: String) throws -> GPUSpec {
    try #require(gpus.first { $0.name == name })
  }

  static let log = """
    <?xml version="1.0" ?>
    <nvidia_smi_log>
    \t<gpu id="00000000:06:00.0">
    \t\t<product_name>NVIDIA A100-SXM4-40GB</product_name>
    \t\t<fb_memory_usage>
    \t\t\t<total>40960 MiB</total>
    \t\t</fb_memory_usage>
    \t\t<bar1_memory_usage>
    \t\t\t<total>65536 MiB</total>
    \t\t</bar1_memory_usage>
    \t\t<clocks>
    \t\t\t<sm_clock>210 MHz</sm_clock>
    \t\t</clocks>
    \t\t<max_clocks>
    \t\t\t<sm_clock>1410 MHz</sm_clock>
    \t\t</max_clocks>
    \t</gpu>
    </nvidia_smi_log>

    """

  @Test func readsTheDriversOutput() throws {
    let found = try GPUFacts.parseNvidiaSMI(Self.log, file: "q.xml")
    #expect(found.count == 1)
    #expect(found.first?.catalogueName == "a100-sxm4-40gb")
    #expect(found.first?.memoryMiB == 40960)
    #expect(found.first?.maxClockMHz == 1410)
    let (gpu, notes) = try Self.match(try #require(found.first))
    #expect(gpu.name == "a100-sxm4-40gb")
    #expect(gpu.memoryMiB == 40960)
    #expect(gpu.smCount == 108)
    #expect(
      notes.map(\.message) == ["'memory_mib' is 40960 as nvidia-smi says, not 40338"])
    #expect(
      gpu.sources.first { $0.key == "memory_mib" }?.source
        == "measured: nvidia-smi of 'NVIDIA A100-SXM4-40GB'")
  }

  @Test func linesMayEndAsOnWindows() throws {
    let text = Self.log.replacing("\n", with: "\r\n")
    #expect(
      try GPUFacts.parseNvidiaSMI(text, file: "q.xml")
        == GPUFacts.parseNvidiaSMI(Self.log, file: "q.xml"))
    let cut = try SampleFiles.spoiled(text, "\t</gpu>\r\n", "")
    #expect { try GPUFacts.parseNvidiaSMI(cut, file: "q.xml") } throws: {
      "\($0)".hasPrefix("q.xml:18: ")
    }
  }

  @Test(arguments: [
    ("<nvidia_smi_log>", "<log>", "q.xml: error: expected the output of 'nvidia-smi -q -x'"),
    ("\t</gpu>\n", "", "q.xml:18: error: expected '</gpu>' before the end of the file"),
    (
      "\t\t<product_name>NVIDIA A100-SXM4-40GB</product_name>\n", "",
      "q.xml:16: error: expected a 'product_name' in each GPU"
    ),
  ])
  func refusesOtherText(old: String, new: String, expected: String) throws {
    let text = try SampleFiles.spoiled(Self.log, old, new)
    let error = #expect(throws: InputError.self) {
      try GPUFacts.parseNvidiaSMI(text, file: "q.xml")
    }
    #expect(error?.description == expected)
  }

  @Test(
    .enabled(if: SharedFiles.areAvailable, "the public samples are not beside this checkout"),
    arguments: [("qx-a100.xml", "a100-sxm4-40gb", 1), ("qx-b200.xml", "b200", 8)])
  func readsRecordedDriverOutput(file: String, name: String, count: Int) throws {
    let found = try GPUFacts.readNvidiaSMI(SharedFiles.path("kernels/nvidia-smi/" + file))
    #expect(found.count == count)
    for facts in Set(found) {
      #expect(try Self.match(facts).gpu.name == name)
    }
  }

  static let properties = """
    { "id": 0, "name": "NVIDIA A100-PG509-200", "totalGlobalMem": 42297524224,
      "computeMajor": 8, "computeMinor": 0, "maxThreadsPerMultiprocessor": 2048,
      "regsPerMultiprocessor": 65536, "warpSize": 32, "sharedMemPerMultiprocessor": 167936,
      "numSms": 108, "sharedMemPerBlockOptin": 166912 }
    """

  static func facts(_ old: String, _ new: String) throws -> GPUFacts {
    let text = old.isEmpty ? properties : try SampleFiles.spoiled(properties, old, new)
    return try GPUFacts(kineto: JSONReader.node(of: text, file: "k.json"), file: "k.json")
  }

  @Test func readsAProfilersProperties() throws {
    let (gpu, notes) = try Self.match(Self.facts("", ""))
    #expect(gpu.name == "a100-sxm4-40gb")
    #expect(notes.isEmpty, "all of it is what the catalogue says")
  }

  @Test func takesTheNearestRelativeOfAnUnknownGPU() throws {
    let facts = try Self.facts("A100-PG509-200", "A30X 24GB")
    var smaller = facts
    smaller.smCount = 56
    let (gpu, notes) = try Self.match(smaller)
    #expect(gpu.name == "a30x-24gb")
    #expect(gpu.smCount == 56)
    #expect(gpu.migSlices.isEmpty)
    #expect(notes.first?.severity == .warning)
    #expect(notes.first?.hint?.contains("'a100-sxm4-40gb'") == true)
    // What was made so can be written down, read, and changed by hand.
    let again = try GPUSpec.read(
      JSONReader.node(of: gpu.jsonText, file: "g.json"), file: "g.json")
    #expect(again.jsonText == gpu.jsonText)
  }

  @Test(arguments: [
    (
      "\"warpSize\": 32", "\"warpSize\": 64",
      "gpuloom: error: expected warps of 32 threads, found 64 on 'NVIDIA A100-PG509-200'"
    ),
    (
      "\"computeMajor\": 8", "\"computeMajor\": 99",
      "gpuloom: error: no GPU of the catalogue is like 'NVIDIA X'\n  hint: describe it in a file like those in models/gpus"
    ),
    (
      "\"numSms\": 108", "\"numSms\": 100000", "gpuloom: error: expected 1 to 256 SMs, found 100000"
    ),
  ])
  func refusesWhatCannotBeSimulated(old: String, new: String, expected: String) throws {
    var facts = try Self.facts(old, new)
    if old.contains("Major") { facts.name = "NVIDIA X" }
    let error = #expect(throws: InputError.self) { _ = try Self.match(facts) }
    #expect(error?.description == expected)
  }

  @Test func refusesMalformedProperties() throws {
    let error = #expect(throws: InputError.self) {
      try Self.facts("\"numSms\": 108", "\"numSms\": -1")
    }
    #expect(
      error?.description
        == "k.json:4:13: error: expected a non-negative integer in 'numSms', found -1")
  }

  @Test(arguments: CatalogueTests.library.gpuNames)
  func writtenGPUsReadBackEqual(name: String) throws {
    let gpu = try Self.gpu(name)
    let text = gpu.jsonText
    let again = try GPUSpec.read(JSONReader.node(of: text, file: "g.json"), file: "g.json")
    #expect(again.jsonText == text)
    #expect(again.limits == gpu.limits)
    #expect(again.migSlices == gpu.migSlices)
    #expect(again.flopPerCyclePerSM == gpu.flopPerCyclePerSM)
  }

  @Test(arguments: CatalogueTests.library.testbedNames)
  func writtenTestbedsReadBackEqual(name: String) throws {
    let testbed = try CatalogueTests.library.testbed(name)
    let text = testbed.jsonText
    let again = try Testbed.read(JSONReader.node(of: text, file: "t.json"), file: "t.json")
    #expect(again.jsonText == text)
    for (key, path) in Testbed.times {
      #expect(again[keyPath: path] == testbed[keyPath: path], "\(key)")
    }
    #expect(again.superKernel.timeFactor == testbed.superKernel.timeFactor)
    #expect(again.mpsDelayOffset == testbed.mpsDelayOffset)
  }

  @Test func slicesAreSmallerGPUs() throws {
    let gpu = try Self.gpu("a100-sxm4-40gb")
    let slice = try #require(gpu.slice("3g.20gb"))
    #expect(slice.smCount == 42)
    #expect(slice.dramGBPerS == gpu.dramGBPerS / 2)
    #expect(slice.memoryMiB == gpu.memoryMiB / 2)
    #expect(gpu.slice("3g.21gb") == nil)
    #expect(try Self.gpu("v100-sxm2-16gb").migSlices.isEmpty)
  }

  /// The wall of the 2018 paper: 18 ResNet-50 processes on 16 GB, 60 streams in one.
  @Test func memoryWallOfThePaper() throws {
    let gpu = try Self.gpu("v100-sxm2-16gb")
    let testbed = try CatalogueTests.library.testbed("caravel-2018")
    let model = try CatalogueTests.library.kernelTable("resnet50", gpu: gpu.name)
    let replica = testbed.replicaMiB + model.weightsMiB + model.workspaceMiB
    #expect(Int(Double(gpu.memoryMiB) / (testbed.contextMiB + replica)) == 18)
    #expect((Double(gpu.memoryMiB) - testbed.contextMiB) / replica >= 60)
  }
}
