import Hardware
import Metrics
import Reports
import Simulation
import Tables

/// The figures that READMEs quote, by the folder they stand in: its `expected.csv` and `points.csv`.
package struct FigureSource {
  /// What is wrong with a quotation.
  package struct Fault: Error {
    package var message: String
    package var hint: String?
  }

  /// Where relative folders start.
  package let base: String
  private var expected: [String: ExpectedFile] = [:]
  private var points: [String: PointsFile] = [:]

  package init(base: String) { self.base = base }

  private func path(_ folder: String) -> String {
    if folder == "." { return base }
    // As a user in that folder names it.
    return base == "." ? folder : base + "/" + folder
  }

  package mutating func expected(_ folder: String) throws -> ExpectedFile {
    if let known = expected[folder] { return known }
    let file = try ExpectedFile.read(path(folder))
    expected[folder] = file
    return file
  }

  package mutating func points(_ folder: String) throws -> PointsFile {
    if let known = points[folder] { return known }
    let file = try PointsFile.read(path(folder) + "/points.csv", for: nil)
    points[folder] = file
    return file
  }

  /// A constant of the testbed that a folder has.
  package func constant(_ folder: String, _ name: String) throws -> Double {
    let testbed = try Testbed.read(path(folder) + "/testbed.json")
    if let value = testbed[constant: name] { return value }
    throw Fault(
      message: "a testbed has no constant '\(name)'",
      hint: NearestName.hint(for: name, in: Testbed.constantNames))
  }

  /// One cell of a folder's summary, the mean over its seeds; nil where it is empty.
  package mutating func summary(
    _ folder: String, policy: String, tenant: String, column: String
  ) throws -> Double? {
    let names = SummaryTable.columnNames
    guard SummaryFigure(rawValue: column) != nil, let at = names.firstIndex(of: column),
      let policyAt = names.firstIndex(of: "policy"), let tenantAt = names.firstIndex(of: "tenant")
    else {
      let known = SummaryFigure.allCases.map(\.rawValue)
      throw Fault(
        message: "unknown column '\(column)'", hint: NearestName.hint(for: column, in: known))
    }
    let rows = try expected(folder).rows
    let ofPolicy = rows.filter { $0[policyAt] == policy }
    if ofPolicy.isEmpty {
      throw Fault(
        message: "'\(folder)' has no policy '\(policy)'",
        hint: NearestName.hint(for: policy, in: rows.map { $0[policyAt] }))
    }
    let found = ofPolicy.filter { $0[tenantAt] == tenant }
    if found.isEmpty {
      throw Fault(
        message: "'\(folder)' has no tenant '\(tenant)'",
        hint: NearestName.hint(for: tenant, in: ofPolicy.map { $0[tenantAt] }))
    }
    let values = found.compactMap { Double($0[at]) }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// The policies of a folder, in order.
  package mutating func policies(_ folder: String) throws -> [String] {
    let at = SummaryTable.columnNames.firstIndex(of: "policy") ?? 0
    var names: [String] = []
    for row in try expected(folder).rows where !names.contains(row[at]) { names.append(row[at]) }
    return names
  }

  /// The points of a figure and a series; `*` is every one.
  package mutating func points(
    _ folder: String, figure: String, series: String
  ) throws -> PointsFile {
    var file = try points(folder)
    let all = file.points
    file.points = all.filter {
      (figure == "*" || $0.figure == figure) && (series == "*" || $0.series == series)
    }
    if !file.points.isEmpty { return file }
    let hasFigure = figure == "*" || all.contains { $0.figure == figure }
    throw Fault(
      message: hasFigure
        ? "'\(folder)' has no series '\(series)' there" : "'\(folder)' has no figure '\(figure)'",
      hint: NearestName.hint(
        for: hasFigure ? series : figure, in: all.map { hasFigure ? $0.series : $0.figure }))
  }
}

/// What a mark's line consists of: words between spaces; a name with spaces stands in quotes.
package enum QuotedWords {
  package static func split(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isInQuotes = false
    for character in line {
      if character == "\"" {
        isInQuotes.toggle()
      } else if character.isWhitespace, !isInQuotes {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    return word.isEmpty ? words : words + [word]
  }
}

/// How a quoted number is written: `2` with two decimals, `1%` a hundred times as large with one.
package struct QuotedFormat {
  package var decimals = 2
  package var scale = 1.0

  package init?(_ word: String) {
    let digits = word.hasSuffix("%") ? String(word.dropLast()) : word
    guard digits.count == 1, let count = Int(digits) else { return nil }
    decimals = count
    scale = word.hasSuffix("%") ? 100 : 1
  }

  package func text(_ value: Double?) -> String {
    value.map { NumberText.fixed($0 * scale, decimals) } ?? "-"
  }
}

/// A quoted value: a kind, where it stands, and how it is written.
///
///     summary FOLDER POLICY TENANT COLUMN FORMAT
///     error FOLDER FIGURE SERIES mean|fitted|left_out|largest FORMAT
///     ratio FOLDER FIGURE ABOVE BELOW simulated|published FORMAT    geometric mean over the points
///     point FOLDER FIGURE SERIES X simulated|published|error FORMAT
///     reach FOLDER FIGURE SERIES LIMIT simulated|published FORMAT   last x up to which all are within
///     gap FOLDER FIGURE SERIES simulated|published FORMAT           (largest − smallest) / largest
///     factor FOLDER FIGURE SERIES FORMAT          geometric mean of published over simulated
///     constant FOLDER NAME FORMAT                 of the folder's testbed.json
package struct QuotedValue {
  private static let kinds: [(name: String, words: Int)] = [
    ("summary", 6), ("error", 6), ("ratio", 7), ("point", 7), ("reach", 7), ("gap", 6),
    ("factor", 5), ("constant", 4),
  ]

  /// The value's text.
  ///
  /// - Throws: `FigureSource.Fault` or an `InputError`.
  package static func text(_ spec: String, _ source: inout FigureSource) throws -> String {
    let words = QuotedWords.split(spec)
    let known = kinds.map(\.name)
    guard let first = words.first, let kind = kinds.first(where: { $0.name == first }) else {
      throw FigureSource.Fault(
        message: "unknown kind of value '\(words.first ?? "")'",
        hint: NearestName.hint(for: words.first ?? "", in: known)
          ?? "one of " + known.joined(separator: ", "))
    }
    guard words.count == kind.words else {
      throw FigureSource.Fault(
        message: "'\(first)' takes \(kind.words - 1) words, found \(words.count - 1)")
    }
    guard let format = QuotedFormat(words[words.count - 1]) else {
      throw FigureSource.Fault(
        message: "expected a number of decimals such as 2 or 1%, found \"\(words.last ?? "")\"")
    }
    return format.text(try value(words, &source))
  }

  private static func value(_ words: [String], _ source: inout FigureSource) throws -> Double? {
    let folder = words[1]
    switch words[0] {
    case "constant": return try source.constant(folder, words[2])
    case "factor":
      let points = try source.points(folder, figure: words[2], series: words[3]).points
      return FitError.geometricMean(
        points.compactMap { point in
          guard let a = point.simulated, let b = point.published else { return nil }
          return b / a
        })
    case "summary":
      return try source.summary(folder, policy: words[2], tenant: words[3], column: words[4])
    case "error":
      return try error(of: source.points(folder, figure: words[2], series: words[3]), words[4])
    case "ratio":
      return try FitError.geometricMean(
        PointErrors.ratios(
          source.points(folder, figure: words[2], series: words[3]).points,
          over: source.points(folder, figure: words[2], series: words[4]).points, side(words[5])))
    case "point":
      let file = try source.points(folder, figure: words[2], series: words[3])
      guard let point = file.points.first(where: { "\($0.x)" == words[4] }) else {
        throw FigureSource.Fault(message: "'\(folder)' has no point at \(words[4]) there")
      }
      if words[5] == "error" {
        guard let a = point.simulated, let b = point.published else { return nil }
        return a / b - 1
      }
      return point[keyPath: try side(words[5])]
    case "reach":
      let side = try side(words[5])
      let file = try source.points(folder, figure: words[2], series: words[3])
      guard let limit = Double(words[4]), limit.isFinite else {
        throw FigureSource.Fault(message: "expected a number as limit, found \"\(words[4])\"")
      }
      let within = file.points.sorted { $0.x < $1.x }.prefix { point in
        point[keyPath: side].map { $0 <= limit } ?? false
      }
      return within.last.map { Double($0.x) }
    default:
      let side = try side(words[4])
      let values = try source.points(folder, figure: words[2], series: words[3]).points
        .compactMap { $0[keyPath: side] }
      guard let most = values.max(), let least = values.min() else { return nil }
      return (most - least) / most
    }
  }

  private static func side(_ word: String) throws -> KeyPath<PointsFile.Point, Double?> {
    switch word {
    case "simulated": return \.simulated
    case "published": return \.published
    default:
      throw FigureSource.Fault(message: "expected 'simulated' or 'published', found \"\(word)\"")
    }
  }

  private static func error(of file: PointsFile, _ part: String) throws -> Double? {
    let errors = PointErrors(file)
    switch part {
    case "mean": return errors.mean
    case "fitted": return errors.mean(isFitted: true)
    case "left_out": return errors.mean(isFitted: false)
    case "largest": return errors.largest
    default:
      throw FigureSource.Fault(
        message: "expected 'mean', 'fitted', 'left_out' or 'largest', found \"\(part)\"")
    }
  }
}
