import Hardware
import Simulation
import Tables
import Traces

extension ExperimentReader {
  /// Recorded sessions as arrivals: they begin as recorded, from `start_s` on and divided by
  /// `rate_scale`; each further request comes its delay after the simulated answer to the one before.
  mutating func readSessions(
    _ trace: ImportedTrace, _ files: [(name: String, path: String, place: NamePlace)],
    _ choices: Choices, _ wish: TraceWish, _ value: JSONNode, _ fields: inout FieldReader
  ) -> (spec: ArrivalSpec, text: String)? {
    let name = files[0].name
    if let node = choices.part.node {
      fields.fault(
        node,
        "a part of the trace '\(name)' cannot be chosen: its requests follow answers to others",
        hint: "'gpuloom trace import' makes a table of those with a time of their own")
      return nil
    }
    if let (key, node) = wish.given.first(where: { $0.key == .dequantise }) {
      let name = file.isEmpty ? key.flag : key.rawValue
      fields.fault(node, "'\(name)' does not apply to sessions")
      return nil
    }
    guard
      let all = attempt(at: files[0].place, { () throws(InputError) in try trace.sessions() })
    else { return nil }
    var sessions: [SessionSpec] = []
    for session in all where session.startNS >= choices.startNS {
      let start = Double(session.startNS - choices.startNS) / choices.scale
      let whole = choices.scale == 1 ? session.startNS - choices.startNS : Int64(min(start, 9e18))
      sessions.append(SessionSpec(startNS: whole, delaysNS: session.delaysNS))
    }
    guard isUsable(sessions.map(\.startNS), name, value, &fields) else { return nil }
    if wantsTokens {
      guard
        var lengths = attempt(
          at: files[0].place, { () throws(InputError) in try LengthReader(trace) })
      else { return nil }
      for session in all where session.startNS >= choices.startNS {
        for request in session.requests {
          lengths.append(request.inputTokens, request.outputTokens, row: request.sourceRow)
        }
      }
      recorded = lengths.lengths
    }
    let requests = sessions.reduce(sessions.count) { $0 + $1.delaysNS.count }
    let begun = sessions.count == 1 ? "1 session" : "\(sessions.count) sessions"
    var text = "trace \(name), \(requests) requests in \(begun), each after the answer before it"
    if choices.scale != 1 { text += ", starts × \(Self.text(choices.scale))" }
    if choices.startNS > 0 { text += ", from \(Self.text(Double(choices.startNS) / 1e9)) s" }
    return (.sessions(sessions), text)
  }
}
