/// How a batch that was asked for is served from a kernel table.
package enum BatchRows: Sendable {
  /// The table has the batch.
  case exact([KernelProfile])
  /// Made from the batches below and above, whose launches differ only in a grid that scales.
  case interpolated([KernelProfile], below: Int, above: Int)
  /// Of the next larger batch: the request is padded to it.
  case padded([KernelProfile], to: Int)
}

extension KernelTable {
  /// The launches for a batch of any size up to the largest of the table; nil above it.
  ///
  /// Between two batches of the table a launch is interpolated when both have the same kernel,
  /// block, registers, shared memory and stream and one extent of their grids is proportional to
  /// the batch, up to rounding up; a launch whose grid is the same in both is too. One launch that
  /// is not, as where another tile was chosen, and the whole batch is padded.
  package func rows(batch size: Int) -> BatchRows? {
    guard size >= 1, let above = batches.first(where: { $0.batch >= size }) else { return nil }
    if above.batch == size { return .exact(above.launches) }
    guard let below = batches.last(where: { $0.batch < size }),
      below.launches.count == above.launches.count
    else { return .padded(above.launches, to: above.batch) }
    var launches: [KernelProfile] = []
    for (low, high) in zip(below.launches, above.launches) {
      guard let launch = Self.between(low, below.batch, high, above.batch, size) else {
        return .padded(above.launches, to: above.batch)
      }
      launches.append(launch)
    }
    return .interpolated(launches, below: below.batch, above: above.batch)
  }

  /// The batches that programs are made of, ascending: those of the table and, between them, those
  /// that can be interpolated, up to the first that holds `largest` requests. What is not among
  /// them is padded to the next.
  package func programs(upTo largest: Int) -> [(batch: Int, launches: [KernelProfile])] {
    var programs: [(batch: Int, launches: [KernelProfile])] = []
    for (i, entry) in batches.enumerated() {
      if let last = programs.last, last.batch >= largest { break }
      let below = i > 0 ? batches[i - 1].batch : entry.batch
      for size in (below + 1)..<max(below + 1, min(entry.batch, largest + 1)) {
        guard case .interpolated(let launches, _, _) = rows(batch: size) else { continue }
        programs.append((size, launches))
      }
      if let last = programs.last, last.batch >= largest { break }
      programs.append((entry.batch, entry.launches))
    }
    return programs
  }

  private static func between(
    _ low: KernelProfile, _ a: Int, _ high: KernelProfile, _ b: Int, _ size: Int
  ) -> KernelProfile? {
    guard low.name == high.name, low.block == high.block, low.stream == high.stream,
      low.registersPerThread == high.registersPerThread,
      low.sharedMemoryBytes == high.sharedMemoryBytes,
      let x = extent(low.grid.x, a, high.grid.x, b, size),
      let y = extent(low.grid.y, a, high.grid.y, b, size),
      let z = extent(low.grid.z, a, high.grid.z, b, size),
      [low.grid.x != high.grid.x, low.grid.y != high.grid.y, low.grid.z != high.grid.z]
        .count(where: { $0 }) <= 1
    else { return nil }
    func areAlike<Number>(_ p: Number?, _ q: Number?) -> Bool { (p == nil) == (q == nil) }
    guard areAlike(low.flop, high.flop), areAlike(low.dramBytes, high.dramBytes),
      areAlike(low.durationNS, high.durationNS),
      areAlike(low.computeFraction, high.computeFraction),
      areAlike(low.dramFraction, high.dramFraction)
    else { return nil }
    let part = Double(size - a) / Double(b - a)
    func fraction(_ p: Double?, _ q: Double?) -> Double? {
      guard let p, let q else { return nil }
      return p + (q - p) * part
    }
    func count(_ p: Int64?, _ q: Int64?) -> Int64? {
      fraction(p.map(Double.init), q.map(Double.init)).map { Int64($0.rounded(.up)) }
    }
    // Its size is neither's, so it is a fusion class of its own.
    let name =
      low.fusionClass == high.fusionClass
      ? low.fusionClass : "\(low.fusionClass)|\(high.fusionClass)|\(size)"
    return KernelProfile(
      name: low.name, grid: Extent3(x, y, z), block: low.block,
      registersPerThread: low.registersPerThread, sharedMemoryBytes: low.sharedMemoryBytes,
      flop: count(low.flop, high.flop), dramBytes: count(low.dramBytes, high.dramBytes),
      durationNS: count(low.durationNS, high.durationNS),
      computeFraction: fraction(low.computeFraction, high.computeFraction),
      dramFraction: fraction(low.dramFraction, high.dramFraction), fusionClass: name,
      stream: low.stream)
  }

  /// The extent at `size` where the one at `b` is that at `a` times b / a, up to rounding up.
  private static func extent(_ low: Int, _ a: Int, _ high: Int, _ b: Int, _ size: Int) -> Int? {
    if low == high { return low }
    // ceil(a · p) = low and ceil(b · p) = high must have a common p.
    let least = max(Double(low - 1) / Double(a), Double(high - 1) / Double(b))
    let most = min(Double(low) / Double(a), Double(high) / Double(b))
    guard least < most else { return nil }
    return Int((Double(size) * most - 1e-9).rounded(.up))
  }
}
