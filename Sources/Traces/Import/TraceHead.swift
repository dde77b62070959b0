import Tables

/// The start of a file, by whose content formats are told apart, never by its name.
struct TraceHead {
  /// How much of a file's start is looked at.
  static let size = 64 << 10

  private let text: ArraySlice<UInt8>
  private let front: String
  /// The first byte that is not blank; 0 where there is none.
  let first: UInt8
  /// The first line that holds data: blank ones and `#` lines are passed over.
  let line: ArraySlice<UInt8>

  init(_ head: [UInt8]) {
    text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head[3...] : head[...]
    first = text.first { !Self.isBlank($0) } ?? 0
    front = String(decoding: text.prefix(4096), as: UTF8.self)
    line =
      text.split(separator: 0x0A).first { line in
        line.contains { !Self.isBlank($0) } && line.first != UInt8(ascii: "#")
      } ?? []
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// Whether a key of an object near the start has this name.
  func names(_ key: String) -> Bool { front.contains("\"\(key)\"") }

  /// Whether a list holds only digits: counts are whole and gaps in seconds hardly ever all are, so
  /// a point settles it.
  var isListOfWholeNumbers: Bool {
    text.drop(while: Self.isBlank).dropFirst().allSatisfy {
      Self.isBlank($0) || ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: ",") || $0 == 0x5D
        || $0 == UInt8(ascii: "-")
    }
  }

  /// Whether the first line begins with a number and has so many commas.
  func isNumbers(commas: Int) -> Bool {
    guard let byte = line.first, (byte >= 0x30 && byte <= 0x39) || byte == UInt8(ascii: "-") else {
      return false
    }
    return line.count { $0 == UInt8(ascii: ",") } == commas
  }

  /// Whether the first line holds two words, and others follow.
  var isPairsInLines: Bool {
    let lines = text.split(separator: 0x0A).lazy.filter { $0.contains { !Self.isBlank($0) } }
    return line.split(whereSeparator: Self.isBlank).count == 2 && lines.prefix(2).count == 2
  }
}
