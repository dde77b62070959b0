import Device
import Hardware
import RunSupport
import SimBasics
import Tables
import Testing

@testable import Simulation

/// What tenants' requests run: who shares a program, and which launches may fuse.
@Suite("Programs")
struct ProgramSetTests {
  private func set(
    _ tables: [KernelTable], largestBatch: Int = 1, smCaps: [Int] = []
  ) throws -> ProgramSet {
    try ProgramSet(
      Fixtures.experiment(tables.map { Fixtures.tenant($0.model, $0, .trace([])) }),
      largestBatch: largestBatch, smCaps: smCaps)
  }

  private func numbers(_ rows: [KernelProfile]) throws -> (classes: [Int], families: [Int]) {
    let launches = try set([Fixtures.table("m", rows)]).programs[0].launches
    return (launches.map(\.classID), launches.map(\.familyID))
  }

  @Test("classes and families are numbered as they appear, by what their launches share")
  func classNumbers() throws {
    let first = Fixtures.kernel("a", duration: 10_000)
    var larger = first
    larger.grid = Extent3(16)
    var thirsty = first
    thirsty.dramBytes = 200_000
    var fat = first
    fat.registersPerThread = 64
    var slower = first
    slower.durationNS = 12_000
    let other = Fixtures.kernel("b", duration: 10_000)
    let plain = try numbers([first, larger, first, thirsty, fat, slower, other])
    #expect(plain.classes == [0, 1, 0, 2, 3, 0, 4])
    #expect(plain.families == [0, 0, 0, 0, 1, 0, 2])
    // A class that the table names counts for more than the kernel, but not for the problem.
    func named(_ row: KernelProfile) -> KernelProfile {
      var copy = row
      copy.fusionClass = "gemm"
      return copy
    }
    let given = try numbers([first, named(first), named(other), named(larger), named(thirsty)])
    #expect(given.classes == [0, 1, 1, 2, 1])
    #expect(given.families == [0, 0, 1, 0, 0])
  }

  @Test("tenants of one table share its programs, those of another have their own")
  func sharing() throws {
    let rows = [Fixtures.kernel("a", duration: 10_000), Fixtures.kernel("b", duration: 20_000)]
    let table = Fixtures.table("m", rows, batches: [1, 2, 4])
    let shared = try set([table, table, table], largestBatch: 4, smCaps: [2, 4])
    let alone = try set([table], largestBatch: 4, smCaps: [2, 4])
    #expect(shared.programs.count == alone.programs.count)
    #expect(shared.programs.count == alone.byTenant[0].count + 2)
    for t in 0..<3 {
      #expect(shared.byTenant[t].map(\.batch) == alone.byTenant[0].map(\.batch))
      #expect(shared.byTenant[t].map(\.program) == alone.byTenant[0].map(\.program))
      #expect(shared.capped[t].map(\.program) == alone.capped[0].map(\.program))
      #expect(shared.soloLatencyNS[t] == alone.soloLatencyNS[0])
    }
    var (half, wide, short) = (table, table, table)
    half.precision = .fp16
    wide.outputBytes = 1 << 20
    short.batches.removeLast()
    for other in [half, wide, short] {
      let mixed = try set([table, other], largestBatch: 4)
      let own = Set(mixed.byTenant[0].map(\.program))
      #expect(own.isDisjoint(with: mixed.byTenant[1].map(\.program)))
    }
    // Nothing of different precisions fuses.
    let classes = try set([table, half]).programs.map { $0.launches.map(\.classID) }
    #expect(classes == [[0, 1], [2, 3]])
  }

  @Test("the end that is known at once is that of one launch after the other")
  func soloEnds() throws {
    var ends: Set<Bool> = []
    for seed in 0..<40 as Range<UInt64> {
      var random = SeededGenerator(seed: seed, stream: "solo")
      var testbed = Testbed(name: "random")
      testbed.launchCPU = Int64.random(in: 0...20_000, using: &random)
      testbed.launchLock = Int64.random(in: 0...5_000, using: &random)
      testbed.launchGap = Int64.random(in: 0...3_000, using: &random)
      testbed.requestCPU = Int64.random(in: 0...30_000, using: &random)
      let rows = (0..<Int.random(in: 1...9, using: &random)).map {
        Fixtures.kernel("k\($0)", duration: Int64.random(in: 1_000...30_000, using: &random))
      }
      let tenant = Fixtures.tenant("a", Fixtures.table("m", rows), .trace([]))
      let program = try ProgramSet(
        Fixtures.experiment([tenant], testbed: testbed), largestBatch: 1, smCaps: []
      ).programs[0]
      for hasSharedLock in [false, true] {
        let pace = LaunchPace(testbed: testbed, hasSharedLock: hasSharedLock)
        let start = program.firstStart(pace) + Int64.random(in: 0...40_000, using: &random)
        let last = program.soloPosition(from: 0, at: start + 7, base: 7, pace: pace, now: .max / 2)
        let end = last.start + program.launches[last.launch].durationNS
        #expect(program.soloEnd(at: start + 7, base: 7, pace: pace) == end, "seed \(seed)")
        ends.insert(end == start + 7 + program.launches.remainingNS(from: 0))
      }
    }
    // Sometimes the device waits for the host, sometimes it does not.
    #expect(ends.count == 2)
  }

  @Test("a table with a fault is told of for each tenant that has it")
  func faults() throws {
    var bad = Fixtures.kernel("bad", duration: 10_000)
    bad.block = Extent3(1_024)
    bad.registersPerThread = 255
    let table = Fixtures.table("m", [bad, Fixtures.kernel("a", duration: 10_000)])
    let error = #expect(throws: InputError.self) { try set([table, table]) }
    #expect(error?.diagnostics.count == 2)
  }
}
