import SimBasics

/// A measured launch in the form the fit needs.
struct GEMMObservation {
  var launch: GEMMLaunch
  /// Whether the tile and split are what ran; otherwise the fit chooses them.
  var isKernelKnown: Bool
  /// ln of the measured microseconds.
  var logTime: Double
  /// Residual per unit of log error.
  var weight: Double
}

/// Fits a GPU's constants by robust least squares on log error.
///
/// The loss is soft-L1 (quadratic below an error of 1 / weight, linear above) plus quadratic
/// priors; the minimum is sought by Levenberg-Marquardt with a numeric Jacobian. Sums run in row
/// order, so the result is the same on every platform.
struct GEMMFit {
  let model: GEMMModel
  /// Where the constants start and what their priors hold them to.
  var prior: GEMMConstants
  /// Most steps of the search.
  var steps = 40
  /// Steps between which unknown kernels are chosen anew.
  var rounds = 4

  /// The constants that fit the observations.
  func fitted(_ observations: [GEMMObservation]) -> GEMMConstants {
    var constants = prior
    // From a limit that nothing reaches the search would see no slope: start where it binds.
    constants.values[GEMMConstants.Key.power] *= 0.8
    let hasUnknown = observations.contains { !$0.isKernelKnown }
    var rows = observations
    for _ in 0..<(hasUnknown ? rounds : 1) {
      if hasUnknown { choose(&rows, constants) }
      var search = Search(model: model, prior: prior, rows: rows, start: constants)
      search.run(steps: hasUnknown ? steps / 2 : steps)
      constants = search.constants
    }
    return constants
  }

  private func choose(_ rows: inout [GEMMObservation], _ constants: GEMMConstants) {
    let chooser = KernelChooser(model: model, constants: constants, minimumShare: 0)
    for i in rows.indices where !rows[i].isKernelKnown {
      let launch = rows[i].launch
      if let best = chooser.best(launch.shape, launch.layout) { rows[i].launch = best.launch }
    }
  }
}

/// One search for the minimum over a fixed choice of kernels.
private struct Search {
  let model: GEMMModel
  let rows: [GEMMObservation]
  /// Family of each row.
  let family: [Int]
  let priorLogs: [Double]
  let weights: [Double]
  let template: GEMMConstants
  /// ln of all constants: the GPU's, then three for each family.
  var theta: [Double]

  init(model: GEMMModel, prior: GEMMConstants, rows: [GEMMObservation], start: GEMMConstants) {
    self.model = model
    var template = prior
    var indices: [Int] = []
    for row in rows {
      if template.index(row.launch.layout, row.launch.tile) == nil {
        template.families.append(GEMMConstants.priorFamily(row.launch.layout, row.launch.tile))
      }
    }
    for i in template.families.indices { template.families[i].rows = 0 }
    for row in rows {
      let at = template.index(row.launch.layout, row.launch.tile) ?? 0
      indices.append(at)
      template.families[at].rows += 1
    }
    self.rows = rows
    family = indices
    self.template = template
    priorLogs = Search.logs(template)
    weights =
      GEMMConstants.priorWeights + template.families.flatMap { _ in GEMMConstants.familyWeights }
    var begin = template
    begin.values = start.values
    for known in start.families {
      if let at = begin.index(known.layout, known.tile) {
        let count = begin.families[at].rows
        begin.families[at] = known
        begin.families[at].rows = count
      }
    }
    theta = Search.logs(begin)
  }

  static func logs(_ constants: GEMMConstants) -> [Double] {
    (constants.values + constants.families.flatMap(\.factors)).map(PortableMath.log)
  }

  /// The constants at the search's present point.
  var constants: GEMMConstants {
    var result = template
    let all = theta.map(PortableMath.exp)
    let base = result.values.count
    result.values = Array(all[..<base])
    for i in result.families.indices {
      result.families[i].factors = Array(all[(base + 3 * i)...].prefix(3))
    }
    return result
  }

  func residual(_ row: Int, _ values: [Double], _ family: (Double, Double, Double)) -> Double {
    let time = model.microseconds(rows[row].launch, values, family)
    return (PortableMath.log(time) - rows[row].logTime) * rows[row].weight
  }

  func familyConstants(_ theta: [Double], _ index: Int) -> (Double, Double, Double) {
    let at = GEMMConstants.names.count + 3 * index
    return (
      PortableMath.exp(theta[at]), PortableMath.exp(theta[at + 1]), PortableMath.exp(theta[at + 2])
    )
  }

  func cost(_ theta: [Double]) -> Double {
    let values = theta.prefix(GEMMConstants.names.count).map(PortableMath.exp)
    let families = template.families.indices.map { familyConstants(theta, $0) }
    var sum = 0.0
    for i in rows.indices {
      let r = residual(i, values, families[family[i]])
      sum += 2 * ((1 + r * r).squareRoot() - 1)
    }
    for i in theta.indices {
      let r = (theta[i] - priorLogs[i]) * weights[i]
      sum += r * r
    }
    return sum
  }

  mutating func run(steps: Int) {
    // A step of more than e² in any constant leaves where the derivatives mean anything.
    theta = NormalEquations.descend(
      from: theta, steps: steps, longest: 2, leastGain: 1e-9,
      evaluate: { (cost($0), ()) }, equations: { point, _ in normalEquations(at: point) })
  }

  private func normalEquations(
    at theta: [Double]
  ) -> (matrix: [[Double]], gradient: [Double]) {
    let count = theta.count
    let shared = GEMMConstants.names.count
    let step = 1e-5
    let values = theta.prefix(shared).map(PortableMath.exp)
    let moved = (0..<shared).map { j in
      var copy = values
      copy[j] = PortableMath.exp(theta[j] + step)
      return copy
    }
    let base = template.families.indices.map { familyConstants(theta, $0) }
    let nudged = template.families.indices.map { at in
      (0..<3).map { j in
        var copy = theta
        copy[shared + 3 * at + j] += step
        return familyConstants(copy, at)
      }
    }
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var gradient = [Double](repeating: 0, count: count)
    var slope = [Double](repeating: 0, count: shared + 3)
    for i in rows.indices {
      let constants = base[family[i]]
      let r = residual(i, values, constants)
      for j in 0..<shared { slope[j] = (residual(i, moved[j], constants) - r) / step }
      let own = shared + 3 * family[i]
      for j in 0..<3 {
        slope[shared + j] = (residual(i, values, nudged[family[i]][j]) - r) / step
      }
      let trust = 1 / (1 + r * r).squareRoot()
      for a in 0..<(shared + 3) {
        let row = a < shared ? a : own + a - shared
        gradient[row] += trust * slope[a] * r
        for b in 0...a {
          let column = b < shared ? b : own + b - shared
          matrix[row][column] += trust * slope[a] * slope[b]
        }
      }
    }
    for i in 0..<count {
      matrix[i][i] += weights[i] * weights[i]
      gradient[i] += (theta[i] - priorLogs[i]) * weights[i] * weights[i]
    }
    return (matrix, gradient)
  }
}
