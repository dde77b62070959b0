import Tables

extension TraceFormat {
  /// Makes a reader of an input's records; counted formats expand into rows only when asked to.
  func read(
    _ input: TraceInput, options: TraceOptions, log: TraceLog, expands: Bool,
    wanted: [Bool]? = nil
  ) throws(InputError) -> any TraceRowSource {
    if !comesInDays, input.parts.count > 1 {
      let days = Self.allCases.filter(\.comesInDays).map(\.rawValue)
      throw InputError(
        Diagnostic(
          file: input.name, message: "a trace of several files in format \(rawValue)",
          hint: "only \(days.joined(separator: ", ")) comes as a file for each day"))
    }
    let reading = TraceReading(
      input: input, stream: try input.open(), options: options, log: log, expands: expands,
      wanted: wanted)
    if let makeSource { return try makeSource(reading) }
    return ColumnSource(self, reading)
  }
}
