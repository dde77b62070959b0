/// The blocks of deflate (RFC 1951, section 3.2).
extension Inflate {
  func copyStored() throws(InputError) {
    var room = min(storedLeft, Self.outputSize - outputEnd)
    storedLeft -= room
    while room > 0 {
      output[outputEnd] = UInt8(try take(8))
      outputEnd += 1
      room -= 1
    }
    if storedLeft == 0 { stage = .blockHeader }
  }

  func readCodes() throws(InputError) {
    let literalCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let lengthCount = try take(4) + 4
    if literalCount > 286 || distanceCount > 30 { throw damaged() }
    var lengths = [UInt8](repeating: 0, count: 19)
    for i in 0..<lengthCount { lengths[InflateTables.order[i]] = UInt8(try take(3)) }
    guard let code = InflateHuffman(lengths: lengths[...]) else { throw damaged() }
    var all = [UInt8](repeating: 0, count: literalCount + distanceCount)
    var i = 0
    while i < all.count {
      let symbol = try symbol(of: code)
      if symbol < 16 {
        all[i] = UInt8(symbol)
        i += 1
        continue
      }
      var repeated: UInt8 = 0
      let times: Int
      if symbol == 16 {
        if i == 0 { throw damaged() }
        repeated = all[i - 1]
        times = try take(2) + 3
      } else {
        times = symbol == 17 ? try take(3) + 3 : try take(7) + 11
      }
      if i + times > all.count { throw damaged() }
      for _ in 0..<times {
        all[i] = repeated
        i += 1
      }
    }
    if all[256] == 0 { throw damaged() }
    guard let literals = InflateHuffman(lengths: all[..<literalCount]),
      let distances = InflateHuffman(lengths: all[literalCount...])
    else { throw damaged() }
    self.literals = literals
    self.distances = distances
  }

  /// Decodes one word, where the end of the file may be nearer than the longest word.
  func symbol(of code: InflateHuffman) throws(InputError) -> Int {
    while true {
      let entry = Int(code.direct[Int(bits & (1 << UInt64(InflateHuffman.directBits) - 1))])
      if entry != 0, entry & 15 <= bitCount { return try drop(entry & 15, entry >> 4) }
      if entry == 0, let found = code.decodeSlowly(bits), found.length <= bitCount {
        return try drop(found.length, found.symbol)
      }
      if bitCount >= 15 { throw damaged() }
      try need(bitCount + 1)
    }
  }

  func drop(_ count: Int, _ symbol: Int) throws(InputError) -> Int {
    bits >>= UInt64(count)
    bitCount -= count
    return symbol
  }

  /// Decodes until the block ends or the output is nearly full.
  func decodeBlock() throws(InputError) {
    guard let literals, let distances else { throw damaged() }
    let limit = Self.outputSize - Self.longestMatch
    while outputEnd < limit {
      let symbol = try fastSymbol(literals)
      if symbol < 256 {
        output[outputEnd] = UInt8(symbol)
        outputEnd += 1
        continue
      }
      if symbol == 256 {
        stage = .blockHeader
        return
      }
      if symbol > 285 { throw damaged() }
      let (base, extra) = InflateTables.lengths[symbol - 257]
      let length = base + (extra > 0 ? try take(extra) : 0)
      let slot = try fastSymbol(distances)
      if slot > 29 { throw damaged() }
      let (far, farExtra) = InflateTables.distances[slot]
      let distance = far + (farExtra > 0 ? try take(farExtra) : 0)
      if distance > outputEnd { throw damaged() }
      let target = output + outputEnd
      for i in 0..<length { target[i] = target[i - distance] }
      outputEnd += length
    }
  }

  @inline(__always)
  private func fastSymbol(_ code: InflateHuffman) throws(InputError) -> Int {
    if bitCount < 15, inputEnd - inputPosition >= 6 {
      while bitCount < 48 {
        bits |= UInt64(input[inputPosition]) << UInt64(bitCount)
        inputPosition += 1
        bitCount += 8
      }
    }
    if bitCount >= 15 {
      let entry = Int(code.direct[Int(bits & (1 << UInt64(InflateHuffman.directBits) - 1))])
      if entry != 0 {
        bits >>= UInt64(entry & 15)
        bitCount -= entry & 15
        return entry >> 4
      }
    }
    return try symbol(of: code)
  }
}
