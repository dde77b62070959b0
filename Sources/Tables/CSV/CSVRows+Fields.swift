/// The current row's fields.
extension CSVRows {
  /// A field's bytes as they stand in the file, without the quotes around it; none for one that is
  /// not there.
  @inlinable @inline(__always)
  package subscript(field: Int) -> UnsafeBufferPointer<UInt8> {
    guard field >= 0, field < kept, let base else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    let start = Int(starts[field])
    return UnsafeBufferPointer(start: base + start, count: Int(ends[field]) - start)
  }

  /// Whether a field stands in quotes.
  package func isQuoted(_ field: Int) -> Bool {
    guard field >= 0, field < kept, let base else { return false }
    let start = Int(starts[field])
    return start > 0 && base[start - 1] == UInt8(ascii: "\"")
  }

  /// A field's text, doubled quotes resolved; empty for one that is not there.
  package func string(_ field: Int) -> String {
    guard hasEscapes else { return String(decoding: self[field], as: UTF8.self) }
    var text: [UInt8] = []
    appendText(field, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends a field's bytes, doubled quotes resolved.
  package func appendText(_ field: Int, to text: inout [UInt8]) {
    let bytes = self[field]
    guard hasEscapes, isQuoted(field) else { return text.append(contentsOf: bytes) }
    var index = 0
    while index < bytes.count {
      text.append(bytes[index])
      index += bytes[index] == UInt8(ascii: "\"") ? 2 : 1
    }
  }

  /// The texts of all fields.
  package var strings: [String] { (0..<kept).map { string($0) } }

  /// The column of a field's first byte or quote, from 1; 0 for one that is not there.
  package func column(_ field: Int) -> Int {
    guard field >= 0, field < kept else { return 0 }
    return Int(starts[field]) + (isQuoted(field) ? 0 : 1)
  }

  /// A fault at a field of the row; at the row where the field is not there.
  package func fault(_ field: Int, _ message: String, hint: String? = nil) -> Diagnostic {
    Diagnostic(
      file: file, line: lineNumber, column: column(field), message: message, hint: hint)
  }
}
