#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Splits CSV text of any size into rows and fields without copying it (RFC 4180 quoting, LF or CR
/// LF, final newline optional): the one splitter, beneath whole tables and beneath streamed ones.
///
/// Fields are ranges of a buffer that holds one row at a time, valid until the next `next()`.
package final class CSVRows {
  /// What a quote at a field's start means.
  package enum Quoting: Sendable {
    /// Nothing: lines of other programs before a header may hold single ones.
    case none
    /// A quoted field ends with its line; what is wrong with it stands in `quoteFault`, so that a
    /// fault costs one row.
    case line
    /// A quoted field may hold line ends; one that never closes is thrown.
    case rows
  }

  /// What no row may hold.
  package enum Refusal: Sendable {
    /// Whatever it holds is left to the caller.
    case nothing
    /// A NUL byte, which is no text.
    case nul
    /// Control characters and bytes that are no UTF-8: no name has them.
    case controls
  }

  /// The most fields of a row that are kept; those beyond are counted.
  package static let fieldLimit = 100_000

  // The split's state is touched for every byte by this object alone: checking each access for
  // exclusivity at run time would cost a third of the time.
  @exclusivity(unchecked) private var lines: LineReader
  @exclusivity(unchecked) @usableFromInline var base: UnsafePointer<UInt8>?
  @exclusivity(unchecked) @usableFromInline var starts: UnsafeMutablePointer<Int32>
  @exclusivity(unchecked) @usableFromInline var ends: UnsafeMutablePointer<Int32>
  @exclusivity(unchecked) private var capacity = 64
  private let refusal: Refusal
  /// Whether the project wrote the file: words are what `CSVText` made fields of.
  @usableFromInline let isOurs: Bool
  /// What quotes mean from the next row on.
  @exclusivity(unchecked) package var quoting: Quoting
  @exclusivity(unchecked) @usableFromInline var fieldCount = 0
  @exclusivity(unchecked) @usableFromInline var faultColumn = 0
  /// How many of them are kept.
  @exclusivity(unchecked) @usableFromInline var kept = 0
  /// Whether a field holds doubled quotes, which only `string` resolves.
  @exclusivity(unchecked) package private(set) var hasEscapes = false

  /// Creates a reader at the start of `stream`.
  ///
  /// - Parameters:
  ///   - refusal: what is thrown where a row holds it.
  ///   - isOurs: whether the project wrote the file; words then come back as they were before.
  package init(
    _ stream: ByteStream, quoting: Quoting = .rows, refusing refusal: Refusal = .nothing,
    isOurs: Bool = false
  ) {
    lines = LineReader(stream)
    self.quoting = quoting
    self.refusal = refusal
    self.isOurs = isOurs
    starts = .allocate(capacity: capacity)
    ends = .allocate(capacity: capacity)
  }

  deinit {
    starts.deallocate()
    ends.deallocate()
  }

  // Read through these, since a stored property read in another module is checked there again.
  /// How many fields the row has.
  @inlinable package var count: Int { fieldCount }
  /// Where a quote is left open or followed by text, as a column from 1; 0 where none is.
  @inlinable package var quoteFault: Int { faultColumn }
  /// The name that diagnostics carry.
  package var file: String { lines.file }
  /// The line the row begins on, from 1.
  package var lineNumber: Int { lines.lineNumber }
  /// The whole row as it stands in the file, without its terminator.
  package var line: UnsafeBufferPointer<UInt8> { lines.line }
  /// Whether the row ends in a line feed, which only the last one may lack.
  package var isTerminated: Bool { lines.isTerminated }
  /// Whether no quoted field holds a line end.
  var isOneLine: Bool { lines.lastLineNumber == lines.lineNumber }
  /// Whether the row holds no byte but its line end.
  package var isBlank: Bool { lines.line.isEmpty }

  /// Moves to the next row and splits it, a blank one too; false at the end.
  ///
  /// - Throws: a quote that never closes or is followed by text (where rows may span lines), what is
  ///   refused, a line beyond 16 MiB, or what the stream throws.
  package func next() throws(InputError) -> Bool {
    guard try lines.next() else { return false }
    try split()
    return true
  }

  /// Moves to the next line and leaves it whole: the row has no fields.
  package func nextLine() throws(InputError) -> Bool {
    fieldCount = 0
    kept = 0
    return try lines.next()
  }

  /// Splits the current line, as `next` does.
  package func split() throws(InputError) {
    faultColumn = 0
    hasEscapes = false
    var line = lines.line
    var fields = 0
    var start = 0
    let quotes = quoting != .none
    while let bytes = line.baseAddress {
      var index = start
      if quotes, start < line.count, bytes[start] == UInt8(ascii: "\"") {
        index = try endOfQuoted(from: start, field: fields)
        line = lines.line
      } else {
        index = ByteSearch.index(of: UInt8(ascii: ","), in: bytes, from: start, to: line.count)
        put(fields, start, index)
      }
      fields &+= 1
      if index >= line.count { break }
      start = index &+ 1
    }
    base = line.baseAddress
    fieldCount = fields
    kept = min(fields, Self.fieldLimit)
    if refusal == .nul { try refuseNUL() }
    if refusal == .controls, let fault = controlFault { throw InputError(fault) }
  }

  @inline(__always)
  private func put(_ field: Int, _ start: Int, _ end: Int) {
    if field >= capacity {
      if field >= Self.fieldLimit { return }
      grow()
    }
    starts[field] = Int32(truncatingIfNeeded: start)
    ends[field] = Int32(truncatingIfNeeded: end)
  }

  private func grow() {
    let larger = (
      UnsafeMutablePointer<Int32>.allocate(capacity: capacity * 2),
      UnsafeMutablePointer<Int32>.allocate(capacity: capacity * 2)
    )
    larger.0.update(from: starts, count: capacity)
    larger.1.update(from: ends, count: capacity)
    starts.deallocate()
    ends.deallocate()
    (starts, ends) = larger
    capacity *= 2
  }

  /// Takes the quoted field whose quote stands at `open`; returns where its ',' or the row's end is.
  private func endOfQuoted(from open: Int, field: Int) throws(InputError) -> Int {
    let (openLine, openColumn) = (lines.lastLineNumber, open + 1)
    var index = open + 1
    while true {
      let line = lines.line
      // Names of templates are most of a row: they are gone through where bytes compare fastest.
      index = Self.quote(in: line, from: index)
      if index < line.count {
        guard index + 1 < line.count, line[index + 1] == UInt8(ascii: "\"") else { break }
        hasEscapes = true
        index += 2
      } else if quoting == .rows {
        guard try lines.extend() else {
          throw InputError(
            Diagnostic(
              file: file, line: openLine, column: openColumn,
              message: "expected a closing quote before the end of the file"))
        }
      } else {
        break
      }
    }
    let line = lines.line
    var next = index + 1
    while next < line.count, line[next] == UInt8(ascii: "\r") { next += 1 }
    if index < line.count, next >= line.count || line[next] == UInt8(ascii: ",") {
      put(field, open + 1, index)
      return next
    }
    if quoting == .rows {
      throw InputError(
        Diagnostic(
          file: file, line: lines.lastLineNumber, column: isOneLine ? next + 1 : 0,
          message: "expected ',' after a closing quote"))
    }
    if faultColumn == 0 { faultColumn = open + 1 }
    put(field, open, line.count)
    return line.count
  }

  /// Where the next quote stands; the line's length where there is none.
  private static func quote(in line: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard start < line.count, let base = line.baseAddress,
      let found = memchr(base + start, Int32(UInt8(ascii: "\"")), line.count - start)
    else { return line.count }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  private func refuseNUL() throws(InputError) {
    guard let base, let found = memchr(base, 0, lines.line.count) else { return }
    throw InputError(
      Diagnostic(
        file: file, line: lines.lineNumber,
        column: isOneLine ? UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1 : 0,
        message: "expected text, found a NUL byte"))
  }
}
