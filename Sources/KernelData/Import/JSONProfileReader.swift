import Tables

/// Tells the JSON formats apart by their keys and reads them.
struct JSONProfileReader {
  private let input: ByteStream
  private let options: ProfileImportOptions

  init(_ input: ByteStream, _ options: ProfileImportOptions) {
    self.input = input
    self.options = options
  }

  /// The profile whose first bytes are `head`.
  func read(head: [UInt8]) throws(InputError) -> ImportedProfile {
    switch Self.kind(of: head) {
    case .events:
      let into = ImportCollector(file: input.name, format: .kineto, options: options)
      let reader = KinetoReader(try JSONStream(input), into)
      try readTrace(reader, into)
      return try into.finish()
    case .document:
      var inputs = [input]
      for path in options.companions { inputs.append(try ByteStream(path: path, mayBePipe: true)) }
      return try JSONProfileDocuments(inputs, options).profile()
    }
  }

  private enum Kind { case events, document }

  /// Traces are streamed; the other formats are small and read whole. A list is a trace when its
  /// first entries have the phase that every trace event has.
  private static func kind(of head: [UInt8]) -> Kind {
    let text = String(decoding: head, as: UTF8.self)
    let documentKeys = [
      "\"averageMs\"", "\"timeMs\"", "\"startEnqMs\"", "\"Layers\"", "\"storage\"",
      "\"model_latency\"", "\"kernel_latency\"", "\"performance_summary\"", "\"e2e_latency\"",
      "\"arch\"", "\"launch_params\"",
    ]
    if documentKeys.contains(where: text.contains), !text.contains("\"traceEvents\""),
      !text.contains("\"ph\"")
    {
      return .document
    }
    return .events
  }

  private func readTrace(
    _ reader: KinetoReader, _ into: ImportCollector
  ) throws(InputError) {
    if !options.companions.isEmpty {
      throw InputError(
        kind: .usage,
        Diagnostic(
          file: input.name, message: "a further file belongs only to trtexec's and REEF's JSON"))
    }
    let json = reader.json
    if try json.peekByte() == UInt8(ascii: "[") {
      try reader.readEvents()
    } else {
      var hasEvents = false
      var keys: [String] = []
      try json.enterObject()
      while try json.nextKey() {
        if json.textIs("traceEvents") {
          if hasEvents { throw json.fault("a second 'traceEvents': two traces in one file") }
          hasEvents = true
          try reader.readEvents()
        } else if json.textIs("deviceProperties") {
          try reader.readDevices()
        } else if json.textIs("gpuloom") {
          try reader.readFacts()
        } else {
          if keys.count < 12 { keys.append(String(decoding: json.text.prefix(40), as: UTF8.self)) }
          try json.skip()
        }
      }
      if !hasEvents {
        throw InputError(
          Diagnostic(
            file: input.name, message: "JSON of no known profiler: expected 'traceEvents'",
            hint: keys.isEmpty ? nil : "found: " + keys.joined(separator: ", ")))
      }
    }
    try json.finish()
    reader.finish()
  }
}
