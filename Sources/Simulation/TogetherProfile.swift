import Scheduling
import Workloads

/// Batches of one tenant in a part of the GPU, each in a process of its own: what a profile of a part
/// is taken with.
struct TogetherProfile: SharingPolicy {
  static let descriptor = PolicyDescriptor(
    name: "profile", summary: "batches of one tenant in a part", source: "this project")

  let mechanism: SharingMechanism
  let largestBatch: Int

  init(_ options: PolicyOptions) { (mechanism, largestBatch) = (.streams(hardwareQueues: nil), 1) }

  init(_ part: GPULayout.Part, tenant: String, batch: Int) {
    mechanism = .partitions(GPULayout(parts: [part], partsByTenant: [tenant: [0]]))
    largestBatch = batch
  }

  var control: PolicyControl { .requests }

  mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
    var waiting = view.tenants.first?.waiting ?? 0
    for replica in view.replicas.indices
    where view.replicas[replica].phase == .idle && waiting >= largestBatch {
      decisions.append(.start(tenant: 0, replica: replica, count: largestBatch))
      waiting -= largestBatch
    }
  }
}

extension Experiment {
  /// One of its tenants alone, so many batches at once, each on a replica of its own.
  func together(tenant: Int, batch: Int, processes: Int) -> Experiment {
    var round = self
    round.tenants = [tenants[tenant]]
    round.tenants[0].replicas = processes
    round.tenants[0].arrivals = .trace(Array(repeating: 0, count: batch * processes))
    round.durationNS = nil
    round.warmupNS = 0
    return round
  }

  /// One request of every tenant, all at once.
  var oneRound: Experiment {
    var round = self
    round.durationNS = nil
    round.warmupNS = 0
    for t in round.tenants.indices { round.tenants[t].arrivals = .trace([0]) }
    return round
  }
}
