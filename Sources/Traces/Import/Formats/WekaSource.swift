import Tables

/// Agent sessions of kv-cache-tester: conversations whose later requests followed an answer.
///
/// Published at https://github.com/callanjfox/kv-cache-tester. `t` counts seconds from a
/// conversation's start. A request is sent `think_time` after the answer before it; where that is not
/// given, what is left of the recorded gap without `api_time`. Sub-agents are sessions of their own.
/// Files do not say when a conversation begins: all of a file begin at time 0.
final class WekaSource: TraceRowSource {
  /// One request as the file has it.
  private struct Request {
    var timeNS: Int64 = -1
    var thinkNS: Int64?
    var apiNS: Int64 = 0
    var input: Int64 = -1
    var output: Int64 = -1
    var place = (line: 0, column: 0)
  }

  private let json: JSONStream
  private let log: TraceLog
  private let keepsFollowers: Bool
  private var events = EventList()
  private var isRead = false
  private var sessions: Int32 = 0
  private var followers: Int64 = 0
  private var conversations = 0

  init(_ reading: TraceReading) throws(InputError) {
    log = reading.log
    json = try log.json(reading.stream)
    keepsFollowers = reading.keepsFollowers
  }

  var hasDelays: Bool { followers > 0 }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    if !isRead {
      isRead = true
      try json.forEachObject { () throws(InputError) in try readConversation() }
      // Followers keep the order of their session, which is that of the file.
      if !keepsFollowers { events.sort() }
      if followers > 0 {
        log.warn(.sessions, count: followers, note: TraceLog.waited(followers))
      }
      if conversations > 1 {
        log.warn(
          .assumed,
          note: "the file does not say when its \(conversations) conversations begin: "
            + "all begin at time 0")
      }
    }
    return events.next(&row)
  }

  private func readConversation() throws(InputError) {
    conversations += 1
    try json.enterObject("a conversation")
    var hasRequests = false
    while try json.nextKey() {
      guard json.textIs("requests") else {
        try json.skip()
        continue
      }
      hasRequests = true
      try readRequests(from: 0)
    }
    if !hasRequests {
      let (line, column) = json.place
      throw log.fatal(.json, line: line, column: column, "the key 'requests' is missing")
    }
  }

  /// Reads the requests of a session.
  ///
  /// - Parameter marker: when its parent came to it: times before that count from there.
  private func readRequests(from marker: Int64) throws(InputError) {
    let session = sessions
    sessions += 1
    var before: Request?
    var origin: Int64 = 0
    try json.enterArray("a list of requests")
    while try json.nextElement() {
      guard let request = try readRequest() else { continue }
      if before == nil, request.timeNS < marker { origin = marker }
      let (time, overflows) = request.timeNS.addingReportingOverflow(origin)
      if overflows { throw log.fatal(.timeParse, "at most 292 years fit") }
      var row = TraceRow(
        arrivalNS: time, sourceRow: log.recordsRead, inputTokens: request.input,
        outputTokens: request.output)
      row.session = session
      if let before {
        let gap = request.timeNS - before.timeNS
        row.delayNS = request.thinkNS ?? (gap > before.apiNS ? gap - before.apiNS : 0)
        followers += 1
      }
      before = request
      events.append(row)
    }
  }

  /// Reads an entry; nil for a sub-agent, whose requests are read on the way.
  private func readRequest() throws(InputError) -> Request? {
    var request = Request()
    var isRequest = true
    _ = try json.peekByte()
    request.place = json.place
    try json.enterObject("a request")
    var fault: (name: TraceFault, message: String)?
    while try json.nextKey() {
      if json.textIs("requests") {
        isRequest = false
        try readRequests(from: max(0, request.timeNS))
        continue
      }
      guard let field = Field.allCases.first(where: { json.textIs($0.name) }) else {
        try json.skip()
        continue
      }
      if let found = try read(field, &request) { fault = fault ?? found }
    }
    guard isRequest else { return nil }
    log.countRecord()
    if fault == nil, request.timeNS < 0 { fault = (.json, "the key 't' is missing") }
    if let fault {
      try log.leaveOut(
        fault.name, line: request.place.line, column: request.place.column, fault.message)
      return nil
    }
    return request
  }

  private enum Field: CaseIterable {
    case time, think, api, input, output

    var name: StaticString {
      switch self {
      case .time: "t"
      case .think: "think_time"
      case .api: "api_time"
      case .input: "in"
      case .output: "out"
      }
    }
  }

  private func read(
    _ field: Field, _ request: inout Request
  ) throws(InputError) -> (name: TraceFault, message: String)? {
    let other = try json.numberText()
    var value: Int64 = 0
    let isTime = field != .input && field != .output
    let status =
      other != nil ? .malformed : isTime ? json.decimal(shift: 9, &value) : json.whole(&value)
    guard status == .ok else {
      if json.textIs("null"), field != .time { return nil }
      let what = isTime ? "a span in seconds" : "a non-negative integer"
      return (
        status.fault(isTime: isTime).0,
        "expected \(what) in '\(field.name)', found \(other ?? json.excerpt)"
      )
    }
    switch field {
    case .time: request.timeNS = value
    case .think: request.thinkNS = value
    case .api: request.apiNS = value
    case .input: request.input = value
    case .output: request.output = value
    }
    return nil
  }
}

extension TraceLog {
  /// What is said of requests with a recorded time that were sent after an answer.
  static func waited(_ count: Int64) -> String {
    (count == 1 ? "1 request" : "\(count) requests")
      + " waited for an earlier answer of the session: the recorded times hold that answer's time; "
      + "'compare' sends them after the simulated one"
  }
}
