/// Reads the members of one JSON object, collecting faults; what nobody asked for is a fault too.
///
/// ```swift
/// var fields = FieldReader(node, file: path, what: "a GPU")
/// let name = fields.string("name")
/// let clock = fields.double("clock_mhz", atLeast: 1)
/// faults += fields.finish()
/// ```
package struct FieldReader {
  /// The object's file, for errors.
  package let file: String
  /// What the object describes, for errors: "a GPU", "a tenant".
  package let what: String
  /// The faults found so far.
  package private(set) var faults: [Diagnostic] = []

  private var members: [JSONNode.Member] = []
  private var asked: [String] = []
  private let line: Int
  private let column: Int
  private var isObject = true

  /// Starts reading an object; anything else is a fault.
  package init(_ node: JSONNode, file: String, what: String) {
    self.file = file
    self.what = what
    line = node.line
    column = node.column
    if case .object(let members) = node.value {
      self.members = members
    } else {
      isObject = false
      faults.append(
        Diagnostic(
          file: file, line: line, column: column,
          message: "expected \(what) as an object, found \(node.found)"))
    }
  }

  /// Whether the object has the member; asking counts as knowing the name.
  package mutating func has(_ name: String) -> Bool { optional(name) != nil }

  /// The member's node, where given.
  package mutating func optional(_ name: String) -> JSONNode? {
    asked.append(name)
    return members.first { $0.name == name }?.node
  }

  /// The member's node; a fault where it is missing.
  package mutating func required(_ name: String) -> JSONNode? {
    if let node = optional(name) { return node }
    if isObject {
      faults.append(
        Diagnostic(
          file: file, line: line, column: column, message: "\(what) needs the key '\(name)'"))
    }
    return nil
  }

  /// Adds a fault at a node.
  package mutating func fault(_ node: JSONNode, _ message: String, hint: String? = nil) {
    faults.append(
      Diagnostic(
        file: file, line: node.line, column: node.column, message: message, hint: hint))
  }

  /// Asks for `format`.
  ///
  /// - Throws: `badData` with that fault alone where it is another: its keys are no mistakes.
  package mutating func expectFormat(_ expected: String) throws(InputError) {
    guard let node = required("format") else { return }
    if node.text == expected { return }
    throw InputError(
      Diagnostic(
        file: file, line: node.line, column: node.column,
        message: "expected the format \"\(expected)\", found \(node.found)"))
  }

  /// A string, or the default; a fault where neither is there.
  package mutating func string(_ name: String, default fallback: String? = nil) -> String {
    guard let node = fallback == nil ? required(name) : optional(name) else {
      return fallback ?? ""
    }
    if case .string(let text) = node.value {
      if let objection = InvalidText.objection(toName: text) {
        fault(node, "\(objection) in '\(name)'")
      }
      return text
    }
    fault(node, "expected a string in '\(name)', found \(node.found)")
    return fallback ?? ""
  }

  /// A finite number within bounds, or the default; a fault where neither is there.
  package mutating func double(
    _ name: String, default fallback: Double? = nil, atLeast low: Double = -.infinity,
    atMost high: Double = .infinity
  ) -> Double {
    guard let node = fallback == nil ? required(name) : optional(name) else {
      return fallback ?? max(low, 1)
    }
    if let number = node.double, number >= low, number <= high { return number }
    fault(node, "expected a number\(Self.bounds(low, high)) in '\(name)', found \(node.found)")
    return fallback ?? max(low, 1)
  }

  /// An integer within bounds, or the default; a fault where neither is there.
  package mutating func integer(
    _ name: String, default fallback: Int? = nil, atLeast low: Int = 0, atMost high: Int = 1 << 53
  ) -> Int {
    guard let node = fallback == nil ? required(name) : optional(name) else {
      return fallback ?? max(low, 1)
    }
    if let number = node.integer, number >= Int64(low), number <= Int64(high) {
      return Int(number)
    }
    let bounds = Self.bounds(Double(low), high == 1 << 53 ? .infinity : Double(high))
    fault(node, "expected an integer\(bounds) in '\(name)', found \(node.found)")
    return fallback ?? max(low, 1)
  }

  /// A truth value, or the default; a fault where neither is there.
  package mutating func bool(_ name: String, default fallback: Bool? = nil) -> Bool {
    guard let node = fallback == nil ? required(name) : optional(name) else {
      return fallback ?? false
    }
    if case .bool(let flag) = node.value { return flag }
    fault(node, "expected true or false in '\(name)', found \(node.found)")
    return fallback ?? false
  }

  /// A list, or an empty one; a fault where it is required and missing.
  package mutating func list(_ name: String, isRequired: Bool = true) -> [JSONNode] {
    guard let node = isRequired ? required(name) : optional(name) else { return [] }
    if case .array(let items) = node.value { return items }
    fault(node, "expected a list in '\(name)', found \(node.found)")
    return []
  }

  /// The members nobody asked for, left to the caller: for objects whose names are the user's.
  package mutating func remaining() -> [JSONNode.Member] {
    let rest = members.filter { !asked.contains($0.name) }
    asked += rest.map(\.name)
    return rest
  }

  /// All faults, the members nobody asked for among them.
  package mutating func finish() -> [Diagnostic] {
    for member in members where !asked.contains(member.name) {
      faults.append(
        Diagnostic(
          file: file, line: member.line, column: member.column,
          message: "unknown key '\(Excerpt.word(member.name))' in \(what)",
          hint: NearestName.hint(for: member.name, in: asked)))
    }
    members = []
    return faults
  }

  private static func bounds(_ low: Double, _ high: Double) -> String {
    func show(_ x: Double) -> String { x == x.rounded() && abs(x) < 1e15 ? "\(Int(x))" : "\(x)" }
    switch (low.isFinite, high.isFinite) {
    case (true, true): return " from \(show(low)) to \(show(high))"
    case (true, false): return " of at least \(show(low))"
    case (false, true): return " of at most \(show(high))"
    case (false, false): return ""
    }
  }
}
