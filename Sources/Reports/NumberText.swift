/// Numbers as text, the same bytes on every platform and without a locale.
package enum NumberText {
  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
  ]

  /// The number with a fixed count of decimals (0...11), halves to even; "-" where it is not
  /// finite. Numbers too large for that many exact digits are written in full.
  package static func fixed(_ x: Double, _ decimals: Int) -> String {
    guard x.isFinite else { return "-" }
    let places = min(max(decimals, 0), powers.count - 1)
    let scaled = (x.magnitude * powers[places]).rounded(.toNearestOrEven)
    guard scaled < 9e15 else { return exact(x) }
    let digits = UInt64(scaled)
    let unit = UInt64(powers[places])
    // A number that rounds to nothing has no sign.
    let sign = x < 0 && digits > 0 ? "-" : ""
    if places == 0 { return sign + "\(digits)" }
    let fraction = "\(digits % unit)"
    let zeros = String(repeating: "0", count: places - fraction.utf8.count)
    return sign + "\(digits / unit)." + zeros + fraction
  }

  /// The number with the given significant digits, trailing zeros kept; whole numbers of more
  /// digits are not cut.
  package static func significant(_ x: Double, _ digits: Int) -> String {
    guard x.isFinite else { return "-" }
    if x == 0 { return "0" }
    var decimals = digits - 1
    var bound = 10.0
    while decimals > 0, x.magnitude >= bound {
      bound *= 10
      decimals -= 1
    }
    bound = 1
    while decimals < powers.count - 1, x.magnitude < bound {
      bound /= 10
      decimals += 1
    }
    return fixed(x, decimals)
  }

  /// The shortest text that reads back as the same number; empty where it is not finite.
  package static func exact(_ x: Double) -> String {
    guard x.isFinite else { return "" }
    if x == x.rounded(), x.magnitude < 9e15 { return "\(Int64(x))" }
    return "\(x)"
  }
}

/// Text that goes to a terminal, and how wide it stands there.
package enum DisplayText {
  /// The text with control characters as `\u{…}`, so that nothing in a user's file can drive the
  /// reader's terminal or break a table's rows; newlines are kept where the text is lines.
  package static func printable(_ text: String, keepsNewlines: Bool = false) -> String {
    func isControl(_ scalar: UnicodeScalar) -> Bool {
      if keepsNewlines, scalar == "\n" { return false }
      return scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if isControl(scalar) {
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// The terminal columns a text takes: East Asian wide characters and emoji take two.
  package static func width(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { width, character in
      guard let scalar = character.unicodeScalars.first?.value else { return width }
      let isWide =
        (0x1100...0x115F).contains(scalar) || (0x2E80...0xA4CF).contains(scalar)
        || (0xAC00...0xD7A3).contains(scalar) || (0xF900...0xFAFF).contains(scalar)
        || (0xFE30...0xFE6F).contains(scalar) || (0xFF00...0xFF60).contains(scalar)
        || (0x1F300...0x1FAFF).contains(scalar) || (0x20000...0x3FFFD).contains(scalar)
      return width + (isWide ? 2 : 1)
    }
  }

  /// The text's beginning in at most `columns` columns, with "…" where something was cut.
  package static func clipped(_ text: String, to columns: Int) -> String {
    guard width(text) > columns else { return text }
    var cut = text
    while !cut.isEmpty, width(cut) > columns - 1 { cut.removeLast() }
    return cut + "…"
  }
}
