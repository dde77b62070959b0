import Hardware
import Tables
import Traces

extension ExperimentReader {
  /// How a trace is to be read, as the keys beside it say.
  struct TraceWish {
    /// The format, where it is said.
    var format: TraceFormat?
    var options = TraceOptions()
    /// What was said, and where.
    var given: [(key: TraceOptionKey, node: JSONNode)] = []
  }

  /// Reads the keys beside `trace`; those that do not apply to its format are told by `checkWish`.
  mutating func readWish(_ fields: inout FieldReader) -> TraceWish {
    var wish = TraceWish()
    for key in TraceOptionKey.allCases {
      if let node = fields.optional(key.rawValue) { wish.given.append((key, node)) }
    }
    func isGiven(_ key: TraceOptionKey) -> Bool { wish.given.contains { $0.key == key } }
    if isGiven(.format) {
      let name = word(.format, of: TraceFormat.allCases.map(\.rawValue), "trace format", &fields)
      wish.format = name.flatMap(TraceFormat.init(rawValue:))
    }
    if isGiven(.unit) {
      let name = word(.unit, of: TimeUnit.allCases.map(\.rawValue), "unit", &fields)
      wish.options.unit = name.flatMap(TimeUnit.init(rawValue:))
    }
    if isGiven(.placement) {
      let name = word(
        .placement, of: BinPlacement.allCases.map(\.rawValue), "placement", &fields)
      wish.options.placement = name.flatMap(BinPlacement.init(rawValue:)) ?? .uniformSeeded
    }
    wish.options.isStrict = !flag(.lenient, &fields)
    wish.options.clampsNegativeTimes = flag(.clamp, &fields)
    wish.options.leavesOutPastEnd = flag(.dropPastEnd, &fields)
    wish.options.acceptsAnyUnit = flag(.anyUnit, &fields)
    if isGiven(.dequantise) {
      let tick = fields.double(TraceOptionKey.dequantise.rawValue, atLeast: 1e-9, atMost: 1e6)
      wish.options.dequantiseNS = Int64((tick * 1e9).rounded())
    }
    if isGiven(.importSeed) {
      wish.options.seed = UInt64(fields.integer(TraceOptionKey.importSeed.rawValue))
    }
    if isGiven(.scale) {
      wish.options.rateScale = fields.double(TraceOptionKey.scale.rawValue, atLeast: 0)
    }
    if isGiven(.maxCount) {
      wish.options.maximumCount = Int64(
        fields.integer(TraceOptionKey.maxCount.rawValue, atLeast: 1))
    }
    readStart(&wish, &fields)
    return wish
  }

  private func readStart(_ wish: inout TraceWish, _ fields: inout FieldReader) {
    let first = flag(.fromFirst, &fields)
    let origin = flag(.fromOrigin, &fields)
    if first, origin, let node = fields.optional(TraceOptionKey.fromOrigin.rawValue) {
      fields.fault(node, "'from_first' and 'from_origin' exclude each other")
    }
    if first || origin { wish.options.startsAtFirstArrival = first }
  }

  private func flag(_ key: TraceOptionKey, _ fields: inout FieldReader) -> Bool {
    fields.bool(key.rawValue, default: false)
  }

  /// One of the known words; nil, told, for another.
  private func word(
    _ key: TraceOptionKey, of known: [String], _ what: String, _ fields: inout FieldReader
  ) -> String? {
    let name = fields.string(key.rawValue, default: "")
    if known.contains(name) { return name }
    if let node = fields.optional(key.rawValue), case .string = node.value {
      fields.fault(
        node, "unknown \(what) '\(Excerpt.name(name))'",
        hint: NearestName.hint(for: name, in: known))
    }
    return nil
  }

  /// Tells the keys that mean nothing for the format of the trace; whether all do.
  func checkWish(
    _ wish: TraceWish, _ format: TraceFormat, _ fields: inout FieldReader
  ) -> Bool {
    let isSpread = wish.options.dequantiseNS != nil
    var isUsed = true
    for (key, node) in wish.given where !key.applies(to: format, isSpread: isSpread) {
      let own = TraceFormat.allCases.filter { key.applies(to: $0) }.map(\.rawValue)
      fields.fault(
        node, "'\(file.isEmpty ? key.flag : key.rawValue)' does not apply to \(format.rawValue)",
        hint: "it belongs to \(own.joined(separator: ", "))")
      isUsed = false
    }
    return isUsed
  }

  /// A sentence of the importer's with what can be said here: keys in a file, flags elsewhere.
  func told(_ text: String) -> String { file.isEmpty ? text : TraceOptionKey.keyed(text) }

  /// The trace, checked once however many tenants share it.
  mutating func opened(
    _ files: [(name: String, path: String, place: NamePlace)], _ wish: TraceWish
  ) -> ImportedTrace? {
    let paths = files.map(\.path)
    let known = traces.first {
      $0.paths == paths && $0.options == wish.options && $0.format == wish.format
    }
    if let known { return known.trace }
    let input = paths.count == 1 ? TraceInput.file(paths[0]) : .days(paths.map { .file($0) })
    let (file, isInFile) = (file, !file.isEmpty)
    let named = wish.given.first { $0.key == .format }
    guard
      let trace = attempt(
        at: files[0].place,
        { () throws(InputError) in
          do throws(InputError) {
            return try TraceImport.open(input, format: wish.format, options: wish.options)
          } catch {
            if let named, let format = wish.format, let found = try? TraceImport.detect(input),
              found != format
            {
              throw InputError(
                file: file, line: named.node.line, column: named.node.column,
                message: "the trace '\(files[0].name)' is '\(found.rawValue)', "
                  + "not '\(format.rawValue)'")
            }
            throw isInFile ? Self.keyed(error) : error
          }
        })
    else { return nil }
    for file in files {
      note(LoadedExperiment.Input(role: "trace", name: file.name, path: file.path))
    }
    // What bears on statistics is no reason to doubt a replay; sessions are replayed as such.
    var unsaid: [TraceWarning] = [.gap, .quantised, .periodic, .ties]
    if trace.hasDelays { unsaid.append(.sessions) }
    for warning in trace.summary.warnings where !unsaid.contains(warning.name) {
      notes.append(
        Diagnostic(
          file: paths[0], severity: .warning,
          message: "\(told(warning.message)) (\(warning.name.rawValue))"))
    }
    traces.append(
      OpenedTrace(paths: paths, format: wish.format, options: wish.options, trace: trace))
    return trace
  }

  private static func keyed(_ error: InputError) -> InputError {
    var error = error
    for index in error.diagnostics.indices {
      error.diagnostics[index].message = TraceOptionKey.keyed(error.diagnostics[index].message)
      error.diagnostics[index].hint = error.diagnostics[index].hint.map(TraceOptionKey.keyed)
    }
    return error
  }
}
