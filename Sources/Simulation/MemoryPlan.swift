import Scheduling
import SimBasics
import Tables

/// What a policy's processes and replicas need of the GPU: its memory, and under MPS its clients.
package struct MemoryPlan: Sendable {
  /// One kind of use: what it is, how often it is needed, how much each time.
  package struct Item: Sendable {
    /// What it is for.
    package var what: String
    /// How many of it.
    package var count: Int
    /// MiB each.
    package var eachMiB: Double
  }

  /// The uses.
  package var items: [Item] = []
  /// What the GPU has, in MiB.
  package var capacityMiB: Double
  /// Clients of the MPS server; 0 without one.
  package let mpsClients: Int
  private let mostMPSClients: Int
  private let gpu: String
  /// By MIG instance: what its processes need of it.
  private var slices: [MemoryPlan] = []

  /// Sums up an experiment under a way of sharing.
  ///
  /// Processes (time slices, MPS) cost a context each, streams share one; every replica costs its
  /// weights, workspace and what its framework keeps. Under `exclusive` the largest replica counts.
  /// A policy that has one instance of each tenant pays for one.
  package init(_ experiment: Experiment, _ policy: any SharingPolicy) {
    let mechanism = policy.mechanism
    capacityMiB = Double(experiment.gpu.memoryMiB)
    gpu = experiment.gpu.name
    let testbed = experiment.testbed
    var processes = 0
    for tenant in experiment.tenants {
      let count: Int
      switch mechanism {
      case .timeSlices, .mps, .partitions: count = tenant.replicas
      case .streams: count = policy.hasOneInstance ? 1 : tenant.replicas
      case .dedicated, .bound: count = 1
      }
      processes += count
      let each = tenant.table.weightsMiB + tenant.table.workspaceMiB + testbed.replicaMiB
      items.append(Item(what: "\(tenant.name) (\(tenant.model))", count: count, eachMiB: each))
    }
    switch mechanism {
    case .mps, .partitions: mpsClients = processes
    case .dedicated, .timeSlices, .streams, .bound: mpsClients = 0
    }
    mostMPSClients = experiment.gpu.maxMPSClients
    switch mechanism {
    case .timeSlices, .mps, .partitions:
      items.insert(
        Item(what: "contexts", count: processes, eachMiB: testbed.contextMiB), at: 0)
    case .streams:
      items.insert(Item(what: "context", count: 1, eachMiB: testbed.contextMiB), at: 0)
    case .bound: items = []
    case .dedicated:
      let largest = items.max { $0.eachMiB < $1.eachMiB }
      items = [Item(what: "context", count: 1, eachMiB: testbed.contextMiB)]
      if let largest { items.append(largest) }
    }
    guard case .partitions(let layout) = mechanism else { return }
    for (part, profile) in layout.slices.enumerated() {
      slices.append(MemoryPlan(experiment, layout, part: part, profile: profile))
    }
  }

  /// What the processes in one MIG instance need of it.
  private init(_ experiment: Experiment, _ layout: GPULayout, part: Int, profile: String) {
    let slice = experiment.gpu.slice(profile) ?? experiment.gpu
    capacityMiB = Double(slice.memoryMiB)
    gpu = "the \(profile) of \(experiment.gpu.name)"
    mostMPSClients = experiment.gpu.maxMPSClients
    var processes = 0
    for tenant in experiment.tenants {
      let count = (0..<tenant.replicas).count {
        layout.part(of: tenant.name, replica: $0) == part
      }
      if count == 0 { continue }
      processes += count
      let each =
        tenant.table.weightsMiB + tenant.table.workspaceMiB + experiment.testbed.replicaMiB
      items.append(Item(what: "\(tenant.name) (\(tenant.model))", count: count, eachMiB: each))
    }
    items.insert(
      Item(what: "contexts", count: processes, eachMiB: experiment.testbed.contextMiB), at: 0)
    mpsClients = processes
  }

  /// What is needed, in MiB.
  package var neededMiB: Double { items.map { Double($0.count) * $0.eachMiB }.sumInAnyOrder }

  /// The refusal, with the sum that shows why; nil where everything fits.
  package func fault(policy: String) -> Diagnostic? {
    if !slices.isEmpty {
      for slice in slices { if let fault = slice.fault(policy: policy) { return fault } }
      return nil
    }
    if mpsClients > mostMPSClients {
      return Diagnostic(
        message:
          "'\(policy)' needs \(mpsClients) MPS clients; \(gpu) has \(mostMPSClients) at most",
        hint: "use fewer replicas, or streams of one process (space-only with mechanism streams)")
    }
    guard neededMiB > capacityMiB else { return nil }
    let parts = items.filter { $0.eachMiB > 0 }
      .map { "\($0.count) × \(Self.text($0.eachMiB)) MiB \($0.what)" }
    var sum = parts.prefix(Self.mostParts).joined(separator: " + ")
    if parts.count > Self.mostParts { sum += " + … (\(parts.count - Self.mostParts) more)" }
    return Diagnostic(
      message: "'\(policy)' does not fit \(gpu): \(sum) = \(Self.text(neededMiB)) MiB, "
        + "more than its \(Self.text(capacityMiB)) MiB",
      hint: hasManyContexts
        ? "use fewer replicas, or streams of one process (space-only with mechanism streams)"
        : "use fewer replicas, or a GPU with more memory")
  }

  /// The most parts of a sum that are shown.
  private static let mostParts = 12

  /// Whether contexts, which streams would share, take room.
  private var hasManyContexts: Bool { items.contains { $0.what == "contexts" } }

  private static func text(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}
