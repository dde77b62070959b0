import Hardware
import Reports
import Tables

/// One thing that a study varies: a short name, or a path into the experiment's description.
package struct StudyAxis: Sendable {
  /// A value, and how tables show it.
  package struct Value: Sendable {
    package let node: JSONNode
    package let text: String
  }

  /// What values change.
  enum Kind: Sendable, Equatable {
    /// The policies; each is a run of its own at every point.
    case policies
    /// The seeds; likewise.
    case seeds
    /// The part of what a policy can serve that all tenants together ask for, in per cent.
    case load
    /// What all tenants together ask for, in requests per second.
    case requestRate
    /// How many tenants there are.
    case tenants
    /// What a path leads to; with `sibling` only beside a member of that name.
    case path(String, beside: String?)
  }

  /// The axes with short names, in the order that help lists them.
  package static let names = [
    "policy", "load", "rps", "rate_scale", "replicas", "tenants", "gpu", "testbed", "seed",
    "duration_s", "warmup_s",
  ]
  /// The most values of one axis.
  static let mostValues = 100_000

  package let name: String
  let kind: Kind
  package let values: [Value]
  /// The policy in whose capacity a load is measured; nil for each policy's own.
  package internal(set) var capacityOf: String?
  /// Where the axis stands, for errors.
  let place: NamePlace

  /// What the values of a name change; nil for a name that means nothing.
  static func kind(of name: String) -> Kind? {
    switch name {
    case "policy": .policies
    case "seed": .seeds
    case "load": .load
    case "rps": .requestRate
    case "tenants": .tenants
    case "rate_scale": .path("tenants.*.arrivals.rate_scale", beside: "trace")
    case "replicas": .path("tenants.*.replicas", beside: nil)
    case "gpu", "testbed", "duration_s", "warmup_s": .path(name, beside: nil)
    default: name.contains(".") ? .path(name, beside: nil) : nil
    }
  }

  /// Whether values have a column of their own: policies and seeds have one in every summary.
  package var hasColumn: Bool { kind != .policies && kind != .seeds }

  /// Whether the clock of the requests is what values change, and nothing of the description.
  var isClock: Bool { kind == .load || kind == .requestRate }

  /// Takes an axis and its values, as a list in JSON has them; `1..5` are five.
  ///
  /// - Throws: `InputError` with every fault: `badData`, also for a name that means nothing.
  package init(
    _ name: String, _ items: [JSONNode], of capacity: String? = nil, at place: NamePlace
  ) throws(InputError) {
    func fault(_ message: String, _ node: JSONNode? = nil, hint: String? = nil) -> Diagnostic {
      Diagnostic(
        file: place.file, line: node.map { max(0, $0.line) } ?? place.line,
        column: node?.column ?? place.column, message: message, hint: hint)
    }
    guard let kind = Self.kind(of: name) else {
      throw InputError(
        fault(
          "unknown axis '\(Excerpt.word(name))'",
          hint: NearestName.of(name, in: Self.names).map { "did you mean '\($0)'?" }
            ?? "known: " + Self.names.joined(separator: ", ")
            + ", or a path as '--set' has it: tenants.vision.replicas"))
    }
    var faults: [Diagnostic] = []
    var values: [Value] = []
    var seen = Set<String>()
    for item in items {
      for node in Self.expanded(item) {
        if let expected = Self.objection(kind, node) {
          faults.append(fault("expected \(expected) in '\(name)', found \(node.found)", item))
          continue
        }
        let text = Self.text(node)
        if !seen.insert(text).inserted {
          faults.append(fault("'\(Excerpt.word(text))' is given twice in '\(name)'", item))
        }
        values.append(Value(node: node.onCommandLine, text: text))
        if values.count > Self.mostValues { break }
      }
    }
    if items.isEmpty { faults.append(fault("expected at least one value in '\(name)'")) }
    if values.count > Self.mostValues {
      faults.append(fault("'\(name)' has more than \(Self.mostValues) values"))
    }
    if capacity != nil, kind != .load {
      faults.append(fault("'of' applies to the axis 'load' only, not to '\(name)'"))
    }
    if !faults.isEmpty { throw InputError(diagnostics: Array(faults.prefix(20))) }
    self.name = name
    self.kind = kind
    self.values = values
    capacityOf = capacity
    self.place = place
  }

  /// The integers of a range, or the node itself.
  private static func expanded(_ node: JSONNode) -> [JSONNode] {
    guard let text = node.text, let dots = text.firstRange(of: ".."),
      let low = Int(text[..<dots.lowerBound]), let high = Int(text[dots.upperBound...]),
      low <= high, high - low <= mostValues
    else { return [node] }
    return (low...high).map {
      JSONNode(value: .number("\($0)"), line: node.line, column: node.column)
    }
  }

  /// What was expected in the place of a value; nil where it will do, or where reading tells.
  private static func objection(_ kind: Kind, _ node: JSONNode) -> String? {
    switch kind {
    case .load:
      return node.double.map { $0 > 0 && $0 <= 1e6 } == true
        ? nil : "a load in per cent, above 0 and at most 1000000,"
    case .requestRate:
      return node.double.map { $0 > 0 && $0 <= 1e9 } == true
        ? nil : "requests per second, above 0 and at most 1000000000,"
    case .tenants:
      return node.integer.map { $0 >= 1 && $0 <= 4_096 } == true
        ? nil : "an integer from 1 to 4096"
    case .seeds:
      return node.integer.map { $0 >= 0 } == true ? nil : "a non-negative integer"
    case .policies, .path: return nil
    }
  }

  /// A value as tables show it: words bare, numbers in their shortest form, the rest as JSON.
  private static func text(_ node: JSONNode) -> String {
    if let word = node.text { return word }
    if let integer = node.integer { return "\(integer)" }
    if let number = node.double { return NumberText.exact(number) }
    return node.json
  }
}
