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

  private let json: JSONStream
  private let log: TraceLog
  private let options: TraceOptions
  private var events: [Event] = []
  private var isRead = false
  private var position = 0
  private(set) var tenantNames: [String] = []
  private var withoutArrivals: [String] = []
  private var endNS: Int64?

  init(_ reading: TraceReading) throws(InputError) {
    log = reading.log
    json = try log.json(reading.stream)
    options = reading.options
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
    var hasTasks = false
    try json.enterObject("an object with tasks")
    while try json.nextKey() {
      if json.textIs("tasks") {
        if hasTasks { throw repeated("tasks") }
        hasTasks = true
        try json.enterArray("a list of tasks")
        while try json.nextElement() { try readTask() }
      } else if json.textIs("time") {
        if endNS != nil { throw repeated("time") }
        var end: Int64 = 0
        guard try json.numberText() == nil, json.decimal(shift: 9, &end) == .ok else {
          throw json.fault("expected the case's length in seconds, found \(json.excerpt)")
        }
        endNS = end
      } else {
        try json.skip()
      }
    }
    guard hasTasks else { throw log.fatal(.json, "the key 'tasks' is missing") }
    try json.finish()
  }

  private func fatal(_ fault: TraceFault, _ message: String, hint: String? = nil) -> InputError {
    let (line, column) = json.place
    return log.fatal(fault, line: line, column: column, message, hint: hint)
  }

  private func repeated(_ key: String) -> InputError {
    fatal(.duplicateKey, "key '\(key)' is given twice")
  }

  private func readTask() throws(InputError) {
    var name: String?
    let task = Int32(tenantNames.count)
    let before = events.count
    var type: String?
    try json.enterObject("a task")
    while try json.nextKey() {
      if json.textIs("id") {
        try json.string("the task's name")
        name = try json.text.withUnsafeBufferPointer { (text) throws(InputError) in
          guard let offset = InvalidText.offset(inName: text) else { return json.textString }
          throw fatal(
            .binary, InvalidText.message(text, at: offset), hint: "convert the file to UTF-8 first")
        }
      } else if json.textIs("load") {
        type = try readLoad(task)
      } else {
        try json.skip()
      }
    }
    let shown = name ?? "task \(task + 1)"
    if type == "trace" { return tenantNames.append(shown) }
    // Times under another load type are not arrivals; the format gives them no meaning.
    if events.count > before {
      throw log.fatal(.category, "task '\(shown)' has times but its load type is not 'trace'")
    }
    guard withoutArrivals.count < NameTable.limit else {
      throw log.fatal(.category, "more than \(NameTable.limit) tasks")
    }
    withoutArrivals.append(shown)
  }

  /// Reads a task's load and returns its type.
  private func readLoad(_ task: Int32) throws(InputError) -> String? {
    var type: String?
    try json.enterObject()
    while try json.nextKey() {
      if json.textIs("type") {
        try json.string("a load type")
        type = json.textString
      } else if json.textIs("trace") {
        try json.enterArray("a list of times in ms")
        while try json.nextElement() { try readEvent(task) }
      } else {
        try json.skip()
      }
    }
    return type
  }

  private func readEvent(_ task: Int32) throws(InputError) {
    _ = try json.peekByte()
    let (line, column) = json.place
    let other = try json.numberText()
    log.countRecord()
    guard events.count < Int(Int32.max) - 1, log.recordsRead < Int64(Int32.max) else {
      throw fatal(.json, "too many events")
    }
    var time: Int64 = 0
    var status = other == nil ? json.whole(&time) : .malformed
    let (timeNS, overflows) = time.multipliedReportingOverflow(by: 1_000_000)
    if status == .ok, overflows { status = .tooLarge }
    guard status == .ok else {
      let (fault, hint) = status.fault(isTime: true)
      return try log.leaveOut(
        fault, line: line, column: column,
        "expected whole milliseconds, found \(other ?? json.excerpt)", hint: hint)
    }
    events.append(
      Event(timeNS: timeNS, task: task, index: Int32(truncatingIfNeeded: log.recordsRead - 1)))
  }
}
