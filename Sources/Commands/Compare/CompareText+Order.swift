import Scheduling
import Simulation
import Studies

extension CompareText {
  /// The policies in the order of a table: the reference, those that share one GPU, the bounds; each
  /// with its group.
  static func ordered(
    _ policies: [PolicyChoice]
  ) -> [(choice: PolicyChoice, group: Int)] {
    policies.map { choice in
      (choice, choice.name == reference ? 0 : choice.make().mechanism == .bound ? 2 : 1)
    }.sorted { $0.group < $1.group }
  }

  /// Those that share one GPU.
  static func sharing(_ comparison: Comparison) -> [PolicyChoice] {
    ordered(comparison.experiment.policies).filter { $0.group == 1 }.map(\.choice)
  }
}
