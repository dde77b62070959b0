import Scheduling

/// Rule: launches of tenants with the highest priority that has a request go at once; others go one
/// at a time, and only while no such request is there.
/// Tie-break: the order in which launches became ready. Ignores: objectives, kernel sizes.
/// Reference: an example, see `PolicyOfYourOwn.md`.
struct PriorityGatePolicy: SharingPolicy {
  /// Name, options and sources.
  static let descriptor = PolicyDescriptor(
    name: "priority-gate", summary: "what is less urgent waits, launch by launch",
    source: "an example of this project")

  /// One process, a stream for each replica.
  var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

  /// Launches go when the policy says so.
  var control: PolicyControl { .launches }

  /// Creates the policy; it has no options.
  init(_ options: PolicyOptions) {}

  /// Lets what is urgent through, and one launch of the rest where nothing is.
  mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    let active = view.replicas.filter { $0.phase != .idle }
    let highest = active.map { view.tenants[$0.tenant].priority }.max() ?? 0
    var isFree = !active.contains { $0.phase == .running }
    for replica in view.ready {
      let priority = view.tenants[view.replicas[replica].tenant].priority
      guard priority == highest || isFree else { continue }
      isFree = false
      decisions.append(.launch(replica: replica, priority: priority))
    }
  }
}
