import Tables

/// `ncu --csv`: one row per kernel and metric, numbers grouped as the machine's region does, and the
/// program's own output in between. Rows may end after the value.
enum NcuDetailsReader {
  static func read(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    var header = header
    let columns = NcuColumns(&header)
    let metric = header.column("metric name")
    let unit = header.column("metric unit")
    let value = header.column("metric value")
    let rule = header.column("rule name")
    let row = ImportRowReader(rows, header, into, mayBeShort: true)
    var kernels: [NcuKernel] = []
    var positions: [String: Int] = [:]
    var numbers = NcuNumbers()
    while try row.next() {
      let id = rows.string(columns.id)
      guard rows.fields.count > metric, ImportNumbers.decimal(id) != nil else {
        into.leaveOut(.profilerMessage)
        continue
      }
      let key = rows.string(columns.process) + "/" + id
      let position = positions[key] ?? kernels.count
      if position == kernels.count {
        positions[key] = position
        kernels.append(columns.kernel(rows))
      }
      if row.isEmpty(metric) {
        into.leaveOut(rule >= 0 && !row.isEmpty(rule) ? .ruleText : .otherMetric)
        continue
      }
      let text = rows.string(value)
      numbers.note(text, line: rows.line)
      let unitText = rows.string(unit)
      guard let known = NcuKernel.metric(rows.string(metric), unit: unitText) else {
        into.leaveOut(.otherMetric)
        continue
      }
      into.profile.rowsRead += 1
      into.profile.rowsUsed += 1
      kernels[position].values.append((known, text, unitText))
    }
    try NcuColumns.add(kernels, numbers, into, countsRow: false)
    into.profile.unusedColumns = header.unused
  }
}

/// `ncu --csv --page raw`: one row per kernel, a row of units below the header, or units in the
/// header as the window's export writes them.
enum NcuRawReader {
  static func read(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    var header = header
    let columns = NcuColumns(&header)
    let row = ImportRowReader(rows, header, into, mayBeShort: true)
    var kernels: [NcuKernel] = []
    var numbers = NcuNumbers()
    var metrics: [(column: Int, metric: NcuKernel.Metric)] = []
    while try row.next() {
      if row.isEmpty(columns.id), row.isEmpty(columns.name), kernels.isEmpty {
        into.leaveOut(.unitsRow)
        header.setUnits(rows.fields.indices.map { rows.string($0) })
        continue
      }
      guard ImportNumbers.decimal(rows.raw(columns.id)) != nil else {
        into.leaveOut(.profilerMessage)
        continue
      }
      if metrics.isEmpty {
        for (i, name) in header.names.enumerated() {
          if let metric = NcuKernel.metric(name, unit: header.units[i]) {
            metrics.append((header.column(name), metric))
          }
        }
      }
      var kernel = columns.kernel(rows)
      for i in rows.fields.indices where header.names[i].contains("__") {
        numbers.note(rows.string(i), line: rows.line)
      }
      for (column, metric) in metrics where column < rows.fields.count {
        kernel.values.append((metric, rows.string(column), header.units[column]))
      }
      kernels.append(kernel)
    }
    try NcuColumns.add(kernels, numbers, into, countsRow: true)
    into.profile.unusedColumns = header.unused
  }
}

/// The columns both pages have.
struct NcuColumns {
  let id: Int
  let name: Int
  let process: Int
  private let stream, block, grid, device, capability: Int

  init(_ header: inout ImportHeader) {
    id = header.column("id")
    name = header.column("kernel name")
    process = header.column("process id")
    stream = header.column("stream")
    block = header.column("block size")
    grid = header.column("grid size")
    device = header.column("device")
    capability = header.column("cc")
  }

  /// A kernel with what these columns say in the current row.
  func kernel(_ rows: ImportRows) -> NcuKernel {
    var kernel = NcuKernel(line: rows.line)
    kernel.name = rows.string(name)
    kernel.stream = rows.string(stream)
    kernel.block = rows.string(block)
    kernel.grid = rows.string(grid)
    kernel.device = rows.string(device)
    kernel.capability = rows.string(capability)
    return kernel
  }

  /// Hands all kernels over, once the numbers can be read.
  static func add(
    _ kernels: [NcuKernel], _ numbers: NcuNumbers, _ into: ImportCollector, countsRow: Bool
  ) throws(InputError) {
    let locale = try numbers.locale(file: into.file)
    for kernel in kernels {
      try kernel.add(into, locale, countsRow: countsRow)
      if kernel.device.isEmpty || kernel.capability.isEmpty { continue }
      var device = ProfileDevice(id: kernel.device)
      device.computeCapability = kernel.capability
      if let (count, _) = kernel.value(.smCount) {
        device.smCount = ImportNumbers.decimal(count, locale: locale)?.scaled(by: 0)
          .map { Int($0) }
      }
      into.describe(device)
    }
  }
}
