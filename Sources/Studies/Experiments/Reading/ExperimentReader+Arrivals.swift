import Simulation
import Tables
import Traces
import Workloads

extension ExperimentReader {
  private static let kinds = [
    "trace", "poisson_rps", "gamma", "deterministic_rps", "closed_loop", "generator",
  ]
  /// Keys that stand beside `trace`.
  private static let traceKeys =
    ["rate_scale", "start_s", "tenant", "split"] + TraceOptionKey.allCases.map(\.rawValue)

  /// A tenant's arrivals, what they are in a few words, and how long a language model's are.
  mutating func readArrivals(
    _ node: JSONNode
  ) -> (spec: ArrivalSpec, text: String, tokens: TokenSource?)? {
    let before = faults.count
    recorded = nil
    var fields = FieldReader(node, file: file, what: "'arrivals'")
    var given: [String] = []
    for kind in Self.kinds where fields.has(kind) { given.append(kind) }
    if given.count != 1, case .object = node.value {
      let found =
        given.isEmpty ? "none" : given.map { "'\($0)'" }.joined(separator: " and ")
      fields.fault(
        node, "expected exactly one kind of arrivals, found \(found)",
        hint: "one of: " + Self.kinds.joined(separator: ", "))
    }
    if given != ["trace"] {
      for key in Self.traceKeys {
        if !given.isEmpty, let extra = fields.optional(key) {
          fields.fault(extra, "'\(key)' applies to 'trace' only")
        }
      }
    }
    var result: (spec: ArrivalSpec, text: String)?
    let laws = readLaws(&fields)
    var tokens: TokenSource?
    if given.count == 1, let value = fields.optional(given[0]) {
      result = readKind(given[0], value, &fields)
      if wantsTokens, let result { tokens = settle(laws, for: result.spec, value, &fields) }
    }
    faults += fields.finish()
    guard faults.count == before, let result else { return nil }
    return (result.spec, result.text, tokens)
  }

  private mutating func readKind(
    _ kind: String, _ value: JSONNode, _ fields: inout FieldReader
  ) -> (spec: ArrivalSpec, text: String)? {
    if kind == "trace" { return readTrace(value, &fields) }
    if !isTimed {
      fields.fault(
        value, "arrivals of the kind '\(kind)' have no end of their own",
        hint: "give the experiment a 'duration_s'")
    }
    switch kind {
    case "poisson_rps":
      let rate = rate(kind, &fields)
      checkCount(rate, value, &fields)
      return (
        .process(.poisson(requestsPerSecond: rate)), "Poisson, \(Self.text(rate)) requests/s"
      )
    case "deterministic_rps":
      let rate = rate(kind, &fields)
      checkCount(rate, value, &fields)
      return (
        .process(.deterministic(requestsPerSecond: rate)),
        "evenly spaced, \(Self.text(rate)) requests/s"
      )
    case "gamma":
      var inner = FieldReader(value, file: file, what: "'gamma'")
      let rate = rate("rps", &inner)
      let bounds = GeneratorParameter.variationBounds
      let cv = inner.double("cv", atLeast: bounds.lowerBound, atMost: bounds.upperBound)
      faults += inner.finish()
      checkCount(rate, value, &fields)
      return (
        .process(.gamma(requestsPerSecond: rate, cv: cv)),
        "gamma, \(Self.text(rate)) requests/s, cv \(Self.text(cv))"
      )
    case "closed_loop": return readClosedLoop(value)
    default: return readGenerator(value, &fields)
    }
  }

  private mutating func readClosedLoop(_ value: JSONNode) -> (spec: ArrivalSpec, text: String) {
    var inner = FieldReader(value, file: file, what: "'closed_loop'")
    let clients = inner.integer("clients", default: 1, atLeast: 1, atMost: 10_000)
    let think = inner.double("think_ms", default: 0, atLeast: 0, atMost: 3.6e6)
    faults += inner.finish()
    return (
      .closedLoop(clients: clients, thinkNS: Int64((think * 1e6).rounded())),
      "closed loop, \(clients) a replica, thinking \(Self.text(think)) ms"
    )
  }

  /// A preset by name, or an object with `preset` and its parameters.
  private mutating func readGenerator(
    _ value: JSONNode, _ fields: inout FieldReader
  ) -> (spec: ArrivalSpec, text: String)? {
    var name = ""
    var parameters: [(name: String, value: Double)] = []
    if case .string(let text) = value.value {
      name = text
    } else {
      var inner = FieldReader(value, file: file, what: "'generator'")
      name = inner.string("preset")
      for member in inner.remaining() {
        guard let number = member.node.double else {
          inner.fault(
            member.node, "expected a number in '\(member.name)', found \(member.node.found)")
          continue
        }
        parameters.append((member.name, number))
      }
      let found = inner.finish()
      faults += found
      if !found.isEmpty { return nil }
    }
    do throws(InputError) {
      let spec = try GeneratorSpec(name, parameters: parameters)
      let process = ArrivalProcess.generator(spec)
      checkCount(process.requestsPerSecond, value, &fields)
      return (
        .process(process), "\(name), \(Self.text(process.requestsPerSecond)) requests/s"
      )
    } catch {
      for diagnostic in error.diagnostics {
        fields.fault(value, diagnostic.message, hint: diagnostic.hint)
      }
      return nil
    }
  }

  private func rate(_ key: String, _ fields: inout FieldReader) -> Double {
    let bounds = GeneratorParameter.rateBounds
    return fields.double(key, atLeast: bounds.lowerBound, atMost: bounds.upperBound)
  }

  /// A run that would never end is refused before it starts.
  private func checkCount(_ rate: Double, _ node: JSONNode, _ fields: inout FieldReader) {
    guard let durationNS, rate * Double(durationNS) / 1e9 > Self.mostArrivals else { return }
    fields.fault(
      node,
      "\(Self.text(rate)) requests/s for \(Self.text(Double(durationNS) / 1e9)) s are more "
        + "than \(Self.text(Self.mostArrivals)) requests")
  }

  /// A number without a needless fraction.
  static func text(_ x: Double) -> String {
    x == x.rounded() && abs(x) < 1e15 ? "\(Int64(x))" : "\(x)"
  }
}
