/// A canonical Huffman code of deflate (RFC 1951, section 3.2.2), decoded by one look-up for codes
/// of up to 11 bits and bit by bit beyond.
struct InflateHuffman {
  static let directBits = 11

  /// `symbol << 4 | length` by the next bits, or 0 where the code is longer or not in use.
  private(set) var direct: [UInt16]
  private var countOfLength = [Int](repeating: 0, count: 16)
  private var symbols: [UInt16] = []

  /// Builds the code from the length of each symbol's code word, 0 for one not in use.
  ///
  /// Returns nil when the lengths over-subscribe the code; an incomplete code is taken and fails
  /// only where a word outside it is met.
  init?(lengths: ArraySlice<UInt8>) {
    direct = [UInt16](repeating: 0, count: 1 << Self.directBits)
    for length in lengths { countOfLength[Int(length)] += 1 }
    countOfLength[0] = 0
    var left = 1
    for length in 1...15 {
      left = left << 1 - countOfLength[length]
      if left < 0 { return nil }
    }
    var offsets = [Int](repeating: 0, count: 17)
    var firstCode = [Int](repeating: 0, count: 17)
    for length in 1...15 {
      offsets[length + 1] = offsets[length] + countOfLength[length]
      firstCode[length + 1] = (firstCode[length] + countOfLength[length]) << 1
    }
    symbols = [UInt16](repeating: 0, count: offsets[16])
    for (symbol, length) in zip(0..., lengths) where length > 0 {
      let n = Int(length)
      symbols[offsets[n]] = UInt16(symbol)
      offsets[n] += 1
      let code = firstCode[n]
      firstCode[n] += 1
      if n > Self.directBits { continue }
      // Deflate packs code words with their first bit lowest.
      var reversed = 0
      for bit in 0..<n where code >> bit & 1 == 1 { reversed |= 1 << (n - 1 - bit) }
      while reversed < 1 << Self.directBits {
        direct[reversed] = UInt16(symbol << 4 | n)
        reversed += 1 << n
      }
    }
  }

  /// Decodes one word of up to 15 bits from `bits`; nil when there is no such word.
  ///
  /// - Complexity: O(length); for words that `direct` does not hold.
  func decodeSlowly(_ bits: UInt64) -> (symbol: Int, length: Int)? {
    var code = 0
    var first = 0
    var index = 0
    for length in 1...15 {
      code |= Int(bits >> UInt64(length - 1) & 1)
      let count = countOfLength[length]
      if code - count < first { return (Int(symbols[index + code - first]), length) }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    return nil
  }

  /// The code of blocks that carry none (RFC 1951, section 3.2.6).
  static let fixed: (literals: InflateHuffman, distances: InflateHuffman)? = {
    var lengths = [UInt8](repeating: 8, count: 288)
    for i in 144..<256 { lengths[i] = 9 }
    for i in 256..<280 { lengths[i] = 7 }
    guard let literals = InflateHuffman(lengths: lengths[...]),
      let distances = InflateHuffman(lengths: [UInt8](repeating: 5, count: 30)[...])
    else { return nil }
    return (literals, distances)
  }()
}
