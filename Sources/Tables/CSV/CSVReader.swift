/// One row of a CSV file and where its fields stand.
package struct CSVRow: Sendable {
  /// The row's line in the file, from 1.
  package var line: Int
  /// The fields, quotes removed.
  package var fields: [String]
  /// Each field's first column in bytes, from 1.
  package var columns: [Int]
}

/// A CSV file read whole: leading `# key: value` lines, a header, rows (RFC 4180 quoting, LF or
/// CRLF, final newline optional).
package struct CSVTable: Sendable {
  /// The file's name, for errors.
  package var file: String
  /// The leading comment lines.
  package var comments: [CSVComment] = []
  /// The header row.
  package var header: CSVRow
  /// The rows after the header; blank lines are passed over.
  package var rows: [CSVRow] = []

  /// The position of a column by name.
  package func index(of name: String) -> Int? { header.fields.firstIndex(of: name) }

  /// A fault at a field of a row.
  package func fault(
    _ row: CSVRow, _ field: Int, _ message: String, hint: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      file: file, line: row.line,
      column: row.columns.indices.contains(field) ? row.columns[field] : 0,
      message: message, hint: hint)
  }

  /// Whether the header is another table's: it has fewer than half of the columns.
  package func isOther(than required: [String]) -> Bool {
    required.count > 2 && required.count { header.fields.contains($0) } * 2 < required.count
  }

  /// Faults of the header: missing, unknown and repeated columns, with the nearest known name; and
  /// rows whose width differs from the header's. Of another table's, only what is missing is told.
  package func structuralFaults(required: [String], optional: [String] = []) -> [Diagnostic] {
    var faults: [Diagnostic] = []
    let known = required + optional
    let missing = required.filter { !header.fields.contains($0) }
    if isOther(than: required) {
      return [
        fault(
          header, 0, Self.areMissing(missing),
          hint: "found: "
            + header.fields.prefix(12).map { Excerpt.word($0) }.joined(separator: ", ")
            + (header.fields.count > 12 ? ", …" : ""))
      ]
    }
    var seen = Set<String>()
    for (i, name) in header.fields.enumerated() {
      if !seen.insert(name).inserted {
        faults.append(fault(header, i, "the column '\(Excerpt.word(name))' is given twice"))
      } else if !known.contains(name) {
        faults.append(
          fault(
            header, i, "unknown column '\(Excerpt.word(name))'",
            hint: NearestName.hint(for: name, in: known)))
      }
    }
    if !missing.isEmpty { faults.append(fault(header, -1, Self.areMissing(missing))) }
    for row in rows where row.fields.count != header.fields.count {
      faults.append(
        fault(
          row, min(row.fields.count, header.fields.count),
          "expected \(header.fields.count) fields, found \(row.fields.count)"))
      if faults.count >= 20 { break }
    }
    return faults
  }

  private static func areMissing(_ names: [String]) -> String {
    let quoted = names.map { "'\($0)'" }
    guard let last = quoted.last, quoted.count > 1 else {
      return "the column \(quoted[0]) is missing"
    }
    return "the columns \(quoted.dropLast().joined(separator: ", ")) and \(last) are missing"
  }
}

/// Leading lines.
extension CSVTable {
  /// The first leading line with a key.
  package func comment(_ key: String) -> CSVComment? { comments.first { $0.key == key } }

  /// Faults of the leading lines' keys: those without one, repeated and unknown ones, with the nearest
  /// known name; `what` says whose they are.
  package func keyFaults(known: [String], in what: String) -> [Diagnostic] {
    var (faults, seen) = ([Diagnostic](), [String]())
    for line in comments {
      if line.key.isEmpty {
        faults.append(
          fault(line, at: .key, "expected '# key: value', found '# \(line.value.prefix(40))'"))
      } else if seen.contains(line.key) {
        faults.append(
          fault(line, at: .key, "the key '\(Excerpt.word(line.key))' is given twice"))
      } else if !known.contains(line.key) {
        faults.append(
          fault(
            line, at: .key, "unknown key '\(Excerpt.word(line.key))' in \(what)",
            hint: NearestName.hint(for: line.key, in: known)))
      }
      seen.append(line.key)
    }
    return faults
  }

  /// What is wrong with the line that says the file's format.
  package func formatFaults(_ format: String) -> [Diagnostic] {
    guard let line = comment("format") else {
      return [Diagnostic(file: file, message: "the line '# format: \(format)' is missing")]
    }
    if line.value == format { return [] }
    return [fault(line, "expected the format '\(format)', found '\(line.value)'")]
  }

  /// A fault at a part of a leading line.
  package func fault(
    _ comment: CSVComment, at part: CSVComment.Part = .value, _ message: String,
    hint: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      file: file, line: comment.line,
      column: part == .key ? comment.keyColumn : comment.valueColumn, message: message, hint: hint)
  }
}

/// Reads CSV text with positions.
package enum CSVReader {
  /// The table in a file.
  ///
  /// - Parameter isOurs: whether files of this kind are the project's own; `CSVRows` has what that
  ///   means.
  /// - Throws: as `InputFile.text(at:)`, and `badData` for an empty file, an open quote or control
  ///   characters.
  package static func table(
    at path: String, isOurs: Bool = true
  ) throws(InputError) -> CSVTable {
    let bytes = try InputFile.bytes(at: path)
    let text = try InputFile.text(of: bytes, file: path)
    return try table(of: text, file: path, isOurs: isOurs)
  }

  /// The table in a text; `file` names it in errors.
  package static func table(
    of text: String, file: String, isOurs: Bool = true
  ) throws(InputError) -> CSVTable {
    let reader = CSVRows(ByteStream(name: file, bytes: Array(text.utf8)), isOurs: isOurs)
    var rows: [CSVRow] = []
    var comments: [CSVComment] = []
    var faults: [Diagnostic] = []
    while try reader.nextLine(), faults.count < 20 {
      if rows.isEmpty, reader.line.first == UInt8(ascii: "#") {
        let comment = CSVComment(Array(reader.line)[...], line: reader.lineNumber)
        if let fault = comment.controlFault(in: file) { faults.append(fault) }
        comments.append(comment)
        continue
      }
      try reader.split()
      if reader.count == 1, reader[0].isEmpty { continue }
      if let fault = reader.controlFault { faults.append(fault) }
      rows.append(
        CSVRow(
          line: reader.lineNumber, fields: reader.strings,
          columns: (0..<reader.count).map { reader.column($0) }))
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    guard let header = rows.first else {
      throw InputError(
        Diagnostic(file: file, message: "expected a header row, found an empty file"))
    }
    var table = CSVTable(file: file, header: header)
    table.comments = comments
    table.rows = Array(rows.dropFirst())
    return table
  }
}
