/// One number that a generator takes: what it means, its bounds, and where its default comes from.
package struct GeneratorParameter: Sendable {
  /// The rates accepted, requests per second.
  package static let rateBounds = 1e-6...1e9
  /// The coefficients of variation accepted; 0 means equal gaps.
  package static let variationBounds = 0.0...100.0

  /// The name on the command line and in experiment files; a unit, where there is one, ends it.
  package let name: String
  /// The value where none is given.
  package let defaultValue: Double
  /// The values accepted.
  package let bounds: ClosedRange<Double>
  /// Whether only whole numbers are accepted.
  package let isWhole: Bool
  /// What the number means.
  package let meaning: String
  /// Where the default comes from.
  package let source: String

  init(
    _ name: String, _ defaultValue: Double, _ bounds: ClosedRange<Double>, isWhole: Bool = false,
    _ meaning: String, source: String
  ) {
    self.name = name
    self.defaultValue = defaultValue
    self.bounds = bounds
    self.isWhole = isWhole
    self.meaning = meaning
    self.source = source
  }

  /// What is wrong with a value, or nil.
  func fault(of value: Double) -> String? {
    let kind = isWhole ? "a whole number" : "a number"
    guard bounds.contains(value), !isWhole || value.rounded() == value else {
      return "expected \(kind) from \(bounds.lowerBound) to \(bounds.upperBound) "
        + "in '\(name)', found \(value)"
    }
    return nil
  }
}

/// A generator's resolved numbers, by name.
struct ParameterValues {
  private let parameters: [GeneratorParameter]
  private let values: [Double]

  init(_ parameters: [GeneratorParameter], _ values: [Double]) {
    self.parameters = parameters
    self.values = values
  }

  /// - Precondition: the generator has the parameter; a misspelt name is our own fault.
  subscript(name: String) -> Double {
    guard let index = parameters.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("a generator reads '\(name)', which is not among its parameters")
    }
    return values[index]
  }
}
