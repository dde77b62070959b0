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

  /// Whether a field's text is its bytes: it holds no doubled quotes, nor an apostrophe of ours.
  package func isPlain(_ field: Int) -> Bool {
    !hasEscapes && !(isOurs && self[field].first == UInt8(ascii: "'"))
  }

  /// A field's text, doubled quotes resolved, as it was before the project wrote it; empty for one
  /// that is not there.
  package func string(_ field: Int) -> String {
    guard !isPlain(field) else { return String(decoding: self[field], as: UTF8.self) }
    var text: [UInt8] = []
    appendText(field, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the bytes of a field's text.
  package func appendText(_ field: Int, to text: inout [UInt8]) {
    let bytes = self[field]
    let start = text.count
    if hasEscapes, isQuoted(field) {
      var index = 0
      while index < bytes.count {
        text.append(bytes[index])
        index += bytes[index] == UInt8(ascii: "\"") ? 2 : 1
      }
    } else {
      text.append(contentsOf: bytes)
    }
    guard isOurs, start < text.count, text[start] == UInt8(ascii: "'") else { return }
    let word = CSVText.plain(String(decoding: text[start...], as: UTF8.self))
    if word.utf8.count < text.count - start { text.remove(at: start) }
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

  /// What is missing of a row that should have `width` fields and a line's end; nil for a whole one.
  package func cutFault(_ width: Int) -> Diagnostic? {
    if count == width, isTerminated { return nil }
    let told = isTerminated ? "" : "the file ends within this line: "
    return fault(
      max(0, min(count, width) - 1), "\(told)expected \(width) fields, found \(count)",
      hint: isTerminated ? nil : "it was cut short: make it again")
  }

  /// What is wrong where the row holds a control character or bytes that are no UTF-8; nil where it
  /// holds none.
  package var controlFault: Diagnostic? {
    guard let offset = InvalidText.offset(inName: line) else { return nil }
    var (bytes, at) = (line, offset)
    for field in 0..<kept where (starts[field]...ends[field]).contains(Int32(offset)) {
      (bytes, at) = (self[field], offset - Int(starts[field]))
    }
    return Diagnostic(
      file: file, line: lineNumber, column: isOneLine ? offset + 1 : 0,
      message: InvalidText.message(bytes, at: at))
  }
}
