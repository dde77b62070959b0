import Tables

/// OpenTelemetry spans of model servers and clients in OTLP's JSON: a request begins with its span.
///
/// https://opentelemetry.io/docs/specs/semconv/gen-ai/. Times are nanoseconds since 1970. Spans
/// without an attribute `gen_ai.…` or `llm.…`, and those of agents and tools around the requests, are
/// other spans. The tenant is the model that was asked for.
final class SpanSource: TraceRowSource {
  private static let otherOperations = [
    "invoke_agent", "create_agent", "execute_tool", "invoke_workflow",
  ]

  /// What a span says.
  private struct Span {
    var timeNS: Int64?
    var timeFault: (name: TraceFault, message: String)?
    var isRequest = false
    var isOther = false
    var input: Int64 = -1
    var output: Int64 = -1
    var model: [UInt8] = []
  }

  private let json: JSONStream
  private let log: TraceLog
  private var events = EventList()
  private var isRead = false
  private var tenants = NameTable()

  init(_ reading: TraceReading) throws(InputError) {
    log = reading.log
    json = try log.json(reading.stream)
  }

  var tenantNames: [String] { tenants.names }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    if !isRead {
      isRead = true
      try json.forEachObject { () throws(InputError) in try readDocument() }
    }
    return events.next(&row)
  }

  private func readDocument() throws(InputError) {
    try json.enterObject("an object with spans")
    while try json.nextKey() {
      if json.textIs("resourceSpans") || json.textIs("resource_spans") {
        try forEachElement("resource spans") { () throws(InputError) in try readResource() }
      } else {
        try json.skip()
      }
    }
  }

  private func forEachElement(
    _ what: String, _ body: () throws(InputError) -> Void
  ) throws(InputError) {
    try json.enterArray("a list of \(what)")
    while try json.nextElement() { try body() }
  }

  private func readResource() throws(InputError) {
    try json.enterObject()
    while try json.nextKey() {
      if json.textIs("scopeSpans") || json.textIs("scope_spans")
        || json.textIs("instrumentationLibrarySpans")
      {
        try forEachElement("scopes") { () throws(InputError) in
          try json.enterObject()
          while try json.nextKey() {
            if json.textIs("spans") {
              try forEachElement("spans") { () throws(InputError) in try readSpan() }
            } else {
              try json.skip()
            }
          }
        }
      } else {
        try json.skip()
      }
    }
  }

  private func readSpan() throws(InputError) {
    var span = Span()
    _ = try json.peekByte()
    let (line, column) = json.place
    log.countRecord()
    try json.enterObject("a span")
    while try json.nextKey() {
      if json.textIs("startTimeUnixNano") || json.textIs("start_time_unix_nano") {
        try readTime(&span)
      } else if json.textIs("attributes") {
        try forEachElement("attributes") { () throws(InputError) in try readAttribute(&span) }
      } else {
        try json.skip()
      }
    }
    guard span.isRequest, !span.isOther else {
      return log.leaveOutOnRequest(.otherSpan, count: 1)
    }
    guard let time = span.timeNS else {
      let fault = span.timeFault ?? (.json, "the key 'startTimeUnixNano' is missing")
      return try log.leaveOut(fault.name, line: line, column: column, fault.message)
    }
    var row = TraceRow(
      arrivalNS: time, sourceRow: log.recordsRead, inputTokens: span.input,
      outputTokens: span.output)
    if !span.model.isEmpty {
      guard let number = span.model.withUnsafeBufferPointer({ tenants.number(of: $0) }) else {
        return try log.leaveOut(
          .category, line: line, column: column,
          "expected a model's name in UTF-8, and at most \(NameTable.limit) different ones")
      }
      row.tenant = number
    }
    events.append(row)
  }

  private func readTime(_ span: inout Span) throws(InputError) {
    let other = try json.compoundText()
    if other == nil { try json.scalar() }
    var time: Int64 = 0
    let status = other == nil ? json.whole(&time) : .malformed
    if status == .ok {
      span.timeNS = time
    } else {
      span.timeFault = (
        status.fault(isTime: true).0,
        "expected nanoseconds since 1970 in 'startTimeUnixNano', found \(other ?? json.excerpt)"
      )
    }
  }

  private func readAttribute(_ span: inout Span) throws(InputError) {
    var key: [UInt8] = []
    var value: [UInt8] = []
    try json.enterObject("an attribute")
    while try json.nextKey() {
      if json.textIs("key") {
        try json.string("an attribute's name")
        key = json.text
      } else if json.textIs("value"), try json.peekByte() == UInt8(ascii: "{") {
        try json.enterObject()
        while try json.nextKey() {
          if try json.compoundText() == nil { try json.scalar() }
          value = json.text
        }
      } else {
        try json.skip()
      }
    }
    take(String(decoding: key, as: UTF8.self), value, &span)
  }

  private func take(_ key: String, _ value: [UInt8], _ span: inout Span) {
    guard key.hasPrefix("gen_ai.") || key.hasPrefix("llm.") else { return }
    span.isRequest = true
    var number: Int64 = -1
    let isWhole = value.withUnsafeBufferPointer { NumberScan.whole($0, &number) } == .ok
    switch key {
    case "gen_ai.operation.name":
      span.isOther = Self.otherOperations.contains(String(decoding: value, as: UTF8.self))
    case "gen_ai.request.model", "llm.request.model", "llm.model_name": span.model = value
    case "gen_ai.response.model": if span.model.isEmpty { span.model = value }
    case "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens",
      "llm.token_count.prompt":
      if isWhole { span.input = number }
    case "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
      "llm.usage.completion_tokens", "llm.token_count.completion":
      if isWhole { span.output = number }
    default: break
    }
  }
}
