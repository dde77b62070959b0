import Tables

/// A format whose files are tables: its columns, what it could be confused with, and the few pieces
/// of code that columns cannot say.
struct TableFormat: Sendable {
  /// What a row is.
  enum RowKind {
    case kernel, copy
    case leftOut(LeftOutReason)
  }

  /// A header that looks like this format's and holds no kernels.
  struct LookAlike: Sendable {
    var columns: [String]
    var what: String
    var hint: String?
  }

  typealias Code<Result> = @Sendable (ProfileRows) throws(InputError) -> Result

  /// The name of the format.
  let format: ProfileFormat
  /// The columns; none for formats that are no tables. What is wrong with a row is told of the
  /// first in this order.
  var columns: [ProfileColumn] = []
  var lookAlikes: [LookAlike] = []
  var width = RowWidth.whole
  /// The hint where the row of units below the header is missing; nil where there is no such row.
  var unitsRowHint: String?
  /// Whether `KB` and its like are powers of 1024.
  var hasBinaryUnits = false
  /// What the user should know of every such file.
  var warnings: [String] = []
  /// Whether an operator of no time is left out.
  var leavesOutZero = false
  /// What a row is; notes a fault where it is nothing known.
  var kind: @Sendable (ProfileRows) -> RowKind = { _ in .kernel }
  /// The kernel's own name within the field, and the number of its launch where that is part of it.
  var plainName: (@Sendable (String) -> (name: String, launch: Int64?))?
  /// The work of a row's kernel, where the format tells.
  var demand: (@Sendable (ProfileRows) -> ProfileDemand)?
  /// Reads all rows, for formats in which a row is not one kernel.
  var readRows: Code<Void>?
  /// What is left to do and say after the last row.
  var finish: Code<Void> = { _ in }

  init(_ format: ProfileFormat, columns: [ProfileColumn] = []) {
    self.format = format
    self.columns = columns
  }

  /// The names that every file has, those of each version.
  var required: [[String]] {
    let names = columns.filter(\.isRequired).map(\.names)
    return (0..<(names.map(\.count).max() ?? 0)).map { version in
      names.map { $0[min(version, $0.count - 1)] }
    }
  }

  /// Whether a name tells the format: those of further axes only go with the first.
  func tells(_ name: String) -> Bool {
    guard let i = columns.firstIndex(where: { $0.names.contains(name) }) else { return false }
    return !columns[i].meaning.isExtent
      || !columns[..<i].contains { $0.meaning == columns[i].meaning }
  }

  /// Reads the rows below the header.
  func read(_ rows: CSVRows, _ header: CSVHeader, _ into: ImportCollector) throws(InputError) {
    let row = try ProfileRows(rows, header, self.columns, width, into)
    if let hint = unitsRowHint, try !row.readUnits(hint: hint) { return }
    try row.resolveUnits(isBinary: hasBinaryUnits)
    if let readRows {
      try readRows(row)
    } else {
      while try row.next() { try read(row) }
    }
    try finish(row)
    for warning in warnings { into.warn(warning) }
  }

  private func read(_ row: ProfileRows) throws(InputError) {
    switch kind(row) {
    case .leftOut(let reason): return row.into.leaveOut(reason)
    case .copy: return try row.copy()
    case .kernel: break
    }
    var kernel = row.kernel()
    if leavesOutZero, kernel.duration == 0 { return row.into.leaveOut(.noTime) }
    if let plainName {
      let (name, launch) = plainName(row.nameText)
      kernel.nameIndex = row.into.names.index(of: name)
      if let launch, kernel.correlation < 0 { kernel.correlation = launch }
    } else {
      kernel.nameIndex = row.name()
    }
    try row.add(kernel, demand: demand?(row))
  }
}
