extension PortableMath {
  /// `base` raised to `exponent`, with the special cases of IEEE 754's `pow`.
  ///
  /// A negative base takes whole exponents only and gives NaN otherwise.
  public static func pow(_ base: Double, _ exponent: Double) -> Double {
    if exponent == 0 || base == 1 { return 1 }
    if base.isNaN || exponent.isNaN { return .nan }
    let magnitude = abs(base)
    let isWhole = exponent.rounded(.towardZero) == exponent
    let isOdd = isWhole && abs(exponent) < 0x1p53 && Int64(exponent) & 1 != 0
    let isNegative = base.sign == .minus && isOdd
    if base < 0, base > -.infinity, !isWhole { return .nan }
    let size = powerOfMagnitude(magnitude, exponent)
    return isNegative ? -size : size
  }

  private static func powerOfMagnitude(_ x: Double, _ y: Double) -> Double {
    if x == 1 { return 1 }
    if x == 0 || x == .infinity { return (x == 0) == (y > 0) ? 0 : .infinity }
    if abs(y) > 0x1p66 { return (x > 1) == (y > 0) ? .infinity : 0 }
    let (high, low) = extendedLog(x)
    let product = twoProduct(y, high)
    return exp(high: product.high, low: product.low + y * low)
  }

  /// The natural logarithm as a sum of two numbers, good to about 2^-63 of its value.
  ///
  /// The first two terms of the series run in twice the precision; from the third on, plain
  /// arithmetic is enough since s² stays below 0.03.
  private static func extendedLog(_ x: Double) -> (high: Double, low: Double) {
    let (f, exponent) = reduced(x)
    let denominator = twoSum(2, f)
    let s = f / denominator.high
    let check = twoProduct(s, denominator.high)
    let sLow = (((f - check.high) - check.low) - s * denominator.low) / denominator.high
    var z = twoProduct(s, s)
    z.low += 2 * s * sLow
    let tail = z.high * oddTail(z.high, first: 2.0 / 5.0, last: 5)
    var inner = twoSum(0x1.5555555555555p-1, tail)
    inner.low += 0x1.5555555555555p-55
    var cube = twoProduct(z.high, inner.high)
    cube.low += z.high * inner.low + z.low * inner.high
    var rest = twoProduct(s, cube.high)
    rest.low += s * cube.low + sLow * cube.high
    let k = Double(exponent)
    let first = twoSum(k * ln2High, 2 * s)
    let second = twoSum(first.high, rest.high)
    let low = first.low + second.low + rest.low + 2 * sLow + k * ln2Low
    let high = second.high + low
    return (high, (second.high - high) + low)
  }

  /// Terms 2/`last`, … of artanh's series, from 2/25 down.
  private static func oddTail(_ z: Double, first: Double, last: Double) -> Double {
    var sum = 2.0 / 25
    var odd = 23.0
    while odd > last {
      sum = sum * z + 2 / odd
      odd -= 2
    }
    return sum * z + first
  }

  /// a + b as a rounded sum and its exact error (Knuth).
  private static func twoSum(_ a: Double, _ b: Double) -> (high: Double, low: Double) {
    let sum = a + b
    let bPart = sum - a
    return (sum, (a - (sum - bPart)) + (b - bPart))
  }

  /// a × b as a rounded product and its exact error (Dekker, with Veltkamp's split): the fused
  /// multiply-add would be a call into the system's mathematics on older processors.
  private static func twoProduct(_ a: Double, _ b: Double) -> (high: Double, low: Double) {
    let product = a * b
    let (aHigh, aLow) = split(a)
    let (bHigh, bLow) = split(b)
    let low = ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow
    return (product, low)
  }

  private static func split(_ a: Double) -> (high: Double, low: Double) {
    let scaled = 134_217_729 * a  // 2^27 + 1
    let high = scaled - (scaled - a)
    return (high, a - high)
  }
}
