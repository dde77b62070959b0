/// What can be said of how a trace is read: the keys beside `trace` in an experiment file, and the
/// flags of the same names in every command that reads one.
package enum TraceOptionKey: String, CaseIterable, Sendable {
  case format
  case unit
  case lenient
  case dequantise
  case placement
  case importSeed = "import_seed"
  case scale
  case fromFirst = "from_first"
  case fromOrigin = "from_origin"
  case clamp
  case dropPastEnd = "drop_past_end"
  case anyUnit = "any_unit"
  case maxCount = "max_count"

  /// The flag: `--as` for the format, since `--format` is that of what a command prints.
  package var flag: String {
    self == .format ? "--as" : "--" + String(rawValue.map { $0 == "_" ? "-" : $0 })
  }

  /// Whether it means something for files of a format.
  ///
  /// - Parameter isSpread: whether arrivals are spread over a tick, which has to be drawn.
  package func applies(to format: TraceFormat, isSpread: Bool = false) -> Bool {
    switch self {
    case .format, .lenient, .fromFirst, .fromOrigin: true
    case .unit: format.takesUnit
    case .dequantise, .anyUnit: format.hasCheckedUnit
    case .placement, .maxCount: format.isBinned
    case .importSeed: format.isBinned || isSpread
    case .scale: format == .rateSteps
    case .clamp: format == .azureFunctions2021
    case .dropPastEnd: format == .disb
    }
  }

  /// A sentence with the keys of an experiment file in place of flags.
  package static func keyed(_ text: String) -> String {
    var result = text
    for key in allCases.sorted(by: { $0.flag.utf8.count > $1.flag.utf8.count }) {
      var parts: [String] = []
      var rest = result[...]
      while let cut = rest.firstRange(of: key.flag) {
        // A longer word that begins alike is another one.
        let after = rest[cut.upperBound...].first
        let isWhole = after.map { !$0.isLetter && $0 != "-" } ?? true
        parts.append(rest[..<cut.lowerBound] + (isWhole ? "'\(key.rawValue)'" : key.flag))
        rest = rest[cut.upperBound...]
      }
      result = parts.joined() + rest
    }
    return result
  }
}
