import GPUModel
import Policies
import Tables

/// What a policy's processes and replicas need of the GPU's memory.
public struct MemoryPlan: Sendable {
  /// One kind of use: what it is, how often it is needed, how much each time.
  public struct Item: Sendable {
    /// What it is for.
    public var what: String
    /// How many of it.
    public var count: Int
    /// MiB each.
    public var eachMiB: Double
  }

  /// The uses.
  public var items: [Item] = []
  /// What the GPU has, in MiB.
  public var capacityMiB: Double
  private let gpu: String

  /// Sums up an experiment under a way of sharing.
  ///
  /// Processes (time slices, MPS) cost a context each, streams share one; every replica costs its
  /// weights, workspace and what its framework keeps. Under `exclusive` the largest replica counts.
  public init(_ experiment: Experiment, _ mechanism: SharingMechanism, largestBatch: Int) {
    capacityMiB = Double(experiment.gpu.memoryMiB)
    gpu = experiment.gpu.name
    let testbed = experiment.testbed
    let isBatched = largestBatch > 1
    var processes = 0
    for tenant in experiment.tenants {
      let count: Int
      switch mechanism {
      case .timeSlices, .mps: count = tenant.replicas
      case .streams: count = isBatched ? 1 : tenant.replicas
      case .dedicated: count = 1
      }
      processes += count
      let each = tenant.table.weightsMiB + tenant.table.workspaceMiB + testbed.replicaMiB
      items.append(Item(what: "\(tenant.name) (\(tenant.model))", count: count, eachMiB: each))
    }
    switch mechanism {
    case .timeSlices, .mps:
      items.insert(
        Item(what: "contexts", count: processes, eachMiB: testbed.contextMiB), at: 0)
    case .streams:
      items.insert(Item(what: "context", count: 1, eachMiB: testbed.contextMiB), at: 0)
    case .dedicated:
      let largest = items.max { $0.eachMiB < $1.eachMiB }
      items = [Item(what: "context", count: 1, eachMiB: testbed.contextMiB)]
      if let largest { items.append(largest) }
    }
  }

  /// What is needed, in MiB.
  public var neededMiB: Double { items.reduce(0) { $0 + Double($1.count) * $1.eachMiB } }

  /// The refusal, with the sum that shows why; nil where everything fits.
  public func fault(policy: String) -> Diagnostic? {
    guard neededMiB > capacityMiB else { return nil }
    let sum = items.filter { $0.eachMiB > 0 }
      .map { "\($0.count) × \(Self.text($0.eachMiB)) MiB \($0.what)" }.joined(separator: " + ")
    return Diagnostic(
      message: "'\(policy)' does not fit \(gpu): \(sum) = \(Self.text(neededMiB)) MiB, "
        + "more than its \(Self.text(capacityMiB)) MiB",
      hint: "use fewer replicas, or streams of one process (space-only with mechanism streams)")
  }

  private static func text(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}
