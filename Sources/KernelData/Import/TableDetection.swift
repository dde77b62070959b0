import Tables

/// Tells the format of a table by its header, and names what it is when it is none of them.
struct TableDetection {
  /// The lines that may precede a header: a program's own output mixes into `ncu`'s.
  private static let preambleLimit = 100_000
  /// Headers of files that no profiler writes.
  private static let others = [
    TableFormat.LookAlike(
      columns: ["batch", "launch", "kernel", "duration_ns"], what: "a kernel table already",
      hint: "look at it with 'gpuloom kernels show'"),
    TableFormat.LookAlike(
      columns: ["arrival_ns"], what: "a trace of arrivals, not a profile",
      hint: "see 'gpuloom trace import'"),
    TableFormat.LookAlike(
      columns: ["gpu", "dtype", "latency_ms"], what: "a table of measured operators, not a profile",
      hint: "'gpuloom kernels fit' and 'predict' read it"),
    TableFormat.LookAlike(
      columns: ["m", "n", "k", "latency"], what: "a table of measured products, not a profile",
      hint: productHint),
    TableFormat.LookAlike(
      columns: ["m", "n", "k", "triton"], what: "Triton's benchmark, not a profile",
      hint: productHint),
    TableFormat.LookAlike(
      columns: ["timestamp", "name", "utilization.gpu"],
      what: "nvidia-smi's log, which knows no kernels", hint: nil),
  ]
  private static let productHint =
    "'gpuloom kernels predict' takes products: gpu,m,n,k,batch,dtype,latency_ms"

  /// A format and the names that a version of it has.
  private struct Version {
    var format: TableFormat
    var required: [String]

    /// The names that a header lacks under any version's name: a file may mix them.
    func missing(in names: [String]) -> [String] {
      zip(format.columns.filter(\.isRequired), required)
        .filter { !$0.0.names.contains(where: names.contains) }.map(\.1)
    }
  }

  private let formats: [TableFormat]
  private let signatures: [FormatSignature<Version>]
  private let lookAlikes: [TableFormat.LookAlike]

  init(_ formats: [TableFormat]) {
    self.formats = formats
    // A header cut short, or one with most of a shape, may still be near to one of these.
    signatures = formats.flatMap { format in
      format.required.flatMap { names in
        [names, names.filter(format.tells)].map {
          FormatSignature(Version(format: format, required: names), required: $0)
        }
      }
    }
    lookAlikes = formats.flatMap(\.lookAlikes) + Self.others
  }

  /// Reads up to and with the header.
  ///
  /// - Throws: what the file seems to be instead, or which columns it lacks.
  func findHeader(_ rows: CSVRows) throws(InputError) -> (format: TableFormat, header: CSVHeader) {
    var nearest: (fault: InputError, share: Double)?
    var lines = 0
    // Before the header a quote is a character like any other.
    rows.quoting = .none
    while lines < Self.preambleLimit, try rows.nextWithinLimit() {
      lines += 1
      if rows.count < 2, let separator = otherSeparator(rows) {
        throw InputError(
          rows.fault(
            0, "columns are separated by ',', not by \(separator)",
            hint: "export with commas, and with '.' in fractions"))
      }
      if rows.count < 2, rows[0].count > 40 || rows.isBlank { continue }
      let header = CSVHeader(rows, isFolded: true)
      if let (signature, share) = FormatSignature.best(of: signatures, for: header.names),
        share > max(0.49, nearest?.share ?? 0)
      {
        let version = signature.format
        let missing = version.missing(in: header.names)
        if missing.isEmpty {
          rows.quoting = .rows
          return (version.format, header)
        }
        nearest = (Self.fault(header, version.format.format, lacks: missing), share)
      }
      for known in lookAlikes where known.columns.allSatisfy({ header.names.contains($0) }) {
        throw header.fault("this is \(known.what)", hint: known.hint)
      }
    }
    throw nearest?.fault
      ?? InputError(
        file: rows.file, message: "found no header or content of a known profiler format",
        hint: "known: " + formats.map(\.format.rawValue).joined(separator: ", "))
  }

  /// What separates the names of a header in a line without commas; nil where it is none.
  private func otherSeparator(_ rows: CSVRows) -> String? {
    let line = rows.string(0)
    for (separator, name) in [(Character(";"), "';'"), ("\t", "tabs")]
    where line.contains(separator) {
      let row = CSVRows(
        ByteStream(name: "", bytes: Array(line.replacing("\(separator)", with: ",").utf8)),
        quoting: .none)
      guard (try? row.next()) == true else { continue }
      let names = CSVHeader(row, isFolded: true).names
      if FormatSignature.best(of: signatures, for: names)?.share ?? 0 > 0.49 { return name }
    }
    return nil
  }

  private static func fault(
    _ header: CSVHeader, _ format: ProfileFormat, lacks names: [String]
  ) -> InputError {
    let list = names.map { "'\($0)'" }.joined(separator: ", ")
    return header.fault(
      "\(format.title) lacks the column\(names.count > 1 ? "s" : "") \(list)",
      hint: "columns are found by name; a repeated or cut header cannot be read")
  }
}
