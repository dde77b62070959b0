import Tables

/// Reads decimal numbers exactly, as profilers write them.
enum ImportNumbers {
  /// How a file writes digit groups and the decimal sign.
  enum Locale {
    /// `1,234.5`
    case commaGroups
    /// `1.234,5`
    case dotGroups
    /// `1234.5`, without groups.
    case plain
  }

  /// Reads a number; nil for anything else, infinities and words among them.
  static func decimal(
    _ bytes: UnsafeBufferPointer<UInt8>, locale: Locale = .plain
  ) -> ExactDecimal? {
    switch locale {
    case .plain: ExactDecimal(bytes)
    case .commaGroups: ExactDecimal(bytes, group: UInt8(ascii: ","))
    case .dotGroups: ExactDecimal(bytes, point: UInt8(ascii: ","), group: UInt8(ascii: "."))
    }
  }

  /// Reads a number from text.
  static func decimal(_ text: String, locale: Locale = .plain) -> ExactDecimal? {
    var text = text
    return text.withUTF8 { decimal($0, locale: locale) }
  }

  /// Reads `(256, 1, 1)` or `256` as extents; nil for anything else or what is not positive.
  static func extents(_ text: String, locale: Locale = .plain) -> (Int64, Int64, Int64)? {
    var body = Substring(text)
    if body.hasPrefix("("), body.hasSuffix(")") { body = body.dropFirst().dropLast() }
    let parts = body.split(separator: ",", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count) else { return nil }
    var values: [Int64] = [1, 1, 1]
    for (i, part) in parts.enumerated() {
      guard let number = decimal(String(part))?.scaled(by: 0), number > 0 else { return nil }
      values[i] = number
    }
    return (values[0], values[1], values[2])
  }
}
