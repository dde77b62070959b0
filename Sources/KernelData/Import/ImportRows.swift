import Tables

/// Splits CSV text of any size into rows without copying it: fields are ranges of a buffer that
/// holds one row at a time.
///
/// Quotes follow RFC 4180; lines end in LF or CRLF; the last needs no newline.
final class ImportRows {
  /// A field as it stands in the buffer, without its outer quotes.
  struct Field {
    var start: Int
    var end: Int
    var isQuoted: Bool
    /// Whether it holds doubled quotes, or text after the closing quote.
    var hasEscapes: Bool
  }

  /// The longest row read.
  static let rowLimit = 16 << 20
  /// The most fields of a row; profilers' widest tables have some thousands.
  static let fieldLimit = 100_000
  private static let chunk = 256 * 1024

  // The scan's state is touched for every byte by this object alone: checking each access for
  // exclusivity at run time would cost a third of the time.
  private let input: ByteStream
  @exclusivity(unchecked)
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  @exclusivity(unchecked)
  private var position = 0
  @exclusivity(unchecked)
  private var end = 0
  private var isInputAtEnd = false
  @exclusivity(unchecked)
  private var rowStart = 0
  @exclusivity(unchecked)
  private var nextLine = 1
  /// The line the current row begins on.
  @exclusivity(unchecked)
  private(set) var line = 0
  /// The current row's fields.
  @exclusivity(unchecked)
  private(set) var fields: [Field] = []
  /// Whether the current row holds no byte but its line end.
  var isBlank: Bool { fields.count == 1 && fields[0].start == fields[0].end }

  init(_ input: ByteStream) {
    self.input = input
    capacity = Self.chunk
    buffer = .allocate(capacity: capacity)
    fields.reserveCapacity(64)
  }

  deinit { buffer.deallocate() }

  /// The file as the user named it.
  var fileName: String { input.name }

  /// Reads the next row into `fields`; false at the end. Plainly, quotes mean nothing: lines of
  /// other programs before the header may hold single ones.
  ///
  /// - Throws: a quote that never closes, a row beyond `rowLimit`, NUL bytes, or what the file's
  ///   reading throws.
  func next(isPlain: Bool = false) throws(InputError) -> Bool {
    line = nextLine
    rowStart = position
    fields.removeAll(keepingCapacity: true)
    var i = position
    var fieldStart = i
    if i == end {
      i = try refill(at: i, fieldStart: &fieldStart)
      if i == end { return false }
    }
    while true {
      if i == end {
        i = try refill(at: i, fieldStart: &fieldStart)
        if i == end {
          append(fieldStart, i)
          position = i
          return true
        }
      }
      let byte = buffer[i]
      if byte == UInt8(ascii: "\""), i == fieldStart, !isPlain {
        i = try scanQuoted(from: i, fieldStart: &fieldStart)
        fieldStart = i
        if i < end, buffer[i] == UInt8(ascii: ",") {
          if fields.count == Self.fieldLimit { throw tooManyFields() }
          i += 1
          fieldStart = i
          if i == end {
            i = try refill(at: i, fieldStart: &fieldStart)
            if i == end {
              append(i, i)
              position = i
              return true
            }
          }
          continue
        }
        if i < end { i += 1 }
        nextLine += 1
        position = i
        return true
      }
      if byte == UInt8(ascii: ",") {
        append(fieldStart, i)
        if fields.count == Self.fieldLimit { throw tooManyFields() }
        i += 1
        fieldStart = i
      } else if byte == 0x0A {
        append(fieldStart, i > fieldStart && buffer[i - 1] == 0x0D ? i - 1 : i)
        nextLine += 1
        position = i + 1
        return true
      } else if byte == 0 {
        throw InputError(
          Diagnostic(
            file: fileName, line: nextLine, column: i - rowStart + 1,
            message: "expected text, found a NUL byte"))
      } else {
        i += 1
      }
    }
  }

  private func tooManyFields() -> InputError {
    InputError(
      Diagnostic(
        file: fileName, line: line, message: "the row has more than \(Self.fieldLimit) fields"))
  }

  private func append(_ start: Int, _ end: Int) {
    fields.append(Field(start: start, end: end, isQuoted: false, hasEscapes: false))
  }

  /// Reads a quoted field at `start`; returns where its ',' or line end stands.
  private func scanQuoted(
    from start: Int, fieldStart: inout Int
  ) throws(InputError) -> Int {
    var i = start + 1
    var hasEscapes = false
    var close = -1
    let opening = (line: nextLine, column: start - rowStart + 1)
    while true {
      if i == end {
        let before = fieldStart
        i = try refill(at: i, fieldStart: &fieldStart)
        if close >= 0 { close -= before - fieldStart }
        if i == end {
          if close < 0 {
            throw InputError(
              Diagnostic(
                file: fileName, line: opening.line, column: opening.column,
                message: "expected a closing quote before the end of the file"))
          }
          break
        }
      }
      if close < 0 { i = plainEnd(from: i) }
      if i == end { continue }
      let byte = buffer[i]
      if close < 0 {
        if byte == UInt8(ascii: "\"") { close = i } else if byte == 0x0A { nextLine += 1 }
      } else if byte == UInt8(ascii: "\""), close == i - 1 {
        hasEscapes = true
        close = -1
      } else if byte == UInt8(ascii: ",") || byte == 0x0A {
        break
      } else if byte != 0x0D {
        throw InputError(
          Diagnostic(
            file: fileName, line: nextLine, column: nextLine == line ? i - rowStart + 1 : 0,
            message: "expected ',' after a closing quote"))
      }
      i += 1
    }
    fields.append(
      Field(start: fieldStart + 1, end: close, isQuoted: true, hasEscapes: hasEscapes))
    return i
  }

  /// Passes over eight bytes at a time while none is a quote or a line end: names of templates are
  /// most of a row.
  @inline(__always)
  private func plainEnd(from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var i = start
    while i + 8 <= end {
      let word = UnsafeRawPointer(buffer + i).loadUnaligned(as: UInt64.self)
      let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
      let lines = word ^ (ones &* 0x0A)
      // A byte of zero borrows from its high bit, and only then has it been clear before.
      let found = ((quotes &- ones) & ~quotes) | ((lines &- ones) & ~lines)
      if found & highs != 0 { break }
      i += 8
    }
    return i
  }

  /// Reads on, keeping the current row; returns where `at` stands now.
  private func refill(at: Int, fieldStart: inout Int) throws(InputError) -> Int {
    if isInputAtEnd { return at }
    let shift = rowStart
    let kept = end - shift
    if kept > Self.rowLimit {
      throw InputError(
        Diagnostic(
          file: fileName, line: line, message: "the row is longer than 16 MiB",
          hint: "this is not a profiler's table, or a quote is never closed"))
    }
    if capacity - kept < Self.chunk / 2 {
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
      larger.update(from: buffer + shift, count: kept)
      buffer.deallocate()
      buffer = larger
      capacity *= 2
    } else if shift > 0 {
      buffer.update(from: buffer + shift, count: kept)
    }
    rowStart = 0
    fieldStart -= shift
    end = kept
    for i in fields.indices {
      fields[i].start -= shift
      fields[i].end -= shift
    }
    let n = try input.read(
      into: UnsafeMutableRawBufferPointer(start: buffer + end, count: capacity - end))
    if n == 0 { isInputAtEnd = true }
    end += n
    position -= min(position, shift)
    return at - shift
  }

  // MARK: fields of the current row

  /// The bytes of a field as they stand in the file, outer quotes removed; empty beyond the row.
  @inline(__always)
  func raw(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    guard index >= 0, index < fields.count else { return UnsafeBufferPointer(rebasing: empty) }
    let field = fields[index]
    return UnsafeBufferPointer(start: buffer + field.start, count: field.end - field.start)
  }

  private var empty: Slice<UnsafeBufferPointer<UInt8>> {
    UnsafeBufferPointer(start: buffer, count: 0)[0..<0]
  }

  /// The text of a field, escapes resolved; empty beyond the row.
  func string(_ index: Int) -> String {
    let bytes = raw(index)
    guard index >= 0, index < fields.count, fields[index].hasEscapes else {
      return String(decoding: bytes, as: UTF8.self)
    }
    var text: [UInt8] = []
    var i = 0
    while i < bytes.count {
      text.append(bytes[i])
      i += bytes[i] == UInt8(ascii: "\"") ? 2 : 1
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The column of a field in bytes from 1.
  func column(_ index: Int) -> Int {
    guard index >= 0, index < fields.count else { return 0 }
    return fields[index].start - rowStart + (fields[index].isQuoted ? 0 : 1)
  }
}
