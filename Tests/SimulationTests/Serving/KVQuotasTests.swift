import Scheduling
import SimBasics
import Testing

@testable import Simulation

/// Quotas of one pool of keys and values, by themselves.
@Suite struct KVQuotasTests {
  private static let sharing = PoolSharing(intervalNS: 1)

  private static func quotas(
    _ bytes: Int, _ members: [(blockBytes: Int, weight: Double, least: Int)]
  ) -> KVQuotas { KVQuotas(bytes: bytes, members, sharing) }

  private static func sum(_ quotas: KVQuotas) -> Int {
    quotas.members.reduce(quotas.spareBytes) { $0 + $1.quota * $1.blockBytes }
  }

  @Test("At first in proportion to weights, and what each needs at least")
  func first() {
    let plain = Self.quotas(1_000, [(10, 3, 1), (20, 1, 1)])
    #expect(plain.members.map(\.quota) == [75, 12] && plain.spareBytes == 10)
    // The second needs more than its part; the third and the first share the rest.
    let least = Self.quotas(1_000, [(10, 3, 1), (10, 1, 40), (10, 1, 1)])
    #expect(least.members.map(\.quota) == [45, 40, 15])
    // Nobody asks: equal parts. Too little for what they need: by weight, whatever that is.
    #expect(Self.quotas(100, [(10, 0, 1), (10, 0, 1)]).members.map(\.quota) == [5, 5])
    #expect(Self.quotas(100, [(10, 1, 9), (10, 1, 9)]).members.map(\.least) == [5, 5])
  }

  @Test("The full take a tenth of their use from those that leave room")
  func moved() {
    var quotas = Self.quotas(2_000, [(10, 1, 1), (10, 1, 1)])
    let full = KVQuotas.Use(mean: 95, used: 100, isWaitedFor: true)
    quotas.move([full, KVQuotas.Use(mean: 10, used: 10, isWaitedFor: false)])
    #expect(quotas.members.map(\.quota) == [109, 91])
    // Nobody waits: nothing moves.
    var calm = quotas
    calm.move([
      KVQuotas.Use(mean: 109, used: 109, isWaitedFor: false),
      KVQuotas.Use(mean: 10, used: 10, isWaitedFor: true),
    ])
    #expect(calm.members == quotas.members)
    // What is in use now stays, and what its largest request needs.
    var held = Self.quotas(2_000, [(10, 1, 1), (10, 1, 98)])
    held.move([full, KVQuotas.Use(mean: 0, used: 0, isWaitedFor: false)])
    #expect(held.members.map(\.quota) == [102, 98])
    held.move([full, KVQuotas.Use(mean: 0, used: 98, isWaitedFor: false)])
    #expect(held.members.map(\.quota) == [102, 98])
    // Both are full: neither gives.
    var both = Self.quotas(2_000, [(10, 1, 1), (10, 1, 1)])
    both.move([full, full])
    #expect(both.members.map(\.quota) == [100, 100])
  }

  @Test("Sums are kept, steps are small, and nobody loses what it uses", arguments: UInt64(0)..<40)
  func laws(seed: UInt64) {
    var random = SeededGenerator(seed: seed, stream: "quotas")
    let members = (0..<(2 + random.nextBelow(4))).map { _ in
      (
        blockBytes: 1 + random.nextBelow(60), weight: Double(random.nextBelow(5)),
        least: 1 + random.nextBelow(40)
      )
    }
    let bytes = 5_000 + random.nextBelow(20_000)
    var quotas = Self.quotas(bytes, members)
    #expect(Self.sum(quotas) == bytes && quotas.spareBytes >= 0, "seed \(seed)")
    for _ in 0..<60 {
      let before = quotas.members
      let uses = before.map { member in
        let mean = Double(member.quota) * (random.nextBelow(2) == 0 ? 0.97 : random.nextUnit())
        return KVQuotas.Use(
          mean: mean, used: random.nextBelow(member.quota + 1),
          isWaitedFor: random.nextBelow(3) > 0)
      }
      quotas.move(uses)
      #expect(Self.sum(quotas) == bytes && quotas.spareBytes >= 0, "seed \(seed)")
      for (i, member) in quotas.members.enumerated() {
        let fullness = uses[i].mean / Double(max(1, before[i].quota))
        if member.quota > before[i].quota {
          #expect(fullness >= 0.9 && uses[i].isWaitedFor, "seed \(seed)")
          #expect(
            member.quota - before[i].quota <= max(1, Int(0.1 * uses[i].mean)), "seed \(seed)")
        } else if member.quota < before[i].quota {
          #expect(fullness < 0.9, "seed \(seed)")
          #expect(member.quota >= max(uses[i].used, member.least), "seed \(seed)")
          let kept = uses[i].mean + 0.05 * Double(before[i].quota)
          #expect(Double(member.quota) >= kept - 1, "seed \(seed)")
        }
      }
    }
  }
}
