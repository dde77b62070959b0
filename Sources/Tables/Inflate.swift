/// Unpacks gzip data (RFC 1952 over RFC 1951) as a stream of bounded memory; members may follow
/// one another, and each one's checksum and length are checked.
final class Inflate {
  private static let window = 32 * 1024
  private static let outputSize = 256 * 1024
  private static let inputSize = 64 * 1024
  private static let longestMatch = 258

  private enum Stage { case memberHeader, blockHeader, stored, coded, finished }

  private let source: InflateFile
  private let input: UnsafeMutablePointer<UInt8>
  private var inputPosition = 0
  private var inputEnd = 0
  private var isAtEnd = false
  private let output: UnsafeMutablePointer<UInt8>
  private var outputStart = 0
  private var outputEnd = 0
  private var bits: UInt64 = 0
  private var bitCount = 0
  private var stage = Stage.memberHeader
  private var isLastBlock = false
  private var storedLeft = 0
  private var memberLength: UInt64 = 0
  private var checksum = InflateChecksum()
  private var literals: InflateHuffman?
  private var distances: InflateHuffman?

  /// Unpacks what `source` yields from its current position on, which begins with gzip's magic.
  init(_ source: InflateFile, alreadyRead: [UInt8]) {
    self.source = source
    input = .allocate(capacity: Self.inputSize)
    output = .allocate(capacity: Self.outputSize)
    inputEnd = min(alreadyRead.count, Self.inputSize)
    for i in 0..<inputEnd { input[i] = alreadyRead[i] }
  }

  deinit {
    input.deallocate()
    output.deallocate()
  }

  /// Copies up to `count` unpacked bytes to `target`; 0 only at the end.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws(InputError) -> Int {
    while outputStart == outputEnd {
      if stage == .finished { return 0 }
      try produce()
    }
    let n = min(count, outputEnd - outputStart)
    target.update(from: output + outputStart, count: n)
    outputStart += n
    return n
  }

  private func fail(_ message: String) -> InputError {
    InputError(Diagnostic(file: source.name, message: message))
  }

  private func endsEarly() -> InputError {
    InputError(
      Diagnostic(
        file: source.name, message: "the gzip data ends early",
        hint: "the file was cut off; copy or download it again"))
  }

  // MARK: bits

  private func refillInput() throws(InputError) {
    inputPosition = 0
    inputEnd = try source.read(into: input, count: Self.inputSize)
    isAtEnd = inputEnd == 0
  }

  /// Makes at least `count` (up to 48) bits available, zeros past the end of the file.
  private func need(_ count: Int) throws(InputError) {
    while bitCount < count {
      if inputPosition == inputEnd {
        if !isAtEnd { try refillInput() }
        if isAtEnd { throw endsEarly() }
      }
      bits |= UInt64(input[inputPosition]) << UInt64(bitCount)
      inputPosition += 1
      bitCount += 8
    }
  }

  private func take(_ count: Int) throws(InputError) -> Int {
    try need(count)
    let value = Int(bits & (1 << UInt64(count) - 1))
    bits >>= UInt64(count)
    bitCount -= count
    return value
  }

  // MARK: structure

  private func produce() throws(InputError) {
    if outputEnd > Self.outputSize - 2 * Self.longestMatch {
      let keep = Self.window
      output.update(from: output + (outputEnd - keep), count: keep)
      outputEnd = keep
      outputStart = keep
    }
    let before = outputEnd
    switch stage {
    case .memberHeader: try readMemberHeader()
    case .blockHeader: try readBlockHeader()
    case .stored: try copyStored()
    case .coded: try decodeBlock()
    case .finished: return
    }
    if outputEnd > before {
      checksum.update(output + before, count: outputEnd - before)
      memberLength &+= UInt64(outputEnd - before)
    }
    if stage == .blockHeader, isLastBlock { try readTrailer() }
  }

  private func readMemberHeader() throws(InputError) {
    guard try take(16) == 0x8B1F else { throw fail("expected gzip data") }
    guard try take(8) == 8 else { throw fail("the gzip data uses an unknown compression method") }
    let flags = try take(8)
    _ = try take(48 - 16)
    _ = try take(16)
    if flags & 0xE0 != 0 { throw fail("the gzip header has reserved flags set") }
    if flags & 4 != 0 {
      for _ in 0..<(try take(16)) { _ = try take(8) }
    }
    for flag in [8, 16] where flags & flag != 0 {
      while try take(8) != 0 {}
    }
    if flags & 2 != 0 { _ = try take(16) }
    isLastBlock = false
    memberLength = 0
    checksum = InflateChecksum()
    stage = .blockHeader
  }

  private func readBlockHeader() throws(InputError) {
    isLastBlock = try take(1) == 1
    switch try take(2) {
    case 0:
      _ = try take(bitCount & 7)
      storedLeft = try take(16)
      if try take(16) != storedLeft ^ 0xFFFF { throw damaged() }
      stage = .stored
    case 1:
      literals = InflateHuffman.fixed?.literals
      distances = InflateHuffman.fixed?.distances
      stage = .coded
    case 2:
      try readCodes()
      stage = .coded
    default: throw damaged()
    }
  }

  private func readTrailer() throws(InputError) {
    _ = try take(bitCount & 7)
    let expectedChecksum = try take(32)
    let expectedLength = try take(32)
    if expectedChecksum != Int(checksum.value) || expectedLength != Int(memberLength & 0xFFFF_FFFF)
    {
      throw InputError(
        Diagnostic(
          file: source.name, message: "the gzip checksum does not match the data",
          hint: "the file is damaged; copy or download it again"))
    }
    // Another member may follow, or zeros that pad the file to a block.
    while true {
      if bitCount == 0, inputPosition == inputEnd {
        if !isAtEnd { try refillInput() }
        if isAtEnd {
          stage = .finished
          return
        }
      }
      try need(8)
      if bits & 0xFF != 0 { break }
      _ = try take(8)
    }
    if try take(8) != 0x1F { throw fail("the gzip data is followed by other data") }
    bits = bits << 8 | 0x1F
    bitCount += 8
    stage = .memberHeader
  }

  private func damaged() -> InputError { fail("the gzip data is damaged") }

  private func copyStored() throws(InputError) {
    var room = min(storedLeft, Self.outputSize - outputEnd)
    storedLeft -= room
    while room > 0 {
      output[outputEnd] = UInt8(try take(8))
      outputEnd += 1
      room -= 1
    }
    if storedLeft == 0 { stage = .blockHeader }
  }

  private func readCodes() throws(InputError) {
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
  private func symbol(of code: InflateHuffman) throws(InputError) -> Int {
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

  private func drop(_ count: Int, _ symbol: Int) throws(InputError) -> Int {
    bits >>= UInt64(count)
    bitCount -= count
    return symbol
  }

  /// Decodes until the block ends or the output is nearly full.
  private func decodeBlock() throws(InputError) {
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

/// The constants of deflate (RFC 1951, sections 3.2.5 and 3.2.7).
enum InflateTables {
  /// The order in which the lengths of the code for code lengths are stored.
  static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  /// Base and extra bits of the match lengths, from symbol 257 on.
  static let lengths: [(Int, Int)] = ladder(first: 3, plain: 8, step: 4, count: 28) + [(258, 0)]

  /// Base and extra bits of the match distances.
  static let distances: [(Int, Int)] = ladder(first: 1, plain: 4, step: 2, count: 30)

  private static func ladder(first: Int, plain: Int, step: Int, count: Int) -> [(Int, Int)] {
    var base = first
    return (0..<count).map { i in
      let extra = i < plain ? 0 : i / step - (plain / step - 1)
      defer { base += 1 << extra }
      return (base, extra)
    }
  }
}
