/// Where far events wait unsorted, in time buckets, until the heap of near ones has run empty.
///
/// One rung of buckets, each 2^shift nanoseconds wide, holds chains of keys; what lies beyond the
/// last bucket waits in a plain list. A bucket is sorted only by the near heap that takes it in,
/// so however badly the buckets fit, the cost falls back to the heap's and never below. Idea: Tang,
/// Goh and Thng, "Ladder queue", 2005, with a heap for its bottom and no further rungs.
@frozen @usableFromInline struct Ladder {
  /// Three keys and a link: one cache line.
  @frozen @usableFromInline struct Node {
    @usableFromInline var keys: (EventKey, EventKey, EventKey)
    @usableFromInline var next: UInt32
    @usableFromInline var count: UInt32
  }

  @usableFromInline static var noNode: UInt32 { .max }
  /// Keys a bucket should hold: few enough for the near heap to stay in the first cache, enough to
  /// keep the buckets' heads small. Between 8 and 32 the bench shows no difference.
  static let keysPerBucket = 32
  /// With fewer far keys than this the near heap alone is faster.
  static let worthwhile = 512

  @usableFromInline var heads: UnsafeMutablePointer<UInt32>
  @usableFromInline var headCapacity: Int
  @usableFromInline var bucketCount: Int
  @usableFromInline var current: Int
  /// Time of the first bucket's start and of the last one's end.
  @usableFromInline var start: UInt64
  @usableFromInline var end: UInt64
  @usableFromInline var shift: UInt64
  @usableFromInline var inBuckets: Int
  @usableFromInline var nodes: UnsafeMutablePointer<Node>
  @usableFromInline var nodeCapacity: Int
  @usableFromInline var nodeCount: Int
  @usableFromInline var freeNode: UInt32
  @usableFromInline var far: UnsafeMutablePointer<EventKey>
  @usableFromInline var farCount: Int
  @usableFromInline var farCapacity: Int

  @usableFromInline init() {
    heads = .allocate(capacity: 1)
    headCapacity = 1
    nodes = .allocate(capacity: 1)
    nodeCapacity = 1
    far = .allocate(capacity: 1)
    farCapacity = 1
    (bucketCount, current, inBuckets, nodeCount, farCount) = (0, 0, 0, 0, 0)
    (start, end, shift, freeNode) = (0, 0, 0, Self.noNode)
  }

  @usableFromInline func free() {
    heads.deallocate()
    UnsafeMutableRawPointer(nodes).deallocate()
    far.deallocate()
  }

  @usableFromInline var count: Int { inBuckets + farCount }

  /// Keeps a key that lies past the bucket now in the near heap.
  @inlinable @inline(__always)
  mutating func insert(_ key: EventKey) {
    let ticks = key.ticks
    if ticks < end {
      insert(key, bucket: Int(truncatingIfNeeded: (ticks &- start) &>> shift))
    } else {
      if farCount == farCapacity { growFar(to: farCount + 1) }
      far[farCount] = key
      farCount &+= 1
    }
  }

  @inlinable @inline(__always)
  mutating func insert(_ key: EventKey, bucket: Int) {
    inBuckets &+= 1
    let head = heads[bucket]
    if head != Self.noNode {
      let node = nodes + Int(head)
      switch node.pointee.count {
      case 1:
        node.pointee.keys.1 = key
        node.pointee.count = 2
        return
      case 2:
        node.pointee.keys.2 = key
        node.pointee.count = 3
        return
      default: break
      }
    }
    let fresh = freeNode
    if fresh != Self.noNode {
      let node = nodes + Int(fresh)
      freeNode = node.pointee.next
      node.pointee.keys.0 = key
      node.pointee.next = head
      node.pointee.count = 1
      heads[bucket] = fresh
    } else {
      heads[bucket] = newNode(key, head)
    }
  }

  @usableFromInline @inline(never)
  mutating func newNode(_ key: EventKey, _ next: UInt32) -> UInt32 {
    if nodeCount == nodeCapacity {
      let larger = Swift.max(256, 2 * nodeCapacity)
      let raw = UnsafeMutableRawPointer.allocate(byteCount: larger * 64, alignment: 64)
      let moved = raw.bindMemory(to: Node.self, capacity: larger)
      moved.moveInitialize(from: nodes, count: nodeCount)
      UnsafeMutableRawPointer(nodes).deallocate()
      nodes = moved
      nodeCapacity = larger
    }
    let node = Node(keys: (key, .none, .none), next: next, count: 1)
    (nodes + nodeCount).initialize(to: node)
    nodeCount += 1
    return UInt32(nodeCount - 1)
  }

  @usableFromInline @inline(never)
  mutating func growFar(to wanted: Int) {
    let larger = Swift.max(wanted, 2 * farCapacity, 256)
    let moved = UnsafeMutablePointer<EventKey>.allocate(capacity: larger)
    moved.moveInitialize(from: far, count: farCount)
    far.deallocate()
    far = moved
    farCapacity = larger
  }
}
