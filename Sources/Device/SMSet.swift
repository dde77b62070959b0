import Hardware

/// A set of SM indices below 256, as bits.
@frozen package struct SMSet: Hashable, Sendable {
  @usableFromInline var words: SIMD4<UInt64>

  @inlinable init(words: SIMD4<UInt64>) { self.words = words }

  /// The most SMs a device may have.
  package static let capacity = GPUSpec.mostSMs

  /// The SMs in a range.
  package init(_ range: Range<Int>) {
    words = .zero
    for i in range { words[i >> 6] |= 1 << UInt64(i & 63) }
  }

  /// `count` SMs from `start` on, wrapping around at `smCount`.
  package init(start: Int, count: Int, smCount: Int) {
    words = .zero
    for i in start..<(start + count) {
      words[(i % smCount) >> 6] |= 1 << UInt64((i % smCount) & 63)
    }
  }

  /// The empty set.
  @inlinable package static var empty: SMSet { SMSet(words: .zero) }

  /// The number of SMs in the set.
  @inlinable package var count: Int {
    let low = words[0].nonzeroBitCount + words[1].nonzeroBitCount
    // Most GPUs have fewer SMs, and without an instruction for it counting is long.
    if words[2] | words[3] == 0 { return low }
    return low + words[2].nonzeroBitCount + words[3].nonzeroBitCount
  }

  /// Whether no SM is in the set.
  @inlinable package var isEmpty: Bool { words == .zero }

  /// Whether the SM is in the set.
  @inlinable package func contains(_ sm: Int) -> Bool {
    words[sm >> 6] >> UInt64(sm & 63) & 1 != 0
  }

  /// The SMs in both sets.
  @inlinable package func intersection(_ other: SMSet) -> SMSet {
    SMSet(words: words & other.words)
  }

  /// The SMs in either set.
  @inlinable package func union(_ other: SMSet) -> SMSet { SMSet(words: words | other.words) }

  /// The SMs of this set that are not in the other.
  @inlinable package func subtracting(_ other: SMSet) -> SMSet {
    SMSet(words: words & ~other.words)
  }

  /// The `k` smallest SMs of the set; all of them where it has no more.
  @inlinable package func first(_ k: Int) -> SMSet {
    var left = k
    var result = SIMD4<UInt64>.zero
    for i in 0..<4 {
      let word = words[i]
      let bits = word.nonzeroBitCount
      if bits <= left {
        result[i] = word
        left -= bits
        if left == 0 { break }
      } else {
        result[i] = Self.lowest(left, of: word)
        break
      }
    }
    return SMSet(words: result)
  }

  /// The `k` lowest set bits of a word that has more than `k`.
  @inlinable static func lowest(_ k: Int, of word: UInt64) -> UInt64 {
    // How many bits are set in each pair, each four and so on: the bits that are kept end within
    // one half, quarter and so on of the word.
    let twos = word &- ((word &>> 1) & 0x5555_5555_5555_5555)
    let fours = (twos & 0x3333_3333_3333_3333) &+ ((twos &>> 2) & 0x3333_3333_3333_3333)
    let eights = (fours &+ (fours &>> 4)) & 0x0F0F_0F0F_0F0F_0F0F
    let sixteens = (eights &+ (eights &>> 8)) & 0x00FF_00FF_00FF_00FF
    let halves = (sixteens &+ (sixteens &>> 16)) & 0x0000_FFFF_0000_FFFF
    var left = Int64(k)
    var end: UInt64 = 0
    @inline(__always) func pass(_ width: UInt64, _ counts: UInt64) {
      let bits = Int64(truncatingIfNeeded: (counts &>> end) & ((1 &<< width) &- 1))
      // All ones where the part has more bits than are left to be kept.
      let stays = (left &- bits) &>> 63
      left &-= bits & ~stays
      end &+= width & UInt64(bitPattern: ~stays)
    }
    pass(32, halves)
    pass(16, sixteens)
    pass(8, eights)
    pass(4, fours)
    pass(2, twos)
    pass(1, word)
    return word & ((1 &<< end) &- 1)
  }
}
