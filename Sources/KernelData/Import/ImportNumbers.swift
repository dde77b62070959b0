/// Reads decimal numbers exactly, as profilers write them.
enum ImportNumbers {
  /// A decimal number: `mantissa` × 10^`exponent`.
  struct Decimal {
    var isNegative = false
    var mantissa: UInt64 = 0
    var exponent = 0

    /// The number × 10^`power` to the nearest integer, half away from zero; nil beyond 63 bits.
    func scaled(by power: Int) -> Int64? {
      if mantissa == 0 { return 0 }
      var value = mantissa
      var steps = exponent + power
      if steps > 19 { return nil }
      while steps > 0 {
        let (next, overflow) = value.multipliedReportingOverflow(by: 10)
        if overflow { return nil }
        value = next
        steps -= 1
      }
      if steps < -20 { return 0 }
      var divisor: UInt64 = 1
      while steps < 0 {
        let (next, overflow) = divisor.multipliedReportingOverflow(by: 10)
        if overflow { return 0 }
        divisor = next
        steps += 1
      }
      if divisor > 1 {
        value = value / divisor + (value % divisor >= divisor - divisor / 2 ? 1 : 0)
      }
      guard value <= UInt64(Int64.max) else { return nil }
      return isNegative ? -Int64(value) : Int64(value)
    }

    /// The nearest floating-point number.
    var double: Double {
      var value = Double(mantissa)
      var steps = exponent
      while steps >= 10, value < 1e300 { (value, steps) = (value * 1e10, steps - 10) }
      while steps > 0, value < 1e300 { (value, steps) = (value * 10, steps - 1) }
      if steps < 0, steps >= -22 { return (isNegative ? -1 : 1) * value / Self.powers[-steps] }
      while steps < 0, value > 0 { (value, steps) = (value / 10, steps + 1) }
      return isNegative ? -value : value
    }

    private static let powers: [Double] = [
      1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
      1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
  }

  /// How a file writes digit groups and the decimal sign.
  enum Locale {
    /// `1,234.5`
    case commaGroups
    /// `1.234,5`
    case dotGroups
    /// `1234.5`, without groups.
    case plain
  }

  /// Reads a number: an optional sign, digits with an optional fraction and exponent, spaces
  /// around; nil for anything else, infinities and words among them.
  static func decimal(
    _ bytes: UnsafeBufferPointer<UInt8>, locale: Locale = .plain
  ) -> Decimal? {
    var i = 0
    var end = bytes.count
    while i < end, bytes[i] == 0x20 { i += 1 }
    while end > i, bytes[end - 1] == 0x20 { end -= 1 }
    var result = Decimal()
    if i < end, bytes[i] == UInt8(ascii: "-") || bytes[i] == UInt8(ascii: "+") {
      result.isNegative = bytes[i] == UInt8(ascii: "-")
      i += 1
    }
    let point = locale == .dotGroups ? UInt8(ascii: ",") : UInt8(ascii: ".")
    let group: UInt8 =
      switch locale {
      case .plain: 0
      case .commaGroups: UInt8(ascii: ",")
      case .dotGroups: UInt8(ascii: ".")
      }
    var digits = 0
    var isFraction = false
    while i < end {
      let byte = bytes[i]
      if byte >= 0x30, byte <= 0x39 {
        digits += 1
        // Beyond 18 digits the value is known to 1e-18 of itself.
        if result.mantissa < 100_000_000_000_000_000 {
          result.mantissa = result.mantissa * 10 + UInt64(byte - 0x30)
          if isFraction { result.exponent -= 1 }
        } else if !isFraction {
          result.exponent += 1
        }
      } else if byte == point, !isFraction {
        isFraction = true
      } else if byte == group, group != 0, !isFraction, digits > 0 {
        // A group sign is passed over; where it may stand was judged for the file as a whole.
      } else {
        break
      }
      i += 1
    }
    if digits == 0 { return nil }
    if i < end, bytes[i] | 0x20 == UInt8(ascii: "e") {
      guard let power = exponent(bytes, from: i + 1, to: end) else { return nil }
      result.exponent += power
      i = end
    }
    return i == end ? result : nil
  }

  private static func exponent(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
  ) -> Int? {
    var i = start
    var isNegative = false
    if i < end, bytes[i] == UInt8(ascii: "-") || bytes[i] == UInt8(ascii: "+") {
      isNegative = bytes[i] == UInt8(ascii: "-")
      i += 1
    }
    var value = 0
    if i == end || end - i > 4 { return nil }
    while i < end {
      guard bytes[i] >= 0x30, bytes[i] <= 0x39 else { return nil }
      value = value * 10 + Int(bytes[i] - 0x30)
      i += 1
    }
    return isNegative ? -value : value
  }

  /// Reads a number from text.
  static func decimal(_ text: String, locale: Locale = .plain) -> Decimal? {
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
