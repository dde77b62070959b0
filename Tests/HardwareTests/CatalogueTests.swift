import Tables
import TestSupport
import Testing

@testable import Hardware

@Suite("Catalogue")
struct CatalogueTests {
  static let library = ModelLibrary(folder: SharedFiles.repositoryRoot + "/models")

  @Test(arguments: library.gpuNames)
  func everyGPUReadsAndIsConsistent(name: String) throws {
    let gpu = try Self.library.gpu(name)
    #expect(gpu.name == name)
    #expect(gpu.limits.maxSharedMemoryPerBlock <= gpu.limits.sharedMemory)
    #expect(gpu.smRate(.fp32) > 0)
    for slice in gpu.migSlices {
      #expect(slice.memoryMiB <= gpu.memoryMiB)
      #expect(slice.smCount * slice.maxInstances <= gpu.smCount)
    }
  }

  @Test(arguments: library.testbedNames)
  func everyTestbedReads(name: String) throws {
    #expect(try Self.library.testbed(name).name == name)
  }

  @Test func holdsWhatIsPromised() throws {
    #expect(Self.library.gpuNames.count >= 20)
    for name in ["v100-sxm2-16gb", "a100-sxm4-40gb", "h100-sxm", "t4"] {
      _ = try Self.library.gpu(name)
    }
    #expect(try Self.library.gpu("h100-sxm").name == "h100-sxm5-80gb")
    #expect(Self.library.testbedNames == ["caravel-2018", "ideal", "modern"])
    // Data sheets and a device list disagree on these two; traces of launches settle it.
    #expect(try Self.library.gpu("p4").smCount == 20)
    #expect(try Self.library.gpu("l4").smCount == 58)
  }

  @Test func idealCostsNothing() throws {
    let ideal = try Self.library.testbed("ideal")
    for (key, path) in Testbed.times where key != "time_slice_us" {
      #expect(ideal[keyPath: path] == 0, "\(key)")
    }
    #expect(ideal.mpsDelaySlope == 0)
    #expect(ideal.superKernel.timeFactor == 1)
  }

  @Test func unknownNamesNameTheNearest() throws {
    let place = NamePlace(file: "runs/experiment.json", line: 2, column: 10)
    let gpu = #expect(throws: InputError.self) {
      try Self.library.gpu("v100-sxm2-16g", at: place)
    }
    #expect(gpu?.kind == .badData)
    #expect(
      gpu?.description == """
        runs/experiment.json:2:10: error: unknown GPU 'v100-sxm2-16g'
          hint: did you mean 'v100-sxm2-16gb'?
        """)
    let testbed = #expect(throws: InputError.self) { try Self.library.testbed("modren") }
    #expect(
      testbed?.description == """
        gpuloom: error: unknown testbed 'modren'
          hint: did you mean 'modern'?
        """)
    let none = #expect(throws: InputError.self) {
      try ModelLibrary(folder: nil).testbed("modern")
    }
    #expect(
      none?.description == """
        gpuloom: error: unknown testbed 'modern'
          hint: the folder 'models' was not found; set GPULOOM_HOME to the folder that holds it
        """)
  }

  @Test func pathsStartAtTheFileTheyAreWrittenIn() throws {
    let place = NamePlace(file: SharedFiles.repositoryRoot + "/Sources/x.json")
    #expect(try Self.library.gpu("../models/gpus/t4.json", at: place).name == "t4")
    let error = #expect(throws: InputError.self) { try Self.library.gpu("t4.json", at: place) }
    #expect(error?.kind == .missingFile)
    #expect(NamePlace(file: "e.json").resolve("a/b.csv") == "a/b.csv")
    #expect(NamePlace(file: "d/e.json").resolve("a/b.csv") == "d/a/b.csv")
    #expect(NamePlace(file: "d/e.json").resolve("/a/b.csv") == "/a/b.csv")
  }

  @Test func findsModelsAboveWhereItStands() {
    let root = SharedFiles.repositoryRoot
    let from = ModelLibrary.locate(home: nil, starts: ["/nowhere", root + "/Sources/Hardware"])
    #expect(from.folder == root + "/models")
    #expect(ModelLibrary.locate(home: root, starts: []).folder == root + "/models")
    #expect(ModelLibrary.locate(home: "/nowhere", starts: [root]).folder == nil)
    #expect(ModelLibrary.locate(home: nil, starts: []).folder == nil)
  }
}
