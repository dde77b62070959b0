/// Elementary functions in plain arithmetic, so that results are the same bytes on every platform.
///
/// A system's own `log` or `exp` may differ in the last bit from another's; these use only the
/// operations IEEE 754 rounds exactly (+, -, ×, ÷, square root). Errors stay below one unit in the
/// last place (`pow`, `sin`, `cos` included, within the ranges stated).
public enum PortableMath {
  /// ln 2 cut to 41 bits, so that its product with an exponent is exact.
  static let ln2High = 0x1.62e42fefa3000p-1
  /// What `ln2High` leaves of ln 2.
  static let ln2Low = 0x1.3de6af278ece6p-42
  /// 1 / ln 2.
  static let inverseLn2 = 0x1.71547652b82fep+0

  /// The square root, which IEEE 754 rounds exactly.
  @inlinable public static func sqrt(_ x: Double) -> Double { x.squareRoot() }

  /// e raised to `x`: infinite above 709.78, zero below -745.13.
  public static func exp(_ x: Double) -> Double { exp(high: x, low: 0) }

  /// The natural logarithm: minus infinity at zero, NaN below.
  public static func log(_ x: Double) -> Double {
    guard x > 0, x < .infinity else { return logOfSpecial(x) }
    let (f, exponent) = reduced(x)
    let k = Double(exponent)
    if f == 0 { return k * ln2High + k * ln2Low }
    // log(1 + f) = 2 artanh(s) with s = f / (2 + f), arranged so that f enters exactly.
    let s = f / (2 + f)
    let z = s * s
    let series = z * oddTail(z, first: 2.0 / 3.0)
    let halfSquare = 0.5 * f * f
    return k * ln2High - ((halfSquare - (s * (halfSquare + series) + k * ln2Low)) - f)
  }

  /// e raised to the sum of two numbers, `low` being much the smaller.
  static func exp(high x: Double, low: Double) -> Double {
    guard x < 709.79 else { return x.isNaN ? x : .infinity }
    guard x > -745.14 else { return 0 }
    let k = Int(x * inverseLn2 + (x < 0 ? -0.5 : 0.5))
    let scaled = Double(k)
    let high = x - scaled * ln2High
    let correction = scaled * ln2Low - low
    let r = high - correction
    let lost = (high - r) - correction
    // Taylor's series to r^13, |r| <= ln 2 / 2: the rest is below 2^-57.
    var p = 1.0 / 6_227_020_800
    for divisor in inverseFactorials { p = p * r + divisor }
    let tail = r * r * p + lost
    return Double(sign: .plus, exponent: k, significand: 1 + (r + tail))
  }

  /// 1/12! down to 1/2!.
  private static let inverseFactorials: [Double] = [
    1.0 / 479_001_600, 1.0 / 39_916_800, 1.0 / 3_628_800, 1.0 / 362_880, 1.0 / 40_320,
    1.0 / 5_040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5,
  ]

  /// `x` as (1 + f) · 2^k with 1 + f between √½ and √2.
  static func reduced(_ x: Double) -> (f: Double, exponent: Int) {
    var k = Int(x.exponent)
    var m = x.significand
    if m > 1.414213562373095 {
      m *= 0.5
      k += 1
    }
    return (m - 1, k)
  }

  /// Terms 2/3, 2/5 z, 2/7 z² … of artanh(s) / s with z = s² <= 0.0295, without the leading 2.
  static func oddTail(_ z: Double, first: Double) -> Double {
    var sum = 2.0 / 23
    var odd = 21.0
    while odd > 3 {
      sum = sum * z + 2 / odd
      odd -= 2
    }
    return sum * z + first
  }

  static func logOfSpecial(_ x: Double) -> Double {
    if x == 0 { return -.infinity }
    return x == .infinity ? x : .nan
  }
}
