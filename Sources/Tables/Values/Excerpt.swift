/// Shows bytes of the user's file in a sentence: short, on one line, whatever they are.
package enum Excerpt {
  /// The most bytes shown.
  package static let limit = 40

  /// The bytes in quotes, cut after `limit`, control characters escaped.
  package static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    var shown = "\""
    let part = UnsafeBufferPointer(rebasing: bytes.prefix(limit))
    for scalar in String(decoding: part, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"": shown += "\\\""
      case "\\": shown += "\\\\"
      case "\t": shown += "\\t"
      case "\0": shown += "\\0"
      default:
        if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
          shown += "\\u{" + String(scalar.value, radix: 16) + "}"
        } else {
          shown.unicodeScalars.append(scalar)
        }
      }
    }
    return shown + (bytes.count > limit ? "…\"" : "\"")
  }
}

extension Excerpt {
  /// A name as sentences show it between their own quotes: cut and escaped like a value.
  package static func name(_ bytes: [UInt8]) -> String {
    String(bytes.withUnsafeBufferPointer { of($0) }.dropFirst().dropLast())
  }

  /// A name as sentences show it between their own quotes: cut and escaped like a value.
  package static func name(_ text: String) -> String { name(Array(text.utf8.prefix(limit + 1))) }
  /// A name within a sentence that has quotes of its own: cut after `limit` bytes, else as it is.
  package static func word(_ name: String) -> String {
    if name.utf8.count <= limit { return name }
    var end = name.utf8.index(name.startIndex, offsetBy: limit)
    while end.samePosition(in: name.unicodeScalars) == nil { end = name.utf8.index(before: end) }
    return name[..<end] + "…"
  }
}

/// Finds bytes that are no UTF-8: shown with a stand-in, different names would become one.
package enum InvalidText {
  /// The offset of the first byte that is not UTF-8; nil where all are.
  package static func offset(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    if bytes.allSatisfy({ $0 < 0x80 }) { return nil }
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let scalar): offset += scalar.count
      case .error: return offset
      case .emptyInput: return nil
      }
    }
  }

  /// The offset of the first byte that no name may have: of a control character, or of none that is
  /// UTF-8; nil where a name may be so. Names reach terminals, tables and file names.
  package static func offset(inName bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    for (i, byte) in bytes.enumerated() {
      if byte < 0x20 || byte == 0x7F { return i }
      // U+0080 to U+009F, control characters too.
      if byte == 0xC2, i + 1 < bytes.count, (0x80...0x9F).contains(bytes[i + 1]) { return i }
    }
    return offset(in: bytes)
  }

  /// Why a text is no name; nil where it may be one.
  package static func objection(toName name: String) -> String? {
    var text = name
    return text.withUTF8 { bytes in
      offset(inName: bytes).map { _ in
        "expected text without control characters, found \(Excerpt.of(bytes))"
      }
    }
  }

  /// What is said of such a byte.
  package static func message(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> String {
    if offset < bytes.count, self.offset(in: bytes) != offset {
      return "expected text without control characters, found \(Excerpt.of(bytes))"
    }
    let byte = String(bytes[offset], radix: 16)
    return "expected UTF-8 text, found the byte 0x\(byte.count == 1 ? "0" : "")\(byte)"
  }
}
