import Tables

extension TraceFormat {
  /// Makes a reader of an input's records; counted formats expand into rows only when asked to.
  func read(
    _ input: TraceInput, options: TraceOptions, log: TraceLog, expands: Bool,
    wanted: [Bool]? = nil, keepsFollowers: Bool = false, keepsBlocks: Bool = false
  ) throws(InputError) -> any TraceRowSource {
    if !comesInDays, input.parts.count > 1 {
      let days = Self.allCases.filter(\.comesInDays).map(\.rawValue)
      throw InputError(
        Diagnostic(
          file: input.name, message: "a trace of several files in format \(rawValue)",
          hint: "only \(days.joined(separator: ", ")) comes as a file for each day"))
    }
    let stream = try input.open()
    let first = try stream.peek(256).first { $0 > 0x20 && $0 < 0x80 }
    let reading = TraceReading(
      input: input, stream: stream, options: options, log: log, expands: expands,
      wanted: wanted, keepsFollowers: keepsFollowers, keepsBlocks: keepsBlocks,
      isJSON: first == UInt8(ascii: "{") || first == UInt8(ascii: "["))
    if let makeSource { return try makeSource(reading) }
    // Any table may come as JSON objects too, as data frames are saved.
    if reading.isJSON { return try ObjectSource(self, reading) }
    return ColumnSource(self, reading)
  }
}
