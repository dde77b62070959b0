import Tables

extension TaskGraph {
  /// The format's name and version.
  package static let format = "gpuloom.tasks/1"
  /// The most tasks of a graph.
  package static let mostTasks = 4_000_000

  static let headerKeys = [
    "format", "name", "source", "precision", "data_mib", "input_bytes", "output_bytes",
  ]

  /// Whether a file says that it is one.
  package static func isOne(_ path: String) -> Bool {
    guard path.hasSuffix(".csv"), let stream = try? ByteStream(path: path) else { return false }
    let rows = CSVRows(stream)
    while (try? rows.nextLine()) == true, rows.line.first == UInt8(ascii: "#") {
      let line = CSVComment(Array(rows.line)[...], line: rows.lineNumber)
      if line.key == "format" { return line.value.hasPrefix("gpuloom.tasks/") }
    }
    return false
  }

  /// Reads a task graph's file.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` with the faults found (up to 20).
  package static func read(_ path: String) throws(InputError) -> TaskGraph {
    try read(CSVReader.table(at: path))
  }

  /// Reads a task graph from a text; `file` names it in errors.
  ///
  /// - Throws: `badData` with the faults found (up to 20).
  package static func read(text: String, file: String) throws(InputError) -> TaskGraph {
    try read(CSVReader.table(of: text, file: file))
  }

  private static func read(_ csv: CSVTable) throws(InputError) -> TaskGraph {
    var reader = TaskGraphReader(csv: csv)
    let graph = reader.read()
    if !reader.faults.isEmpty { throw InputError(diagnostics: Array(reader.faults.prefix(20))) }
    return graph
  }
}

private struct TaskGraphReader {
  // As of a kernel table's launch.
  private static let mostFLOP: Int64 = 1_000_000_000_000_000
  private static let mostBytes: Int64 = 10_000_000_000_000
  private static let mostNS: Int64 = 1_000_000_000_000

  let csv: CSVTable
  var faults: [Diagnostic] = []
  /// Looked up by key only.
  private var numbers: [String: Int32] = [:]

  init(csv: CSVTable) { self.csv = csv }

  mutating func read() -> TaskGraph {
    var graph = TaskGraph(name: "", source: "", work: [], children: [])
    faults = csv.formatFaults(TaskGraph.format)
    readHeader(&graph)
    let structure = csv.structuralFaults(
      required: ["task", "children"], optional: ["duration_ns", "flop", "dram_bytes"])
    faults += structure
    if csv.rows.isEmpty {
      faults.append(Diagnostic(file: csv.file, message: "expected at least one task, found none"))
    } else if csv.rows.count > TaskGraph.mostTasks {
      faults.append(
        Diagnostic(
          file: csv.file, message: "\(csv.rows.count) tasks are more than \(TaskGraph.mostTasks)"))
    }
    if !faults.isEmpty { return graph }
    readNames()
    for row in csv.rows where faults.count < 20 { graph.work.append(work(of: row)) }
    for row in csv.rows where faults.count < 20 { graph.children.append(children(of: row)) }
    if faults.isEmpty, let cycle = graph.cycle { refuse(cycle) }
    return graph
  }

  private mutating func readHeader(_ graph: inout TaskGraph) {
    faults += csv.keyFaults(known: TaskGraph.headerKeys, in: "a task graph")
    for (key, path) in [("name", \TaskGraph.name), ("source", \TaskGraph.source)] {
      guard let line = csv.comment(key), !line.value.isEmpty else {
        faults.append(
          Diagnostic(
            file: csv.file, line: csv.header.line,
            message: "a task graph needs the line '# \(key): …' before its header"))
        continue
      }
      graph[keyPath: path] = line.value
    }
    if let line = csv.comment("precision") {
      if let precision = Precision(rawValue: line.value) {
        graph.precision = precision
      } else {
        fault(
          line, "unknown precision '\(Excerpt.word(line.value))'",
          hint: NearestName.hint(for: line.value, in: Precision.allCases.map(\.rawValue)))
      }
    }
    if let line = csv.comment("data_mib") {
      if let number = Double(line.value), number >= 0, number <= 1e7 {
        graph.dataMiB = number
      } else {
        fault(line, "expected a number from 0 to 10000000 in 'data_mib', found '\(line.value)'")
      }
    }
    for (key, path) in [
      ("input_bytes", \TaskGraph.inputBytes), ("output_bytes", \TaskGraph.outputBytes),
    ] {
      guard let line = csv.comment(key) else { continue }
      if let number = Int64(line.value), number >= 0, number <= 1 << 53 {
        graph[keyPath: path] = number
      } else {
        fault(line, "expected a non-negative integer in '\(key)', found '\(line.value)'")
      }
    }
  }

  /// Numbers the tasks; what is given twice is told at its second place.
  private mutating func readNames() {
    numbers.reserveCapacity(csv.rows.count)
    for (number, row) in csv.rows.enumerated() where faults.count < 20 {
      let name = text("task", row)
      if name.isEmpty {
        fault("task", row, "expected a task's name in 'task', found nothing")
      } else if let objection = Self.objection(to: name) {
        fault("task", row, objection)
      } else if let first = numbers[name] {
        fault(
          "task", row, "the task '\(Excerpt.word(name))' is given twice",
          hint: "line \(csv.rows[Int(first)].line) has it already")
      } else {
        numbers[name] = Int32(number)
      }
    }
  }

  private static func objection(to name: String) -> String? {
    name.contains(";") ? "a task's name has no ';', which stands between children" : nil
  }

  private mutating func work(of row: CSVRow) -> TaskGraph.Work {
    let duration = number("duration_ns", row, 1, Self.mostNS)
    let flop = number("flop", row, 0, Self.mostFLOP)
    let bytes = number("dram_bytes", row, 0, Self.mostBytes)
    let name = Excerpt.word(text("task", row))
    if let duration {
      if flop != nil || bytes != nil {
        fault(
          "duration_ns", row,
          "the task '\(name)' has two durations: \(duration) ns, and what "
            + "its 'flop' and 'dram_bytes' take",
          hint: "leave one of the two empty")
      }
      return .lasting(duration)
    }
    guard text("duration_ns", row).isEmpty else { return .lasting(1) }
    guard let flop, let bytes else {
      if text("flop", row).isEmpty || text("dram_bytes", row).isEmpty {
        fault("task", row, "the task '\(name)' needs 'duration_ns', or 'flop' and 'dram_bytes'")
      }
      return .lasting(1)
    }
    return .doing(flop: flop, dramBytes: bytes)
  }

  private mutating func children(of row: CSVRow) -> [Int32] {
    let text = text("children", row)
    if text.isEmpty { return [] }
    var children: [Int32] = []
    var given: Set<Int32> = []
    for part in text.split(separator: ";", omittingEmptySubsequences: false) {
      let name = String(part)
      guard let number = numbers[name] else {
        fault(
          "children", row, "unknown task '\(Excerpt.word(name))' in 'children'",
          hint: NearestName.hint(
            for: name, in: csv.rows.prefix(10_000).map { self.text("task", $0) }))
        continue
      }
      if !given.insert(number).inserted {
        fault("children", row, "the child '\(Excerpt.word(name))' is given twice")
      }
      children.append(number)
    }
    return children
  }

  private mutating func refuse(_ cycle: [Int32]) {
    let names = cycle.prefix(6).map { "'" + Excerpt.word(text("task", csv.rows[Int($0)])) + "'" }
    let more = cycle.count > 6 ? " → … (\(cycle.count - 6) more)" : ""
    fault(
      "children", csv.rows[Int(cycle[0])],
      "these tasks wait for one another, and none can begin: "
        + names.joined(separator: " → ") + more + " → \(names[0])")
  }

  // MARK: Fields

  private func text(_ column: String, _ row: CSVRow) -> String {
    csv.index(of: column).map { row.fields[$0] } ?? ""
  }

  private mutating func number(
    _ column: String, _ row: CSVRow, _ low: Int64, _ high: Int64
  ) -> Int64? {
    let text = text(column, row)
    if text.isEmpty { return nil }
    if let number = Int64(text), number >= low, number <= high { return number }
    fault(
      column, row,
      "expected an integer from \(low) to \(high) in '\(column)', found \"\(text.prefix(40))\"")
    return nil
  }

  private mutating func fault(
    _ column: String, _ row: CSVRow, _ message: String, hint: String? = nil
  ) {
    faults.append(csv.fault(row, csv.index(of: column) ?? -1, message, hint: hint))
  }

  private mutating func fault(
    _ line: CSVComment, at part: CSVComment.Part = .value, _ message: String, hint: String? = nil
  ) {
    faults.append(csv.fault(line, at: part, message, hint: hint))
  }
}
