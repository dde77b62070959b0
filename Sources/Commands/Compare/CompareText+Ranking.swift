import CommandLine
import Metrics
import Reports
import Simulation
import Studies

extension CompareText {
  /// Which of the policies that share one GPU serves best; empty where runs are missing.
  static func ranking(_ comparison: Comparison) -> String {
    if comparison.isInterrupted { return "" }
    let experiment = comparison.experiment
    let refused = comparison.refusals.map(\.policy)
    let labels = sharing(comparison).map(\.label).filter { !refused.contains($0) }
    let ranking = PolicyRanking(
      policies: labels,
      tenants: experiment.tenants.map { tenant in
        .init(
          name: tenant.name, model: tenant.model, sloMS: tenant.sloNS.map { Double($0) / 1e6 })
      },
      seeds: experiment.seeds.count, drawsArrivals: experiment.drawsArrivals
    ) { figure, policy, tenant, seed in
      let run = comparison.summaries.first {
        $0.policy == policy && $0.seed == experiment.seeds[seed]
      }
      return run.flatMap { run in (tenant.map { run.tenants[$0] } ?? run.device)[figure] }
    }
    let text = DisplayText.printable(ranking.sentence)
    return text.isEmpty ? "" : "\n" + HelpText.wrapped(text)
  }
}
