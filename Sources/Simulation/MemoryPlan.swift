import Hardware
import LanguageModels
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
  /// Why a language model has no block of keys and values; nil where each has some.
  private var emptyPool: String?
  /// By MIG instance: what its processes need of it.
  private var slices: [MemoryPlan] = []

  /// Sums up an experiment under a way of sharing.
  ///
  /// Processes (time slices, MPS) cost a context each, streams share one; every replica costs its
  /// weights, workspace and what its framework keeps. Under `exclusive` the largest replica counts.
  /// A policy that has one instance of each tenant pays for one.
  ///
  /// - Parameter isPlanned: whether the policy's way of sharing is settled; where it is not, a language
  ///   model's pool, which takes what there is, counts for nothing.
  package init(_ experiment: Experiment, _ policy: any SharingPolicy, isPlanned: Bool = true) {
    let mechanism = policy.mechanism
    capacityMiB = Double(experiment.gpu.memoryMiB)
    gpu = experiment.gpu.name
    let testbed = experiment.testbed
    var processes = 0
    for tenant in experiment.tenants {
      let count: Int
      switch mechanism {
      case .timeSlices, .mps, .partitions: count = tenant.replicas
      case .streams, .taskQueue: count = policy.hasOneInstance ? 1 : tenant.replicas
      case .dedicated, .bound: count = 1
      }
      // Prefills and decodes side by side are two processes, of which the contexts alone differ.
      processes += policy.splitsPhases && tenant.language != nil ? 2 * count : count
      items.append(
        Self.item(tenant, count, capacityMiB: isPlanned ? capacityMiB : 0, testbed))
    }
    switch mechanism {
    case .mps, .partitions: mpsClients = processes
    case .dedicated, .timeSlices, .streams, .taskQueue, .bound: mpsClients = 0
    }
    mostMPSClients = experiment.gpu.maxMPSClients
    switch mechanism {
    case .timeSlices, .mps, .partitions:
      items.insert(
        Item(what: "contexts", count: processes, eachMiB: testbed.contextMiB), at: 0)
    case .streams, .taskQueue:
      items.insert(Item(what: "context", count: 1, eachMiB: testbed.contextMiB), at: 0)
    case .bound: items = []
    case .dedicated:
      let largest = items.max { $0.eachMiB < $1.eachMiB }
      items = [Item(what: "context", count: 1, eachMiB: testbed.contextMiB)]
      if let largest { items.append(largest) }
    }
    guard case .partitions(let layout) = mechanism else {
      if mechanism == .bound || !isPlanned { return }
      for tenant in experiment.tenants { notePool(of: tenant, testbed) }
      return
    }
    // In parts of SMs the memory is the whole GPU's.
    if layout.slices.isEmpty {
      for tenant in experiment.tenants { notePool(of: tenant, testbed) }
    }
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
    var placed: [TenantSpec] = []
    for tenant in experiment.tenants {
      let count = (0..<tenant.replicas).count {
        layout.part(of: tenant.name, replica: $0) == part
      }
      if count == 0 { continue }
      processes += count
      items.append(Self.item(tenant, count, capacityMiB: capacityMiB, experiment.testbed))
      placed.append(tenant)
    }
    items.insert(
      Item(what: "contexts", count: processes, eachMiB: experiment.testbed.contextMiB), at: 0)
    mpsClients = processes
    for tenant in placed { notePool(of: tenant, experiment.testbed) }
  }

  /// What replicas of a tenant need; of a language model all that its share of the memory holds
  /// beside a context.
  private static func item(
    _ tenant: TenantSpec, _ count: Int, capacityMiB: Double, _ testbed: Testbed
  ) -> Item {
    let own = tenant.table.weightsMiB + tenant.table.workspaceMiB + testbed.replicaMiB
    guard let language = tenant.language else {
      return Item(what: "\(tenant.name) (\(tenant.model))", count: count, eachMiB: own)
    }
    let pool = language.poolMiB(
      capacityMiB: capacityMiB, otherMiB: testbed.contextMiB + testbed.replicaMiB)
    return Item(
      what: "\(tenant.name) (\(tenant.model) and its KV pool)", count: count,
      eachMiB: own + max(0, pool))
  }

  /// Notes a language model whose share of the memory leaves no block of keys and values.
  private mutating func notePool(of tenant: TenantSpec, _ testbed: Testbed) {
    guard let language = tenant.language, emptyPool == nil else { return }
    let other = testbed.contextMiB + testbed.replicaMiB
    guard language.poolBlocks(capacityMiB: capacityMiB, otherMiB: other) == 0 else { return }
    let left = language.poolMiB(capacityMiB: capacityMiB, otherMiB: other)
    let block = Double(language.blockBytes) / 1_048_576
    emptyPool =
      "leaves '\(tenant.name)' no KV block on \(gpu): \(language.settings.memoryFraction) × "
      + "\(Self.text(capacityMiB)) MiB − \(Self.text(language.weightsMiB)) MiB weights of "
      + "\(tenant.model) − \(Self.text(testbed.contextMiB)) MiB context − "
      + "\(Self.text(testbed.replicaMiB)) MiB of its framework = \(Self.text(left)) MiB, less than "
      + "the \(Self.text(block)) MiB of one block"
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
    if let emptyPool {
      return Diagnostic(
        message: "'\(policy)' \(emptyPool)",
        hint: "a larger 'memory_fraction', a smaller model, or a GPU with more memory")
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
    let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
    return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
  }
}
