import Metrics
import Reports
import Tables

extension ExpectedFile {
  /// What is not as this file expects it, and how many figures were held; where single figures are
  /// held, each of them.
  package func compare(
    with now: ExpectedFile
  ) -> (misses: [CheckResult.Miss], held: [CheckResult.Miss], count: Int) {
    if !holds.isEmpty { return compareHeld(with: now) }
    var misses: [CheckResult.Miss] = []
    var count = 0
    let names = SummaryTable.allColumnNames
    let shared = min(rows.count, now.rows.count)
    // Rows stand in the order of policies, seeds and tenants: a row whose policy has other options
    // than before is still compared with the one in its place.
    for r in 0..<shared {
      for (c, name) in names.prefix(max(rows[r].count, now.rows[r].count)).enumerated() {
        count += 1
        let expected = c < rows[r].count ? rows[r][c] : ""
        let found = c < now.rows[r].count ? now.rows[r][c] : ""
        if expected == found { continue }
        let given = tolerances.first { $0.column == name }?.rule
        if let miss = miss(name, expected, found, given, place: Self.place(rows[r])) {
          misses.append(miss)
        }
      }
    }
    for row in rows[shared...] {
      misses.append(.init(figure: Self.place(row), expected: "a row", found: ""))
    }
    for row in now.rows[shared...] {
      misses.append(.init(figure: Self.place(row), expected: "", found: "a row"))
    }
    if refusals != now.refusals {
      misses.append(
        .init(
          figure: "refused policies", expected: refusals.joined(separator: "; "),
          found: now.refusals.joined(separator: "; ")))
    }
    return (misses, [], count)
  }

  /// Holds single figures: rows are found by policy, seed and tenant.
  private func compareHeld(
    with now: ExpectedFile
  ) -> (misses: [CheckResult.Miss], held: [CheckResult.Miss], count: Int) {
    var misses: [CheckResult.Miss] = []
    var held: [CheckResult.Miss] = []
    for hold in holds {
      guard let c = SummaryTable.allColumnNames.firstIndex(of: hold.column) else { continue }
      let own = rows.filter { row in
        hold.policy ?? Self.cell(row, "policy") == Self.cell(row, "policy")
          && hold.tenant ?? Self.cell(row, "tenant") == Self.cell(row, "tenant")
      }
      if own.isEmpty {
        misses.append(.init(figure: "hold: \(hold.text)", expected: "a row", found: ""))
      }
      for row in own {
        let place = Self.place(row)
        let found = now.rows.first { Self.place($0) == place }.flatMap {
          c < $0.count ? $0[c] : nil
        }
        guard c < row.count else {
          misses.append(
            .init(figure: "\(place): \(hold.column)", expected: "a figure", found: found ?? ""))
          continue
        }
        if let found, let miss = miss(hold.column, row[c], found, hold.rule, place: place) {
          misses.append(miss)
        } else if let found {
          held.append(
            .init(
              figure: "\(place): \(hold.column)", expected: row[c], found: found,
              detail: Self.change(from: row[c], to: found) + "allowed: " + hold.rule.text,
              size: Self.size(from: row[c], to: found)))
        } else {
          misses.append(.init(figure: "\(place): \(hold.column)", expected: row[c], found: ""))
        }
      }
    }
    held.sort { $0.size > $1.size }
    return (misses, held, misses.count + held.count)
  }

  private func miss(
    _ column: String, _ expected: String, _ found: String, _ given: CheckTolerance?, place: String
  ) -> CheckResult.Miss? {
    let figure = "\(place): \(column)"
    if expected == found { return nil }
    guard let kind = SummaryFigure(rawValue: column), let a = Double(expected),
      let b = Double(found)
    else { return .init(figure: figure, expected: expected, found: found) }
    let rule = given ?? (kind.isCount ? .absolute(0) : .relative(1e-9))
    if rule.allows(b, expected: a) { return nil }
    return .init(
      figure: figure, expected: expected, found: found,
      detail: Self.change(from: expected, to: found) + "allowed: " + rule.text,
      size: Self.size(from: expected, to: found))
  }

  private static func change(from old: String, to new: String) -> String {
    guard let a = Double(old), let b = Double(new), a != 0 else { return "" }
    return percent(b / a - 1) + ", "
  }

  /// How far a figure moved, as a share of what it was; words and what was nothing move farthest.
  private static func size(from old: String, to new: String) -> Double {
    guard let a = Double(old), let b = Double(new) else { return .infinity }
    return a == b ? 0 : a == 0 ? .infinity : abs(b / a - 1)
  }

  /// A change as readers see it.
  package static func percent(_ share: Double) -> String {
    (share < 0 ? "" : "+") + NumberText.significant(share * 100, 3) + " %"
  }

  private static func cell(_ row: [String], _ name: String) -> String {
    SummaryTable.columnNames.firstIndex(of: name).map { row[$0] } ?? ""
  }

  /// Which row: its policy, seed and tenant.
  private static func place(_ row: [String]) -> String {
    "\(cell(row, "policy")), seed \(cell(row, "seed")), tenant \(cell(row, "tenant"))"
  }

  // MARK: Inputs

  /// Which inputs are not those the figures were written with, and what in them changed.
  package func changes(to now: ExpectedFile) -> [String] {
    func named(_ entry: String) -> (name: String, hash: String) {
      let cut = entry.lastIndex(of: " ") ?? entry.endIndex
      return (String(entry[..<cut]), String(entry[cut...]))
    }
    var changes: [String] = []
    let (old, new) = (inputs.map(named), now.inputs.map(named))
    for input in new {
      guard let before = old.first(where: { $0.name == input.name }) else {
        changes.append("new input: \(input.name)")
        continue
      }
      if before.hash == input.hash { continue }
      changes.append("changed input: \(input.name)")
      changes += changedValues(to: now, role: String(input.name.prefix { $0 != " " }))
    }
    for input in old where !new.contains(where: { $0.name == input.name }) {
      changes.append("input no longer used: \(input.name)")
    }
    for (before, after) in zip(policies, now.policies) where before != after {
      changes.append("changed policy: \(before) -> \(after)")
    }
    for policy in policies.dropFirst(now.policies.count) {
      changes.append("gone policy: \(policy)")
    }
    for policy in now.policies.dropFirst(policies.count) { changes.append("new policy: \(policy)") }
    return changes
  }

  /// The keys of an input whose values are not those written down.
  private func changedValues(to now: ExpectedFile, role: String) -> [String] {
    func parts(_ entries: [String]) -> [(key: String, value: String)] {
      entries.filter { $0.hasPrefix(role + " ") }.map { entry in
        let cut = entry.firstIndex(of: "=") ?? entry.endIndex
        return (String(entry[..<cut]), String(entry[cut...].dropFirst()))
      }
    }
    let (old, new) = (parts(values), parts(now.values))
    // A file of before this was kept tells nothing.
    if old.isEmpty { return [] }
    var changes: [String] = []
    for (key, value) in new {
      let before = old.first { $0.key == key }?.value
      if before != value { changes.append("\(key): \(before ?? "nothing") -> \(value)") }
    }
    for (key, value) in old where !new.contains(where: { $0.key == key }) {
      changes.append("\(key): \(value) -> nothing")
    }
    return changes
  }

  /// The values of a JSON input, one for each key: `role path=value`. Prose is left out.
  static func values(of input: LoadedExperiment.Input) -> [String] {
    guard ["experiment", "gpu", "testbed"].contains(input.role),
      let node = try? JSONReader.node(at: input.path)
    else { return [] }
    var values: [String] = []
    func walk(_ node: JSONNode, _ path: String) {
      switch node.value {
      case .object(let members):
        for member in members where member.name != "sources" && member.name != "format" {
          walk(member.node, path.isEmpty ? member.name : path + "." + member.name)
        }
      case .array(let items) where items.contains { !$0.members.isEmpty }:
        for (i, item) in items.enumerated() {
          walk(item, path + "." + (item["name"]?.text ?? "\(i)"))
        }
      default: values.append("\(input.role) \(path)=\(node.json)")
      }
    }
    walk(node, "")
    return values
  }
}
