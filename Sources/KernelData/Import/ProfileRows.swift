import Tables

/// Walks the rows under a header: counts messages and rows not chosen, and turns fields into what
/// the columns mean while noting the first fault of the row.
final class ProfileRows {
  /// A column to read of every kernel's row.
  private struct Step {
    var meaning: ProfileColumn.Meaning
    var field: Int
    var mayBeEmpty: Bool
    var power = 0
  }

  let rows: CSVRows
  let into: ImportCollector
  private(set) var header: CSVHeader
  /// Where the columns stand.
  let places: ColumnPlaces
  private let width: RowWidth
  private var steps: [Step] = []
  /// The bytes that a unit of each shared-memory column stands for.
  private(set) var memory: [(field: Int, scale: Double)] = []
  private var copiedScale = 1.0
  /// The contexts of the kernels so far.
  @exclusivity(unchecked) private(set) var contexts = NameTable()
  private var filters: [(field: Int, value: String)] = []
  /// The launches so far of a file with a row for each counter.
  @exclusivity(unchecked) private var launches = Set<[String]>()
  /// The first fault of the row.
  @exclusivity(unchecked) var fault: Diagnostic?

  /// Finds the columns in the header.
  ///
  /// - Throws: an unknown filter column.
  init(
    _ rows: CSVRows, _ header: CSVHeader, _ columns: [ProfileColumn], _ width: RowWidth,
    _ into: ImportCollector
  ) throws(InputError) {
    (self.rows, self.header, self.width, self.into) = (rows, header, width, into)
    places = ColumnPlaces(columns, in: header)
    for filter in into.options.filters {
      guard let i = header.names.firstIndex(of: filter.column.lowercased()) else {
        throw InputError(
          kind: .usage, file: rows.file, line: header.line,
          message: "no column '\(filter.column)' to choose rows by",
          hint: NearestName.hint(for: filter.column, in: header.written))
      }
      filters.append((i, filter.value))
    }
  }

  /// Reads the row of units below the header; false where there is no row.
  func readUnits(hint: String) throws(InputError) -> Bool {
    guard try next() else { return false }
    guard isEmpty(places.names.first ?? -1), isEmpty(places.device) else {
      throw InputError(
        rows.fault(
          places.fields.first ?? -1, "expected a row of units below the header", hint: hint))
    }
    takeUnits()
    return true
  }

  /// Takes the row for the units of the columns.
  func takeUnits() {
    into.leaveOut(.unitsRow)
    header.setUnits(rows.strings)
  }

  /// Makes the steps of each row, once the units are known.
  func resolveUnits(isBinary: Bool) throws(InputError) {
    for (column, field) in zip(places.columns, places.fields) where field >= 0 {
      var step = Step(meaning: column.meaning, field: field, mayBeEmpty: column.mayBeEmpty)
      switch column.meaning {
      case .start(.written), .duration(.written): step.power = try header.timePower(field)
      case .start(.power(let power)), .duration(.power(let power)): step.power = power
      case .start, .duration, .end, .registers, .correlation: break
      case .copiedBytes:
        copiedScale = try header.byteScale(field, isBinary: isBinary)
        continue
      case .sharedMemory:
        memory.append((field, try header.byteScale(field, isBinary: isBinary)))
      case .shape, .workItems: break
      default: continue
      }
      // Extents and parts of a sum are read together; of two times the first counts.
      if !steps.contains(where: { $0.meaning == step.meaning }) { steps.append(step) }
    }
  }

  // MARK: rows

  /// Moves to the next row that holds data; false at the end.
  ///
  /// - Throws: a second header, and what the rows' reading throws.
  func next() throws(InputError) -> Bool {
    while try rows.nextWithinLimit() {
      if rows.isBlank { continue }
      fault = nil
      let count = rows.count
      if isMessage {
        into.leaveOut(.profilerMessage)
      } else if width != .free,
        count > header.width || (count < header.width && width != .mayBeShort)
      {
        try into.fault(
          rows.fault(
            min(count, header.width) - 1, "expected \(header.width) fields, found \(count)"))
      } else if count > 1, isHeader {
        throw InputError(
          rows.fault(
            0, "a second header: two reports in one file", hint: "give one report at a time"))
      } else if filters.contains(where: { rows.string($0.field) != $0.value }) {
        into.leaveOut(.notChosen)
      } else {
        return true
      }
    }
    return false
  }

  /// `==PROF== …` and `==123== …` lines; notices of `nsys`.
  private var isMessage: Bool {
    let bytes = rows[0]
    if bytes.count >= 4, bytes[0] == UInt8(ascii: "="), bytes[1] == UInt8(ascii: "=") {
      return true
    }
    return rows.count < header.width && rows.string(0).hasPrefix("NOTICE:")
  }

  /// The first two names tell: no row holds both as values.
  private var isHeader: Bool {
    rows[0].elementsEqual(header.written[0].utf8) && rows.string(1) == header.written[1]
  }

  /// What the row's columns say of its kernel, but for its name.
  func kernel() -> ProfileKernel {
    var kernel = ProfileKernel()
    for step in steps {
      switch step.meaning {
      case .start(.wholeNS): kernel.start = int64(step.field)
      case .start: if let time = time(step.field, step.power) { kernel.start = time }
      case .end: kernel.duration = int64(step.field) - max(0, kernel.start)
      case .duration: kernel.duration = time(step.field, step.power) ?? -1
      case .shape: if hasShape { setShape(&kernel) }
      case .workItems: setWorkItems(&kernel)
      case .registers:
        if !step.mayBeEmpty || !isEmpty(step.field) { kernel.registers = int32(step.field) }
      case .sharedMemory: kernel.sharedMemory = sharedMemory()
      case .correlation: if !isEmpty(step.field) { kernel.correlation = int64(step.field) }
      default: break
      }
    }
    kernel.streamIndex = into.streams.index(of: rows[places.stream])
    if places.context >= 0 { _ = contexts.index(of: rows[places.context]) }
    return kernel
  }

  private func setShape(_ kernel: inout ProfileKernel) {
    let shape = places.shape
    func extent(_ i: Int) -> UInt32 {
      let value = int32(shape[i])
      if value == 0 { note(shape[i], "a positive integer") }
      return UInt32(value)
    }
    (kernel.gridX, kernel.gridY, kernel.gridZ) = (extent(0), extent(1), extent(2))
    (kernel.blockX, kernel.blockY, kernel.blockZ) = (extent(3), extent(4), extent(5))
  }

  private func setWorkItems(_ kernel: inout ProfileKernel) {
    let (grid, group) = (places.workItems, places.workGroup)
    func axis(_ i: Int) -> (blocks: UInt32, threads: UInt32) {
      if i >= min(grid.count, group.count) { return (1, 1) }
      let threads = int64(group[i])
      if threads < 1 || threads > 1024 { note(group[i], "a work-group of 1 to 1024 work-items") }
      let size = max(1, min(threads, 1024))
      let count = int64(grid[i])
      let blocks = count / size + (count % size > 0 ? 1 : 0)
      if blocks < 1 || blocks > Int64(Int32.max) { note(grid[i], "a grid of work-items") }
      return (UInt32(clamping: max(1, min(blocks, Int64(Int32.max)))), UInt32(size))
    }
    let (x, y, z) = (axis(0), axis(1), axis(2))
    (kernel.gridX, kernel.gridY, kernel.gridZ) = (x.blocks, y.blocks, z.blocks)
    (kernel.blockX, kernel.blockY, kernel.blockZ) = (x.threads, y.threads, z.threads)
  }

  /// Whether the row tells one more counter of a launch that was read already.
  var isFurtherCounter: Bool {
    if places.counter < 0 || isEmpty(places.launch.first ?? -1) { return false }
    return !launches.insert(places.launch.map { rows.string($0) }).inserted
  }

  /// Whether the row has a grid.
  var hasShape: Bool { !isEmpty(places.shape.first ?? -1) }

  // MARK: what becomes of a row

  /// Checks a copy's start as that of a kernel.
  func checkStart() {
    for step in steps where step.meaning == .start(.written) { _ = time(step.field, step.power) }
  }

  /// Counts a copy or memset.
  func copy() throws(InputError) {
    let text = nameText
    guard text.hasPrefix("[") || text.lowercased().contains("mem") else {
      return try into.fault(
        rows.fault(places.names.first ?? -1, "expected a kernel's grid or a copy, found neither"))
    }
    let size = isEmpty(places.copied) ? 0 : double(places.copied) * copiedScale
    if try isFaulty() { return }
    into.copy(bytes: Int64(max(0, min(size, 1e12)).rounded()))
  }

  /// Whether the row has a fault, which is counted then.
  func isFaulty() throws(InputError) -> Bool {
    guard let fault else { return false }
    try into.fault(fault)
    return true
  }

  /// Takes the row's kernel, or counts the row as faulty.
  func add(
    _ kernel: ProfileKernel, demand: ProfileDemand? = nil, countsRow: Bool = true
  ) throws(InputError) {
    if try isFaulty() { return }
    let number = isEmpty(places.device) ? -1 : into.device(rows[places.device])
    try into.add(
      kernel, device: number, demand: demand, countsRow: countsRow, at: { rows.fault(0, "") })
  }
}

extension CSVRows {
  /// As `next()`; refuses rows of more fields than are kept.
  func nextWithinLimit() throws(InputError) -> Bool {
    guard try next() else { return false }
    if count <= Self.fieldLimit { return true }
    throw InputError(
      file: file, line: lineNumber, message: "the row has more than \(Self.fieldLimit) fields")
  }
}
