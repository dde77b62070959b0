import SimBasics

/// The arrival generators known by name.
package enum GeneratorCatalog {
  /// One generator.
  package struct Entry: Sendable {
    /// The name on the command line and in experiment files.
    package let name: String
    /// What it stands for, in a sentence.
    package let summary: String
    /// The sizes that its requests have unless the user says otherwise.
    package let sizes: TokenSizes.Name
    /// Its parameters; `rps`, the mean rate, is always the first.
    package let parameters: [GeneratorParameter]

    let make: @Sendable (ParameterValues, SeededGenerator) -> any ArrivalSource
    var jointFault: @Sendable (ParameterValues) -> String? = { _ in nil }
  }

  /// All of them: what is measured first, then the plain processes.
  package static let entries: [Entry] = [
    codeOnOff, chatSteady, diurnal, batched, sensor, clientMix, hawkes, poisson, gamma, weibull,
    mmpp, deterministic, modulated,
  ]

  /// Their names, in the same order.
  package static var names: [String] { entries.map(\.name) }

  /// The generator of a name.
  package static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

  static func rate(_ value: Double, source: String) -> GeneratorParameter {
    GeneratorParameter(
      "rps", value, GeneratorParameter.rateBounds, "mean requests per second", source: source)
  }

  static func dwell(_ name: String, _ value: Double, _ meaning: String, source: String)
    -> GeneratorParameter
  {
    GeneratorParameter(name, value, 1e-3...1e7, meaning, source: source)
  }
}

extension SeededGenerator {
  /// A generator of its own for a part of a source.
  package mutating func split() -> SeededGenerator { SeededGenerator(seed: next()) }
}
