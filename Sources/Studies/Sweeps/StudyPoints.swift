import Tables

/// The points of a study in its order: every combination of the values of its axes, the last axis
/// varying fastest, policies and seeds aside.
struct StudyPoints: Sendable {
  /// The axes that have a column.
  let axes: [StudyAxis]
  /// How many points there are.
  let count: Int
  /// How many descriptions: combinations of the axes that change the experiment's description.
  let descriptionCount: Int

  init(_ study: Study) {
    axes = study.axes.filter(\.hasColumn)
    count = axes.reduce(1) { $0 * $1.values.count }
    descriptionCount = axes.reduce(1) { $0 * ($1.isClock ? 1 : $1.values.count) }
  }

  /// Which value each axis has at a point.
  func digits(_ point: Int) -> [Int] {
    var (rest, digits) = (point, axes.map { _ in 0 })
    for a in axes.indices.reversed() {
      (rest, digits[a]) = rest.quotientAndRemainder(dividingBy: axes[a].values.count)
    }
    return digits
  }

  /// The description of a point: those of points that differ in the requests' clock alone are one.
  func description(of digits: [Int]) -> Int {
    zip(axes, digits).reduce(0) { $1.0.isClock ? $0 : $0 * $1.0.values.count + $1.1 }
  }

  /// Which value each axis has in a description; the clock's is 0.
  func digits(ofDescription description: Int) -> [Int] {
    var (rest, digits) = (description, axes.map { _ in 0 })
    for a in axes.indices.reversed() where !axes[a].isClock {
      (rest, digits[a]) = rest.quotientAndRemainder(dividingBy: axes[a].values.count)
    }
    return digits
  }

  /// The axis of the requests' clock, and the value it has at a point.
  func clock(_ digits: [Int]) -> (axis: StudyAxis, value: Double)? {
    zip(axes, digits).first { $0.0.isClock }.flatMap { axis, digit in
      axis.values[digit].node.double.map { (axis, $0) }
    }
  }
}

extension Study {
  /// The experiment's description with the values of a point, policies and seeds set.
  ///
  /// - Throws: `badData` at the axis whose path leads nowhere.
  func description(_ digits: [Int]) throws(InputError) -> ExperimentDescription {
    var description = base
    var at = 0
    for axis in axes {
      var changes = ExperimentOverrides()
      switch axis.kind {
      case .policies: changes.add("policies", list(axis), flag: axis.name)
      case .seeds: changes.add("seeds", list(axis), flag: axis.name)
      case .load, .requestRate: break
      case .tenants:
        description.node.setTenants(axis.values[digits[at]].node.integer.map { Int($0) } ?? 1)
      case .path(let path, let sibling):
        let value = axis.values[digits[at]]
        changes.add(path, value.node, flag: "\(axis.name)=\(value.text)", beside: sibling)
      }
      if axis.hasColumn { at += 1 }
      do throws(InputError) { try description.set(changes) } catch {
        throw located(error, [axis])
      }
    }
    return description
  }

  private func list(_ axis: StudyAxis) -> JSONNode {
    JSONNode(value: .array(axis.values.map(\.node)), line: JSONNode.commandLine, column: 0)
  }

  /// Faults of what an axis set, at the axis.
  func located(_ error: InputError, _ candidates: [StudyAxis]) -> InputError {
    var error = error
    for i in error.diagnostics.indices where error.diagnostics[i].file.isEmpty {
      let message = error.diagnostics[i].message
      let axis =
        candidates.first { $0.values.contains { message.contains("'\($0.text)'") } }
        ?? candidates.first { message.contains("'\($0.name)'") } ?? candidates.first
      guard let place = axis?.place else { continue }
      error.diagnostics[i].file = place.file
      error.diagnostics[i].line = place.line
      error.diagnostics[i].column = place.column
      // What an axis names is data, whoever gave it.
      if error.kind == .usage { error.kind = .badData }
    }
    return error
  }
}

extension JSONNode {
  /// Makes the tenants of a description this many: its own in their order, then copies of them with
  /// numbers behind their names.
  fileprivate mutating func setTenants(_ count: Int) {
    guard case .object(var members) = value,
      let at = members.firstIndex(where: { $0.name == "tenants" }),
      case .array(let own) = members[at].node.value, !own.isEmpty
    else { return }
    members[at].node.value = .array(
      (0..<count).map { i in
        let (round, t) = i.quotientAndRemainder(dividingBy: own.count)
        var tenant = own[t]
        guard round > 0, case .object(var parts) = tenant.value,
          let name = parts.firstIndex(where: { $0.name == "name" }),
          let text = parts[name].node.text
        else { return tenant }
        parts[name].node.value = .string("\(text)-\(round + 1)")
        tenant.value = .object(parts)
        return tenant
      })
    value = .object(members)
  }

  /// The value as JSON on one line, the same for descriptions that mean the same: members by name,
  /// numbers in their shortest form, words of `meanings` under the keys that name files replaced.
  func canonical(_ meanings: [String: String] = [:], under key: String = "") -> String {
    switch value {
    case .null, .bool: return json
    case .number: return integer.map { "\($0)" } ?? double.map { "\($0)" } ?? json
    case .string(let text):
      let names = ["gpu", "testbed", "base", "trace"].contains(key)
      return (names ? meanings[text] : nil) ?? json
    case .array(let items):
      return "[" + items.map { $0.canonical(meanings, under: key) }.joined(separator: ",") + "]"
    case .object(let members):
      let sorted = members.sorted { $0.name < $1.name }
      return "{"
        + sorted.map { member in
          JSONNode(value: .string(member.name), line: 0, column: 0).json + ":"
            + member.node.canonical(meanings, under: member.name)
        }.joined(separator: ",") + "}"
    }
  }
}
