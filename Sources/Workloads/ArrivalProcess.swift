import Tables

/// How requests arrive when no trace says so.
public enum ArrivalProcess: Hashable, Sendable {
  /// Independent arrivals at a constant rate.
  case poisson(requestsPerSecond: Double)
  /// Independent gamma gaps: burstier than Poisson above a coefficient of variation of 1, more
  /// regular below.
  case gamma(requestsPerSecond: Double, cv: Double)
  /// One arrival every 1 / rate seconds, the first after one such gap.
  case deterministic(requestsPerSecond: Double)
  /// A generator of the catalog with its parameters.
  case generator(GeneratorSpec)

  /// The rates accepted, requests per second.
  public static let rateBounds = 1e-6...1e9
  /// The coefficients of variation accepted; 0 means equal gaps.
  public static let variationBounds = 0.0...100.0

  /// The expected requests per second.
  public var requestsPerSecond: Double {
    switch self {
    case .poisson(let rate), .gamma(let rate, _), .deterministic(let rate): return rate
    case .generator(let spec): return spec.value("rps")
    }
  }

  /// The faults of the numbers, in words; empty when the process can be drawn from.
  public func faults() -> [String] {
    var found: [String] = []
    func check(_ value: Double, _ bounds: ClosedRange<Double>, _ name: String) {
      if !bounds.contains(value) {
        found.append(
          "expected '\(name)' from \(bounds.lowerBound) to \(bounds.upperBound), found \(value)")
      }
    }
    switch self {
    case .poisson(let rate), .deterministic(let rate): check(rate, Self.rateBounds, "rps")
    case .gamma(let rate, let cv):
      check(rate, Self.rateBounds, "rps")
      check(cv, Self.variationBounds, "cv")
    case .generator: break  // checked when the spec was made
    }
    return found
  }
}

/// A generator of the catalog with a value for each of its parameters.
public struct GeneratorSpec: Hashable, Sendable {
  /// The generator's name in `GeneratorCatalog`.
  public let name: String
  /// A value for each parameter, in the catalog's order.
  public let values: [Double]

  /// Resolves a generator by name, with the given parameters in place of their defaults.
  ///
  /// - Throws: `InputError` that names each unknown name and each value out of bounds.
  public init(_ name: String, parameters: [(name: String, value: Double)] = []) throws(InputError) {
    guard let entry = GeneratorCatalog.entry(named: name) else {
      throw InputError(
        kind: .usage,
        Diagnostic(
          message: "unknown generator '\(name)'",
          hint: NearestName.hint(for: name, in: GeneratorCatalog.names)))
    }
    var values = entry.parameters.map(\.defaultValue)
    var seen: [Int] = []
    var faults: [Diagnostic] = []
    for given in parameters {
      guard let index = entry.parameters.firstIndex(where: { $0.name == given.name }) else {
        faults.append(
          Diagnostic(
            message: "the generator '\(name)' has no parameter '\(given.name)'",
            hint: NearestName.hint(for: given.name, in: entry.parameters.map(\.name))))
        continue
      }
      if seen.contains(index) {
        faults.append(Diagnostic(message: "the parameter '\(given.name)' is given twice"))
      }
      seen.append(index)
      if let fault = entry.parameters[index].fault(of: given.value) {
        faults.append(Diagnostic(message: fault))
      }
      values[index] = given.value
    }
    if faults.isEmpty, let fault = entry.jointFault(ParameterValues(entry.parameters, values)) {
      faults.append(Diagnostic(message: fault))
    }
    if !faults.isEmpty { throw InputError(kind: .usage, diagnostics: faults) }
    self.name = name
    self.values = values
  }

  /// The value of a parameter; NaN where the generator has none of that name.
  public func value(_ parameter: String) -> Double {
    guard let entry = GeneratorCatalog.entry(named: name),
      let index = entry.parameters.firstIndex(where: { $0.name == parameter })
    else { return .nan }
    return values[index]
  }
}
