extension Ladder {
  /// Moves the next bucket's keys into the empty near heap and returns the time from which on
  /// keys belong to the ladder: the greatest of all once it is empty.
  ///
  /// - Complexity: O(1) a key, amortized, while buckets hold few keys each.
  @usableFromInline @inline(never)
  mutating func refill(_ near: inout KeyHeap) -> UInt64 {
    if inBuckets == 0 {
      if farCount <= Self.worthwhile { return surrender(&near) }
      spread()
    }
    var bucket = current
    while heads[bucket] == Self.noNode { bucket += 1 }
    current = bucket + 1
    var link = heads[bucket]
    heads[bucket] = Self.noNode
    while link != Self.noNode {
      let node = nodes + Int(link)
      let (keys, next, used) = (node.pointee.keys, node.pointee.next, node.pointee.count)
      if near.count + 3 > near.capacity { near.grow(to: near.count + 3) }
      near.push(keys.0, NoTracker())
      if used > 1 { near.push(keys.1, NoTracker()) }
      if used > 2 { near.push(keys.2, NoTracker()) }
      inBuckets -= Int(used)
      node.pointee.next = freeNode
      freeNode = link
      link = next
    }
    return bucket + 1 == bucketCount ? end : start &+ UInt64(bucket + 1) &<< shift
  }

  /// Takes every key back into the list; the next `refill` distributes them anew.
  mutating func collect(_ near: inout KeyHeap) {
    let total = near.count + count
    if total > farCapacity { growFar(to: total) }
    (far + farCount).initialize(from: near.keys, count: near.count)
    farCount += near.count
    near.removeAll()
    if inBuckets > 0 {
      for bucket in current..<bucketCount {
        var link = heads[bucket]
        while link != Self.noNode {
          let node = nodes[Int(link)]
          let keys = [node.keys.0, node.keys.1, node.keys.2]
          for key in keys.prefix(Int(node.count)) {
            far[farCount] = key
            farCount += 1
          }
          link = node.next
        }
      }
    }
    inBuckets = 0
    end = 0
  }

  /// Distributes the list's nearer part over new buckets.
  ///
  /// The width comes from the median of a sample, since the far end of the list may be arbitrarily
  /// far. If that leaves most keys in the list, the buckets are widened to hold all of them, so
  /// that each call places at least a quarter and the work per key stays bounded.
  @usableFromInline mutating func spread() {
    var (least, greatest) = (UInt64.max, UInt64.min)
    for i in 0..<farCount {
      least = Swift.min(least, far[i].ticks)
      greatest = Swift.max(greatest, far[i].ticks)
    }
    start = least
    let wanted = Swift.max(16, 4 * farCount / Self.keysPerBucket)
    let width = (sampleMedian() - least) / UInt64(farCount / (2 * Self.keysPerBucket) + 1)
    shift = width < 2 ? 0 : UInt64(63 - width.leadingZeroBitCount)
    setEnd(buckets: wanted)
    var placed = 0
    for i in 0..<farCount where far[i].ticks < end { placed += 1 }
    if placed < farCount / 4 {
      while (greatest - start) >> shift >= UInt64(wanted) { shift += 1 }
      setEnd(buckets: wanted)
    }
    prepareHeads(wanted)
    distribute()
  }

  private mutating func setEnd(buckets: Int) {
    let (span, overflow) = UInt64(buckets).multipliedReportingOverflow(by: 1 << shift)
    let (sum, past) = start.addingReportingOverflow(span)
    end = overflow || past ? .max : sum
  }

  private mutating func prepareHeads(_ wanted: Int) {
    if wanted > headCapacity {
      heads.deallocate()
      heads = .allocate(capacity: wanted)
      headCapacity = wanted
    }
    heads.initialize(repeating: Self.noNode, count: wanted)
    bucketCount = wanted
    current = 0
    // All nodes are free here: taking them in order again keeps neighbours together.
    nodeCount = 0
    freeNode = Self.noNode
  }

  private mutating func distribute() {
    var kept = 0
    for i in 0..<farCount {
      let key = far[i]
      if key.ticks < end {
        insert(key, bucket: Int((key.ticks - start) >> shift))
      } else {
        far[kept] = key
        kept += 1
      }
    }
    farCount = kept
  }

  /// The median time of up to 255 keys taken at equal strides.
  private func sampleMedian() -> UInt64 {
    let stride = Swift.max(1, farCount / 255)
    var sample: [UInt64] = []
    var i = 0
    while i < farCount {
      sample.append(far[i].ticks)
      i += stride
    }
    sample.sort()
    return sample[sample.count / 2]
  }

  /// Hands the few keys left to the near heap.
  private mutating func surrender(_ near: inout KeyHeap) -> UInt64 {
    if near.count + farCount > near.capacity { near.grow(to: near.count + farCount) }
    for i in 0..<farCount { near.push(far[i], NoTracker()) }
    farCount = 0
    end = 0
    return .max
  }
}
