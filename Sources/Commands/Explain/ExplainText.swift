import CommandLine
import Reports
import Simulation

/// Explained requests for a reader: a sentence and a bar each.
enum ExplainText {
  /// How many characters a bar is long.
  private static let width = 64
  private static let indent = "  "

  static func text(_ explained: ExplainedRequests, _ experiment: Experiment) -> String {
    if explained.requests.isEmpty { return "no request was completed\n" }
    var text = ""
    var used: Set<Int> = []
    for (target, explanation) in explained.requests {
      text += "\n" + one(target, explanation, experiment)
      for reason in WaitReason.allCases where explanation.parts[reason] > 0 {
        used.insert(reason.rawValue)
      }
    }
    let legend = WaitReason.allCases.filter { used.contains($0.rawValue) }
      .map { "\(letter($0)) \($0.title)" }
    return text + "\n" + legend.joined(separator: "  ") + "\n"
  }

  private static func one(
    _ target: ExplainTarget, _ explanation: RequestExplanation, _ experiment: Experiment
  ) -> String {
    let record = explanation.record
    let tenant = experiment.tenants[record.tenant]
    let latency = record.completionNS - record.arrivalNS
    var text =
      "Request \(target.number), of '\(DisplayText.printable(tenant.name))', arrived at "
      + "\(NumberText.fixed(Double(record.arrivalNS) / 1e9, 6)) s and took \(ms(Double(latency)))"
    if let slo = tenant.sloNS {
      text +=
        latency > slo
        ? ", \(ms(Double(latency - slo))) over its SLO of \(ms(Double(slo)))"
        : ", within its SLO of \(ms(Double(slo)))"
    }
    if explanation.batch > 1 {
      text +=
        record.tokens == nil
        ? ", in a batch of \(explanation.batch)"
        : ", in iterations of up to \(explanation.batch) requests"
    }
    text += ".\n  " + bar(explanation.parts) + "\n"
    let parts = WaitReason.allCases.filter { explanation.parts[$0] > 0 && $0 != .own }
      .sorted { (-explanation.parts[$0], $0.rawValue) < (-explanation.parts[$1], $1.rawValue) }
    let shares = parts.map { reason in
      let ns = explanation.parts[reason]
      let phrase = record.tokens == nil ? reason.phrase : reason.servingPhrase
      return "\(ms(Double(ns))) (\(percent(Double(ns), latency))) \(phrase)"
    }
    let own = explanation.parts[.own]
    var sentence = "Its own work is \(ms(Double(own))) (\(percent(Double(own), latency)))"
    if !shares.isEmpty { sentence += "; it spent " + list(shares) }
    text += HelpText.wrapped(sentence + ".", indent: indent)
    let ways = ExplainedRequests.inTheWay(explanation, experiment)
    if !ways.isEmpty {
      let all = ways.reduce(0) { $0 + $1.ns }
      let names = ways.prefix(5).map { name, ns in
        let whose =
          name == tenant.name ? "its own tenant's others" : "'\(DisplayText.printable(name))'"
        return "\(whose) \(ms(ns)) (\(percent(ns, Int64(all))))"
      }
      text += HelpText.wrapped(
        "In its way on the GPU: " + list(names)
          + (ways.count > 5 ? ", and \(ways.count - 5) more" : "") + ".", indent: indent)
    }
    return text
  }

  /// A character for each part of the latency, at least one for each reason.
  static func bar(_ parts: WaitParts) -> String {
    let there = WaitReason.allCases.filter { parts[$0] > 0 }
    let sum = Double(max(1, parts.sum))
    var (text, passed, end) = ("", 0.0, 0)
    for reason in there {
      passed += Double(parts[reason])
      let next = max(end + 1, Int((passed / sum * Double(width)).rounded()))
      text += String(repeating: letter(reason), count: next - end)
      end = next
    }
    return text
  }

  /// What stands for a reason in a bar.
  static func letter(_ reason: WaitReason) -> String {
    switch reason {
    case .queue: "q"
    case .batch: "b"
    case .host: "h"
    case .order: "o"
    case .smsFull: "F"
    case .smSharing: "S"
    case .dram: "D"
    case .slice: "x"
    case .switching: "w"
    case .held: "p"
    case .redone: "r"
    case .own: "#"
    }
  }

  private static func ms(_ ns: Double) -> String { NumberText.significant(ns / 1e6, 4) + " ms" }

  private static func percent(_ part: Double, _ whole: Int64) -> String {
    NumberText.fixed(part / Double(max(1, whole)) * 100, 1) + " %"
  }

  private static func list(_ parts: [String]) -> String {
    guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
  }
}
