import Tables

/// Tells formats apart, and what is no trace at all.
extension TraceHead {
  /// Refuses what cannot be a trace in any format: nothing, pages, pointers, binary data.
  static func refuseForeign(_ head: [UInt8], file: String) throws(InputError) {
    guard let foreign = ForeignContent.of(head) else { return }
    let fault: TraceFault =
      switch foreign.kind {
      case .empty: .empty
      case .page: .html
      case .pointer: .lfsPointer
      case .packed, .binary: .binary
      }
    throw InputError(
      foreign.diagnostic(file: file, hint: TraceLog.hint(fault.rawValue, foreign.hint)))
  }

  /// The format of the file among `formats`, as far as it can be told: by the columns of its header,
  /// or by how it begins.
  func format(among formats: [TraceFormat]) -> TraceFormat? {
    if first != UInt8(ascii: "{"), first != UInt8(ascii: "[") {
      let rows = CSVRows(ByteStream(name: "", bytes: Array(line)), quoting: .line)
      guard (try? rows.next()) == true else { return nil }
      let names = CSVHeader(rows, isFolded: false).names
      let signatures = formats.map { FormatSignature($0, required: $0.required) }
      if let (best, _) = FormatSignature.best(of: signatures, for: names) { return best.format }
      // A single mistyped word in an own table still deserves a message about that word.
      let isNearOwn = names.contains {
        $0.utf8.count <= 16 && NearestName.of($0, in: TraceFormat.own.required) != nil
      }
      if isNearOwn { return .own }
    }
    return formats.first { $0.isBegun?(self) == true }
  }
}
