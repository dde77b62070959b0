import Tables

/// Where a file's header puts what its format's columns mean, as steps that a row is read in.
struct ColumnPlan {
  /// What is done with a field.
  enum Kind: UInt8 { case date, seconds, whole, duration, status, input, output, total, tenant }

  /// A field to read; plain numbers, as every row goes through all steps.
  struct Step {
    var kind: Kind
    /// The field's position in a row, and the column's in the format.
    var field: Int
    var column: Int
    var mayBeEmpty: Bool
    /// Nanoseconds of one unit of a whole number.
    var unitNS: Int64 = 1
  }

  /// The steps in order: the time, what else is said of the request, and whose it is, so that a
  /// row left out numbers nobody.
  private(set) var steps: [Step] = []
  /// The fields whose texts make the tenant's name.
  private(set) var tenantFields: [Int] = []
  /// How many fields a row must have.
  private(set) var width = 0
  /// Whether an answer without tokens means a request that failed.
  private(set) var zeroFails = false

  /// A plan for no columns, to start with.
  init() {}

  /// Matches the header that `rows` stands at; collects every missing, repeated and unknown column
  /// before giving up.
  init(
    _ rows: CSVRows, format: TraceFormat, options: TraceOptions, log: TraceLog
  ) throws(InputError) {
    var header = CSVHeader(rows, isFolded: false)
    width = header.width
    for (column, what) in format.columns.enumerated() {
      let field = header.column([what.name] + what.aliases)
      if field >= 0 { add(what, column, field) }
    }
    steps.sort { ($0.kind.rawValue, $0.column) < ($1.kind.rawValue, $1.column) }
    let faults = Self.faults(header, format, options)
    guard faults.isEmpty else {
      throw InputError(
        diagnostics: faults.prefix(max(1, options.describedFaults)).map { fault in
          Diagnostic(
            file: log.file, line: rows.lineNumber, column: fault.place, message: fault.message,
            hint: TraceLog.hint(TraceFault.header.rawValue, fault.hint))
        })
    }
    let unknown = header.unused
    if !unknown.isEmpty {
      let listed = unknown.prefix(8).joined(separator: ", ")
      log.warn(
        .unknownColumn, count: Int64(unknown.count), note: "columns not used: \(listed)")
    }
  }

  private mutating func add(_ what: TraceColumn, _ column: Int, _ field: Int) {
    func step(_ kind: Kind, unitNS: Int64 = 1) {
      steps.append(
        Step(
          kind: kind, field: field, column: column, mayBeEmpty: what.mayBeEmpty, unitNS: unitNS))
    }
    switch what.meaning {
    case .time(.date): step(.date)
    case .time(.seconds): step(.seconds)
    case .time(.milliseconds): step(.whole, unitNS: 1_000_000)
    case .time(.nanoseconds): step(.whole)
    case .duration: step(.duration)
    case .inputTokens: step(.input)
    case .outputTokens(let zeroFails):
      self.zeroFails = zeroFails
      step(.output)
    case .totalTokens: step(.total)
    case .status: step(.status)
    case .tenant:
      if tenantFields.isEmpty { step(.tenant) }
      tenantFields.append(field)
    case .unused: break
    }
  }

  private static func faults(
    _ header: CSVHeader, _ format: TraceFormat, _ options: TraceOptions
  ) -> [(place: Int, message: String, hint: String?)] {
    var faults: [(place: Int, message: String, hint: String?)] = []
    let known = format.known
    let repeated = header.repeated
    var unknown: [String] = []
    for position in header.unusedPositions {
      let name = header.names[position]
      if repeated.contains(position), known.contains(name) {
        faults.append((header.places[position], "column '\(name)' is given twice", nil))
        continue
      }
      unknown.append(name)
      guard options.isStrict || name.isEmpty else { continue }
      faults.append(
        (
          header.places[position],
          "unknown column '\(name.prefix(40))' in format \(format.rawValue)",
          name.utf8.count <= 40 ? NearestName.hint(for: name, in: known) : nil
        ))
    }
    for column in format.columns where column.isRequired && !column.isNamed(in: header.names) {
      faults.append(
        (
          0, "missing column '\(column.name)' in format \(format.rawValue)",
          NearestName.of(column.name, in: unknown).map { "is '\($0)' meant to be it?" }
            ?? "columns: \(known.joined(separator: ","))"
        ))
    }
    return faults
  }
}
