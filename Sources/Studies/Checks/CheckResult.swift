import Tables

/// What became of one experiment's check, or of one page's.
package struct CheckResult {
  /// A figure that is not as expected.
  package struct Miss {
    /// Which figure, by row and column.
    package var figure: String
    package var expected: String
    package var found: String
    /// How far it moved, and what would have been allowed; empty for words.
    package var detail = ""
    /// The file it stands in and its line, where that is not a row of expected.csv.
    package var place: (file: String, line: Int)?
    /// How far it moved, as a share of what it was.
    package var size: Double

    package init(
      figure: String, expected: String, found: String, detail: String = "",
      place: (file: String, line: Int)? = nil, size: Double = .infinity
    ) {
      self.size = size
      self.figure = figure
      self.expected = expected
      self.found = found
      self.detail = detail
      self.place = place
    }

    package var text: String {
      "\(figure): \(expected.isEmpty ? "nothing" : expected) -> "
        + (found.isEmpty ? "nothing" : found) + (detail.isEmpty ? "" : " (\(detail))")
    }
  }

  /// The experiment's folder, or the page.
  package let path: String
  /// Whether the figures are those of a page, not of runs.
  package var isPage = false
  /// Worst first.
  package var misses: [Miss] = []
  /// The single figures that are held and are within what is allowed, worst first.
  package var held: [Miss] = []
  /// The inputs that are not those the figures were written with.
  package var changes: [String] = []
  /// How many figures were compared.
  package var count = 0
  /// Why it could not be checked; none where it was.
  package var faults: [Diagnostic] = []
  /// Why it was not looked at; nil where it was.
  package var leftOut: String?

  /// Counts a page that is written from figures, and misses the first line that is not as they
  /// would have it.
  package mutating func hold(_ path: String, _ old: String, to new: String) {
    count += 1
    // Line ends are a checkout's own.
    let was = old.lines
    let now = new.lines
    if was == now { return }
    let at = zip(was, now).prefix { $0 == $1 }.count
    misses.append(
      Miss(
        figure: "\(path):\(at + 1)", expected: at < was.count ? String(was[at]) : "",
        found: at < now.count ? String(now[at]) : "", detail: "the page, then what the figures say",
        place: (path, at + 1)))
  }

  package init(path: String, faults: [Diagnostic] = []) {
    self.path = path
    self.faults = faults
  }
}
