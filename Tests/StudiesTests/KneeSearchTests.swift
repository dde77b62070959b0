import SimBasics
import Testing

@testable import Studies

/// Where a search ends, on axes whose answer is known.
struct KneeSearchTests {
  private static func searched(
    _ axis: CapacityAxis, tolerance: Double = 0.02, _ serves: (Double) -> Bool
  ) -> KneeSearch {
    var search = KneeSearch(axis, tolerance: tolerance)
    while let x = search.next { search.note(x, isServed: serves(x)) }
    return search
  }

  @Test(arguments: 1...40)
  func aThresholdIsFound(seed: Int) throws {
    var randomness = SeededGenerator(seed: UInt64(seed), stream: "knee")
    // From 2^-9 to 2^9.
    let threshold = PortableMath.exp((randomness.nextUnit() * 18 - 9) * 0.693_147_180_559_945_3)
    let tolerance = [0.2, 0.02, 0.001][seed % 3]
    let search = Self.searched(.load, tolerance: tolerance) { $0 <= threshold }
    let served = try #require(search.served)
    let failing = try #require(search.failing)
    #expect(served <= threshold && threshold < failing, "seed \(seed)")
    #expect(failing <= served * (1 + tolerance) * (1 + 1e-12), "seed \(seed)")
    #expect(search.servedAgain == nil)
    #expect(search.trials == search.trials.sorted { $0.x < $1.x })

    let count = Double(Int(threshold) + 1)
    let whole = Self.searched(.tenants) { $0 <= count }
    #expect(whole.served == count && whole.failing == count + 1, "seed \(seed)")
    #expect(whole.trials.allSatisfy { $0.x == $0.x.rounded() && $0.x >= 1 })
  }

  @Test func whatIsServedAgainIsFoundAndTheLowerKneeIsTheCapacity() {
    let search = Self.searched(.load) { $0 <= 1.3 || (1.5...1.9).contains($0) }
    #expect((1.27...1.3).contains(search.served ?? 0))
    #expect((1.3...1.327).contains(search.failing ?? 0))
    #expect((1.5...1.9).contains(search.servedAgain ?? 0))
    // A gap below what doubling comes by is found by the places that are looked at afterwards.
    let gap = Self.searched(.tenants) { $0 <= 30 && $0 != 29 }
    #expect(gap.served == 28 && gap.failing == 29 && gap.servedAgain == 30)
  }

  @Test func theEndsOfAnAxisAreNoKnee() {
    let all = Self.searched(.load) { _ in true }
    #expect(all.served == 1024 && all.failing == nil && all.next == nil)
    let none = Self.searched(.load) { _ in false }
    #expect(none.served == nil && none.failing == 0x1p-10)
    let nobody = Self.searched(.tenants) { _ in false }
    #expect(nobody.served == nil && nobody.failing == 1 && nobody.trials.count == 1)
  }

  @Test func aSearchEndsWhateverItIsTold() {
    for seed in 1...200 {
      var randomness = SeededGenerator(seed: UInt64(seed), stream: "any")
      let axis = CapacityAxis.allCases[seed % 3]
      let search = Self.searched(axis) { _ in randomness.nextUnit() < 0.5 }
      #expect(search.trials.count <= 80, "seed \(seed)")
      if let served = search.served, let failing = search.failing { #expect(served < failing) }
    }
  }

  @Test func rungsClimb() {
    #expect(CapacityAxis.tenants.rungs(above: 3) == [4, 5, 6, 7, 9, 12])
    #expect(CapacityAxis.load.rungs(above: 2).first == 2.1)
    #expect(CapacityAxis.load.rungs(above: 1000).isEmpty)
  }
}
