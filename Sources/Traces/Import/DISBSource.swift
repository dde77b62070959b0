import Tables

/// DISB cases: tasks with recorded times in ms are merged by time, then by the tasks' order.
///
/// Published at https://github.com/SJTU-IPADS/disb under Apache-2.0. Tasks of any other load type
/// have no arrivals of their own and are named in a warning. The file is small by nature and its
/// tasks lie one after the other, so its events are held in memory, 16 bytes each.
final class DISBSource: TraceRowSource {
  private struct Event {
    var timeNS: Int64
    var task: Int32
    var index: Int32
  }

  private let tokens: JSONTokens
  private let log: TraceLog
  private let options: TraceOptions
  private var events: [Event] = []
  private var isRead = false
  private var position = 0
  private(set) var tenantNames: [String] = []
  private var withoutArrivals: [String] = []
  private var endNS: Int64?

  init(stream: ByteStream, options: TraceOptions, log: TraceLog) throws(InputError) {
    tokens = try JSONTokens(stream, log: log)
    self.log = log
    self.options = options
  }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    if !isRead {
      isRead = true
      try readDocument()
      try applyEnd()
      sort()
    }
    guard position < events.count else { return false }
    let event = events[position]
    position += 1
    row = TraceRow(
      arrivalNS: event.timeNS, sourceRow: Int64(event.index) + 1, tenant: event.task)
    return true
  }

  private func sort() {
    var unsorted: Int64 = 0
    for index in events.indices.dropFirst()
    where events[index].task == events[index - 1].task
      && events[index].timeNS < events[index - 1].timeNS
    {
      unsorted += 1
    }
    if unsorted > 0 { log.warn(.unsorted, count: unsorted) }
    // The index of an event grows with its task's place, so it settles ties as the format asks.
    events.sort {
      $0.timeNS != $1.timeNS ? $0.timeNS < $1.timeNS : $0.index < $1.index
    }
    if !withoutArrivals.isEmpty {
      let shown = withoutArrivals.prefix(16).joined(separator: ", ")
      log.warn(
        .noArrivals, count: Int64(withoutArrivals.count),
        note: "tasks without recorded arrivals: \(shown)")
    }
  }

  private func applyEnd() throws(InputError) {
    guard let endNS else { return }
    let late = events.filter { $0.timeNS > endNS }.count
    guard late > 0 else { return }
    guard options.leavesOutPastEnd else {
      log.warn(
        .pastEnd, count: Int64(late),
        note: "\(late) events after the stated end of \(SecondsText.of(endNS)) s are kept")
      return
    }
    // Left out on request: not a fault, so strict reading goes on.
    log.leaveOutOnRequest(.pastEnd, count: Int64(late))
    events.removeAll { $0.timeNS > endNS }
  }

  private func readDocument() throws(InputError) {
    let first = try tokens.next()
    guard first == .beginObject else { throw tokens.fault("an object with tasks", found: first) }
    var hasTasks = false
    try members { key throws(InputError) in
      let token = try tokens.next()
      switch key {
      case "tasks":
        if hasTasks { throw repeated(key) }
        hasTasks = true
        try readTasks(token)
      case "time":
        if endNS != nil { throw repeated(key) }
        endNS = try time(token, shift: 9, "the case's length in seconds")
      default: try tokens.skipValue(token)
      }
    }
    guard hasTasks else { throw log.fatal(.json, "the key 'tasks' is missing") }
    let after = try tokens.next()
    guard after == .end else { throw tokens.fault("nothing after the object", found: after) }
  }

  /// Calls `body` with each key of the object whose brace was read, the colon behind it too.
  private func members(
    _ body: (String) throws(InputError) -> Void
  ) throws(InputError) {
    var token = try tokens.next()
    if token == .endObject { return }
    while true {
      guard token == .string else { throw tokens.fault("a key", found: token) }
      let key = String(decoding: tokens.text, as: UTF8.self)
      let colon = try tokens.next()
      guard colon == .colon else { throw tokens.fault("':'", found: colon) }
      try body(key)
      token = try tokens.next()
      if token == .endObject { return }
      guard token == .comma else { throw tokens.fault("',' or '}'", found: token) }
      token = try tokens.next()
    }
  }

  /// Calls `body` with the first token of each element of the list that starts with `first`.
  private func elements(
    _ first: JSONTokens.Token, _ what: String,
    _ body: (JSONTokens.Token) throws(InputError) -> Void
  ) throws(InputError) {
    guard first == .beginArray else { throw tokens.fault("a list of \(what)", found: first) }
    var token = try tokens.next()
    if token == .endArray { return }
    while true {
      try body(token)
      token = try tokens.next()
      if token == .endArray { return }
      guard token == .comma else { throw tokens.fault("',' or ']'", found: token) }
      token = try tokens.next()
    }
  }

  private func repeated(_ key: String) -> InputError {
    log.fatal(
      .duplicateKey, line: tokens.line, column: tokens.column, "key '\(key)' is given twice")
  }

  private func readTasks(_ first: JSONTokens.Token) throws(InputError) {
    try elements(first, "tasks") { token throws(InputError) in
      guard token == .beginObject else { throw tokens.fault("a task", found: token) }
      var name: String?
      let task = Int32(tenantNames.count)
      let before = events.count
      var type: String?
      try members { key throws(InputError) in
        let value = try tokens.next()
        switch key {
        case "id":
          guard value == .string else { throw tokens.fault("the task's name", found: value) }
          let invalid = tokens.text.withUnsafeBufferPointer { text in
            InvalidText.offset(in: text).map { InvalidText.message(text, at: $0) }
          }
          if let invalid {
            throw log.fatal(
              .binary, line: tokens.line, column: tokens.column, invalid,
              hint: "convert the file to UTF-8 first")
          }
          name = String(decoding: tokens.text, as: UTF8.self)
        case "load": type = try readLoad(value, task)
        default: try tokens.skipValue(value)
        }
      }
      let shown = name ?? "task \(task + 1)"
      if type == "trace" {
        tenantNames.append(shown)
      } else {
        // Times under another load type are not arrivals; the format gives them no meaning.
        if events.count > before {
          throw log.fatal(.category, "task '\(shown)' has times but its load type is not 'trace'")
        }
        guard withoutArrivals.count < NameTable.limit else {
          throw log.fatal(.category, "more than \(NameTable.limit) tasks")
        }
        withoutArrivals.append(shown)
      }
    }
  }

  /// Reads a task's load and returns its type.
  private func readLoad(
    _ first: JSONTokens.Token, _ task: Int32
  ) throws(InputError) -> String? {
    guard first == .beginObject else { throw tokens.fault("an object", found: first) }
    var type: String?
    try members { key throws(InputError) in
      let value = try tokens.next()
      switch key {
      case "type":
        guard value == .string else { throw tokens.fault("a load type", found: value) }
        type = String(decoding: tokens.text, as: UTF8.self)
      case "trace":
        try elements(value, "times in ms") { token throws(InputError) in
          try readEvent(token, task)
        }
      default: try tokens.skipValue(value)
      }
    }
    return type
  }

  private func readEvent(_ token: JSONTokens.Token, _ task: Int32) throws(InputError) {
    log.countRecord()
    guard events.count < Int(Int32.max) - 1, log.recordsRead < Int64(Int32.max) else {
      throw log.fatal(.json, line: tokens.line, column: tokens.column, "too many events")
    }
    guard let timeNS = try eventTime(token) else { return }
    events.append(
      Event(timeNS: timeNS, task: task, index: Int32(truncatingIfNeeded: log.recordsRead - 1)))
  }

  private func eventTime(_ token: JSONTokens.Token) throws(InputError) -> Int64? {
    let (line, column) = (tokens.line, tokens.column)
    let shown = tokens.describe(token)
    var value: Int64 = 0
    var status = ScanStatus.malformed
    if token == .number || token == .word {
      status = tokens.text.withUnsafeBufferPointer { NumberScan.whole($0, &value) }
      if status == .ok, value <= Int64.max / 1_000_000 { return value * 1_000_000 }
    } else {
      try tokens.skipValue(token)
    }
    let fault: TraceFault
    var hint: String?
    switch status {
    case .negative: fault = .timeNegative
    case .notFinite: fault = .notFinite
    case .fractional: (fault, hint) = (.unit, "a fraction suggests that the unit is seconds")
    default: fault = .timeParse
    }
    try log.leaveOut(
      fault, line: line, column: column, "expected whole milliseconds, found \(shown)", hint: hint)
    return nil
  }

  private func time(
    _ token: JSONTokens.Token, shift: Int, _ expected: String
  ) throws(InputError) -> Int64 {
    var value: Int64 = 0
    guard token == .number,
      tokens.text.withUnsafeBufferPointer({ NumberScan.decimal($0, shift: shift, &value) }) == .ok
    else { throw tokens.fault(expected, found: token) }
    return value
  }
}
