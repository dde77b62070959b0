import Tables

/// Walks the rows under a header: counts messages and filtered rows, and turns fields into numbers
/// while noting the first fault of the row.
final class ImportRowReader {
  let rows: ImportRows
  private let header: ImportHeader
  private let collector: ImportCollector
  private var filters: [(column: Int, value: String)] = []
  @exclusivity(unchecked)
  private var rowFault: Diagnostic?
  /// The device of the row before: nearly always that of the next.
  @exclusivity(unchecked)
  private var lastDevice = (bytes: [UInt8](), text: "")
  private let mayBeShort: Bool
  private let checksWidth: Bool

  init(
    _ rows: ImportRows, _ header: ImportHeader, _ collector: ImportCollector,
    mayBeShort: Bool = false, checksWidth: Bool = true
  ) {
    self.rows = rows
    self.header = header
    self.collector = collector
    self.mayBeShort = mayBeShort
    self.checksWidth = checksWidth
  }

  /// Moves to the next row that holds data; false at the end.
  ///
  /// - Throws: a second header, an unknown filter column, and what the rows' reading throws.
  func next() throws(InputError) -> Bool {
    if filters.count != collector.options.filters.count { try resolveFilters() }
    while try rows.next() {
      if rows.isBlank { continue }
      rowFault = nil
      if isMessage {
        collector.leaveOut(.profilerMessage)
        continue
      }
      let count = rows.fields.count
      if checksWidth, count > header.names.count || (count < header.names.count && !mayBeShort) {
        try collector.fault(
          place(min(count, header.names.count) - 1)(
            "expected \(header.names.count) fields, found \(count)", nil))
        continue
      }
      if count > 1, isHeader {
        throw InputError(
          place(0)(
            "a second header: two reports in one file", "give one report at a time"))
      }
      if filters.contains(where: { rows.string($0.column) != $0.value }) {
        collector.leaveOut(.notChosen)
        continue
      }
      return true
    }
    return false
  }

  private func resolveFilters() throws(InputError) {
    for filter in collector.options.filters {
      guard let i = header.names.firstIndex(of: filter.column.lowercased()) else {
        throw InputError(
          kind: .usage,
          Diagnostic(
            file: rows.fileName, line: header.line,
            message: "no column '\(filter.column)' to choose rows by",
            hint: NearestName.hint(for: filter.column, in: header.written)))
      }
      filters.append((i, filter.value))
    }
  }

  /// `==PROF== …` and `==123== …` lines; notices of `nsys`.
  private var isMessage: Bool {
    let bytes = rows.raw(0)
    if bytes.count >= 4, bytes[0] == UInt8(ascii: "="), bytes[1] == UInt8(ascii: "=") {
      return true
    }
    return rows.fields.count < header.names.count && rows.string(0).hasPrefix("NOTICE:")
  }

  private var isHeader: Bool {
    // The first two names tell: no row holds both as values.
    guard rows.raw(0).elementsEqual(header.written[0].utf8) else { return false }
    return rows.string(1) == header.written[1]
  }

  /// A fault at a field of this row.
  func place(_ column: Int) -> (_ message: String, _ hint: String?) -> Diagnostic {
    { [rows] message, hint in
      Diagnostic(
        file: rows.fileName, line: rows.line, column: rows.column(column), message: message,
        hint: hint)
    }
  }

  // MARK: fields

  /// Whether a field is empty or the column is not there.
  func isEmpty(_ column: Int) -> Bool { rows.raw(column).isEmpty }

  /// Notes what is wrong with a field, unless the row is faulty already.
  func note(_ column: Int, _ expected: String) {
    if rowFault != nil { return }
    let found = rows.string(column)
    let shown = found.count > 40 ? String(found.prefix(40)) + "…" : found
    let name = column >= 0 && column < header.written.count ? header.written[column] : ""
    rowFault = place(column)("expected \(expected) in '\(name)', found \"\(shown)\"", nil)
  }

  /// A time in nanoseconds; nil where the column is not there or the field is no number.
  func time(_ column: Int, _ power: Int) -> Int64? {
    if column < 0 { return nil }
    if let value = ImportNumbers.decimal(rows.raw(column))?.scaled(by: power) { return value }
    note(column, "a number")
    return nil
  }

  /// A non-negative integer below 2^31.
  func int32(_ column: Int) -> Int32 {
    let value = int64(column)
    if value > Int64(Int32.max) {
      note(column, "an integer below 2147483648")
      return 0
    }
    return Int32(value)
  }

  /// A non-negative integer, also where it is written as `8.0`.
  func int64(_ column: Int) -> Int64 {
    if let number = ImportNumbers.decimal(rows.raw(column)), !number.isNegative,
      let value = number.scaled(by: 0)
    {
      return value
    }
    note(column, "a non-negative integer")
    return 0
  }

  /// A number.
  func double(_ column: Int) -> Double {
    if let value = ImportNumbers.decimal(rows.raw(column))?.double, value.isFinite { return value }
    note(column, "a number")
    return 0
  }

  /// The sum of sizes in bytes; -1 where none of the columns is there.
  func bytes(_ parts: [(column: Int, scale: Double)]) -> Int32 {
    var total = 0.0
    var isThere = false
    for part in parts where part.column >= 0 && !isEmpty(part.column) {
      isThere = true
      total += double(part.column) * part.scale
    }
    if !isThere { return -1 }
    if total < 0 || total > 1e9 {
      note(parts[0].column, "a size below 1 GB")
      return 0
    }
    return Int32(total.rounded())
  }

  /// Sets grid and block from six columns.
  func setShape(_ kernel: inout ProfileKernel, _ columns: [Int]) {
    kernel.gridX = extent(columns[0])
    kernel.gridY = extent(columns[1])
    kernel.gridZ = extent(columns[2])
    kernel.blockX = extent(columns[3])
    kernel.blockY = extent(columns[4])
    kernel.blockZ = extent(columns[5])
  }

  private func extent(_ column: Int) -> UInt32 {
    let value = int32(column)
    if value == 0 { note(column, "a positive integer") }
    return UInt32(value)
  }

  /// The number of the field's text among the names.
  func name(_ column: Int) -> Int32 {
    if isEmpty(column) { note(column, "a kernel's name") }
    guard rows.fields.indices.contains(column), rows.fields[column].hasEscapes else {
      return collector.names.index(of: rows.raw(column))
    }
    return collector.names.index(of: rows.string(column))
  }

  /// The number of the field's text among the streams.
  func stream(_ column: Int) -> Int32 { collector.streams.index(of: rows.raw(column)) }

  // MARK: what a row is

  /// Counts a copy or memset.
  func copy(name: Int, bytes column: Int, scale: Double) throws(InputError) {
    let text = rows.string(name)
    guard text.hasPrefix("[") || text.lowercased().contains("mem") else {
      return try collector.fault(
        place(name)("expected a kernel's grid or a copy, found neither", nil))
    }
    let size = isEmpty(column) ? 0 : double(column) * scale
    if let rowFault { return try collector.fault(rowFault) }
    collector.leaveOut(.copy)
    collector.profile.copies.count += 1
    collector.profile.copies.bytes &+= Int64(max(0, min(size, 1e12)).rounded())
  }

  /// Whether the row has a fault, which is counted then.
  func isFaulty() throws(InputError) -> Bool {
    guard let rowFault else { return false }
    try collector.fault(rowFault)
    return true
  }

  /// Takes the row's kernel, or counts the row as faulty.
  func add(
    _ kernel: ProfileKernel, device: Int, demand: ProfileDemand? = nil, needsDuration: Bool = true
  ) throws(InputError) {
    if let rowFault { return try collector.fault(rowFault) }
    var name: String?
    if device >= 0, !isEmpty(device) {
      let bytes = rows.raw(device)
      if !bytes.elementsEqual(lastDevice.bytes) {
        lastDevice = (Array(bytes), rows.string(device))
      }
      name = lastDevice.text
    }
    try collector.add(
      kernel, device: name, demand: demand, needsDuration: needsDuration,
      at: { place(0)("", nil) })
  }
}
