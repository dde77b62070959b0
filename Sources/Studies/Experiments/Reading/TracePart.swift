import Tables
import Traces
import Workloads

/// The part of a trace that becomes a tenant's requests: what `tenant` beside `trace` says.
///
/// A name, a list of names, or an object whose keys must all hold: `rank` (1 is the tenant with the
/// most requests, equals in the order of their first row), `rank_from` and `rank_to` (both
/// included), and `input_tokens_from`, `input_tokens_below`, `output_tokens_from`,
/// `output_tokens_below`.
struct TracePart {
  /// Which tenants of the trace are meant.
  enum Tenants {
    case all
    case some([Bool])
  }

  /// Whether a row belongs to the part.
  enum Answer { case yes, no, unknown }

  /// Where the part is asked for; nil where all of the trace is meant.
  var node: JSONNode?
  /// The tenants by name, with the places of the names.
  var names: [(name: String, node: JSONNode)] = []
  /// The tenants by rank, from 1.
  var ranks: ClosedRange<Int>?
  /// Prompt lengths, the second bound left out.
  var inputTokens: Range<Int64>?
  /// Answer lengths, the second bound left out.
  var outputTokens: Range<Int64>?

  /// Whether rows are chosen by their lengths.
  var asksForSizes: Bool { inputTokens != nil || outputTokens != nil }

  /// Whether a row's lengths are in range; unknown where it has none.
  @inline(__always)
  func holds(_ row: TraceRow) -> Answer {
    if let inputTokens {
      if row.inputTokens < 0 { return .unknown }
      if !inputTokens.contains(row.inputTokens) { return .no }
    }
    if let outputTokens {
      if row.outputTokens < 0 { return .unknown }
      if !outputTokens.contains(row.outputTokens) { return .no }
    }
    return .yes
  }

  /// The part in a few words.
  func text(_ trace: ImportedTrace) -> String {
    var parts: [String] = []
    if names.count == 1 { parts.append("tenant \(names[0].name)") }
    if names.count > 1 { parts.append("\(names.count) tenants") }
    if let ranks {
      if ranks.count == 1 {
        let number = trace.tenantsByRank[ranks.lowerBound - 1]
        parts.append("rank \(ranks.lowerBound), \(trace.tenantNames[number])")
      } else {
        let last = min(ranks.upperBound, trace.tenantNames.count)
        parts.append("ranks \(ranks.lowerBound) to \(last)")
      }
    }
    for (range, what) in [(inputTokens, "prompt"), (outputTokens, "answer")] {
      guard let range else { continue }
      parts.append(
        range.upperBound == .max
          ? "\(what) from \(range.lowerBound) tokens"
          : "\(what) \(range.lowerBound) to \(range.upperBound - 1) tokens")
    }
    return parts.joined(separator: ", ")
  }
}

extension ExperimentReader {
  /// The largest rank and length that can be asked for.
  private static let largestBound = 1_000_000_000

  /// What `tenant` asks for.
  mutating func readPart(_ node: JSONNode, _ fields: inout FieldReader) -> TracePart {
    var part = TracePart(node: node)
    switch node.value {
    case .string(let name): part.names = [(name, node)]
    case .array(let items):
      if items.isEmpty { fields.fault(node, "expected at least one name in 'tenant'") }
      for item in items {
        guard case .string(let name) = item.value else {
          fields.fault(item, "expected a string in 'tenant', found \(item.found)")
          continue
        }
        if part.names.contains(where: { $0.name == name }) {
          fields.fault(item, "the tenant '\(name)' is given twice")
        }
        part.names.append((name, item))
      }
    case .object(let members):
      if members.isEmpty { fields.fault(node, "expected a condition in 'tenant', found none") }
      readConditions(node, &part)
    default:
      fields.fault(
        node, "expected a name, a list of names or an object in 'tenant', found \(node.found)")
    }
    return part
  }

  private mutating func readConditions(_ node: JSONNode, _ part: inout TracePart) {
    var inner = FieldReader(node, file: file, what: "'tenant'")
    if inner.has("rank") {
      let rank = inner.integer("rank", default: 1, atLeast: 1, atMost: Self.largestBound)
      part.ranks = rank...rank
    }
    if inner.has("rank_from") || inner.has("rank_to") {
      if let single = inner.optional("rank") {
        inner.fault(single, "'rank' excludes 'rank_from' and 'rank_to'")
      }
      let from = inner.integer("rank_from", default: 1, atLeast: 1, atMost: Self.largestBound)
      let to = inner.integer(
        "rank_to", default: Self.largestBound, atLeast: 1, atMost: Self.largestBound)
      if from <= to {
        part.ranks = from...to
      } else if let last = inner.optional("rank_to") {
        inner.fault(last, "expected a 'rank_to' of at least 'rank_from', found \(last.found)")
      }
    }
    part.inputTokens = range("input_tokens", &inner)
    part.outputTokens = range("output_tokens", &inner)
    faults += inner.finish()
  }

  private func range(_ name: String, _ inner: inout FieldReader) -> Range<Int64>? {
    let (lower, upper) = (name + "_from", name + "_below")
    let isGiven = inner.has(lower)
    guard inner.has(upper) || isGiven else { return nil }
    let from = inner.integer(lower, default: 0, atLeast: 0, atMost: Self.largestBound)
    guard let node = inner.optional(upper) else { return Int64(from)..<Int64.max }
    let below = inner.integer(upper, default: 1, atLeast: 1, atMost: Self.largestBound)
    guard from < below else {
      inner.fault(node, "expected a '\(upper)' above '\(lower)', found \(node.found)")
      return nil
    }
    return Int64(from)..<Int64(below)
  }

  /// The tenants that a part means; nil where it does not fit the trace.
  func tenants(
    _ part: TracePart, _ trace: ImportedTrace, _ fields: inout FieldReader
  ) -> TracePart.Tenants? {
    guard let node = part.node, !part.names.isEmpty || part.ranks != nil else { return .all }
    var wanted = [Bool](repeating: false, count: trace.tenantNames.count)
    var isWhole = true
    for (name, place) in part.names {
      if let index = trace.tenantNames.firstIndex(of: name) {
        wanted[index] = true
        continue
      }
      isWhole = false
      let hint =
        trace.tenantNames.isEmpty
        ? "the trace names no tenants" : NearestName.hint(for: name, in: trace.tenantNames)
      fields.fault(place, "the trace has no tenant '\(name)'", hint: hint)
    }
    if let ranks = part.ranks {
      guard ranks.lowerBound <= wanted.count else {
        fields.fault(
          node,
          wanted.isEmpty
            ? "the trace names no tenants to rank"
            : "the trace has \(wanted.count) tenants, none of rank \(ranks.lowerBound)")
        return nil
      }
      let order = trace.tenantsByRank
      for rank in ranks.lowerBound...min(ranks.upperBound, order.count) {
        wanted[order[rank - 1]] = true
      }
    }
    return isWhole ? .some(wanted) : nil
  }
}
