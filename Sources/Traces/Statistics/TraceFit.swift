import SimBasics
import Tables
import Workloads

/// Fits the generator `modulated` to a trace's statistics.
///
/// Matched are the dispersion at 1, 10 and 60 s, the autocorrelation of the counts per second at six
/// lags and the variation of the gaps, each weighed by the windows or gaps behind it; the rate is
/// taken over. A switch, or gaps other than Poisson's, must explain more than chance does. What a
/// fit of three switches cannot show (the tail of silences, periods, the gaps' fine structure) is
/// for the caller to look at: `TraceLikeness` compares trace and fit on figures that were not fitted
/// too.
package struct TraceFit: Sendable {
  /// The fitted generator.
  package let spec: GeneratorSpec
  /// The weighted mean squared relative error of what was fitted.
  package let error: Double

  /// The lags of the autocorrelation that are matched, in seconds.
  package static let lags = [1, 2, 5, 10, 30, 60]
  /// The memories tried for the switches, in seconds.
  private static let memories = [0.3, 1, 3, 10, 30, 100, 300]
  /// Requests below which a trace says too little to be fitted.
  package static let requestsNeeded: Int64 = 100
  /// Whole windows below which a scale's dispersion is not fitted.
  static let windowsNeeded: Int64 = 5
  /// What gaps of their own variation must gain, in squared standard errors: chance alone gains as
  /// much in a tenth of Poisson traces, and leaving out less keeps a fit's variation near the trace's.
  private static let gapCost = 2.7
  /// What each switch must gain: it is the best of seven memories, and of Poisson traces less than
  /// one in a hundred gains that by chance.
  private static let switchCost = 9.0

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
    let model = Self.best(target)
    error = target.error(of: model)
    var parameters = [("rps", rate), ("gap_cv", Self.short(model.gapVariance.squareRoot()))]
    for index in 0..<3 {
      // A switch that moves the rate by less than a per cent is noise.
      let part = index < model.switches.count ? model.switches[index] : nil
      let strength = part.map { $0.strength < 1e-4 ? 0 : Self.short($0.strength) } ?? 0
      parameters.append(("strength_\(index + 1)", strength))
      if let part { parameters.append(("memory_\(index + 1)_s", part.memory)) }
    }
    spec = try GeneratorSpec("modulated", parameters: parameters.map { (name: $0.0, value: $0.1) })
  }

  /// The model that explains most for what it costs: Poisson, other gaps, and one to three switches.
  private static func best(_ target: Target) -> ModulationModel {
    let poisson = ModulationModel(rate: target.rate, gapVariance: 1, switches: [])
    var best = (model: poisson, score: target.surprise(of: poisson))
    func offer(_ model: ModulationModel) {
      let cost = gapCost + switchCost * Double(model.switches.count)
      let score = target.surprise(of: model) + cost
      if score < best.score { best = (model, score) }
    }
    for count in 0...3 {
      let rough = choices(of: count).map { memories in
        let start = Array(start.prefix(count + 1))
        let found = search(memories, target, from: start, until: 0.2)
        return (place: found.place, memories: memories, error: found.error)
      }
      // All choices get a rough search, the best few a fine one; equals keep their order.
      let ranked = rough.enumerated().sorted { ($0.1.error, $0.0) < ($1.1.error, $1.0) }
      for (_, candidate) in ranked.prefix(4) {
        let found = search(candidate.memories, target, from: candidate.place, until: 0.01)
        offer(model(found.place, candidate.memories, rate: target.rate))
      }
    }
    return best.model
  }

  /// The ways to choose so many memories.
  private static func choices(of count: Int) -> [[Double]] {
    guard count > 0 else { return [[]] }
    return choices(of: count - 1).flatMap { chosen in
      memories.filter { $0 > chosen.last ?? 0 }.map { chosen + [$0] }
    }
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
    /// What is matched, with the variance that chance gives it.
    let dispersion: [(width: Double, value: Double, chance: Double)]
    let autocorrelation: [(lag: Int, value: Double, chance: Double)]
    let variation: (value: Double, chance: Double)?

    init(_ statistics: TraceStatistics, rate: Double) {
      self.rate = rate
      span = statistics.span.inSeconds
      dispersion = TraceStatistics.scales.compactMap { scale in
        let windows = Double(statistics.windows(seconds: scale))
        guard windows >= Double(TraceFit.windowsNeeded) else { return nil }
        return statistics.dispersion(seconds: scale).map { value in
          // That of a sample's variance; counts in bursts have the kurtosis of a negative binomial.
          let kurtosis = 6 * max(0, value - 1) / (rate * Double(scale))
          return (Double(scale), max(value, 0.01), 2 / (windows - 1) + kurtosis / windows)
        }
      }
      let seconds = statistics.windows(seconds: 1)
      autocorrelation = TraceFit.lags.compactMap { lag in
        statistics.autocorrelation(lagSeconds: lag).map {
          (lag, $0, 1 / Double(seconds - Int64(lag)))
        }
      }
      variation = statistics.variation.flatMap { value in
        // That of ln cv for gamma gaps, by the first four moments.
        value > 0 ? (value, (1 + value * value) / (2 * Double(statistics.requests))) : nil
      }
    }

    /// Calls with each figure's error (relative for dispersion and variation, absolute for
    /// correlations), what chance makes of its square, and what no model here can show of it.
    private func forEachError(
      of model: ModulationModel, _ add: (_ error: Double, _ chance: Double, _ blur: Double) -> Void
    ) {
      for point in dispersion {
        let found = model.dispersion(seconds: point.width, inTraceOf: span)
        add(PortableMath.log(max(found, 1e-3) / point.value), point.chance, 0.0025)
      }
      for point in autocorrelation {
        add(model.autocorrelation(lagSeconds: point.lag) - point.value, point.chance, 0.01)
      }
      if let variation {
        add(PortableMath.log(model.variation / variation.value), variation.chance, 0.01)
      }
    }

    /// The weighted mean squared error: what a search makes small.
    func error(of model: ModulationModel) -> Double {
      var (sum, weights) = (0.0, 0.0)
      forEachError(of: model) { error, chance, blur in
        sum += error * error / (chance + blur)
        weights += 1 / (chance + blur)
      }
      return weights > 0 ? sum / weights : 0
    }

    /// The errors' squares over what chance makes of them: what tells whether a part is needed.
    func surprise(of model: ModulationModel) -> Double {
      var sum = 0.0
      forEachError(of: model) { error, chance, _ in sum += error * error / chance }
      return sum
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
          tried[axis] = min(max(tried[axis] + direction, axis == 0 ? -6 : -12), axis == 0 ? 5.9 : 8)
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
