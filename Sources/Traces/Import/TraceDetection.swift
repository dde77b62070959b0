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
      // Of equal shares the larger number of names tells more.
      let isBetter = best.map {
        let (share, other) = (found * $0.of, $0.found * signature.count)
        return share != other ? share > other : found > $0.found
      }
      if found > 0, isBetter ?? true { best = (format, found, signature.count) }
    }
    if let best, best.found * 2 >= best.of { return .format(best.format) }
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

/// Files of this field that hold no arrivals, or none that can be replayed.
struct ForeignFile {
  /// What it is, after "this is".
  let what: String
  /// Names that it has, all of them.
  let names: [String]

  func isNamed(by found: [String]) -> Bool { names.allSatisfy(found.contains) }

  static let all = [
    ForeignFile(
      what: "Locust's history: totals of a load test, not its requests",
      names: ["Timestamp", "User Count", "Requests/s"]),
    ForeignFile(
      what: "Locust's table of totals, not requests", names: ["Type", "Name", "Request Count"]),
    ForeignFile(
      what: "vegeta's results: a load test's own pace, not a recorded load",
      names: ["attack", "seq", "timestamp", "latency"]),
    ForeignFile(
      what: "k6's metrics: a load test's own pace, not a recorded load",
      names: ["metric", "type", "data"]),
    ForeignFile(
      what: "k6's metrics: a load test's own pace, not a recorded load",
      names: ["metric_name", "timestamp", "metric_value"]),
    ForeignFile(
      what: "a GenAI-Perf profile: what a load test measured, not a recorded load",
      names: ["experiments"]),
    ForeignFile(
      what: "the result of a serving benchmark: what a load test measured, not a recorded load",
      names: ["request_throughput"]),
    ForeignFile(
      what: "the result of a serving benchmark: what a load test measured, not a recorded load",
      names: ["benchmarks"]),
    ForeignFile(
      what: "llmperf's results: what a load test measured, not a recorded load",
      names: ["ttft_s", "end_to_end_latency_s"]),
    ForeignFile(
      what: "an AIPerf profile: what a load test measured, not a recorded load",
      names: ["metadata", "metrics"]),
    ForeignFile(
      what: "JMeter's results: a load test's own pace, not a recorded load",
      names: ["timeStamp", "elapsed", "label"]),
    ForeignFile(
      what: "hey's results: a load test's own pace, not a recorded load",
      names: ["response-time", "status-code", "offset"]),
    ForeignFile(
      what: "an answer of Prometheus: rates, not requests", names: ["status", "data"]),
    ForeignFile(
      what: "Jaeger's export: spans are read as OTLP's JSON", names: ["data", "total", "limit"]),
    ForeignFile(what: "OpenTelemetry's metrics, not its spans", names: ["resourceMetrics"]),
    ForeignFile(what: "OpenTelemetry's logs, not its spans", names: ["resourceLogs"]),
    ForeignFile(what: "ShareGPT's conversations: texts without times", names: ["conversations"]),
    ForeignFile(what: "a profile of kernels: see 'gpuloom kernels import'", names: ["traceEvents"]),
    ForeignFile(what: "an experiment: see 'gpuloom compare'", names: ["format", "tenants"]),
    ForeignFile(
      what: "a table of kernels: see 'gpuloom kernels show'", names: ["launch", "kernel", "grid_x"]),
  ]
}
