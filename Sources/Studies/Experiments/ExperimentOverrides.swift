import Reports
import Tables

/// What the command line sets in an experiment's description, in order.
///
/// A path is names with dots between them: members by their keys, elements of a list by their
/// `name` or `policy`, by their number from 0, or all of them as `*`.
package struct ExperimentOverrides: Sendable {
  /// One change.
  private struct Change {
    var path: String
    var value: JSONNode
    /// What the command line says, for errors.
    var flag: String
    /// A member that must stand beside the last name; elements without it stay as they are.
    var sibling: String?
  }

  private var changes: [Change] = []

  /// Creates an empty list.
  package init() {}

  /// Whether nothing is changed.
  package var isEmpty: Bool { changes.isEmpty }

  /// Adds `PATH=VALUE`; a value that is no JSON is a string.
  ///
  /// - Throws: `InputError` of kind `usage` where it has another form.
  package mutating func add(assignment: String) throws(InputError) {
    guard let cut = assignment.firstIndex(of: "="), cut > assignment.startIndex,
      assignment.index(after: cut) < assignment.endIndex
    else {
      throw InputError(
        kind: .usage, message: "expected PATH=VALUE after '--set', found \"\(assignment)\"",
        hint: "for example --set tenants.vision.arrivals.rate_scale=40")
    }
    let text = String(assignment[assignment.index(after: cut)...])
    let parsed = try? JSONReader.node(of: text, file: "")
    if parsed == nil, let first = text.first, "[{\"".contains(first) {
      throw InputError(
        kind: .usage, message: "expected JSON or a word after '--set', found \"\(assignment)\"",
        hint: "in a shell JSON stands in single quotes")
    }
    let value = parsed ?? JSONNode(value: .string(text), line: 0, column: 0)
    changes.append(
      Change(path: String(assignment[..<cut]), value: value, flag: "--set \(assignment)"))
  }

  /// Adds what a flag sets; with `sibling` only beside a member of that name.
  package mutating func add(
    _ path: String, _ value: JSONReport, flag: String, beside sibling: String? = nil
  ) throws(InputError) {
    let node = try JSONReader.node(of: value.text, file: "")
    add(path, node, flag: flag, beside: sibling)
  }

  /// The same of a value that was read.
  mutating func add(
    _ path: String, _ value: JSONNode, flag: String, beside sibling: String? = nil
  ) {
    changes.append(Change(path: path, value: value, flag: flag, sibling: sibling))
  }

  /// Changes the description; what was set, in words, with what stood there.
  ///
  /// - Throws: `InputError` of kind `usage` with every path that leads nowhere.
  func apply(to node: inout JSONNode) throws(InputError) -> [String] {
    var words: [String] = []
    var faults: [Diagnostic] = []
    for change in changes {
      let names = change.path.split(separator: ".", omittingEmptySubsequences: false)
      var setter = Setter(value: change.value.onCommandLine, sibling: change.sibling)
      setter.set(&node, names.map(String.init)[...], at: "")
      if let fault = setter.fault {
        faults.append(
          Diagnostic(message: "\(fault.message) in '\(change.flag)'", hint: fault.hint))
      } else if setter.words.isEmpty {
        faults.append(
          Diagnostic(
            message: "'\(change.flag)' changes nothing: no arrivals here have '"
              + "\(change.sibling ?? change.path)'"))
      }
      words += setter.words
    }
    if !faults.isEmpty { throw InputError(kind: .usage, diagnostics: faults) }
    return words
  }

  /// Walks a path and sets what it leads to.
  private struct Setter {
    let value: JSONNode
    let sibling: String?
    /// What may stand as a name or as an object with changes to what the name means.
    static let bases = ["gpu", "testbed"]
    var words: [String] = []
    var fault: (message: String, hint: String?)?

    mutating func set(_ node: inout JSONNode, _ path: ArraySlice<String>, at place: String) {
      guard let first = path.first else {
        words.append(Self.words(place, value, instead: node))
        node = value
        return
      }
      switch node.value {
      case .array(var items):
        guard let (chosen, rest) = choose(items, path) else {
          let known = items.enumerated().map { Self.name($1) ?? "\($0)" }
          fault = (
            "there is no '\(first)'" + (place.isEmpty ? "" : " in '\(place)'"),
            NearestName.hint(for: first, in: known)
          )
          return
        }
        for i in chosen {
          // A policy by its name alone has no options yet.
          if case .string(let name) = items[i].value, !rest.isEmpty {
            let member = JSONNode.Member(
              name: "policy", line: items[i].line, column: items[i].column, node: items[i])
            items[i].value = .object([member])
            set(&items[i], rest, at: place + "." + name)
          } else {
            set(&items[i], rest, at: place + "." + (Self.name(items[i]) ?? "\(i)"))
          }
        }
        node.value = .array(items)
      case .object(var members):
        let place = place.isEmpty ? first : place + "." + first
        if path.count == 1, let sibling, !members.contains(where: { $0.name == sibling }) { return }
        if let at = members.firstIndex(where: { $0.name == first }) {
          set(&members[at].node, path.dropFirst(), at: place)
        } else if path.count == 1 {
          words.append(Self.words(place, value, instead: nil))
          members.append(
            JSONNode.Member(
              name: first, line: JSONNode.commandLine, column: 0, node: value))
        } else {
          fault = (
            "there is no '\(place)'", NearestName.hint(for: first, in: members.map(\.name))
          )
        }
        node.value = .object(members)
      case .string where Self.bases.contains(place):
        // A GPU or testbed by its name alone has nothing changed yet.
        node.value = .object([
          JSONNode.Member(name: "base", line: node.line, column: node.column, node: node)
        ])
        set(&node, path, at: place)
      default:
        fault = ("'\(place)' is \(node.found), which has no '\(first)'", nil)
      }
    }

    /// The elements that the first names mean, and the names after them; a name may hold dots.
    private func choose(
      _ items: [JSONNode], _ path: ArraySlice<String>
    ) -> (chosen: [Int], rest: ArraySlice<String>)? {
      guard let first = path.first else { return nil }
      if first == "*" { return (Array(items.indices), path.dropFirst()) }
      for length in stride(from: path.count, to: 0, by: -1) {
        let name = path.prefix(length).joined(separator: ".")
        let found = items.indices.filter { Self.name(items[$0]) == name }
        if !found.isEmpty { return (found, path.dropFirst(length)) }
      }
      if let number = Int(first), items.indices.contains(number) {
        return ([number], path.dropFirst())
      }
      return nil
    }

    private static func name(_ node: JSONNode) -> String? {
      node.text ?? node["name"]?.text ?? node["policy"]?.text
    }

    private static func words(_ place: String, _ new: JSONNode, instead old: JSONNode?) -> String {
      "\(place) = \(new.json)" + (old.map { ", not \($0.json)" } ?? "")
    }
  }
}

extension JSONNode {
  /// The line of what stands in no file: the command line's.
  static let commandLine = -1

  /// The same value, standing on the command line.
  var onCommandLine: JSONNode {
    var node = self
    node.line = Self.commandLine
    node.column = 0
    switch value {
    case .array(let items): node.value = .array(items.map(\.onCommandLine))
    case .object(let members):
      node.value = .object(
        members.map { member in
          JSONNode.Member(
            name: member.name, line: Self.commandLine, column: 0, node: member.node.onCommandLine)
        })
    default: break
    }
    return node
  }

  /// The value as JSON on one line.
  var json: String {
    switch value {
    case .null: return "null"
    case .bool(let flag): return flag ? "true" : "false"
    case .number(let text): return text
    case .string(let text): return JSONReport.quoted(text)
    case .array(let items): return "[" + items.map(\.json).joined(separator: ",") + "]"
    case .object(let members):
      return "{"
        + members.map { JSONReport.quoted($0.name) + ":" + $0.node.json }.joined(separator: ",")
        + "}"
    }
  }
}
