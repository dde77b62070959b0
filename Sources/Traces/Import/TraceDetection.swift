import Tables

/// Tells formats apart, and what is no trace at all.
extension TraceHead {
  /// Refuses what cannot be a trace in any format: nothing, pages, pointers, binary data.
  static func refuseForeign(_ head: [UInt8], file: String) throws(InputError) {
    guard let foreign = ForeignContent.of(head) else { return try refuseOldLineEnds(head, file) }
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

  /// Refuses tables whose lines end in carriage returns alone, which would be one line.
  private static func refuseOldLineEnds(_ head: [UInt8], _ file: String) throws(InputError) {
    guard !head.contains(0x0A), head.count(where: { $0 == 0x0D }) > 1, !TraceHead(head).isJSON
    else { return }
    throw InputError(
      Diagnostic(
        file: file, line: 1, message: "lines end in carriage returns alone",
        hint: TraceLog.hint(
          TraceFault.binary.rawValue, "make them line feeds: tr '\\r' '\\n' < FILE")))
  }

  /// What became of looking for a file's format.
  enum Finding {
    case format(TraceFormat)
    /// Numbers that may be several things.
    case numbers(BareNumbers)
    /// Nothing known; the format most of whose names are there, and how many.
    case unknown(nearest: TraceFormat?, found: Int, of: Int)
  }

  /// The format of the file among `formats`, as far as its bytes tell.
  func find(among formats: [TraceFormat]) -> Finding {
    if let numbers = BareNumbers(self) {
      if let format = numbers.format { return .format(format) }
      return numbers.shape == .table
        ? .unknown(nearest: nil, found: 0, of: 0) : .numbers(numbers)
    }
    let names = names
    var best: (format: TraceFormat, found: Int, of: Int)?
    for format in formats where !format.isNamedOnly && !format.signature.isEmpty {
      // Documents are JSON, and a day of minutes is a table; tables come as both.
      if format.makeSource != nil, isJSON == format.comesInDays { continue }
      let signature = format.signature
      let found = signature.count { $0.isNamed(in: names) }
      // Other names for sizes are common words: without the time or a name of its own a table of
      // anyone's is no such file.
      let clock = signature.first { $0.meaning.isTime }
      if let clock, !clock.isNamed(in: names),
        !signature.contains(where: { names.contains($0.name) })
      {
        continue
      }
      // Of equal shares the larger number of names tells more.
      let isBetter = best.map {
        let (share, other) = (found * $0.of, $0.found * signature.count)
        return share != other ? share > other : found > $0.found
      }
      if found > 0, isBetter ?? true { best = (format, found, signature.count) }
    }
    if let best, best.found * 2 >= best.of {
      let isWhole = best.format.columns.allSatisfy { !$0.isRequired || $0.isNamed(in: names) }
      if isWhole || !ForeignFile.all.contains(where: { $0.isNamed(by: names) }) {
        return .format(best.format)
      }
    }
    // A single mistyped word in an own table still deserves a message about that word.
    let isNearOwn =
      !isJSON
      && names.contains {
        $0.utf8.count <= 16 && Self.otherTime($0) == nil
          && NearestName.of($0, in: TraceFormat.own.required) != nil
      }
    if isNearOwn { return .format(.own) }
    return .unknown(nearest: best?.format, found: best?.found ?? 0, of: best?.of ?? 0)
  }

  /// The fault of a file in no known format.
  func unknown(
    _ nearest: TraceFormat?, _ found: Int, _ count: Int, file: String, formats: [TraceFormat]
  ) -> InputError {
    var message = "no known trace"
    var hint = "known: \(formats.map(\.rawValue).joined(separator: ", "))"
    let names = names
    if !names.isEmpty { hint = Self.wayOn(names) + "; " + hint }
    if let nearest {
      let what = isJSON ? "key" : "column"
      message += "; nearest is \(nearest.rawValue) (\(found) of \(count) \(what)"
      message += (count == 1 ? ")" : "s)")
      if let (key, unit) = epochKey(nearest) {
        message += ", and '\(key)' is too large for its milliseconds"
        return refusal(file, message, hint: "perhaps \(unit.name) since 1970", .unit)
      }
    }
    if let other = ForeignFile.all.first(where: { $0.isNamed(by: names) }) {
      hint = "this is \(other.what)"
    } else if names.count == 1, !isJSON, let separator = otherSeparator {
      hint = "columns are separated by ',', not by \(separator)"
    } else if names.isEmpty, !isJSON {
      hint = "a table needs a header that names its columns; " + hint
    } else if let name = names.first(where: { Self.otherTime($0)?.isEmpty == false }),
      let unit = Self.otherTime(name).flatMap(TimeUnit.init(rawValue:))
    {
      hint =
        "this project's table has nanoseconds in 'arrival_ns': multiply '\(name)' by "
        + "\(unit.nanoseconds)"
    } else if names.count == 1, !isJSON, hasNumbersBelow {
      hint = "leave the header out, and say --as gaps-txt or --as times-txt with --unit"
    }
    return refusal(file, message, hint: hint, .header)
  }

  /// How requests in a form of their own become a trace, from the name that seems to hold their times.
  private static func wayOn(_ names: [String]) -> String {
    let words = ["arriv", "timestamp", "created", "start", "date", "time"]
    let lowered = names.map { $0.lowercased() }
    let time = words.lazy.compactMap { word in lowered.firstIndex { $0.contains(word) } }.first
    let source = time.map { ", here of '\(Excerpt.name(names[$0]))'" } ?? ""
    return
      "requests of any origin are read as a table \(TraceFormat.own.known.joined(separator: ",")),"
      + " in nanoseconds from the start\(source)"
  }

  /// The unit of a column of arrivals that is not nanoseconds by its name: no slip of the pen; an
  /// empty one where the name tells none.
  private static func otherTime(_ name: String) -> String? {
    guard name.hasPrefix("arrival_") else { return nil }
    let end = String(name.dropFirst("arrival_".utf8.count))
    if end.hasPrefix("time") || end == "at" { return "" }
    return TimeUnit(rawValue: end).flatMap { $0 == .nanoseconds ? nil : $0.rawValue }
  }

  private func refusal(
    _ file: String, _ message: String, hint: String, _ fault: TraceFault
  ) -> InputError {
    InputError(
      Diagnostic(
        file: file, line: 1, column: 1, message: message,
        hint: TraceLog.hint(fault.rawValue, hint)))
  }

  /// The key of a time in a format of objects whose number counts from 1970 in a finer unit.
  private func epochKey(_ format: TraceFormat) -> (key: String, unit: TimeUnit)? {
    for (key, value) in keys {
      guard let number = ExactDecimal(value)?.double, let unit = TimeUnit.sinceEpoch(number),
        unit.power < 6,
        format.columns.contains(where: {
          $0.isNamed(in: [key]) && $0.meaning == .time(.milliseconds)
        })
      else { continue }
      return (key, unit)
    }
    return nil
  }

  /// Whether the second line is a number.
  private var hasNumbersBelow: Bool {
    let lines = text.split(separator: 0x0A).prefix(2)
    return lines.count == 2 && ExactDecimal(String(decoding: lines[1], as: UTF8.self)) != nil
  }

  private var otherSeparator: String? {
    if line.contains(UInt8(ascii: ";")) { return "';'" }
    return line.contains(0x09) ? "tabs" : nil
  }
}
