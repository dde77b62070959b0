import Hardware
import Reports
import SimBasics
import Simulation
import Tables

/// A constant of a testbed or a GPU, and between which values it may be.
package struct ConstantRange: Sendable {
  /// What it is part of.
  package enum Place: String, Sendable {
    case testbed
    case gpu
  }

  /// The file's key for it, with its unit.
  package let name: String
  /// What it is part of.
  package let place: Place
  /// What the experiment has.
  package let value: Double
  /// The smallest value.
  package let low: Double
  /// The largest value.
  package let high: Double
  /// Where the range is from: a source's words, or the default for how the value is known.
  package let origin: String
  /// Whether a source gives the range.
  package let isStated: Bool

  /// Where no source gives a range, a value may be so many times larger and smaller, by how it is
  /// known.
  private static let defaults: [(mark: String, factor: Double)] = [
    ("measured", 1.1), ("published", 1.1), ("derived", 1.25), ("assumed", 2),
  ]

  /// The constants of an experiment, the testbed's first, in the order of their files; what has no
  /// range, being 0 or of no known source, is told by name.
  ///
  /// - Throws: `InputError` where a stated range leaves out what the experiment has.
  package static func all(
    _ experiment: Experiment, _ stated: [StatedRange]
  ) throws(InputError) -> (ranges: [ConstantRange], fixed: [String]) {
    var ranges: [ConstantRange] = []
    var fixed: [String] = []
    var faults: [Diagnostic] = []
    func add(_ name: String, _ place: Place, _ value: Double?, _ source: String?) {
      guard let value else { return }
      let bounds =
        place == .testbed
        ? Testbed.bounds(ofConstant: name) : GPUSpec.bounds(ofConstant: name)
      if let range = stated.first(where: { $0.name == name }) {
        guard (range.low...range.high).contains(value) else {
          faults.append(range.fault(leavingOut: value))
          return
        }
        ranges.append(
          ConstantRange(
            name: name, place: place, value: value, low: range.low, high: range.high,
            origin: range.source, isStated: true))
        return
      }
      let mark = source.map { String($0.prefix { $0 != ":" }) } ?? ""
      guard value != 0, let factor = defaults.first(where: { $0.mark == mark })?.factor else {
        fixed.append(name)
        return
      }
      let ends = [value / factor, value * factor].map {
        min(
          max(name == "hardware_queues" ? $0.rounded() : $0, bounds.lowerBound), bounds.upperBound)
      }
      ranges.append(
        ConstantRange(
          name: name, place: place, value: value, low: min(ends[0], ends[1]),
          high: max(ends[0], ends[1]),
          origin: "default where \(mark): ×/÷ \(NumberText.exact(factor))", isStated: false))
    }
    let (testbed, gpu) = (experiment.testbed, experiment.gpu)
    for name in Testbed.constantNames + Testbed.otherConstantNames {
      add(name, .testbed, testbed[constant: name], testbed.sources.first { $0.key == name }?.source)
    }
    for name in GPUSpec.constantNames {
      add(name, .gpu, gpu[constant: name], gpu.sources.first { $0.key == name }?.source)
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    return (ranges, fixed)
  }

  /// Whether only whole numbers are meant.
  private var isWhole: Bool { name == "hardware_queues" }

  /// Whether the range is one of factors: positive, and wider than a factor of 1.5.
  private var isGeometric: Bool { low > 0 && high > 1.5 * low }

  /// The value at a place in the range: 0 is its low end, 1 its high one; between them evenly, or
  /// evenly by factors.
  package func value(at place: Double) -> Double {
    if place <= 0 { return low }
    if place >= 1 { return high }
    return between(low, high, place)
  }

  /// A value between two others of the range.
  package func between(_ a: Double, _ b: Double, _ part: Double) -> Double {
    let value = isGeometric ? a * PortableMath.pow(b / a, part) : a + (b - a) * part
    return isWhole ? value.rounded() : value
  }

  /// The experiment with another value of the constant.
  package func set(_ value: Double, in experiment: Experiment) -> Experiment {
    var experiment = experiment
    switch place {
    case .testbed: experiment.testbed[constant: name] = value
    case .gpu: experiment.gpu[constant: name] = value
    }
    return experiment
  }
}
