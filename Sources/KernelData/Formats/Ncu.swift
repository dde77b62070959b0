import Tables

extension ProfileFormat {
  /// `ncu --csv`, the details page: one row per metric.
  package static let ncuDetails = ProfileFormat(
    "ncu-details", title: "an ncu details page", isLaunchSequence: true)
  /// `ncu --csv --page raw`: one row per kernel.
  package static let ncuRaw = ProfileFormat(
    "ncu-raw", title: "an ncu raw page", isLaunchSequence: true)
}

extension TableFormat {
  /// `ncu --csv`: one row per kernel and metric, numbers grouped as the machine's region does, and
  /// the program's own output in between. Rows may end after the value.
  static let ncuDetails = ncu(
    .ncuDetails, telling: ["metric name", "metric unit", "metric value"], readDetails)
  /// `ncu --csv --page raw`: one row per kernel, a row of units below the header, or units in the
  /// header as the window's export writes them.
  static let ncuRaw = ncu(.ncuRaw, telling: ["gpu__time_duration.sum"], readRaw)

  private static func ncu(
    _ name: ProfileFormat, telling: [String], _ readRows: @escaping Code<Void>
  ) -> TableFormat {
    let further = ["process id", "stream", "block size", "grid size", "device", "cc", "rule name"]
    var format = TableFormat(
      name,
      columns: [.required("id"), .required("kernel name")] + telling.map { .required($0) }
        + further.map { .optional($0) })
    format.lookAlikes = [
      LookAlike(
        columns: ["kernel name", "invocations", "metric name", "average"],
        what: "ncu's summary of kernels, not each launch", hint: "leave --print-summary out")
    ]
    format.width = .mayBeShort
    format.readRows = readRows
    return format
  }

  @Sendable private static func readDetails(_ row: ProfileRows) throws(InputError) {
    let (rows, into) = (row.rows, row.into)
    let (id, process) = (row.field("id"), row.field("process id"))
    let (metric, unit) = (row.field("metric name"), row.field("metric unit"))
    let (value, rule) = (row.field("metric value"), row.field("rule name"))
    var kernels: [NcuKernel] = []
    var positions: [String: Int] = [:]
    var numbers = NcuNumbers()
    while try row.next() {
      guard rows.count > metric, ExactDecimal(rows[id]) != nil else {
        into.leaveOut(.profilerMessage)
        continue
      }
      let key = rows.string(process) + "/" + rows.string(id)
      let position = positions[key] ?? kernels.count
      if position == kernels.count {
        positions[key] = position
        kernels.append(NcuKernel(row))
      }
      if row.isEmpty(metric) {
        into.leaveOut(row.isEmpty(rule) ? .otherMetric : .ruleText)
        continue
      }
      let (text, unitText) = (rows.string(value), rows.string(unit))
      numbers.note(text, line: rows.lineNumber)
      guard let known = NcuMetric(named: rows.string(metric), unit: unitText) else {
        into.leaveOut(.otherMetric)
        continue
      }
      into.useRow()
      kernels[position].values.append((known, text, unitText))
    }
    try add(kernels, numbers, into, countsRow: false)
  }

  @Sendable private static func readRaw(_ row: ProfileRows) throws(InputError) {
    let (rows, into) = (row.rows, row.into)
    let (id, name) = (row.field("id"), row.field("kernel name"))
    var kernels: [NcuKernel] = []
    var numbers = NcuNumbers()
    var metrics: [(field: Int, metric: NcuMetric)] = []
    while try row.next() {
      if row.isEmpty(id), row.isEmpty(name), kernels.isEmpty {
        row.takeUnits()
        continue
      }
      guard ExactDecimal(rows[id]) != nil else {
        into.leaveOut(.profilerMessage)
        continue
      }
      let (names, units) = (row.header.names, row.header.units)
      if metrics.isEmpty {
        for (i, name) in names.enumerated() {
          if let metric = NcuMetric(named: name, unit: units[i]) { metrics.append((i, metric)) }
        }
      }
      var kernel = NcuKernel(row)
      for i in 0..<rows.count where names[i].contains("__") {
        numbers.note(rows.string(i), line: rows.lineNumber)
      }
      for (field, metric) in metrics where field < rows.count {
        kernel.values.append((metric, rows.string(field), units[field]))
      }
      kernels.append(kernel)
    }
    try add(kernels, numbers, into, countsRow: true)
  }

  /// Hands all kernels over, once the numbers can be read.
  private static func add(
    _ kernels: [NcuKernel], _ numbers: NcuNumbers, _ into: ImportCollector, countsRow: Bool
  ) throws(InputError) {
    let style = try numbers.style(file: into.file)
    for kernel in kernels {
      try kernel.add(into, style, countsRow: countsRow)
      if kernel.device.isEmpty || kernel.capability.isEmpty { continue }
      var device = ProfileDevice(id: kernel.device)
      device.computeCapability = kernel.capability
      if let (count, _) = kernel.value(.smCount) {
        device.smCount = style.decimal(count)?.scaled(by: 0).map { Int($0) }
      }
      into.describe(device)
    }
  }
}
