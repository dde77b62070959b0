/// Unpacks gzip data (RFC 1952 over RFC 1951) as a stream of bounded memory; members may follow
/// one another, and each one's checksum and length are checked.
final class Inflate {
  static let window = 32 * 1024
  static let outputSize = 256 * 1024
  static let inputSize = 64 * 1024
  static let longestMatch = 258

  enum Stage { case memberHeader, blockHeader, stored, coded, finished }

  private let source: StoredBytes
  let input: UnsafeMutablePointer<UInt8>
  var inputPosition = 0
  var inputEnd = 0
  private var isAtEnd = false
  let output: UnsafeMutablePointer<UInt8>
  private var outputStart = 0
  var outputEnd = 0
  var bits: UInt64 = 0
  var bitCount = 0
  var stage = Stage.memberHeader
  private var isLastBlock = false
  var storedLeft = 0
  private var memberLength: UInt64 = 0
  private var checksum = InflateChecksum()
  var literals: InflateHuffman?
  var distances: InflateHuffman?

  /// Unpacks what `source` yields from its current position on, which begins with gzip's magic.
  init(_ source: StoredBytes, alreadyRead: [UInt8]) {
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

  /// Copies unpacked bytes into a buffer and returns how many; 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int {
    guard let target = buffer.baseAddress, buffer.count > 0 else { return 0 }
    while outputStart == outputEnd {
      if stage == .finished { return 0 }
      try produce()
    }
    let n = min(buffer.count, outputEnd - outputStart)
    target.copyMemory(from: output + outputStart, byteCount: n)
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
    inputEnd = try source.read(
      into: UnsafeMutableRawBufferPointer(start: input, count: Self.inputSize))
    isAtEnd = inputEnd == 0
  }

  /// Makes at least `count` (up to 48) bits available, zeros past the end of the file.
  func need(_ count: Int) throws(InputError) {
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

  func take(_ count: Int) throws(InputError) -> Int {
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

  func damaged() -> InputError { fail("the gzip data is damaged") }
}
