import SimBasics

/// A bounded least-squares fit of a few constants: Levenberg-Marquardt with projected steps, and a
/// search along each constant for models whose residuals are too rough for slopes.
///
/// The model is a function of the constants alone, so equal inputs give equal results.
package struct LeastSquaresFit {
  /// A constant to be found.
  package struct Constant: Sendable {
    /// Its name, for reports.
    package var name: String
    /// Where the search begins.
    package var start: Double
    /// The values it may have.
    package var bounds: ClosedRange<Double>

    /// Creates a constant; the start is moved into its bounds.
    package init(name: String, start: Double, bounds: ClosedRange<Double>) {
      self.name = name
      self.start = min(max(start, bounds.lowerBound), bounds.upperBound)
      self.bounds = bounds
    }
  }

  /// Why constants cannot be found.
  package enum Failure: Error, Equatable, Sendable {
    /// The model gives no finite residuals where the search begins.
    case noResiduals
    /// Fewer residuals than constants.
    case tooFewPoints(points: Int, constants: Int)
    /// These constants change no residual.
    case ineffective([String])
    /// The points cannot tell this constant from the others.
    case inseparable(String)
  }

  /// What was found.
  package struct Result: Sendable {
    /// The constants' values, in their order.
    package var values: [Double]
    /// Half the width of each one's 95 % interval over resampled points.
    package var halfWidths: [Double]
    /// The root of the mean squared residual.
    package var residual: Double
    /// How many steps were taken.
    package var steps: Int
  }

  private let constants: [Constant]
  private let residuals: ([Double]) -> [Double]?

  /// Creates a fit; the model is nil where it has no finite residual.
  package init(_ constants: [Constant], residuals: @escaping ([Double]) -> [Double]?) {
    self.constants = constants
    self.residuals = residuals
  }

  /// Finds the constants.
  ///
  /// - Parameters:
  ///   - seed: of the resampling, which does not reach the values.
  ///   - resamples: how often the points are drawn anew for the intervals.
  package func run(seed: UInt64, resamples: Int = 200) throws(Failure) -> Result {
    var values = constants.map(\.start)
    guard var present = residuals(values) else { throw .noResiduals }
    if present.count < constants.count {
      throw .tooFewPoints(points: present.count, constants: constants.count)
    }
    var steps = 0
    var slopes = try jacobian(values, present)
    try checkEffect(slopes)
    try descend(&values, &present, &slopes, &steps)
    if search(&values, &present, &steps) {
      slopes = try jacobian(values, present)
      try descend(&values, &present, &slopes, &steps)
    }
    try checkSeparation(slopes)
    return Result(
      values: values,
      halfWidths: halfWidths(slopes, present, seed: seed, resamples: resamples),
      residual: (Self.square(present) / Double(present.count)).squareRoot(), steps: steps)
  }

  // MARK: Steps

  /// Follows the slopes until they lead nowhere better.
  private func descend(
    _ values: inout [Double], _ present: inout [Double], _ slopes: inout [[Double]],
    _ steps: inout Int
  ) throws(Failure) {
    var damping = 1e-3
    let last = steps + 60
    while steps < last {
      steps += 1
      let before = Self.square(present)
      var isBetter = false
      while damping < 1e9 {
        let trial = moved(values, by: Self.step(slopes, present, damping: damping))
        if let found = residuals(trial), Self.square(found) < before {
          (values, present, isBetter) = (trial, found, true)
          damping = max(1e-9, damping / 5)
          break
        }
        damping *= 4
      }
      if !isBetter || before - Self.square(present) < 1e-9 * before { return }
      slopes = try jacobian(values, present)
    }
  }

  /// Tries each constant by itself up and down, in ever smaller shares of it; true where that found
  /// something better by a thousandth. Where queues lock into step a result jumps with a constant,
  /// and slopes see only the ground between two jumps.
  private func search(
    _ values: inout [Double], _ present: inout [Double], _ steps: inout Int
  ) -> Bool {
    let before = Self.square(present)
    for share in [0.3, 0.1, 0.03] {
      var rounds = 0
      var isBetter = true
      while isBetter, rounds < 4 {
        isBetter = false
        rounds += 1
        steps += 1
        for i in constants.indices {
          let width = share * max(abs(values[i]), abs(constants[i].start), 0.1)
          for sign in [1.0, -1.0] {
            var by = [Double](repeating: 0, count: values.count)
            by[i] = sign * width
            let trial = moved(values, by: by)
            if trial == values { continue }
            let least = Self.square(present)
            guard let found = residuals(trial), Self.square(found) < 0.9999 * least else {
              continue
            }
            (values, present, isBetter) = (trial, found, true)
            break
          }
        }
      }
    }
    return Self.square(present) < 0.999 * before
  }

  /// By constant: how each residual changes with one unit of it.
  private func jacobian(
    _ values: [Double], _ present: [Double]
  ) throws(Failure) -> [[Double]] {
    var slopes: [[Double]] = []
    for (i, constant) in constants.enumerated() {
      var moved = values
      let width = max(abs(values[i]) * 2e-3, 0.02)
      // A step that would leave the bounds is taken the other way.
      let step = values[i] + width <= constant.bounds.upperBound ? width : -width
      moved[i] += step
      guard let found = residuals(moved), found.count == present.count else { throw .noResiduals }
      slopes.append(zip(found, present).map { ($0 - $1) / step })
    }
    return slopes
  }

  private func moved(_ values: [Double], by step: [Double]) -> [Double] {
    values.indices.map { i in
      let bounds = constants[i].bounds
      return min(max(values[i] + step[i], bounds.lowerBound), bounds.upperBound)
    }
  }

  private static func step(
    _ slopes: [[Double]], _ residuals: [Double], damping: Double
  ) -> [Double] {
    let n = slopes.count
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
    var right = [Double](repeating: 0, count: n)
    for i in 0..<n {
      for j in 0..<n { matrix[i][j] = dot(slopes[i], slopes[j]) }
      matrix[i][i] *= 1 + damping
      right[i] = -dot(slopes[i], residuals)
    }
    return solved(matrix, right) ?? [Double](repeating: 0, count: n)
  }

  /// Gauss elimination with the largest pivot; nil where there is none.
  private static func solved(_ matrix: [[Double]], _ right: [Double]) -> [Double]? {
    var (a, b) = (matrix, right)
    let n = b.count
    for k in 0..<n {
      let pivot = (k..<n).max { abs(a[$0][k]) < abs(a[$1][k]) } ?? k
      a.swapAt(k, pivot)
      b.swapAt(k, pivot)
      if !(abs(a[k][k]) > 1e-300) { return nil }
      for i in (k + 1)..<max(n, k + 1) {
        let factor = a[i][k] / a[k][k]
        for j in k..<n { a[i][j] -= factor * a[k][j] }
        b[i] -= factor * b[k]
      }
    }
    for k in (0..<n).reversed() {
      for j in (k + 1)..<max(n, k + 1) { b[k] -= a[k][j] * b[j] }
      b[k] /= a[k][k]
    }
    return b
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func square(_ a: [Double]) -> Double { dot(a, a) }

  // MARK: What the points can carry

  private func checkEffect(_ slopes: [[Double]]) throws(Failure) {
    let idle = constants.indices.filter { i in slopes[i].allSatisfy { $0 == 0 } }
    if !idle.isEmpty { throw .ineffective(idle.map { constants[$0].name }) }
  }

  /// Each constant's slopes must keep a part that no mix of the others' has.
  private func checkSeparation(_ slopes: [[Double]]) throws(Failure) {
    var basis: [[Double]] = []
    for (i, column) in slopes.enumerated() {
      var rest = column
      for direction in basis {
        let part = Self.dot(rest, direction)
        rest = zip(rest, direction).map { $0 - part * $1 }
      }
      let (left, whole) = (Self.square(rest).squareRoot(), Self.square(column).squareRoot())
      if !(left > 1e-3 * whole) { throw .inseparable(constants[i].name) }
      basis.append(rest.map { $0 / left })
    }
  }

  /// Draws the points anew and takes the step that each draw asks for, the slopes as they are.
  private func halfWidths(
    _ slopes: [[Double]], _ residuals: [Double], seed: UInt64, resamples: Int
  ) -> [Double] {
    var generator = SeededGenerator(seed: seed, stream: "fit")
    var moves = [[Double]](repeating: [], count: slopes.count)
    for _ in 0..<resamples {
      let drawn = residuals.indices.map { _ in generator.nextBelow(residuals.count) }
      let step = Self.step(
        slopes.map { column in drawn.map { column[$0] } }, drawn.map { residuals[$0] },
        damping: 0)
      for i in step.indices { moves[i].append(step[i]) }
    }
    return moves.map { list in
      guard !list.isEmpty else { return 0 }
      let sorted = list.sorted()
      func at(_ share: Double) -> Double { sorted[Int(share * Double(sorted.count - 1))] }
      return (at(0.975) - at(0.025)) / 2
    }
  }
}
