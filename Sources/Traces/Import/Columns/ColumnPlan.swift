import Tables

/// Where a file's header puts what its format's columns mean, as steps that a row is read in.
struct ColumnPlan {
  /// What is done with a field.
  enum Kind: UInt8 {
    case run, time, duration, status, input, output, total, parent, session, tenant
  }

  /// A field to read; plain numbers, as every row goes through all steps.
  struct Step {
    var kind: Kind
    /// The field's position in a row, and the column's in the format.
    var field: Int
    var column: Int
    var mayBeEmpty: Bool
    /// How a time is written.
    var clock = TraceClock.seconds
  }

  /// The steps in order: the time, what else is said of the request, and whose it is, so that a
  /// row left out numbers nobody.
  private(set) var steps: [Step] = []
  /// The fields whose texts make the tenant's name.
  private(set) var tenantFields: [Int] = []
  /// The fields whose texts tell the run that a row belongs to.
  private(set) var runFields: [Int] = []
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
    let unnamed = header.unusedPositions.filter { header.written[$0].isEmpty }
    for name in header.unused.map({ Excerpt.name($0) }) + unnamed.map({ "column \($0 + 1)" }) {
      log.warn(.unknownColumn, "columns not used", naming: name)
    }
  }

  private mutating func add(_ what: TraceColumn, _ column: Int, _ field: Int) {
    func step(_ kind: Kind, clock: TraceClock = .seconds) {
      steps.append(
        Step(
          kind: kind, field: field, column: column, mayBeEmpty: what.mayBeEmpty, clock: clock))
    }
    switch what.meaning {
    case .time(let clock): step(.time, clock: clock)
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
    case .run:
      if runFields.isEmpty { step(.run) }
      runFields.append(field)
    case .parent: step(.parent)
    case .session: step(.session)
    // Only objects lack a time, and only they hold lists.
    case .delay, .hashBlocks, .unused: break
    }
  }

  private static func faults(
    _ header: CSVHeader, _ format: TraceFormat, _ options: TraceOptions
  ) -> [(place: Int, message: String, hint: String?)] {
    var faults: [(place: Int, message: String, hint: String?)] = []
    let known = format.known
    let repeated = header.repeated
    let missing = format.columns.filter { $0.isRequired && !$0.isNamed(in: header.names) }
    let absent = format.signature.filter { !$0.isNamed(in: header.names) }.map(\.name)
    var unknown: [String] = []
    for position in header.unusedPositions {
      let name = header.names[position]
      if repeated.contains(position), known.contains(name) {
        faults.append((header.places[position], "column '\(name)' is given twice", nil))
        continue
      }
      unknown.append(name)
      // What others write has columns of its own; one that is nearly an absent name is a slip.
      let near = name.utf8.count <= 40 ? NearestName.of(name, in: absent) : nil
      guard format.isOwn && options.isStrict || near != nil else { continue }
      faults.append(
        (
          header.places[position],
          "unknown column '\(Excerpt.name(name))' in format \(format.rawValue)",
          name.utf8.count <= 40 ? NearestName.hint(for: name, in: known) : nil
        ))
    }
    for column in missing {
      faults.append(
        (
          0, "missing column '\(column.name)' in format \(format.rawValue)",
          NearestName.of(column.name, in: unknown)
            .map { "is '\(Excerpt.name($0))' meant to be it?" }
            ?? "columns: \(known.joined(separator: ","))"
        ))
    }
    return faults
  }
}
