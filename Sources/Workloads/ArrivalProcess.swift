/// How requests arrive when no trace says so.
package enum ArrivalProcess: Hashable, Sendable {
  /// Independent arrivals at a constant rate.
  case poisson(requestsPerSecond: Double)
  /// Independent gamma gaps: burstier than Poisson above a coefficient of variation of 1, more
  /// regular below.
  case gamma(requestsPerSecond: Double, cv: Double)
  /// One arrival every 1 / rate seconds, the first after one such gap.
  case deterministic(requestsPerSecond: Double)
  /// A generator of the catalog with its parameters.
  case generator(GeneratorSpec)

  /// The expected requests per second.
  package var requestsPerSecond: Double {
    switch self {
    case .poisson(let rate), .gamma(let rate, _), .deterministic(let rate): return rate
    case .generator(let spec): return spec.value("rps")
    }
  }

  /// The faults of the numbers, in words; empty when the process can be drawn from.
  package func faults() -> [String] {
    var found: [String] = []
    func check(_ value: Double, _ bounds: ClosedRange<Double>, _ name: String) {
      if !bounds.contains(value) {
        found.append(
          "expected '\(name)' from \(bounds.lowerBound) to \(bounds.upperBound), found \(value)")
      }
    }
    switch self {
    case .poisson(let rate), .deterministic(let rate):
      check(rate, GeneratorParameter.rateBounds, "rps")
    case .gamma(let rate, let cv):
      check(rate, GeneratorParameter.rateBounds, "rps")
      check(cv, GeneratorParameter.variationBounds, "cv")
    case .generator: break  // checked when the spec was made
    }
    return found
  }
}
