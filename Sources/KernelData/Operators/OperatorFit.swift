import LanguageModels
import SimBasics

/// A measured operator in the form the fit needs.
struct OperatorObservation {
  var shape: OperatorShape
  /// ln of the measured nanoseconds.
  var logTime: Double
  /// The row's weight.
  var weight: Double
}

/// Fits a family's constants to a GPU by robust least squares on log error.
///
/// The loss is soft-L1 (quadratic below 5 %, linear above) plus quadratic priors on the logs of the
/// constants; the minimum is sought by Levenberg-Marquardt with a numeric Jacobian, then one constant
/// at a time. Sums run in row order, so the result is the same on every platform.
struct OperatorFit {
  let chip: OperatorChip
  let start: OperatorConstants
  /// Most steps of the search.
  var steps = 40

  /// Error at which the loss turns linear.
  private static let turn = 0.05
  /// What an error of a constant by its prior's width weighs, as an error of a row.
  private static let priorError = 0.15

  /// The constants that fit the observations.
  func fitted(_ observations: [OperatorObservation]) -> OperatorConstants {
    let specs = start.family.constants
    let widths = specs.map(\.width) + start.tiles.map { $0.rows * $0.columns < 8192 ? 0.4 : 0.25 }
    let bounds = specs.map(\.bounds) + start.tiles.map { _ in 0.05...0.98 }
    let shapes = observations.map(\.shape)
    func constants(_ z: [Double]) -> OperatorConstants {
      var result = start
      for j in z.indices {
        let origin =
          j < specs.count ? start.values[j] : start.tiles[j - specs.count].efficiency
        let value = min(
          max(origin * PortableMath.exp(z[j] * widths[j]), bounds[j].lowerBound),
          bounds[j].upperBound)
        if j < specs.count {
          result.values[j] = value
        } else {
          result.tiles[j - specs.count].efficiency = value
        }
      }
      return result
    }
    func residuals(_ z: [Double]) -> [Double] {
      zip(OperatorPredictor(chip, constants(z)).ns(shapes), observations).map { time, row in
        (PortableMath.log(time) - row.logTime) * row.weight / Self.turn
      }
    }
    let z = Self.minimum(
      of: residuals, parameters: widths.count, prior: Self.priorError / Self.turn, steps: steps)
    return constants(z)
  }

  /// The point of least loss, from zero.
  static func minimum(
    of residuals: ([Double]) -> [Double], parameters count: Int, prior: Double, steps: Int
  ) -> [Double] {
    let z = NormalEquations.descend(
      from: [Double](repeating: 0, count: count), steps: steps, longest: 1, leastGain: 1e-6,
      evaluate: {
        let found = residuals($0)
        return (cost(found, $0, prior), found)
      },
      equations: { normalEquations(residuals, $0, $1, prior) })
    return descended(z, cost: { Self.cost(residuals($0), $0, prior) })
  }

  /// A point further down, one constant at a time: rounds of blocks and choices of tiles make steps
  /// that derivatives do not see.
  private static func descended(
    _ start: [Double], cost: ([Double]) -> Double
  ) -> [Double] {
    var (z, least) = (start, cost(start))
    var stride = 0.6
    while stride > 0.02 {
      var isImproved = false
      for j in z.indices {
        for move in [stride, -stride] {
          var next = z
          next[j] += move
          let value = cost(next)
          if value < least * (1 - 1e-5) {
            (z, least, isImproved) = (next, value, true)
            break
          }
        }
      }
      if !isImproved { stride /= 2 }
    }
    return z
  }

  private static func cost(_ residuals: [Double], _ z: [Double], _ prior: Double) -> Double {
    var sum = 0.0
    for r in residuals { sum += 2 * ((1 + r * r).squareRoot() - 1) }
    for value in z { sum += value * value * prior * prior }
    return sum
  }

  private static func normalEquations(
    _ residuals: ([Double]) -> [Double], _ z: [Double], _ current: [Double], _ prior: Double
  ) -> (matrix: [[Double]], gradient: [Double]) {
    // Rounding to whole rounds of blocks makes steps: a wide difference sees past them.
    let step = 1e-2
    let slopes = z.indices.map { j in
      var moved = z
      moved[j] += step
      return zip(residuals(moved), current).map { ($0 - $1) / step }
    }
    let trust = current.map { 1 / (1 + $0 * $0).squareRoot() }
    var matrix = z.map { _ in [Double](repeating: 0, count: z.count) }
    var gradient = [Double](repeating: 0, count: z.count)
    for a in z.indices {
      for i in current.indices { gradient[a] += trust[i] * slopes[a][i] * current[i] }
      for b in 0...a {
        var sum = 0.0
        for i in current.indices { sum += trust[i] * slopes[a][i] * slopes[b][i] }
        matrix[a][b] = sum
      }
      matrix[a][a] += prior * prior
      gradient[a] += z[a] * prior * prior
    }
    return (matrix, gradient)
  }
}
