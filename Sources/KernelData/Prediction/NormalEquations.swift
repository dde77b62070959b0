/// The linear equations of a least-squares step.
package enum NormalEquations {
  /// Where a sum of squares is least, sought from `start` by Levenberg and Marquardt's steps.
  ///
  /// - Parameters:
  ///   - steps: how many steps are made at most.
  ///   - longest: the longest step in one parameter.
  ///   - leastGain: the part of the sum below which a step's gain ends the search.
  ///   - evaluate: the sum at a point, and what else is known there.
  ///   - equations: the lower triangle of the matrix and the gradient at a point.
  package static func descend<Known>(
    from start: [Double], steps: Int, longest: Double, leastGain: Double,
    evaluate: ([Double]) -> (cost: Double, known: Known),
    equations: ([Double], Known) -> (matrix: [[Double]], gradient: [Double])
  ) -> [Double] {
    var point = start
    var (cost, known) = evaluate(point)
    var damping = 1e-2
    for _ in 0..<steps {
      let (matrix, gradient) = equations(point, known)
      var isImproved = false
      for _ in 0..<8 {
        guard let delta = solve(matrix, gradient, damping: damping) else {
          damping *= 10
          continue
        }
        let next = zip(point, delta).map { $0 - max(-longest, min(longest, $1)) }
        let tried = evaluate(next)
        if tried.cost < cost {
          isImproved = cost - tried.cost > leastGain * cost
          point = next
          (cost, known) = tried
          damping = max(damping / 4, 1e-9)
          break
        }
        damping *= 5
      }
      if !isImproved { break }
    }
    return point
  }

  /// Solves (A + damping · diag A) x = b by Cholesky; nil where rounding makes A indefinite.
  ///
  /// - Parameter lower: A, of which the lower triangle is read.
  /// - Complexity: O(n³).
  package static func solve(_ lower: [[Double]], _ b: [Double], damping: Double) -> [Double]? {
    let n = b.count
    var l = lower
    for i in 0..<n { l[i][i] *= 1 + damping }
    for i in 0..<n {
      for j in 0...i {
        var sum = l[i][j]
        for k in 0..<j { sum -= l[i][k] * l[j][k] }
        if i == j {
          guard sum > 0 else { return nil }
          l[i][i] = sum.squareRoot()
        } else {
          l[i][j] = sum / l[j][j]
        }
      }
    }
    var x = b
    for i in 0..<n {
      for k in 0..<i { x[i] -= l[i][k] * x[k] }
      x[i] /= l[i][i]
    }
    for i in (0..<n).reversed() {
      for k in (i + 1)..<n { x[i] -= l[k][i] * x[k] }
      x[i] /= l[i][i]
    }
    return x
  }
}
