import SimBasics
import Testing

@testable import GPUModel

@Suite struct DeviceFinishTreeTests {
  /// What the tree must know, group by group.
  private struct Naive {
    var times = [Int64](repeating: .max, count: SMSet.capacity)

    var least: Int64 { times.min() ?? .max }
    var groups: [Int] { times.indices.filter { times[$0] == least } }
  }

  @Test(
    "The tree knows the first instant and its groups, however far off and however many",
    arguments: UInt64(0)..<30)
  func matchesNaive(seed: UInt64) {
    var draw = SeededGenerator(seed: seed, stream: "finish-tree")
    let tree = FinishTree()
    defer { tree.deallocate() }
    var naive = Naive()
    // Where times are drawn from: near, about the horizon of 2^55 ns, far beyond it.
    let origin: Int64 = [0, (1 << 55) - 8, 1 << 60][draw.nextBelow(3)]
    let groups = 1 + draw.nextBelow(SMSet.capacity)
    var list = [Int32](repeating: -1, count: SMSet.capacity)
    for step in 0..<400 {
      let group = draw.nextBelow(groups)
      let time = draw.nextBelow(5) == 0 ? Int64.max : origin + Int64(draw.nextBelow(16))
      let first = tree.leastGroup
      if first >= 0, draw.nextBelow(2) == 0 {
        let others = tree.others(than: first)
        let hasCompany = naive.groups.count > 1
        #expect((others.least == naive.least) == hasCompany, "seed \(seed), step \(step)")
        tree.put(first, at: time, among: others)
        naive.times[first] = time
      } else {
        tree.set(group, to: time)
        naive.times[group] = time
      }
      #expect(tree.least == naive.least, "seed \(seed), step \(step)")
      #expect(tree[group] == naive.times[group], "seed \(seed), step \(step)")
      if tree.leastGroup >= 0 {
        #expect(tree.leastGroup == naive.groups[0], "seed \(seed), step \(step)")
      }
      guard naive.least < .max else { continue }
      let count = list.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map { tree.findLeast($0) } ?? 0
      }
      #expect(list[..<count].map { Int($0) } == naive.groups, "seed \(seed), step \(step)")
    }
  }
}
