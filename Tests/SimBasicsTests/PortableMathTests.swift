import Foundation
import Testing

@testable import SimBasics

/// How many representable numbers lie between two values.
private func distance(_ a: Double, _ b: Double) -> UInt64 {
  if a == b || (a.isNaN && b.isNaN) { return 0 }
  guard a.isFinite, b.isFinite, a.sign == b.sign else { return .max }
  let (x, y) = (a.magnitude.bitPattern, b.magnitude.bitPattern)
  return x > y ? x - y : y - x
}

// The platform's functions are the reference; each side may be off by one unit in the last place.
@Suite("Portable mathematics")
struct PortableMathTests {
  @Test("exp and log stay within one unit of the platform's", arguments: [1, 2, 3] as [UInt64])
  func elementary(seed: UInt64) {
    var g = SeededGenerator(seed: seed)
    var worst: UInt64 = 0
    for _ in 0..<20_000 {
      let x = (g.nextUnit() - 0.5) * 1_400
      worst = max(worst, distance(PortableMath.exp(x), exp(x)))
      let near = (g.nextUnit() - 0.5) * 1e-3
      worst = max(worst, distance(PortableMath.exp(near), exp(near)))
      let y = Double(bitPattern: g.next() >> 2)
      if y > 0, y.isFinite { worst = max(worst, distance(PortableMath.log(y), log(y))) }
      let one = 0.5 + 1.5 * g.nextUnit()
      worst = max(worst, distance(PortableMath.log(one), log(one)))
    }
    #expect(worst <= 1)
  }

  @Test("pow stays within one unit of the platform's", arguments: [1, 2, 3] as [UInt64])
  func power(seed: UInt64) {
    var g = SeededGenerator(seed: seed)
    var worst: UInt64 = 0
    for _ in 0..<10_000 {
      let base = PortableMath.exp((g.nextUnit() - 0.5) * 60)
      let exponent = (g.nextUnit() - 0.5) * 40
      let (mine, theirs) = (PortableMath.pow(base, exponent), pow(base, exponent))
      if theirs.isNormal { worst = max(worst, distance(mine, theirs)) }
      let unit = g.nextPositiveUnit()
      worst = max(worst, distance(PortableMath.pow(unit, 1 / 0.7), pow(unit, 1 / 0.7)))
      let near = 1 + (g.nextUnit() - 0.5) * 1e-6
      worst = max(worst, distance(PortableMath.pow(near, 1e8), pow(near, 1e8)))
    }
    #expect(worst <= 1)
  }

  @Test("sine and cosine stay within one unit of the platform's", arguments: [1, 2] as [UInt64])
  func angles(seed: UInt64) {
    var g = SeededGenerator(seed: seed)
    var worst: UInt64 = 0
    for scale in [0.1, 1.5, 10, 1_000, 1e6] {
      for _ in 0..<4_000 {
        let x = (g.nextUnit() - 0.5) * 2 * scale
        worst = max(worst, distance(PortableMath.sin(x), sin(x)))
        worst = max(worst, distance(PortableMath.cos(x), cos(x)))
      }
    }
    #expect(worst <= 1)
    #expect(PortableMath.sin(1e300).isNaN && PortableMath.cos(.infinity).isNaN)
  }

  @Test("special values follow IEEE 754")
  func specials() {
    #expect(PortableMath.log(0) == -.infinity)
    #expect(PortableMath.log(-1).isNaN && PortableMath.log(.nan).isNaN)
    #expect(PortableMath.log(.infinity) == .infinity)
    #expect(PortableMath.log(1) == 0 && PortableMath.exp(0) == 1)
    #expect(PortableMath.exp(710) == .infinity && PortableMath.exp(-746) == 0)
    #expect(PortableMath.exp(.infinity) == .infinity && PortableMath.exp(-.infinity) == 0)
    #expect(PortableMath.exp(-744) == exp(-744))
    let bases = [0, -0.0, 1, -1, 2, -2, 0.5, .infinity, -.infinity, .nan, 0x1p-1060]
    let exponents = [0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, .infinity, -.infinity, .nan, 1e300, 1e18]
    for base in bases {
      for exponent in exponents {
        let (mine, theirs) = (PortableMath.pow(base, exponent), pow(base, exponent))
        #expect(distance(mine, theirs) <= 1, "\(base)^\(exponent): \(mine), expected \(theirs)")
        #expect(mine.isNaN || mine.sign == theirs.sign, "\(base)^\(exponent)")
      }
    }
  }

  @Test("ln k! matches the sum of logarithms")
  func factorials() {
    var sum = 0.0
    for k in 1...200 {
      sum += log(Double(k))
      #expect(abs(PortableMath.logFactorial(Double(k)) - sum) < 1e-10 * max(1, sum))
    }
    #expect(PortableMath.logFactorial(0) == 0)
  }
}
