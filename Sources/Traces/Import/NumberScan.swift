/// What became of reading a number from bytes.
enum ScanStatus: UInt8 {
  case ok, empty, malformed, negative, fractional, tooLarge, notFinite
}

/// Reads numbers from bytes exactly: no binary floating point comes between text and integer.
enum NumberScan {
  /// Reads a whole number from 0 to Int64.max; digits only.
  @inline(__always)
  static func whole(_ text: UnsafeBufferPointer<UInt8>, _ value: inout Int64) -> ScanStatus {
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

  /// As `whole`, and `12.0` is 12: tables that once held empty cells are often written so.
  static func wholeOrPointZero(
    _ text: UnsafeBufferPointer<UInt8>, _ value: inout Int64
  ) -> ScanStatus {
    let status = whole(text, &value)
    guard status == .fractional else { return status }
    var exact: Int64 = 0
    var isExact = true
    let second = decimal(text, shift: 0, &exact, isExact: &isExact)
    guard second == .ok, isExact else { return status }
    value = exact
    return .ok
  }

  private static func wholeSlowly(
    _ text: UnsafeBufferPointer<UInt8>, _ value: inout Int64
  ) -> ScanStatus {
    var ignored: Int64 = 0
    var isExact = true
    // A well-formed decimal that is not plain digits is fractional in form, if not in value.
    let status = decimal(text, shift: 0, &ignored, isExact: &isExact)
    guard status == .ok else { return status }
    for byte in text where byte &- 0x30 > 9 { return .fractional }
    value = ignored
    return .ok
  }

  /// Reads a non-negative decimal times 10^`shift`, rounded half up to a whole number.
  ///
  /// With `shift` 9 seconds become nanoseconds. Accepts a fraction and an exponent, as Python and
  /// JSON write them; `-0.0` is 0.
  static func decimal(
    _ text: UnsafeBufferPointer<UInt8>, shift: Int, _ value: inout Int64
  ) -> ScanStatus {
    var isExact = true
    return decimal(text, shift: shift, &value, isExact: &isExact)
  }

  static func decimal(
    _ text: UnsafeBufferPointer<UInt8>, shift: Int, _ value: inout Int64, isExact: inout Bool
  ) -> ScanStatus {
    guard text.count > 0 else { return .empty }
    var index = 0
    var isNegative = false
    if text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
      isNegative = text[0] == UInt8(ascii: "-")
      index = 1
    }
    var mantissa: UInt64 = 0
    var scale = 0
    var digits = 0
    var hasPoint = false
    var firstDropped: UInt8?
    while index < text.count {
      let byte = text[index]
      let digit = byte &- 0x30
      if digit <= 9 {
        digits += 1
        if mantissa < 1_000_000_000_000_000_000 {
          mantissa = mantissa * 10 + UInt64(digit)
          if hasPoint { scale -= 1 }
        } else {
          // Beyond 19 digits only the size, exactness and rounding of the number can change.
          if firstDropped == nil { firstDropped = digit }
          if digit != 0 { isExact = false }
          if !hasPoint { scale += 1 }
        }
      } else if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else {
        break
      }
      index += 1
    }
    guard digits > 0 else { return isNotFinite(text) ? .notFinite : .malformed }
    if index < text.count {
      guard let exponent = exponent(text, from: index) else { return .malformed }
      scale += exponent
    }
    if isNegative, mantissa != 0 { return .negative }
    // With digits to spare behind the kept ones, the division in `scaled` does the rounding.
    let power = scale + shift
    if power == 0, (firstDropped ?? 0) >= 5 { mantissa += 1 }
    return scaled(mantissa, by: power, &value, &isExact)
  }

  private static func scaled(
    _ mantissa: UInt64, by power: Int, _ value: inout Int64, _ isExact: inout Bool
  ) -> ScanStatus {
    var result = mantissa
    if result != 0, power > 0 {
      guard power <= 19 else { return .tooLarge }
      let (product, overflows) = result.multipliedReportingOverflow(by: powersOfTen[power])
      if overflows { return .tooLarge }
      result = product
    } else if power < 0 {
      if power < -19 {
        if result != 0 { isExact = false }
        result = 0
      } else {
        let divisor = powersOfTen[-power]
        let (quotient, remainder) = result.quotientAndRemainder(dividingBy: divisor)
        if remainder != 0 { isExact = false }
        // Powers of ten are even, so digits dropped before cannot turn "below half" around.
        result = quotient + (remainder >= divisor - remainder ? 1 : 0)
      }
    }
    guard result <= UInt64(Int64.max) else { return .tooLarge }
    value = Int64(result)
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

  private static let powersOfTen: [UInt64] = {
    var powers: [UInt64] = [1]
    for _ in 0..<19 { powers.append(powers[powers.count - 1] * 10) }
    return powers
  }()
}
