import Hardware
import Simulation
import Tables
import Traces
import Workloads

extension ExperimentReader {
  /// What stands beside a trace's path.
  struct Choices {
    var scale = 1.0
    var startNS: Int64 = 0
    var part = TracePart()
    var isSplit = false
  }

  /// A trace that was opened; tenants that share one share the reading of it.
  struct OpenedTrace {
    /// The paths of its files.
    var paths: [String]
    /// What they were read as, where it was said.
    var format: TraceFormat?
    /// How they were read.
    var options: TraceOptions
    /// What they hold.
    var trace: ImportedTrace
  }

  /// A recorded trace as arrivals: the chosen tenants' rows from `start_s` (seconds of the trace)
  /// on, moved to begin there, times divided by `rate_scale`.
  mutating func readTrace(
    _ value: JSONNode, _ fields: inout FieldReader
  ) -> (spec: ArrivalSpec, text: String)? {
    let before = fields.faults.count + faults.count
    var choices = Choices()
    let wish = readWish(&fields)
    choices.scale = fields.double("rate_scale", default: 1, atLeast: 1e-6, atMost: 1e6)
    choices.startNS = Self.nanoseconds(
      fields.double("start_s", default: 0, atLeast: 0, atMost: Self.longestSeconds))
    if let node = fields.optional("tenant") { choices.part = readPart(node, &fields) }
    if fields.has("split") { choices.isSplit = fields.bool("split", default: false) }
    let files = readFiles(value, &fields)
    guard !files.isEmpty, fields.faults.count + faults.count == before else { return nil }
    let name = files[0].name
    guard let trace = opened(files, wish), checkWish(wish, trace.summary.format, &fields) else {
      return nil
    }
    if trace.hasDelays { return readSessions(trace, files, choices, wish, value, &fields) }
    guard let tenants = tenants(choices.part, trace, &fields) else { return nil }
    guard
      let found = attempt(
        at: files[0].place,
        { [wantsTokens] () throws(InputError) in
          try Self.times(trace, choices, tenants, withTokens: wantsTokens)
        })
    else { return nil }
    if found.unsized > 0, let node = choices.part.node {
      if found.sized == 0 {
        fields.fault(node, "no request of the trace '\(name)' has the lengths to choose by")
        return nil
      }
      notes.append(
        Diagnostic(
          file: file, line: node.line, column: node.column, severity: .warning,
          message: "\(found.unsized) requests of the trace '\(name)' have no length and are in "
            + "no range of lengths"))
    }
    guard isUsable(found.times, name, value, &fields) else { return nil }
    recorded = found.tokens
    var use = TraceUse(
      name: name, node: value, paths: files.map(\.path), scale: choices.scale,
      startNS: choices.startNS, inputTokens: choices.part.inputTokens,
      outputTokens: choices.part.outputTokens, isSplit: choices.isSplit)
    if case .some(let wanted) = tenants { use.wanted = wanted }
    use.before = "trace \(name)"
    if files.count > 1 {
      use.before += " and \(files.count - 1) more day\(files.count > 2 ? "s" : "")"
    }
    if choices.scale != 1 { use.after += ", rate × \(Self.text(choices.scale))" }
    if choices.startNS > 0 { use.after += ", from \(Self.text(Double(choices.startNS) / 1e9)) s" }
    if choices.part.node != nil { use.after += ", \(choices.part.text(trace))" }
    self.use = use
    return (.trace(found.times), use.text(found.times, before: durationNS))
  }

  /// The trace's file, or the files of consecutive days: what they are called and where they lie.
  private mutating func readFiles(
    _ value: JSONNode, _ fields: inout FieldReader
  ) -> [(name: String, path: String, place: NamePlace)] {
    guard case .array(let items) = value.value else {
      guard let (name, place) = word("trace", &fields) else { return [] }
      return [(name, tracePath(name, place), place)]
    }
    if items.isEmpty { fields.fault(value, "expected at least one file in 'trace'") }
    var files: [(name: String, path: String, place: NamePlace)] = []
    for item in items {
      guard case .string(let name) = item.value, !name.isEmpty else {
        fields.fault(item, "expected a non-empty string in 'trace', found \(item.found)")
        continue
      }
      let place = place(of: item)
      let path = tracePath(name, place)
      if files.contains(where: { $0.path == path }) {
        fields.fault(item, "the day '\(name)' is given twice")
      }
      files.append((name, path, place))
    }
    return files
  }

  func isUsable(
    _ times: [Int64], _ name: String, _ value: JSONNode, _ fields: inout FieldReader
  ) -> Bool {
    guard let last = times.last else {
      fields.fault(value, "no request of the trace '\(name)' is left after the choices beside it")
      return false
    }
    if last > Self.nanoseconds(Self.longestSeconds) {
      fields.fault(
        value, "the trace '\(name)' lasts more than \(Self.text(Self.longestSeconds)) s",
        hint: "a larger 'rate_scale' or a 'duration_s' does not help: cut the file itself")
      return false
    }
    return true
  }

  /// The path as given; where nothing is there, the one beside the catalogue's folder.
  private mutating func tracePath(_ name: String, _ place: NamePlace) -> String {
    let path = place.resolve(name)
    guard !name.hasPrefix("/"), !InputFolder.exists(path), let folder = library.folder,
      let cut = folder.lastIndex(of: "/")
    else { return path }
    let shipped = String(folder[...cut] + name)
    guard InputFolder.exists(shipped) else { return path }
    // Whom nobody asked for a file needs no word about where it lies.
    if !place.file.isEmpty || name != BuiltInExperiment.trace {
      let note = Diagnostic(
        file: place.file, line: place.line, column: place.column, severity: .warning,
        message: "the trace '\(name)' is not here: taken from the catalogue, \(shipped)")
      if !notes.contains(where: { $0.message == note.message }) { notes.append(note) }
    }
    return shipped
  }

  /// The arrivals, their lengths where they are wanted, and how many rows of the wanted tenants have the length that is asked about and
  /// how many lack it.
  private static func times(
    _ trace: ImportedTrace, _ choices: Choices, _ tenants: TracePart.Tenants, withTokens: Bool
  ) throws(InputError) -> (times: [Int64], tokens: TokenLengths?, sized: Int, unsized: Int) {
    var times: [Int64] = []
    var tokens = try withTokens ? LengthReader(trace) : nil
    var (sized, unsized) = (0, 0)
    let reader: TraceRowReader
    switch tenants {
    case .all:
      reader = try trace.makeReader()
      if choices.startNS == 0, !choices.part.asksForSizes {
        // The exact size: growing by doubling would hold the times half as often again.
        times.reserveCapacity(Int(min(trace.summary.requests, 1 << 32)))
      }
    case .some(let wanted): reader = try trace.makeReader(tenants: wanted)
    }
    var row = TraceRow()
    while try reader.next(&row) {
      guard row.arrivalNS >= choices.startNS else { continue }
      let answer = choices.part.holds(row)
      if answer == .unknown {
        unsized += 1
        continue
      }
      sized += 1
      if answer == .no { continue }
      tokens?.append(row.inputTokens, row.outputTokens, row: row.sourceRow)
      let time = row.arrivalNS - choices.startNS
      if choices.scale == 1 {
        times.append(time)
      } else {
        times.append(Int64(min((Double(time) / choices.scale).rounded(), 9e18)))
      }
    }
    return (times, tokens?.lengths, sized, unsized)
  }
}
