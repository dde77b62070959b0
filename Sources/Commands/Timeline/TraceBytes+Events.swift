import Reports

/// The pieces of events in Chrome's trace format.
extension TraceBytes {
  mutating func place(_ pid: Int, _ tid: Int, _ ns: Int64) {
    add(pid)
    add(",\"tid\":")
    add(tid)
    add(",\"ts\":")
    add(microseconds: ns)
  }

  mutating func slice(
    _ pid: Int, _ tid: Int, _ start: Int64, _ end: Int64, _ name: StaticString,
    _ category: StaticString
  ) {
    add("{\"ph\":\"X\",\"cat\":\"")
    add(category)
    add("\",\"name\":")
    add(name)
    body(pid, tid, start, end)
  }

  mutating func slice(
    _ pid: Int, _ tid: Int, _ start: Int64, _ end: Int64, _ name: [UInt8],
    _ category: StaticString
  ) {
    add("{\"ph\":\"X\",\"cat\":\"")
    add(category)
    add("\",\"name\":")
    add(bytes: name)
    body(pid, tid, start, end)
  }

  mutating func body(_ pid: Int, _ tid: Int, _ start: Int64, _ end: Int64) {
    add(",\"pid\":")
    place(pid, tid, start)
    add(",\"dur\":")
    add(microseconds: end - start)
  }

  mutating func edge(
    _ phase: StaticString, _ category: StaticString, id: Int, _ pid: Int, _ tid: Int,
    _ ns: Int64, _ name: StaticString
  ) {
    add("{\"ph\":\"")
    add(phase)
    add("\",\"cat\":\"")
    add(category)
    add("\",\"id\":")
    add(id)
    add(",\"name\":")
    add(name)
    add(",\"pid\":")
    place(pid, tid, ns)
  }

  mutating func flow(
    _ phase: StaticString, id: Int, _ pid: Int, _ tid: Int, _ ns: Int64
  ) {
    add("{\"ph\":\"")
    add(phase)
    add("\",\"bp\":\"e\",\"cat\":\"fusion\",\"name\":\"fusion\",\"id\":")
    add(id)
    add(",\"pid\":")
    place(pid, tid, ns)
    closeBare()
  }

  mutating func counter(
    _ name: StaticString, part: Int?, _ pid: Int, _ ns: Int64, sms: Double, dram: Double
  ) {
    add("{\"ph\":\"C\",\"name\":\"")
    add(name)
    if let part {
      add(" ")
      add(part)
    }
    add("\",\"pid\":")
    place(pid, 0, ns)
    add(",\"args\":{\"SMs\":")
    add(share: sms)
    add(",\"DRAM\":")
    add(share: dram)
    close()
  }

  /// Ends the arguments and the event.
  mutating func close() { add("}},\n") }

  /// Ends an event without arguments.
  mutating func closeBare() { add("},\n") }

  mutating func process(_ pid: Int, _ name: String, at index: Int) {
    for (kind, value) in [
      ("process_name", "{\"name\":\(JSONReport.quoted(name))}"),
      ("process_sort_index", "{\"sort_index\":\(index)}"),
    ] {
      add(
        bytes: Array(
          "{\"ph\":\"M\",\"pid\":\(pid),\"name\":\"\(kind)\",\"args\":\(value)},\n".utf8))
    }
  }

  mutating func thread(_ pid: Int, _ tid: Int, _ name: String) {
    add(
      bytes: Array(
        ("{\"ph\":\"M\",\"pid\":\(pid),\"tid\":\(tid),\"name\":\"thread_name\","
          + "\"args\":{\"name\":\(JSONReport.quoted(name))}},\n").utf8))
  }
}
