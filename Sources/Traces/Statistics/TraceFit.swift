import SimBasics
import Tables
import Workloads

/// Fits the generator `modulated` to a trace's statistics.
///
/// Matched are the dispersion at 1, 10 and 60 s, the autocorrelation of the counts per second at six
/// lags and, with less weight, the variation of the gaps; the rate is taken over. What a fit of three
/// switches cannot show (the tail of silences, periods, the gaps' fine structure) is for the caller
/// to look at: `TraceLikeness` compares trace and fit on figures that were not fitted too.
package struct TraceFit: Sendable {
  /// The fitted generator.
  package let spec: GeneratorSpec
  /// The mean squared relative error of what was fitted.
  package let error: Double

  /// The lags of the autocorrelation that are matched, in seconds.
  package static let lags = [1, 2, 5, 10, 30, 60]
  /// The memories tried for the switches, in seconds.
  private static let memories = [0.3, 1, 3, 10, 30, 100, 300]
  /// Requests below which a trace says too little to be fitted.
  package static let requestsNeeded: Int64 = 100

  /// Fits a trace.
  ///
  /// - Throws: `badData` where the trace has fewer than 100 requests or no span.
  package init(_ statistics: TraceStatistics, file: String) throws(InputError) {
    guard statistics.requests >= Self.requestsNeeded, let rate = statistics.requestsPerSecond,
      GeneratorParameter.rateBounds.contains(rate)
    else {
      throw InputError(
        Diagnostic(
          file: file,
          message: "expected at least \(Self.requestsNeeded) requests over some time to fit, "
            + "found \(statistics.requests)"))
    }
    let target = Target(statistics, rate: rate)
    var rough: [(place: [Double], memories: [Double], error: Double)] = []
    for first in Self.memories.indices {
      for second in Self.memories.indices where second > first {
        for third in Self.memories.indices where third > second {
          let memories = [first, second, third].map { Self.memories[$0] }
          let found = Self.search(memories, target, from: Self.start, until: 0.2)
          rough.append((found.place, memories, found.error))
        }
      }
    }
    // All triples get a rough search, the best few a fine one; equals keep their order.
    let ranked = rough.enumerated().sorted { ($0.1.error, $0.0) < ($1.1.error, $1.0) }
    var best: (model: ModulationModel, error: Double)?
    for (_, candidate) in ranked.prefix(4) {
      let found = Self.search(candidate.memories, target, from: candidate.place, until: 0.01)
      if found.error < best?.error ?? .infinity {
        best = (Self.model(found.place, candidate.memories, rate: rate), found.error)
      }
    }
    let model =
      best?.model ?? ModulationModel(rate: rate, gapVariance: 1, switches: [])
    var parameters = [("rps", rate), ("gap_cv", Self.short(model.gapVariance.squareRoot()))]
    for (index, part) in model.switches.enumerated() {
      // A switch that moves the rate by less than a per cent is noise.
      let strength = part.strength < 1e-4 ? 0 : Self.short(part.strength)
      parameters.append(("strength_\(index + 1)", strength))
      parameters.append(("memory_\(index + 1)_s", part.memory))
    }
    spec = try GeneratorSpec("modulated", parameters: parameters.map { (name: $0.0, value: $0.1) })
    error = best?.error ?? .infinity
  }

  /// Four digits: more would promise what a fit cannot know.
  private static func short(_ value: Double) -> Double {
    guard value > 0 else { return 0 }
    var scale = 1.0
    while value * scale < 1_000 { scale *= 10 }
    return (value * scale).rounded() / scale
  }

  /// What a model is to show.
  private struct Target {
    let rate: Double
    let span: Double
    let dispersion: [(width: Double, value: Double)]
    let autocorrelation: [(lag: Int, value: Double)]
    let variation: Double?

    init(_ statistics: TraceStatistics, rate: Double) {
      self.rate = rate
      span = statistics.span.inSeconds
      // A scale needs a few windows to mean anything.
      dispersion = TraceStatistics.scales.compactMap { scale in
        guard statistics.windows(seconds: scale) >= 5 else { return nil }
        return statistics.wholeDispersion(seconds: scale).map { (Double(scale), max($0, 0.01)) }
      }
      autocorrelation = TraceFit.lags.compactMap { lag in
        statistics.autocorrelation(lagSeconds: lag).map { (lag, $0) }
      }
      variation = statistics.variation
    }

    /// The weighted mean squared error: relative for dispersion and variation, absolute for
    /// correlations.
    func error(of model: ModulationModel) -> Double {
      var (sum, weights) = (0.0, 0.0)
      func add(_ difference: Double, _ weight: Double) {
        sum += weight * difference * difference
        weights += weight
      }
      for point in dispersion {
        let found = model.dispersion(seconds: point.width, inTraceOf: span)
        add(PortableMath.log(max(found, 1e-3) / point.value), 4)
      }
      for point in autocorrelation {
        add(model.autocorrelation(lagSeconds: point.lag) - point.value, 1)
      }
      if let variation, variation > 0 {
        add(PortableMath.log(model.variation / variation), 0.5)
      }
      return weights > 0 ? sum / weights : 0
    }
  }

  /// Where a search starts: logarithms of the gaps' variance and of the strengths.
  private static let start = [0, -1.6, -1.6, -1.6]

  private static func model(
    _ place: [Double], _ memories: [Double], rate: Double
  ) -> ModulationModel {
    ModulationModel(
      rate: rate, gapVariance: PortableMath.exp(place[0]),
      switches: zip(memories, place.dropFirst()).map { memory, log in
        RateSwitch(strength: PortableMath.exp(log), memory: memory)
      })
  }

  /// The best strengths for given memories: a pattern search in logarithms, whose steps halve when
  /// no direction helps.
  private static func search(
    _ memories: [Double], _ target: Target, from start: [Double], until finest: Double
  ) -> (place: [Double], error: Double) {
    var place = start
    var error = target.error(of: model(place, memories, rate: target.rate))
    var step = 1.0
    while step > finest {
      var hasMoved = false
      for axis in place.indices {
        for direction in [step, -step] {
          var tried = place
          tried[axis] = min(max(tried[axis] + direction, axis == 0 ? -6 : -12), axis == 0 ? 2 : 8)
          let found = target.error(of: model(tried, memories, rate: target.rate))
          if found < error * (1 - 1e-9) {
            (place, error, hasMoved) = (tried, found, true)
            break
          }
        }
      }
      if !hasMoved { step /= 2 }
    }
    return (place, error)
  }
}
