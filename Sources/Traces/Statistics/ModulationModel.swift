import SimBasics
import Workloads

/// What the generator `modulated` makes on average, in closed form.
struct ModulationModel {
  /// Mean requests per second.
  var rate: Double
  /// Squared variation of gaps at a constant rate.
  var gapVariance: Double
  /// The switches; those of strength 0 do nothing.
  var switches: [RateSwitch]

  /// The covariance of the rate, over its squared mean, as a sum of exponentials: the product of
  /// (1 + strength · exp(-t / memory)) less 1, multiplied out.
  private var terms: [(weight: Double, decay: Double)] {
    var terms: [(weight: Double, decay: Double)] = [(1, 0)]
    for part in switches where part.strength > 0 {
      terms += terms.map { ($0.weight * part.strength, $0.decay + 1 / part.memory) }
    }
    return Array(terms.dropFirst())
  }

  /// Variance over mean of the counts in windows of a width in seconds (Cox and Isham, "Point
  /// Processes", 1980, for doubly stochastic Poisson processes).
  func dispersion(seconds width: Double) -> Double {
    var sum = 1 + (gapVariance - 1) * gapShare(rate * width)
    for term in terms {
      sum += 2 * rate * term.weight / term.decay * Self.kept(term.decay * width)
    }
    return sum
  }

  /// The share of what the gaps add in wide windows that shows in one of so many requests.
  ///
  /// With x = 6 requests / (variance + 1), renewal theory's next term for gamma gaps makes it
  /// 1 - 1 / x in wide windows. Below, gaps more even than exponential ones follow the law of a
  /// memory, and burstier ones do not fall to zero; within 7 % of simulated gaps of variation 0.3
  /// to 6 in windows of one request and more.
  private func gapShare(_ requests: Double) -> Double {
    let x = 6 * requests / (gapVariance + 1)
    return gapVariance <= 1 ? Self.kept(x) : 1 - 1 / (1.6 + x)
  }

  /// 1 - (1 - e^-x) / x, by its series where x is small and the difference would cancel.
  private static func kept(_ x: Double) -> Double {
    x < 1e-4 ? x / 2 - x * x / 6 : 1 - (1 - PortableMath.exp(-x)) / x
  }

  /// What a trace of a given length shows on average: its windows share one mean, which takes the
  /// variance of the whole trace off that of a window.
  func dispersion(seconds width: Double, inTraceOf span: Double) -> Double {
    guard span > width else { return dispersion(seconds: width) }
    return dispersion(seconds: width) - dispersion(seconds: span) * width / span
  }

  /// The autocorrelation of the counts per second.
  func autocorrelation(lagSeconds lag: Int) -> Double {
    func variance(_ width: Int) -> Double {
      width == 0 ? 0 : dispersion(seconds: Double(width)) * Double(width)
    }
    return (variance(lag + 1) - 2 * variance(lag) + variance(lag - 1)) / (2 * variance(1))
  }

  /// The coefficient of variation of the gaps, from the first two moments of the time between
  /// arrivals of a Markov-modulated process (Fischer and Meier-Hellstern, 1993).
  var variation: Double {
    let active = switches.filter { $0.strength > 0 }
    let count = 1 << active.count
    var rates = [Double](repeating: rate, count: count)
    var shares = [Double](repeating: 1, count: count)
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for state in 0..<count {
      for (bit, part) in active.enumerated() {
        let isHigh = state >> bit & 1 == 1
        rates[state] *= isHigh ? part.high : part.low
        shares[state] *= isHigh ? part.highShare : 1 - part.highShare
        let leave = 1 / (isHigh ? part.highDwell : part.lowDwell)
        matrix[state][state] += leave
        matrix[state][state ^ (1 << bit)] -= leave
      }
      matrix[state][state] += rates[state]
    }
    let once = LinearSystem.solve(matrix, [Double](repeating: 1, count: count))
    let twice = LinearSystem.solve(matrix, once)
    var (first, second) = (0.0, 0.0)
    for state in 0..<count {
      let weight = shares[state] * rates[state] / rate
      first += weight * once[state]
      second += 2 * weight * twice[state]
    }
    let square = second / (first * first) - 1 + gapVariance - 1
    return max(square, 1e-6).squareRoot()
  }
}

/// Small systems of linear equations.
enum LinearSystem {
  /// The x with matrix · x = right, by elimination with the largest pivot.
  static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var (a, b) = (matrix, right)
    let n = b.count
    for column in 0..<n {
      var pivot = column
      for row in column..<n where abs(a[row][column]) > abs(a[pivot][column]) { pivot = row }
      a.swapAt(column, pivot)
      b.swapAt(column, pivot)
      for row in (column + 1)..<max(n, column + 1) {
        let factor = a[row][column] / a[column][column]
        if factor == 0 { continue }
        for k in column..<n { a[row][k] -= factor * a[column][k] }
        b[row] -= factor * b[column]
      }
    }
    var x = b
    for row in stride(from: n - 1, through: 0, by: -1) {
      for k in (row + 1)..<max(n, row + 1) { x[row] -= a[row][k] * x[k] }
      x[row] /= a[row][row]
    }
    return x
  }
}
