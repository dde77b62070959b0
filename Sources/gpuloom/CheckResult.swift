import Tables

/// What became of one experiment's check, or of one README's.
struct CheckResult {
  /// A figure that is not as expected.
  struct Miss {
    /// Which figure, by row and column.
    var figure: String
    var expected: String
    var found: String
    /// How far it moved, and what would have been allowed; empty for words.
    var detail = ""
    /// The file it stands in and its line, where that is not a row of expected.csv.
    var place: (file: String, line: Int)?

    var text: String {
      "\(figure): \(expected.isEmpty ? "nothing" : expected) -> "
        + (found.isEmpty ? "nothing" : found) + (detail.isEmpty ? "" : " (\(detail))")
    }
  }

  /// The experiment's folder, or the README.
  let path: String
  /// Whether the figures are those that a README quotes.
  var isReadme = false
  var misses: [Miss] = []
  /// The inputs that are not those the figures were written with.
  var changes: [String] = []
  /// How many figures were compared.
  var count = 0
  /// Why it could not be checked; none where it was.
  var faults: [Diagnostic] = []
  /// Why it was not looked at; nil where it was.
  var leftOut: String?

  init(path: String, faults: [Diagnostic] = []) {
    self.path = path
    self.faults = faults
  }
}
