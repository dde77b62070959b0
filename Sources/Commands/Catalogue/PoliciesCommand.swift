import CommandLine
import Reports
import Scheduling
import Tables

/// `gpuloom policies`: lists the sharing policies, or shows one's options.
enum PoliciesCommand: Command {
  static let name = "policies"
  static let summary = "lists the sharing policies, or one's options with their defaults"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[NAME]",
      examples: [
        ("gpuloom policies", "all policies and where their rules come from"),
        ("gpuloom policies space-time", "its options, defaults and what they do"),
      ])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let name = arguments.optionalPositional()
    try arguments.finish()
    guard let name else {
      var table = ReportTable(columns: [
        ReportColumn("policy"), ReportColumn("options"), ReportColumn("summary"),
        ReportColumn("source"),
      ])
      let catalogue = RegisteredPolicies.all
      for policy in (catalogue.policies + catalogue.bounds).map({ $0.descriptor }) {
        table.append([
          .text(policy.name), .integer(Int64(policy.options.count)), .text(policy.summary),
          .text(policy.source),
        ])
      }
      try context.emit(table, name: "policies")
      return .done
    }
    guard let policy = RegisteredPolicies.all.policy(named: name)?.descriptor else {
      throw InputError(
        Diagnostic(
          message: "unknown policy '\(Excerpt.word(name))'",
          hint: NearestName.hint(for: name, in: RegisteredPolicies.all.allNames)))
    }
    var table = ReportTable(columns: [
      ReportColumn("option"), ReportColumn("values"), ReportColumn("default"),
      ReportColumn("help", title: "what it does"),
    ])
    for option in policy.options {
      table.append([
        .text(option.name), .text(values(option.kind)), .text(option.fallback), .text(option.help),
      ])
    }
    try context.emit(table, name: "policy-\(policy.name)", heading: heading(policy))
    return .done
  }

  private static func heading(_ policy: PolicyDescriptor) -> String {
    var lines = ["\(policy.name): \(policy.summary)"]
    if !policy.rule.isEmpty { lines.append("rule: \(policy.rule)") }
    if !policy.ignores.isEmpty { lines.append("ignores: \(policy.ignores)") }
    lines.append("source: \(policy.source)")
    return lines.joined(separator: "\n") + "\n\n"
  }

  private static func values(_ kind: PolicyOption.Kind) -> String {
    func show(_ x: Double) -> String { NumberText.exact(x) }
    switch kind {
    case .integer(let range): return "\(range.lowerBound)…\(range.upperBound)"
    case .number(let range): return "\(show(range.lowerBound))…\(show(range.upperBound))"
    case .flag: return "true, false"
    case .choice(let words): return words.joined(separator: ", ")
    case .numberByTenant(let range):
      return "\(show(range.lowerBound))…\(show(range.upperBound)), or one per tenant"
    case .wordByTenant: return "a word, or one per tenant"
    case .integers(let range):
      return "several of \(range.lowerBound)…\(range.upperBound)"
    }
  }
}
