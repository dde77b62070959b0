import SimBasics

/// Round values for a linear axis from zero.
struct LinearTicks {
  /// The values, zero among them.
  let values: [Double]
  /// Where the axis ends: the last value, or the data's end on a tight axis.
  let top: Double

  /// - Parameter isTight: whether the axis ends with the data.
  init(upTo most: Double, isTight: Bool = false) {
    guard most > 0, most.isFinite else {
      (values, top) = ([0, 1], 1)
      return
    }
    var step = 1.0
    while step * 10 < most { step *= 10 }
    while step > most { step /= 10 }
    // From one to ten steps so far; aim at four to eight.
    if most / step < 1.6 {
      step /= 5
    } else if most / step < 4 {
      step /= 2
    } else if most / step > 8 {
      step *= 2
    }
    let width = step
    let count = isTight ? (most / step).rounded(.down) : (most / step * (1 - 1e-9)).rounded(.up)
    values = (0...Int(count)).map { Double($0) * width }
    top = isTight ? most : count * step
  }
}

/// Places on a logarithmic axis of nanoseconds.
enum Decade {
  private static let names = [
    "1 ns", "10 ns", "100 ns", "1 us", "10 us", "100 us", "1 ms", "10 ms", "100 ms", "1 s",
    "10 s", "100 s", "1000 s", "10^4 s", "10^5 s", "10^6 s", "10^7 s", "10^8 s", "10^9 s",
    "10^10 s",
  ]

  /// The decimal logarithm.
  static func position(_ nanoseconds: Double) -> Double {
    PortableMath.log(nanoseconds) / PortableMath.log(10)
  }

  static func floor(_ nanoseconds: Double) -> Int {
    max(0, Int((position(nanoseconds) + 1e-9).rounded(.down)))
  }

  static func ceiling(_ nanoseconds: Double) -> Int {
    min(names.count - 1, Int((position(nanoseconds) - 1e-9).rounded(.up)))
  }

  static func name(_ exponent: Int) -> String { names[exponent] }

  /// The probability of an exponential number of mean 1 between two bounds.
  static func exponentialShare(_ from: Double, _ to: Double) -> Double {
    PortableMath.exp(-from) - PortableMath.exp(-to)
  }
}
