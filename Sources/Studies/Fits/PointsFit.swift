import Metrics
import Simulation
import Tables

/// The fit of constants to the points of a file, and why it could not be made.
package struct PointsFit {
  private let constants: [FitConstant]
  private let experiment: Experiment
  /// The points that are fitted; the others are only judged.
  private let points: PointsFile
  private let published: [Double]
  private let jobs: Int

  /// Takes those points of the file that a fit may use.
  package init(
    _ constants: [FitConstant], _ experiment: Experiment, _ points: PointsFile, jobs: Int
  ) {
    self.constants = constants
    self.experiment = experiment
    var part = points
    part.points = zip(points.points, points.isFitted).compactMap { $1 ? $0 : nil }
    self.points = part
    published = part.points.compactMap(\.published)
    self.jobs = jobs
  }

  /// Finds the constants: the experiment with them, and how well they are known.
  ///
  /// - Throws: `InputError` where the points do not tell them.
  package func run(seed: UInt64) throws(InputError) -> (Experiment, LeastSquaresFit.Result) {
    // A figure that counts moves in steps, and over less than one its slope is nothing. A fit's
    // least step is a share of a constant's unit, so a wider unit is a wider step.
    var units = constants.map { _ in 1.0 }
    var widths = constants.map { _ in 1.0 }
    while true {
      let attempt = Attempt(constants.map(\.start))
      do throws(LeastSquaresFit.Failure) {
        let result = try self.attempt(attempt, units, seed: seed)
        let source = "\(published.count) points of \(points.comment("source") ?? "a file")"
        return (
          FitConstant.found(constants, result.values, in: experiment, source: source), result
        )
      } catch {
        let flat = flat(error, attempt.best)
        if flat.isEmpty || flat.contains(where: { widths[$0] >= Self.widest }) {
          throw InputError(explain(error, attempt, isFlat: !flat.isEmpty))
        }
        for i in flat {
          widths[i] *= 4
          units[i] = widths[i] * max(1, abs(attempt.best[i]) * Self.shareOfUnit)
        }
      }
    }
  }

  /// How many times wider than a fit's own a step may be: half of the constant's value.
  private static let widest = 256.0
  /// A fit's own step is the greater of 0.002 of the value and 0.02 of a unit.
  private static let shareOfUnit = 0.1

  // MARK: One attempt

  /// What a fit saw on its way.
  private final class Attempt {
    /// The constants nearest to the points, and how near.
    var best: [Double]
    var least = Double.infinity
    /// What was simulated where that was no use.
    var useless: [Double?] = []

    init(_ start: [Double]) { best = start }
  }

  private func attempt(
    _ attempt: Attempt, _ units: [Double], seed: UInt64
  ) throws(LeastSquaresFit.Failure) -> LeastSquaresFit.Result {
    let starts = zip(constants, units).map { constant, unit in
      LeastSquaresFit.Constant(
        name: constant.name, start: constant.start / unit,
        bounds: (constant.bounds.lowerBound / unit)...(constant.bounds.upperBound / unit))
    }
    let fit = LeastSquaresFit(starts) { scaled in
      let values = zip(scaled, units).map { $0 * $1 }
      guard let residuals = residuals(values, attempt) else { return nil }
      let square = residuals.reduce(0) { $0 + $1 * $1 }
      if square < attempt.least { (attempt.least, attempt.best) = (square, values) }
      return residuals
    }
    var result = try fit.run(seed: seed)
    result.values = zip(result.values, units).map { $0 * $1 }
    result.halfWidths = zip(result.halfWidths, units).map { $0 * $1 }
    return result
  }

  private func residuals(_ values: [Double], _ attempt: Attempt?) -> [Double]? {
    let trial = FitConstant.set(constants, to: values, in: experiment)
    guard let found = try? points.simulated(trial, jobs: jobs) else { return nil }
    var residuals: [Double] = []
    for (value, goal) in zip(found, published) {
      guard let value, value > 0 else {
        attempt?.useless = found
        return nil
      }
      residuals.append(FitError.log(value / goal))
    }
    return residuals
  }

  /// Of the constants a failure names, those with which no point moves near the best found.
  private func flat(_ failure: LeastSquaresFit.Failure, _ best: [Double]) -> [Int] {
    switch failure {
    case .ineffective(let names):
      return constants.indices.filter { names.contains(constants[$0].name) }
    case .inseparable(let name):
      guard let i = constants.firstIndex(where: { $0.name == name }) else { return [] }
      var moved = best
      let width = max(abs(best[i]) * 2e-3, 0.02)
      moved[i] += moved[i] + width <= constants[i].bounds.upperBound ? width : -width
      return residuals(moved, nil) == residuals(best, nil) ? [i] : []
    case .noResiduals, .tooFewPoints: return []
    }
  }

  // MARK: Reasons

  private func explain(
    _ failure: LeastSquaresFit.Failure, _ attempt: Attempt, isFlat: Bool
  ) -> Diagnostic {
    let path = points.path
    switch failure {
    case .noResiduals: return uselessPoint(attempt.useless)
    case .tooFewPoints(let points, let constants):
      return Diagnostic(
        file: path, message: "\(points) points cannot carry \(constants) constants")
    case .ineffective(let names):
      return Diagnostic(
        file: path,
        message: "no point depends on " + names.map { "'\($0)'" }.joined(separator: ", "))
    case .inseparable(let name) where isFlat:
      return Diagnostic(
        file: path,
        message: "no point depends on '\(name)' near the best that was found",
        hint: "the points' figures may move in steps: simulate longer, or take a latency")
    case .inseparable(let name):
      return Diagnostic(
        file: path,
        message: "the points cannot tell the constant '\(name)' from those before it",
        hint: "leave one of them as the testbed has it")
    }
  }

  /// Says of the first point that cannot be fitted why.
  private func uselessPoint(_ found: [Double?]) -> Diagnostic {
    let i = found.firstIndex { ($0 ?? 0) <= 0 }
    guard let i, points.points.indices.contains(i) else {
      return Diagnostic(file: points.path, message: "the points cannot be simulated")
    }
    let point = points.points[i]
    let figure = point.column.rawValue
    var reason = Diagnostic(file: points.path, line: point.line, message: "")
    if found[i] != nil {
      reason.message = "'\(figure)' is 0 here, and a fit is to the ratio to what was published"
    } else if isRun(point) {
      reason.message = "'\(figure)' has no value here, whatever the constants are"
      if [.sloAttainment, .goodput].contains(point.column) {
        reason.hint = "the tenant has no 'slo_ms' to meet"
      }
    } else {
      reason.message = "this point cannot be simulated: the policy refuses to run there"
      reason.hint = "does memory suffice for its replicas?"
    }
    return reason
  }

  /// Whether the policy runs at the point, asked by a figure that every run has.
  private func isRun(_ point: PointsFile.Point) -> Bool {
    var one = points
    one.points = [point]
    one.points[0].column = .arrived
    one.points[0].replicas = nil
    if let replicas = point.replicas { one.points[0].x = replicas }
    return (try? one.simulated(experiment, jobs: jobs))?.first.flatMap { $0 } != nil
  }
}
