import Tables

/// The fields of one CSV line, found without copying; quotes around a field are left out of it.
///
/// The bytes belong to the line reader and are valid until its next line.
struct CSVRecord {
  private static let capacity = 64

  /// Owns the places of the fields, so that they go with the last copy of the record.
  private final class Places {
    let starts = UnsafeMutablePointer<Int32>.allocate(capacity: CSVRecord.capacity)
    let ends = UnsafeMutablePointer<Int32>.allocate(capacity: CSVRecord.capacity)

    init() {
      starts.initialize(repeating: 0, count: CSVRecord.capacity)
      ends.initialize(repeating: 0, count: CSVRecord.capacity)
    }

    deinit {
      starts.deallocate()
      ends.deallocate()
    }
  }

  private let places = Places()
  private let starts: UnsafeMutablePointer<Int32>
  private let ends: UnsafeMutablePointer<Int32>
  private var base: UnsafePointer<UInt8>?
  /// How many fields the line has; those beyond 64 are counted but not kept.
  private(set) var count = 0
  /// Where a quote is left open or followed by text, as a column from 1; 0 where none is.
  private(set) var quoteFault = 0
  /// The line's number in the file.
  private(set) var lineNumber = 0

  init() {
    starts = places.starts
    ends = places.ends
  }

  /// Splits a line.
  mutating func split(_ line: UnsafeBufferPointer<UInt8>, lineNumber: Int) {
    base = line.baseAddress
    self.lineNumber = lineNumber
    quoteFault = 0
    var fields = 0
    var start = 0
    var index = 0
    let length = line.count
    while true {
      if index < length, line[index] == UInt8(ascii: "\""), index == start {
        let close = Self.closingQuote(line, from: index + 1)
        if let close, close + 1 == length || line[close + 1] == UInt8(ascii: ",") {
          put(fields, index + 1, close)
          index = close + 1
        } else {
          if quoteFault == 0 { quoteFault = index + 1 }
          put(fields, index, length)
          index = length
        }
      } else {
        while index < length, line[index] != UInt8(ascii: ",") { index += 1 }
        put(fields, start, index)
      }
      fields += 1
      if index >= length { break }
      index += 1
      start = index
    }
    count = fields
  }

  @inline(__always)
  private func put(_ field: Int, _ start: Int, _ end: Int) {
    guard field < Self.capacity else { return }
    starts[field] = Int32(truncatingIfNeeded: start)
    ends[field] = Int32(truncatingIfNeeded: end)
  }

  /// The index of the quote that closes a field; two quotes in a row stand for one inside it.
  private static func closingQuote(_ line: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
    var index = from
    while index < line.count {
      if line[index] == UInt8(ascii: "\"") {
        guard index + 1 < line.count, line[index + 1] == UInt8(ascii: "\"") else { return index }
        index += 1
      }
      index += 1
    }
    return nil
  }

  /// A field's bytes; empty for one that is not there.
  @inline(__always)
  subscript(field: Int) -> UnsafeBufferPointer<UInt8> {
    guard field >= 0, field < min(count, Self.capacity), let base else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    let start = Int(starts[field])
    return UnsafeBufferPointer(start: base + start, count: Int(ends[field]) - start)
  }

  /// Whether a field stands in quotes, which `subscript` leaves out.
  func isQuoted(_ field: Int) -> Bool {
    guard field >= 0, field < min(count, Self.capacity), let base else { return false }
    let start = Int(starts[field])
    return start > 0 && base[start - 1] == UInt8(ascii: "\"")
  }

  /// The column of a field's first byte, from 1.
  func column(_ field: Int) -> Int {
    field >= 0 && field < min(count, Self.capacity) ? Int(starts[field]) + 1 : 1
  }
}
