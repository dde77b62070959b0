import Tables

/// Reads one row of a measurements file, whose columns are all there.
struct MeasurementReader {
  private let table: CSVTable
  private let row: CSVRow
  private let sources: [String]
  private(set) var faults: [Diagnostic] = []

  init(_ table: CSVTable, _ row: CSVRow, sources: [String]) {
    self.table = table
    self.row = row
    self.sources = sources
  }

  /// The row; nil where it has faults.
  mutating func measurement() -> Measurement? {
    let kind = oneOf("kind", Measurement.Kind.self)
    let figure = oneOf("figure", Measurement.Figure.self)
    let use = oneOf("use", Measurement.Use.self)
    let (gpu, stack, testbed) = (word("gpu"), word("stack"), word("testbed"))
    let loop = BatchLoop(
      model: word("model"), batch: integer("batch", 1...4096), share: integer("share", 1...100))
    let replicas = integer("replicas", 1...64)
    let isBeside = ["beside", "beside_batch", "beside_share"].contains { !text($0).isEmpty }
    let beside =
      isBeside
      ? BatchLoop(
        model: word("beside"), batch: integer("beside_batch", 1...4096),
        share: integer("beside_share", 1...100)) : nil
    let measured = number("measured", isRequired: true)
    let simulated = number("simulated", isRequired: false)
    let source = word("source")
    if !source.isEmpty, !sources.contains(source) {
      fault(
        "source", "no line '# source: \(source): …' says what that is",
        NearestName.hint(for: source, in: sources))
    }
    guard faults.isEmpty, let kind, let figure, let use, let measured else { return nil }
    let found = Measurement(
      kind: kind, gpu: gpu, stack: stack, testbed: testbed, loop: loop, replicas: replicas,
      beside: beside, figure: figure, measured: measured, simulated: simulated, use: use,
      source: source, line: row.line,
      columns: Dictionary(
        zip(table.header.fields, row.columns), uniquingKeysWith: { first, _ in first }))
    checkKind(found)
    return faults.isEmpty ? found : nil
  }

  /// What a kind's rows must and must not say.
  private mutating func checkKind(_ found: Measurement) {
    let kind = found.kind
    if !kind.figures.contains(found.figure) {
      fault(
        "figure",
        "a row of kind '\(kind.rawValue)' is of "
          + kind.figures.map { "'\($0.rawValue)'" }.joined(separator: " or ")
          + ", found \"\(found.figure.rawValue)\"")
    }
    if (kind == .pair) != (found.beside != nil) {
      fault(
        "beside",
        kind == .pair
          ? "a row of kind 'pair' says what is beside, and at which batch and share"
          : "nothing is beside in a row of kind '\(kind.rawValue)', found \"\(text("beside"))\"")
    }
    if (kind == .replicas) != (found.replicas > 1) {
      fault(
        "replicas",
        kind == .replicas
          ? "a gain is over one replica: expected at least 2, found 1"
          : "expected one replica in a row of kind '\(kind.rawValue)', found \(found.replicas)")
    }
    let isShared = kind == .share || kind == .pair
    if !isShared, found.loop.share != 100 {
      fault(
        "share",
        "expected a share of 100 in a row of kind '\(kind.rawValue)', found \(found.loop.share)")
    }
    if let beside = found.beside, found.loop.share + beside.share > 100 {
      fault(
        "beside_share",
        "expected shares of at most 100 in all, found \(found.loop.share) and \(beside.share)")
    }
  }

  // MARK: Cells

  private func at(_ name: String) -> Int { table.index(of: name) ?? 0 }

  private func text(_ name: String) -> String { row.fields[at(name)] }

  private mutating func fault(_ name: String, _ message: String, _ hint: String? = nil) {
    faults.append(table.fault(row, at(name), message, hint: hint))
  }

  private mutating func word(_ name: String) -> String {
    if text(name).isEmpty { fault(name, "expected a word in '\(name)', found nothing") }
    return text(name)
  }

  private mutating func oneOf<T: RawRepresentable & CaseIterable>(
    _ name: String, _: T.Type
  ) -> T? where T.RawValue == String {
    if let value = T(rawValue: text(name)) { return value }
    let known = T.allCases.map(\.rawValue)
    fault(
      name, "unknown \(name) \"\(text(name))\"", NearestName.hint(for: text(name), in: known))
    return nil
  }

  private mutating func integer(_ name: String, _ range: ClosedRange<Int>) -> Int {
    if let value = Int(text(name)), range.contains(value), "\(value)" == text(name) { return value }
    fault(
      name,
      "expected an integer from \(range.lowerBound) to \(range.upperBound) in '\(name)', found "
        + "\"\(text(name))\"")
    return range.lowerBound
  }

  private mutating func number(_ name: String, isRequired: Bool) -> Double? {
    let text = text(name)
    if text.isEmpty, !isRequired { return nil }
    let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
    if isDecimal, let value = Double(text), value.isFinite, value > 0 { return value }
    fault(name, "expected a number above 0 in '\(name)', found \"\(text)\"")
    return nil
  }
}
