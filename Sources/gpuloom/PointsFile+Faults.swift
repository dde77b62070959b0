import Simulation
import Tables

/// What is wrong with the lines before a points file's header.
extension PointsFile {
  /// Unknown and repeated keys, and another format.
  static func commentFaults(_ table: CSVTable) -> [Diagnostic] {
    var faults: [Diagnostic] = []
    for line in table.comments where !keys.contains(line.key) {
      faults.append(
        table.fault(
          line, at: .key, "unknown key '\(line.key)'",
          hint: NearestName.hint(for: line.key, in: keys)))
    }
    for (i, line) in table.comments.enumerated() where keys.contains(line.key) {
      if repeatable.contains(line.key) { continue }
      guard table.comments[..<i].contains(where: { $0.key == line.key }) else { continue }
      faults.append(table.fault(line, at: .key, "the key '\(line.key)' is given twice"))
    }
    faults += table.formatFaults(format)
    return faults
  }

  /// What is wrong with the lines that name points, places or a policy.
  func referenceFaults(_ table: CSVTable, _ experiment: Experiment?) -> [Diagnostic] {
    var faults: [Diagnostic] = []
    for comment in table.comments {
      let value = comment.value
      func fault(
        _ message: String, _ hint: String? = nil, at part: CSVComment.Part = .value
      ) {
        faults.append(table.fault(comment, at: part, message, hint: hint))
      }
      switch comment.key {
      case "not_fitted_figure" where !figures.contains(value):
        fault("no point is of '\(value)'", NearestName.hint(for: value, in: figures))
      case "not_fitted" where !points.contains { $0.name == value }:
        fault("no point is '\(value)'", NearestName.hint(for: value, in: points.map(\.name)))
      case "short":
        let named = Self.words(value)
        if named.isEmpty {
          fault("expected places of x after '# short:'", "as in '# short: \(places[0])'")
        }
        for word in named where place(word) == nil {
          fault("no point is at '\(word)'", placeHint(for: word))
        }
      case "load_of" where axis != .load: fault("'# load_of:' needs '# x: load'", at: .key)
      case "load_of":
        guard let known = experiment?.policies.map(\.label), !known.contains(value) else { break }
        fault("the experiment has no policy '\(value)'", NearestName.hint(for: value, in: known))
      default: break
      }
    }
    return faults
  }
}
