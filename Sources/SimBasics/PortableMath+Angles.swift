extension PortableMath {
  /// The sine of an angle in radians, to the last place for |x| up to 10^6.
  ///
  /// Angles above 2^31 give NaN rather than a figure without meaning.
  public static func sin(_ x: Double) -> Double {
    guard abs(x) < 0x1p31 else { return .nan }
    let (r, low, quadrant) = reducedAngle(x)
    switch quadrant {
    case 0: return sineKernel(r, low)
    case 1: return cosineKernel(r, low)
    case 2: return -sineKernel(r, low)
    default: return -cosineKernel(r, low)
    }
  }

  /// The cosine of an angle in radians, to the last place for |x| up to 10^6.
  ///
  /// Angles above 2^31 give NaN rather than a figure without meaning.
  public static func cos(_ x: Double) -> Double {
    guard abs(x) < 0x1p31 else { return .nan }
    let (r, low, quadrant) = reducedAngle(x)
    switch quadrant {
    case 0: return cosineKernel(r, low)
    case 1: return -sineKernel(r, low)
    case 2: return -cosineKernel(r, low)
    default: return sineKernel(r, low)
    }
  }

  /// `x` less a whole number of quarter turns, with π/2 in three parts of 33, 33 and 53 bits
  /// (Cody and Waite), and that number modulo 4.
  private static func reducedAngle(_ x: Double) -> (r: Double, low: Double, quadrant: Int) {
    let turns = Int(x * 0x1.45f306dc9c883p-1 + (x < 0 ? -0.5 : 0.5))
    let k = Double(turns)
    let a = x - k * 0x1.921fb54400000p+0
    let b = k * 0x1.0b4611a600000p-34
    let first = a - b
    let firstLow = (a - first) - b
    let c = k * 0x1.3198a2e037073p-69 - firstLow
    let r = first - c
    return (r, (first - r) - c, turns & 3)
  }

  /// Taylor's series of sin(r + low), |r| <= π/4.
  private static func sineKernel(_ r: Double, _ low: Double) -> Double {
    let z = r * r
    var p = -1.0 / 121_645_100_408_832_000
    for term in sineTerms { p = p * z + term }
    return r + (r * z * p + low * (1 - 0.5 * z))
  }

  /// Taylor's series of cos(r + low), |r| <= π/4.
  private static func cosineKernel(_ r: Double, _ low: Double) -> Double {
    let z = r * r
    var p = 1.0 / 2_432_902_008_176_640_000
    for term in cosineTerms { p = p * z + term }
    let half = 0.5 * z
    let rough = 1 - half
    return rough + (((1 - rough) - half) + (z * z * p - r * low))
  }

  /// ±1/n! for odd n from 17 down to 3.
  private static let sineTerms: [Double] = [
    1.0 / 355_687_428_096_000, -1.0 / 1_307_674_368_000, 1.0 / 6_227_020_800,
    -1.0 / 39_916_800, 1.0 / 362_880, -1.0 / 5_040, 1.0 / 120, -1.0 / 6,
  ]

  /// ±1/n! for even n from 18 down to 4.
  private static let cosineTerms: [Double] = [
    -1.0 / 6_402_373_705_728_000, 1.0 / 20_922_789_888_000, -1.0 / 87_178_291_200,
    1.0 / 479_001_600, -1.0 / 3_628_800, 1.0 / 40_320, -1.0 / 720, 1.0 / 24,
  ]
}
