import Scheduling
import Simulation
import Studies

extension CompareText {
  /// The policies in the order of a table: the reference, those that share one GPU, the bounds; each
  /// with its group.
  static func ordered(
    _ policies: [PolicyChoice]
  ) -> [(choice: PolicyChoice, group: Int)] {
    let groups = policies.map { choice in
      choice.name == reference ? 0 : choice.make().mechanism == .bound ? 2 : 1
    }
    return (0...2).flatMap { group in
      zip(policies, groups).filter { $0.1 == group }.map { ($0.0, group) }
    }
  }

  /// Those that share one GPU.
  static func sharing(_ comparison: Comparison) -> [PolicyChoice] {
    ordered(comparison.experiment.policies).filter { $0.group == 1 }.map(\.choice)
  }
}
