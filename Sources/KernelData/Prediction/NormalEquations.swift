/// The linear equations of a least-squares step.
package enum NormalEquations {
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
