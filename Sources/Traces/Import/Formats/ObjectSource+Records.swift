import Tables

/// What becomes of a record that was read.
extension ObjectSource {
  /// A required key that is missing, and a slip in the name of one that most files have, are faults.
  func noteAbsent(
    _ index: Int, _ isFollower: Bool, _ start: (Int, Int), _ record: inout Record
  ) {
    let column = format.columns[index]
    let isMissing = isMissing(index, record, isFollower)
    guard isMissing || column.identifies else { return }
    let unknown = record.unknown.map { String(decoding: $0.prefix(40), as: UTF8.self) }
    let near = NearestName.of(column.name, in: unknown)
    guard isMissing || near != nil else { return }
    if lines != nil { json.rewind() }
    let place = lines == nil ? start : json.place
    if isMissing {
      note(
        &record, .json, "the key '\(column.name)' is missing in format \(format.rawValue)",
        hint: near.map { "is '\(Excerpt.name($0))' meant to be it?" }
          ?? "keys: \(format.known.joined(separator: ", "))", at: place)
    } else if let near {
      note(
        &record, .header, "unknown key '\(Excerpt.name(near))' in format \(format.rawValue)",
        hint: "did you mean '\(column.name)'?", at: place)
    }
  }

  private func isMissing(_ column: Int, _ record: Record, _ isFollower: Bool) -> Bool {
    guard format.columns[column].isRequired, record.seen & (1 << column) == 0 else { return false }
    if case .time = format.columns[column].meaning { return !isFollower }
    return true
  }

  func isUsable(_ row: inout TraceRow, _ record: Record) throws(InputError) -> Bool {
    if let (name, diagnostic) = record.fault {
      // A fault in the last line without a line feed is taken for a cut.
      let isCut =
        lines?.isTerminated == false && name == .json && lines?.line.last != UInt8(ascii: "}")
      try log.leaveOut(
        isCut ? .truncated : name, line: diagnostic.line, column: diagnostic.column,
        isCut ? "the last row is cut off" : diagnostic.message,
        hint: isCut ? nil : diagnostic.hint)
      return false
    }
    let (blocks, rest) = row.inputTokens.quotientAndRemainder(dividingBy: record.blockTokens)
    if record.hashCount >= 0, record.hashCount != blocks + (rest == 0 ? 0 : 1) {
      log.warn(
        .hashCount,
        note: "rows whose hash_ids do not number ceil(input_length / "
          + "\(record.blockTokens))")
    }
    if record.total >= 0, row.inputTokens &+ row.outputTokens != record.total {
      log.warn(.totalMismatch)
    }
    if row.inputTokens < 0, format.columns.contains(where: { $0.meaning == .inputTokens }) {
      log.warn(.missingSize)
    }
    if !tenantParts.isEmpty {
      let key = Array(tenantParts.joined(separator: [UInt8(ascii: "/")]))
      guard let number = key.withUnsafeBufferPointer({ tenants.number(of: $0) }) else {
        let (line, column) = json.place
        try log.leaveOut(
          .category, line: line, column: column,
          "expected a name in UTF-8, and at most \(NameTable.limit) different ones")
        return false
      }
      row.tenant = number
    }
    if record.hasParent {
      log.warn(.sessions, note: TraceLog.recordedTimes)
    }
    return try isSent(&row, record)
  }

  /// Whether the row has a time; one that follows an answer is handed out where those are wanted.
  private func isSent(_ row: inout TraceRow, _ record: Record) throws(InputError) -> Bool {
    if record.hasTime {
      row.arrivalNS -= record.durationNS
      if row.arrivalNS < 0, record.durationNS > 0 {
        guard options.clampsNegativeTimes else {
          let (line, column) = json.place
          try log.leaveOut(
            .timeNegative, line: line, column: column,
            "the request arrives \(SecondsText.of(-row.arrivalNS)) s before the trace's start",
            hint: "such arrivals can be moved to the start: --clamp")
          return false
        }
        row.arrivalNS = 0
        log.warn(.clamped)
      }
      if sessions.begin(row.session) { log.warn(.sessions, note: TraceLog.recordedTimes) }
      row.delayNS = -1
      if format.isOwn, options.isStrict, row.arrivalNS < latest {
        let (line, column) = json.place
        try log.leaveOut(.timeOrder, line: line, column: column, "the time decreases")
        return false
      }
      latest = max(latest, row.arrivalNS)
      return true
    }
    guard row.session >= 0, sessions.hasBegun(row.session) else {
      json.rewind()
      let (line, column) = json.place
      try log.leaveOut(
        .timeParse, line: line, column: column,
        "a request with a delay and no time, and no earlier request of its session",
        hint: "the first request of a session has a time")
      return false
    }
    hasDelays = true
    if keepsFollowers { return true }
    log.leaveOutOnRequest(.followsAnswer, count: 1)
    log.warn(.sessions)
    return false
  }
}
