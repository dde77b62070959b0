/// What became of reading a number from bytes.
package enum ScanStatus: UInt8, Sendable {
  /// The number was read.
  case ok
  /// There is nothing to read.
  case empty
  /// This is no number.
  case malformed
  /// The number is below zero where none may be.
  case negative
  /// The number is not whole where it must be.
  case fractional
  /// The number does not fit 63 bits.
  case tooLarge
  /// An infinity, or no number by IEEE's word for it.
  case notFinite
}

/// Reads numbers from bytes exactly: no binary floating point comes between text and integer.
package enum NumberScan {
  /// Reads a whole number from 0 to Int64.max, also where it is written `480.0` or `4.8e2`.
  @inlinable @inline(__always)
  package static func whole(
    _ text: UnsafeBufferPointer<UInt8>, _ value: inout Int64
  ) -> ScanStatus {
    let count = text.count
    if count == 0 { return .empty }
    if count > 18 { return wholeSlowly(text, &value) }
    var sum: Int64 = 0
    for index in 0..<count {
      let digit = text[index] &- 0x30
      if digit > 9 { return wholeSlowly(text, &value) }
      sum = sum &* 10 &+ Int64(digit)
    }
    value = sum
    return .ok
  }

  @usableFromInline
  static func wholeSlowly(
    _ text: UnsafeBufferPointer<UInt8>, _ value: inout Int64
  ) -> ScanStatus {
    var number = ExactDecimal()
    let status = scan(text, &number)
    guard status == .ok else { return status }
    if number.isNegative { return .negative }
    guard let (whole, isExact) = number.scaledExactly(by: 0) else { return .tooLarge }
    guard isExact else { return .fractional }
    value = whole
    return .ok
  }

  /// Reads a non-negative decimal times 10^`shift`, rounded half up to a whole number.
  ///
  /// With `shift` 9 seconds become nanoseconds. Accepts a fraction and an exponent, as Python and
  /// JSON write them; `-0.0` is 0.
  package static func decimal(
    _ text: UnsafeBufferPointer<UInt8>, shift: Int, _ value: inout Int64
  ) -> ScanStatus {
    if let plain = plainDecimal(text, shift: shift) {
      value = plain
      return .ok
    }
    var number = ExactDecimal()
    let status = scan(text, &number)
    guard status == .ok else { return status }
    if number.isNegative { return .negative }
    guard let scaled = number.scaled(by: shift) else { return .tooLarge }
    value = scaled
    return .ok
  }

  /// Digits with a point or without, as nearly all numbers are written, where nothing is rounded;
  /// nil for anything else.
  private static func plainDecimal(_ text: UnsafeBufferPointer<UInt8>, shift: Int) -> Int64? {
    guard text.count > 0, text.count <= 18, shift <= 19 else { return nil }
    var mantissa: UInt64 = 0
    var power = shift
    var hasPoint = false
    for byte in text {
      let digit = byte &- 0x30
      if digit <= 9 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        if hasPoint { power &-= 1 }
      } else if byte == UInt8(ascii: "."), !hasPoint, text.count > 1 {
        hasPoint = true
      } else {
        return nil
      }
    }
    guard power >= 0 else { return nil }
    let (product, overflows) = mantissa.multipliedReportingOverflow(by: ExactDecimal.powers[power])
    return overflows ? nil : Int64(exactly: product)
  }

  /// Reads a number: an optional sign, digits with an optional fraction and exponent, and nothing
  /// else.
  ///
  /// - Parameters:
  ///   - point: the sign before a fraction.
  ///   - group: a sign passed over between digits before the fraction; 0 where there is none.
  package static func scan(
    _ text: UnsafeBufferPointer<UInt8>, _ number: inout ExactDecimal,
    point: UInt8 = UInt8(ascii: "."), group: UInt8 = 0
  ) -> ScanStatus {
    guard text.count > 0 else { return .empty }
    number = ExactDecimal()
    var index = 0
    var isNegative = false
    if text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
      isNegative = text[0] == UInt8(ascii: "-")
      index = 1
    }
    var hasDigits = false
    var hasPoint = false
    while index < text.count {
      let byte = text[index]
      let digit = byte &- 0x30
      if digit <= 9 {
        hasDigits = true
        number.append(digit, isFraction: hasPoint)
      } else if byte == point, !hasPoint {
        hasPoint = true
      } else if byte != group || group == 0 || hasPoint || !hasDigits {
        break
      }
      index += 1
    }
    guard hasDigits else { return isNotFinite(text) ? .notFinite : .malformed }
    if index < text.count {
      guard let exponent = exponent(text, from: index) else { return .malformed }
      number.exponent += exponent
    }
    // -0 is 0.
    number.isNegative = isNegative && number.mantissa != 0
    return .ok
  }

  private static func exponent(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard text[start] | 0x20 == UInt8(ascii: "e") else { return nil }
    var index = start + 1
    var isNegative = false
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      isNegative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    guard index < text.count else { return nil }
    var sum = 0
    while index < text.count {
      let digit = text[index] &- 0x30
      guard digit <= 9 else { return nil }
      sum = min(sum * 10 + Int(digit), 100_000)
      index += 1
    }
    return isNegative ? -sum : sum
  }

  /// Whether the text is a literal for a number that is not finite, in any spelling in use.
  private static func isNotFinite(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.count <= 9 else { return false }
    let word = String(decoding: text, as: UTF8.self).lowercased()
    let bare = word.hasPrefix("-") || word.hasPrefix("+") ? String(word.dropFirst()) : word
    return bare == "nan" || bare == "inf" || bare == "infinity"
  }
}

extension ExactDecimal {
  /// Reads a number from bytes, blanks around it allowed; nil for anything else, infinities and
  /// words among them.
  package init?(
    _ bytes: UnsafeBufferPointer<UInt8>, point: UInt8 = UInt8(ascii: "."), group: UInt8 = 0
  ) {
    var (start, end) = (0, bytes.count)
    while start < end, bytes[start] == 0x20 { start += 1 }
    while end > start, bytes[end - 1] == 0x20 { end -= 1 }
    self.init()
    let body = UnsafeBufferPointer(rebasing: bytes[start..<end])
    guard NumberScan.scan(body, &self, point: point, group: group) == .ok else { return nil }
  }

  /// Reads a number from text, blanks around it allowed.
  package init?(_ text: String, point: UInt8 = UInt8(ascii: "."), group: UInt8 = 0) {
    var text = text
    let number = text.withUTF8 { ExactDecimal($0, point: point, group: group) }
    guard let number else { return nil }
    self = number
  }
}
