/// A leading `# key: value` line of a CSV file, and where its parts stand.
package struct CSVComment: Sendable {
  /// The part of a line that a fault is about.
  package enum Part: Sendable { case key, value }

  /// What stands before the colon; empty where there is none.
  package var key: String
  /// What stands after the colon; the whole line where there is none.
  package var value: String
  /// The line in the file, from 1.
  package var line: Int
  /// The key's first column in bytes, from 1; the value's where there is no key.
  package var keyColumn: Int
  /// The value's first column in bytes, from 1; where it is empty, the one in which it might begin.
  package var valueColumn: Int

  /// Takes a line apart.
  ///
  /// - Parameters:
  ///   - bytes: the line, from its `#` on, without its end.
  ///   - line: its number, from 1.
  package init(_ bytes: ArraySlice<UInt8>, line: Int) {
    self.line = line
    let body = bytes.dropFirst()
    let colon = body.firstIndex(of: UInt8(ascii: ":"))
    let key = Self.trimmed(body[..<(colon ?? body.startIndex)])
    let value = Self.trimmed(body[(colon.map { $0 + 1 } ?? body.startIndex)...])
    self.key = String(decoding: key, as: UTF8.self)
    self.value = String(decoding: value, as: UTF8.self)
    valueColumn = value.startIndex - bytes.startIndex + 1
    keyColumn = key.isEmpty ? valueColumn : key.startIndex - bytes.startIndex + 1
  }

  /// What is wrong where its key or value holds a control character; nil where neither does.
  package func controlFault(in file: String) -> Diagnostic? {
    for (text, column) in [(key, keyColumn), (value, valueColumn)] {
      guard let objection = InvalidText.objection(toName: text) else { continue }
      return Diagnostic(file: file, line: line, column: column, message: objection)
    }
    return nil
  }

  /// Bytes without the blanks around them; where there are only blanks, none after the first.
  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    guard let first = bytes.firstIndex(where: { !isBlank($0) }),
      let last = bytes.lastIndex(where: { !isBlank($0) })
    else { return bytes.dropFirst().prefix(0) }
    return bytes[first...last]
  }
}
