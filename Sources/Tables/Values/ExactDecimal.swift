/// A decimal number as it was written: `mantissa` × 10^`exponent`, exact to 19 digits.
package struct ExactDecimal: Sendable {
  /// Whether it is below zero; never for zero.
  package var isNegative = false
  /// Its digits, without the point.
  package var mantissa: UInt64 = 0
  /// The power of ten they stand for.
  package var exponent = 0
  /// The first digit beyond the mantissa, and whether any of those is not 0: only the size,
  /// exactness and rounding of the number hang on them.
  private var firstDropped: UInt8 = 0
  private var hasDropped = false
  private var hasMore = false

  init() {}

  @inline(__always)
  mutating func append(_ digit: UInt8, isFraction: Bool) {
    if mantissa < 1_000_000_000_000_000_000 {
      mantissa = mantissa &* 10 &+ UInt64(digit)
      if isFraction { exponent -= 1 }
    } else {
      if !hasDropped { firstDropped = digit }
      hasDropped = true
      if digit != 0 { hasMore = true }
      if !isFraction { exponent += 1 }
    }
  }

  /// The number × 10^`power` to the nearest integer, half away from zero; nil beyond 63 bits.
  package func scaled(by power: Int) -> Int64? { scaledExactly(by: power)?.value }

  /// As `scaled(by:)`, and whether nothing was rounded.
  func scaledExactly(by power: Int) -> (value: Int64, isExact: Bool)? {
    if mantissa == 0 { return (0, true) }
    let steps = exponent + power
    var result = mantissa
    var isExact = !hasMore
    if steps > 0 {
      guard steps <= 19 else { return nil }
      let (product, overflows) = result.multipliedReportingOverflow(by: Self.powers[steps])
      if overflows { return nil }
      result = product
    } else if steps == 0 {
      // With digits to spare behind the kept ones, the division below does the rounding.
      if firstDropped >= 5 { result += 1 }
    } else if steps < -19 {
      (result, isExact) = (0, false)
    } else {
      let divisor = Self.powers[-steps]
      let (quotient, remainder) = result.quotientAndRemainder(dividingBy: divisor)
      if remainder != 0 { isExact = false }
      // Powers of ten are even, so digits dropped before cannot turn "below half" around.
      result = quotient + (remainder >= divisor - remainder ? 1 : 0)
    }
    guard result <= UInt64(Int64.max) else { return nil }
    return (isNegative ? -Int64(result) : Int64(result), isExact)
  }

  /// The nearest floating-point number, or its neighbour beyond 15 digits.
  package var double: Double {
    var value = Double(mantissa)
    var steps = exponent
    while steps >= 10, value < 1e300 { (value, steps) = (value * 1e10, steps - 10) }
    while steps > 0, value < 1e300 { (value, steps) = (value * 10, steps - 1) }
    if steps < 0, steps >= -22 { return (isNegative ? -1 : 1) * value / Self.exactPowers[-steps] }
    while steps < 0, value > 0 { (value, steps) = (value / 10, steps + 1) }
    return isNegative ? -value : value
  }

  /// The powers of ten that 64 bits hold.
  static let powers: [UInt64] = {
    var powers: [UInt64] = [1]
    for _ in 0..<19 { powers.append(powers[powers.count - 1] * 10) }
    return powers
  }()

  /// The powers of ten that a Double holds exactly.
  private static let exactPowers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}
