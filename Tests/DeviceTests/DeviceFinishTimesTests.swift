import SimBasics
import Testing

@testable import Device

@Suite struct DeviceFinishTimesTests {
  /// What the table must know, by group, and which groups are in use, by place.
  private struct Naive {
    var times = [Int64](repeating: .max, count: SMSet.capacity)
    var places: [Int] = []

    var least: Int64 { places.map { times[$0] }.min() ?? .max }
    var groups: [Int] { places.filter { times[$0] == least }.sorted() }
  }

  @Test(
    "The table knows the first instant and its group, however far off and however many",
    arguments: UInt64(0)..<30)
  func matchesNaive(seed: UInt64) {
    var draw = SeededGenerator(seed: seed, stream: "finish-times")
    var table = FinishTimes()
    defer { table.deallocate() }
    var naive = Naive()
    // Where times are drawn from: near, about the horizon, far beyond it.
    let origin: Int64 = [0, FinishTimes.horizon - 8, 1 << 60][draw.nextBelow(3)]
    var free = Array(0..<(1 + draw.nextBelow(SMSet.capacity)))
    for step in 0..<600 {
      switch draw.nextBelow(4) {
      case 0 where !free.isEmpty:
        naive.places.append(free.remove(at: draw.nextBelow(free.count)))
        table.use(naive.places.count)
      case 1 where naive.places.count > 1:
        // A group is given up: the last one takes its place.
        let place = draw.nextBelow(naive.places.count)
        let group = naive.places[place]
        let last = naive.places.removeLast()
        table.set(group, place, to: .max)
        table.move(last, from: naive.places.count, to: place)
        table.use(naive.places.count)
        if place < naive.places.count { naive.places[place] = last }
        naive.times[group] = .max
        free.append(group)
      case 2 where table.first.time < FinishTimes.horizon:
        let (time, group) = table.first
        guard let place = naive.places.firstIndex(of: group) else {
          Issue.record("seed \(seed), step \(step): group \(group) is not in use")
          return
        }
        let others = table.others(than: place)
        let hasCompany = naive.groups.count > 1
        #expect((others.time == naive.least) == hasCompany, "seed \(seed), step \(step)")
        let next = draw.nextBelow(5) == 0 ? Int64.max : time + Int64(draw.nextBelow(16))
        table.put(group, place, at: next, among: others)
        naive.times[group] = next
        #expect(table.least == naive.least, "seed \(seed), step \(step)")
      case _ where !naive.places.isEmpty:
        let place = draw.nextBelow(naive.places.count)
        let time = draw.nextBelow(5) == 0 ? Int64.max : origin + Int64(draw.nextBelow(16))
        table.set(naive.places[place], place, to: time)
        naive.times[naive.places[place]] = time
      default: break
      }
      table.findFirst()
      #expect(table.least == naive.least, "seed \(seed), step \(step)")
      for group in naive.places { #expect(table[group] == naive.times[group]) }
      guard naive.least < .max else { continue }
      #expect(table.leastGroup == naive.groups[0], "seed \(seed), step \(step)")
    }
  }
}
