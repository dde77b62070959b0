import Tables

/// The part of a launch sequence that repeats: a model's iteration in a long trace.
package struct RepeatingIteration: Hashable, Sendable {
  /// The first kernel of the first whole repetition.
  package var first: Int
  /// Kernels of one repetition.
  package var period: Int
  /// Whole repetitions that follow one another from `first` on.
  package var repeats: Int

  /// The kernels all repetitions hold.
  package var covered: Int { period * repeats }

  /// The repetition that covers the most of the sequence, the shortest of equals; nil where none
  /// has two whole periods or it covers less than half.
  ///
  /// Kernels are equal when name, grid, block, registers and shared memory are. A trace of one
  /// pass through a model of equal layers repeats its layer: nothing in such a trace tells a layer
  /// from an iteration, so whoever uses this shows what was found.
  ///
  /// - Complexity: O(n) in time and space: a few passes for each of at most 80 distances.
  static func find(_ kernels: [ProfileKernel]) -> RepeatingIteration? {
    let sequence = signatures(kernels)
    var best: (covered: Int, period: Int, first: Int)?
    for period in candidates(sequence) {
      guard let run = longestRun(sequence, period) else { continue }
      if run.covered > (best?.covered ?? 0)
        || run.covered == best?.covered
          && period < (best?.period ?? .max)
      {
        best = (run.covered, period, run.first)
      }
    }
    guard let best, best.covered * 2 >= sequence.count else { return nil }
    let shift = startOfIteration(kernels, best)
    return RepeatingIteration(
      first: best.first + shift, period: best.period,
      repeats: (best.covered - shift) / best.period)
  }

  /// Numbers that are equal where kernels are of one name and shape.
  private static func signatures(_ kernels: [ProfileKernel]) -> [Int32] {
    var table = NameTable()
    return kernels.map { kernel in
      let shape = (
        kernel.nameIndex, kernel.gridX, kernel.gridY, kernel.gridZ, kernel.blockX, kernel.blockY,
        kernel.blockZ, kernel.registers, kernel.sharedMemory
      )
      return withUnsafeBytes(of: shape) { table.index(of: $0.assumingMemoryBound(to: UInt8.self)) }
    }
  }

  /// Distances at which stretches of 1, 8, 64, … kernels come again, the most frequent of each.
  private static func candidates(_ sequence: [Int32]) -> [Int] {
    var hashes = sequence.map { UInt64(UInt32(bitPattern: $0)) &* 0x9E37_79B9_7F4A_7C15 }
    var width = 1
    var result: [Int] = []
    // Wide stretches find short periods too where these fill a long trace.
    let narrowest = sequence.count > 50_000 ? 64 : 1
    while width <= 4096, width * 2 <= sequence.count {
      if width >= narrowest {
        result += distances(hashes).filter { !result.contains($0) }
      }
      for _ in 0..<3 {
        let count = hashes.count - width
        if count <= 0 { return result }
        for i in 0..<count {
          let mixed = (hashes[i] ^ 0xD6E8_FEB8_6659_FD93) &* 0xFF51_AFD7_ED55_8CCD
          hashes[i] = (mixed ^ (mixed >> 29)) &+ hashes[i + width] &* 0xC4CE_B9FE_1A85_EC53
        }
        hashes.removeLast(width)
        width *= 2
      }
    }
    return result
  }

  /// The distances from each number to the one before that equals it, the 16 most frequent.
  private static func distances(_ hashes: [UInt64]) -> [Int] {
    var votes = [Int32](repeating: 0, count: hashes.count)
    var seen = LastSeen()
    for (i, hash) in hashes.enumerated() {
      if let before = seen.note(hash, at: i) { votes[i - before] += 1 }
    }
    // The shorter of equals first; few distances are ever better than the best so far.
    var best: [(votes: Int32, distance: Int)] = []
    for distance in votes.indices where votes[distance] > 0 {
      if best.count == 16, votes[distance] <= best[15].votes { continue }
      let at = best.firstIndex { $0.votes < votes[distance] } ?? best.count
      best.insert((votes[distance], distance), at: at)
      if best.count > 16 { best.removeLast() }
    }
    return best.map(\.distance)
  }

  /// The longest stretch that equals itself `period` kernels later, with its last period.
  private static func longestRun(
    _ sequence: [Int32], _ period: Int
  ) -> (first: Int, covered: Int)? {
    var best = (first: 0, covered: 0)
    var start = 0
    sequence.withUnsafeBufferPointer { s in
      for i in 0...(s.count - period) {
        if i < s.count - period, s[i] == s[i + period] { continue }
        if i - start >= period, i - start + period > best.covered {
          best = (start, i - start + period)
        }
        start = i + 1
      }
    }
    return best.covered > 0 ? best : nil
  }

  /// The position within the period before which the GPU idles longest over all repetitions: the
  /// host prepares the next iteration there.
  private static func startOfIteration(
    _ kernels: [ProfileKernel], _ run: (covered: Int, period: Int, first: Int)
  ) -> Int {
    guard run.first < kernels.count, kernels[run.first].startNS != nil else { return 0 }
    var idle = [Int64](repeating: 0, count: run.period)
    var end = Int64.min
    for i in run.first..<(run.first + run.covered) {
      let kernel = kernels[i]
      if i > run.first, kernel.start > end {
        idle[(i - run.first) % run.period] &+= kernel.start &- end
      }
      end = max(end, kernel.start &+ max(0, kernel.duration))
    }
    // A shift costs a repetition where the run is no whole number of periods longer.
    let spare = run.covered % run.period
    if run.covered / run.period < 3 {
      idle = Array(idle.prefix(spare + 1))
    }
    var best = 0
    for (i, gap) in idle.enumerated() where gap > idle[best] { best = i }
    return best
  }
}
