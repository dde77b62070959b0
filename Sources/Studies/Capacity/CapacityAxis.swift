import SimBasics

/// What is raised until requests are late.
package enum CapacityAxis: String, CaseIterable, Sendable {
  /// The clock of all arrivals: requests per second, as times those of the experiment.
  case load
  /// Every tenant's replicas and requests together, as times those of the experiment.
  case replicas
  /// How many tenants there are, dealt in turn from those of the experiment.
  case tenants

  /// Whether places along it are whole numbers.
  package var isWhole: Bool { self != .load }

  /// The smallest and the largest place that is tried.
  package var bounds: ClosedRange<Double> { self == .load ? 0x1p-10...0x1p10 : 1...1024 }

  /// What a place counts, for readers.
  package var unit: String {
    switch self {
    case .load, .replicas: "× the experiment's"
    case .tenants: "tenants"
    }
  }

  /// The axis and its unit, as figures name it.
  package var title: String { unit == rawValue ? unit : "\(rawValue), \(unit)" }

  /// What is raised, in a few words.
  package var meaning: String {
    switch self {
    case .load:
      "load: the times between all requests are divided by it; every load has the same requests"
    case .replicas:
      "replicas: so many times the replicas, and so many times the requests with them"
    case .tenants:
      "tenants: so many, dealt in turn from the experiment's, each with requests of its own"
    }
  }

  // MARK: Places to try

  /// A place further down; nil where there is none.
  func below(_ x: Double) -> Double? {
    let lower = isWhole ? (x / 2).rounded(.down) : x / 2
    return bounds.contains(lower) ? lower : nil
  }

  /// A place further up; nil where there is none.
  func above(_ x: Double) -> Double? { bounds.contains(2 * x) ? 2 * x : nil }

  /// A place between one that is served and one that is not; nil where they are as near as is asked.
  func between(_ served: Double, _ failing: Double, tolerance: Double) -> Double? {
    if isWhole {
      return failing - served > 1 ? ((served + failing) / 2).rounded(.down) : nil
    }
    return failing > served * (1 + tolerance) ? (served * failing).squareRoot() : nil
  }

  /// Places on both sides of a knee that show whether it is the only one.
  func checks(served: Double, failing: Double) -> [Double] {
    let places: [Double]
    if isWhole {
      places =
        [served / 4, served / 2, served - 2, served - 1, failing + 1, failing + 2]
        + [(1.5 * failing).rounded(.down), 2 * failing]
    } else {
      places =
        [0.25, 0.5, 0.71].map { $0 * served } + [1.1, 1.25, 1.41, 2, 4].map { $0 * failing }
    }
    return places.map { isWhole ? $0.rounded(.down) : $0 }.filter(bounds.contains)
  }

  /// Whether a place is near enough to another to stand for it.
  func isNear(_ x: Double, _ other: Double) -> Bool {
    isWhole ? x == other : max(x, other) <= 1.06 * min(x, other)
  }

  /// What is tried above a knee to see how far it moves: factors, and at least one step.
  func rungs(above served: Double) -> [Double] {
    var rungs: [Double] = []
    for factor in [1.05, 1.1, 1.2, 1.3, 1.5, 1.75, 2, 2.5, 3, 4] {
      let x = isWhole ? max(served + 1, (served * factor).rounded(.down)) : served * factor
      if bounds.contains(x), x > rungs.last ?? 0 { rungs.append(x) }
    }
    return rungs
  }
}
