import GPUModel
import Tables
import Workloads

extension ExperimentReader {
  /// What stands beside a trace's path.
  private struct Choices {
    var format: TraceFormat?
    var scale = 1.0
    var startNS: Int64 = 0
    var tenant: JSONNode?
  }

  /// A recorded trace as arrivals: the chosen tenant's rows from `start_s` (seconds of the trace)
  /// on, moved to begin there, times divided by `rate_scale`.
  mutating func readTrace(
    _ value: JSONNode, _ fields: inout FieldReader
  ) -> (spec: ArrivalSpec, text: String)? {
    let before = fields.faults.count
    var choices = Choices()
    if fields.has("format") {
      let name = fields.string("format", default: "")
      choices.format = TraceFormat(rawValue: name)
      if choices.format == nil, let node = fields.optional("format"), case .string = node.value {
        fields.fault(
          node, "unknown trace format '\(name)'",
          hint: NearestName.hint(for: name, in: TraceFormat.allCases.map(\.rawValue)))
      }
    }
    choices.scale = fields.double("rate_scale", default: 1, atLeast: 1e-6, atMost: 1e6)
    choices.startNS = Self.nanoseconds(
      fields.double("start_s", default: 0, atLeast: 0, atMost: Self.longestSeconds))
    choices.tenant = fields.optional("tenant")
    if let node = choices.tenant {
      if case .string = node.value {
      } else {
        fields.fault(node, "expected a string in 'tenant', found \(node.found)")
      }
    }
    guard let (name, place) = word("trace", &fields), fields.faults.count == before else {
      return nil
    }
    let path = tracePath(name, place)
    guard
      let trace = attempt(at: place, { () throws(InputError) in try TraceImport.open(path: path) })
    else { return nil }
    note(LoadedExperiment.Input(role: "trace", name: name, path: path))
    if let format = choices.format, format != trace.summary.format,
      let node = fields.optional("format")
    {
      fields.fault(
        node,
        "the trace '\(name)' is '\(trace.summary.format.rawValue)', "
          + "not '\(format.rawValue)'")
      return nil
    }
    // What bears on statistics is no reason to doubt a replay.
    let statistical: [TraceWarning] = [.gap, .quantised, .periodic, .ties]
    for warning in trace.summary.warnings where !statistical.contains(warning.name) {
      notes.append(
        Diagnostic(
          file: path, severity: .warning, message: "\(warning.message) (\(warning.name.rawValue))"))
    }
    guard let tenant = chosenTenant(choices.tenant, trace, &fields) else { return nil }
    guard
      let times = attempt(
        at: place, { () throws(InputError) in try Self.times(trace, choices, tenant) })
    else { return nil }
    return finish(times, name, value, choices, &fields)
  }

  private mutating func finish(
    _ times: [Int64], _ name: String, _ value: JSONNode, _ choices: Choices,
    _ fields: inout FieldReader
  ) -> (spec: ArrivalSpec, text: String)? {
    guard let last = times.last else {
      fields.fault(value, "no request of the trace '\(name)' is left after the choices beside it")
      return nil
    }
    if last > Self.nanoseconds(Self.longestSeconds) {
      fields.fault(
        value, "the trace '\(name)' lasts more than \(Self.text(Self.longestSeconds)) s",
        hint: "a larger 'rate_scale' or a 'duration_s' does not help: cut the file itself")
      return nil
    }
    var text = "trace \(name), \(times.count) requests"
    if choices.scale != 1 { text += ", rate × \(Self.text(choices.scale))" }
    if choices.startNS > 0 { text += ", from \(Self.text(Double(choices.startNS) / 1e9)) s" }
    if case .string(let tenant)? = choices.tenant?.value { text += ", tenant \(tenant)" }
    return (.trace(times), text)
  }

  /// The path as given; where nothing is there, the one beside the catalogue's folder.
  private func tracePath(_ name: String, _ place: NamePlace) -> String {
    let path = place.resolve(name)
    guard !name.hasPrefix("/"), !InputFolder.exists(path), let folder = library.folder,
      let cut = folder.lastIndex(of: "/")
    else { return path }
    let shipped = folder[...cut] + name
    return InputFolder.exists(String(shipped)) ? String(shipped) : path
  }

  /// The number of the tenant whose rows are wanted: -2 for all; nil where it is unknown.
  private func chosenTenant(
    _ node: JSONNode?, _ trace: ImportedTrace, _ fields: inout FieldReader
  ) -> Int32? {
    guard let node, case .string(let name) = node.value else { return -2 }
    if let index = trace.tenantNames.firstIndex(of: name) { return Int32(index) }
    let hint =
      trace.tenantNames.isEmpty
      ? "the trace names no tenants" : NearestName.hint(for: name, in: trace.tenantNames)
    fields.fault(node, "the trace has no tenant '\(name)'", hint: hint)
    return nil
  }

  private static func times(
    _ trace: ImportedTrace, _ choices: Choices, _ tenant: Int32
  ) throws(InputError) -> [Int64] {
    var times: [Int64] = []
    if tenant == -2, choices.startNS == 0 {
      // The exact size: growing by doubling would hold the times half as often again.
      times.reserveCapacity(Int(min(trace.summary.requests, 1 << 32)))
    }
    let reader = try trace.makeReader()
    var row = TraceRow()
    while try reader.next(&row) {
      guard tenant == -2 || row.tenant == tenant, row.arrivalNS >= choices.startNS else {
        continue
      }
      let time = row.arrivalNS - choices.startNS
      if choices.scale == 1 {
        times.append(time)
      } else {
        times.append(Int64(min((Double(time) / choices.scale).rounded(), 9e18)))
      }
    }
    return times
  }
}
