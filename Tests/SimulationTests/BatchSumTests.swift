import Policies
import RunSupport
import Scheduling
import SimBasics
import Testing

@testable import Simulation

/// Law 12, of batches with empty places: operations to the last one.
@Suite("Useful work")
struct BatchSumTests {
  @Test("shares of a batch add up to its work, in whatever pieces they come")
  func shares() {
    var random = SeededGenerator(seed: 4)
    for round in 0..<200 {
      let batch = 1 + random.nextBelow(40)
      // Below 64 bits, and above.
      let flop = Int128(random.nextBelow(1_000)) << (round % 2 * 90)
      var (one, many) = (BatchSum(), BatchSum())
      one.add(flop, requests: batch, of: batch)
      var left = batch
      while left > 0 {
        let part = 1 + random.nextBelow(left)
        many.add(flop, requests: part, of: batch)
        left -= part
      }
      #expect(one == many && many.whole == flop)
      #expect(many - one == .zero && one + .zero == many)
    }
    var seventh = BatchSum()
    seventh.add(7, requests: 1, of: 8)
    seventh.add(5, requests: 1, of: 2)
    #expect(seventh.value == 3.375)
    #expect((seventh - seventh).value == 0)
  }

  @Test(
    "a request in a batch of 8 with 7 operations counts seven eighths of one, at any end",
    arguments: PolicyCatalog.builtIn.names)
  func padded(policy: String) throws {
    var table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000, flop: 7)])
    table.batches[0].batch = 8
    for count in [1, 3, 8, 9] as [Int64] {
      let times = (0..<count).map { $0 * 10_000_000 }
      let run = try simulate(
        Fixtures.experiment([Fixtures.tenant("a", table, .trace(times))]), policy)
      #expect(run.totals.flop[0].value == Double(7 * count) / 8)
    }
  }

  @Test("work beyond 64 bits is counted")
  func large() throws {
    let kernel = Fixtures.kernel(
      "k", duration: 1_000, flop: 1_000_000_000_000_000, bytes: 10_000_000_000_000)
    let table = Fixtures.table("m", Array(repeating: kernel, count: 2_000))
    for policy in PolicyCatalog.builtIn.names {
      let run = try simulate(
        Fixtures.experiment([
          Fixtures.tenant("a", table, .trace((0..<50).map { $0 * 10_000_000 }))
        ]), policy)
      #expect(run.totals.flop[0].whole == Int128(100_000) * 1_000_000_000_000_000)
      #expect(run.totals.dramBytes[0] == Int128(100_000) * 10_000_000_000_000)
    }
  }
}
