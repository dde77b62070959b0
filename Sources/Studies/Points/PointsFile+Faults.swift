import Simulation
import Tables

/// What is wrong with the lines before a points file's header.
extension PointsFile {
  /// Unknown and repeated keys, and another format.
  package static func commentFaults(_ table: CSVTable) -> [Diagnostic] {
    var faults: [Diagnostic] = []
    for line in table.comments where !keys.contains(line.key) {
      faults.append(
        table.fault(
          line, at: .key, "unknown key '\(Excerpt.word(line.key))'",
          hint: NearestName.hint(for: line.key, in: keys)))
    }
    for (i, line) in table.comments.enumerated() where keys.contains(line.key) {
      if repeatable.contains(line.key) { continue }
      guard table.comments[..<i].contains(where: { $0.key == line.key }) else { continue }
      faults.append(
        table.fault(line, at: .key, "the key '\(Excerpt.word(line.key))' is given twice"))
    }
    faults += table.formatFaults(format)
    return faults
  }

  /// What is wrong with the lines that name points, places or a policy.
  package func referenceFaults(_ table: CSVTable, _ experiment: Experiment?) -> [Diagnostic] {
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
      case "constants": if let experiment { faults += constantFaults(comment, table, experiment) }
      case "load_of" where axis != .load: fault("'# load_of:' needs '# x: load'", at: .key)
      case "load_of":
        guard let known = experiment?.policies.map(\.label), !known.contains(value) else { break }
        fault("the experiment has no policy '\(value)'", NearestName.hint(for: value, in: known))
      default: break
      }
    }
    return faults + repetitions(table)
  }

  /// Names of `# constants:` that are none, or are there twice, each where it stands.
  private func constantFaults(
    _ comment: CSVComment, _ table: CSVTable, _ experiment: Experiment
  ) -> [Diagnostic] {
    let names = Self.words(comment.value)
    if names.isEmpty {
      return [table.fault(comment, "expected names of constants after '# constants:'")]
    }
    var faults: [Diagnostic] = []
    var rest = comment.value[...]
    for (i, name) in names.enumerated() {
      guard let place = rest.firstRange(of: name) else { break }
      rest = rest[place.upperBound...]
      guard var fault = FitConstant.fault(name, after: names[..<i], of: experiment) else {
        continue
      }
      fault.file = table.file
      fault.line = comment.line
      fault.column =
        comment.valueColumn
        + comment.value.utf8.distance(from: comment.value.startIndex, to: place.lowerBound)
      faults.append(fault)
    }
    return faults
  }

  /// Points that are there already; which of the two is meant nobody can know.
  private func repetitions(_ table: CSVTable) -> [Diagnostic] {
    struct Key: Hashable {
      var figure: String
      var series: String
      var x: Int
    }
    var faults: [Diagnostic] = []
    var lines: [Key: Int] = [:]
    let at = table.index(of: "x") ?? 0
    for (point, row) in zip(points, table.rows) {
      let key = Key(figure: point.figure, series: point.series, x: point.x)
      if let line = lines[key] {
        faults.append(table.fault(row, at, "the point stands in line \(line) already"))
      } else {
        lines[key] = row.line
      }
    }
    return faults
  }
}
