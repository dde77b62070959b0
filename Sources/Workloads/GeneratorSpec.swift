import SimBasics
import Tables

/// A generator of the catalog with a value for each of its parameters.
package struct GeneratorSpec: Hashable, Sendable {
  /// The generator's name in `GeneratorCatalog`.
  package let name: String
  /// A value for each parameter, in the catalog's order.
  package let values: [Double]

  /// Resolves a generator by name, with the given parameters in place of their defaults.
  ///
  /// - Throws: `InputError` that names each unknown name and each value out of bounds.
  package init(_ name: String, parameters: [(name: String, value: Double)] = []) throws(InputError) {
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
  package func value(_ parameter: String) -> Double {
    guard let entry = GeneratorCatalog.entry(named: name),
      let index = entry.parameters.firstIndex(where: { $0.name == parameter })
    else { return .nan }
    return values[index]
  }

  /// The generator's arrivals, drawn from randomness of its own.
  func source(_ randomness: SeededGenerator) -> any ArrivalSource {
    guard let entry = GeneratorCatalog.entry(named: name) else {
      preconditionFailure("the generator '\(name)' was checked when its spec was made")
    }
    return entry.make(ParameterValues(entry.parameters, values), randomness)
  }
}
