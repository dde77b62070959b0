import SimBasics
import Tables
import Testing

@testable import KernelData

@Suite struct ImportSelectionTests {
  /// A trace of kernels by their numbers, 10 ns apart and 100 ns before a number below zero.
  private func profile(_ numbers: [Int]) -> ImportedProfile {
    var profile = ImportedProfile(file: "f", format: .nsys)
    profile.names = (0..<64).map { "k\($0)" }
    profile.streams = ["7", "13"]
    var time: Int64 = 0
    for (i, number) in numbers.enumerated() {
      time += number < 0 ? 100 : 10
      var kernel = ProfileKernel()
      kernel.nameIndex = Int32(abs(number))
      kernel.streamIndex = Int32(i % 2)
      kernel.start = time
      kernel.duration = 5
      (kernel.gridX, kernel.gridY, kernel.gridZ) = (1, 1, 1)
      (kernel.blockX, kernel.blockY, kernel.blockZ) = (32, 1, 1)
      time += 5
      profile.kernels.append(kernel)
    }
    return profile
  }

  @Test func theIterationBeginsAfterTheIdleTime() throws {
    let once = [-1, 2, 2, 2, 3, 2, 2, 2, 3, 4]
    let trace = [9, 8, 9] + Array([once, once, once, once, once].joined()) + [7]
    let selection = try profile(trace).selection(.automatic)
    #expect(selection.iteration == RepeatingIteration(first: 3, period: 10, repeats: 5))
    #expect(selection.kernels.map(\.nameIndex) == [1, 2, 2, 2, 3, 2, 2, 2, 3, 4])
    #expect(selection.kernels.map(\.streamIndex) == [1, 0, 1, 0, 1, 0, 1, 0, 1, 0])
  }

  @Test func aCutFirstIterationIsPassedOver() throws {
    let once = [-1, 2, 3, 4, 5]
    let trace = [4, 5] + once + once + once + [-1, 2]
    let found = try profile(trace).selection(.automatic).iteration
    #expect(found == RepeatingIteration(first: 2, period: 5, repeats: 3))
  }

  @Test func nothingRepeats() throws {
    let selection = try profile([1, 2, 3, 4, 5, 1, 6, 7]).selection(.automatic)
    #expect(selection.iteration == nil)
    #expect(selection.kernels.count == 8)
    #expect(selection.note == "all kernels, no repeating iteration")
    #expect(try profile([1]).selection(.automatic).iteration == nil)
    #expect(try profile([1, 1]).selection(.automatic).iteration?.period == 1)
  }

  @Test func durationsAreMediansOfTheRepeats() throws {
    var trace = profile(Array(repeating: [-1, 2], count: 5).flatMap(\.self))
    for (i, duration) in [50, 4, 9000, 3].enumerated() {
      trace.kernels[i * 2].duration = Int64(duration)
    }
    let selection = try trace.selection(.automatic)
    #expect(selection.kernels.map(\.durationNS) == [5, 5])
    trace.kernels[2].duration = 6
    trace.kernels[4].duration = 40
    trace.kernels[6].duration = 60
    #expect(try trace.selection(.automatic).kernels[0].durationNS == 40)
  }

  @Test(arguments: Array(1...20) as [UInt64])
  func aPlantedIterationIsFound(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let period = 2 + random.nextBelow(40)
    // The first kernel occurs nowhere else, so that no shorter period fits.
    let once = [-63] + (1..<period).map { _ in 1 + random.nextBelow(5) }
    let warmUp = (0..<random.nextBelow(period)).map { _ in 40 + random.nextBelow(5) }
    let repeats = 3 + random.nextBelow(6)
    let trace = warmUp + Array(repeating: once, count: repeats).flatMap(\.self)
    let found = try profile(trace).selection(.automatic).iteration
    #expect(
      found == RepeatingIteration(first: warmUp.count, period: period, repeats: repeats),
      "seed \(seed)")
  }

  @Test func kernelsAreTakenByPositionAndTime() throws {
    let trace = profile([1, 2, 3, 4, 5])
    #expect(try trace.selection(.range(2, 3)).kernels.map(\.nameIndex) == [2, 3])
    #expect(
      try trace.selection(.time(fromNS: 15, toNS: 45)).kernels.map(\.nameIndex) == [2, 3])
    for mode in [.range(0, 1), .range(4, 6), .range(3, 2), .time(fromNS: 900, toNS: 999)]
      as [ProfileSelection.Mode]
    {
      #expect(throws: InputError.self) { try trace.selection(mode) }
    }
    let untimed = try imported(ImportSamples.orion)
    #expect(throws: InputError.self) { try untimed.selection(.time(fromNS: 0, toNS: 1)) }
  }

  @Test func tablesStateWhatWasAssumed() throws {
    var options = ProfileTableOptions()
    options.model = "m"
    options.batch = 4
    let text = try imported(ImportSamples.nsys).selection(.whole).kernelTable(options).csvText
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0] == "# format: gpuloom.kernels/1")
    #expect(lines[1...2] == ["# model: m", "# gpu: Tesla X"])
    #expect(
      lines[9]
        == "# source: f (nsys-gpu-trace); all kernels; 2 of 3 rows used; left out: "
        + "1 copy or memset; order: launch; assumed: fractions by kernel family for 2 kernels")
    #expect(lines[10] == "# provenance: measured")
    #expect(
      lines[11]
        == "# assumed: precision fp32; weights 0 MiB; work of 2 of 2 launches from their durations, "
        + "up to 0.8 of peak by their names")
    #expect(lines[12].hasPrefix("batch,launch,kernel,grid_x"))
    #expect(
      lines[13...] == [
        "4,0,\"void f<int, float>(int, \"\"q\"\")\",80,2,1,128,1,1,32,1536,,,1500,0.5,0.5,0",
        "4,1,g,1,1,1,64,1,1,16,0,,,2500,0.5,0.5,1",
      ])
  }

  @Test func tablesRefuseWhatIsNotKnown() throws {
    let vidur = try imported(ImportSamples.vidur).selection(.automatic)
    var options = ProfileTableOptions()
    #expect(throws: InputError.self) { try vidur.kernelTable(options) }
    options.assumedSMs = 108
    let lines = try vidur.kernelTable(options).csvText.split(separator: "\n").map(String.init)
    #expect(lines[9].contains("assumed: 4 kernels fill 108 SMs"))
    #expect(lines[10] == "# provenance: derived")
    #expect(
      lines[13].hasPrefix("1024,0,attn_pre_proj,108,1,1,1024,1,1,64,0,103079215104,"))
    #expect(lines[15].hasPrefix("4096,0,attn_pre_proj,"))
    options.assumesDemands = false
    let nsys = try imported(ImportSamples.nsys).selection(.whole)
    #expect(throws: InputError.self) { try nsys.kernelTable(options) }
  }
}
