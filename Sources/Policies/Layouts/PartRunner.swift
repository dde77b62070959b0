import Scheduling

/// Runs the parts of a layout, one batch at a time in each: of the tenants in a part the one with
/// the least slack, what waits up to its batch; ties by tenant order.
struct PartRunner: Sendable {
  /// A tenant in a part.
  private struct Entry: Sendable {
    var tenant: Int
    var batch: Int
    /// What its batches take alone there, by size from 1.
    var latencyNS: [Int64]
    var replicas: [Int]
  }

  private var layout = GPULayout(parts: [], partsByTenant: [:])
  private var batches: [String: [Int]] = [:]
  private var latencies: [String: [[Int64]]] = [:]
  /// By part; found at the first decision, for tenants and replicas stay what they are.
  private var entries: [[Entry]]?
  /// By tenant: requests started in the present answer.
  private var taken: [Int] = []

  init() {}

  /// - Parameters:
  ///   - batches: by tenant: the largest batch in each of its parts.
  ///   - latencyNS: what a tenant's batch takes alone in a part.
  init(
    _ layout: GPULayout, batches: [String: [Int]],
    latencyNS: (_ tenant: String, _ batch: Int, _ part: GPULayout.Part) -> Int64
  ) {
    self.layout = layout
    self.batches = batches
    for (tenant, own) in layout.partsByTenant {
      latencies[tenant] = zip(own, batches[tenant] ?? []).map { part, batch in
        (1...batch).map { latencyNS(tenant, $0, layout.parts[part]) }
      }
    }
  }

  /// Starts a batch in each part that is free.
  mutating func decide(
    _ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer
  ) {
    if entries == nil { look(at: view) }
    guard let entries else { return }
    for t in taken.indices { taken[t] = 0 }
    for part in entries.indices {
      var best: (tenant: Int, replica: Int, count: Int, slack: Int64)?
      var isFree = true
      for entry in entries[part] {
        var idle: Int?
        for r in entry.replicas {
          if view.replicas[r].phase != .idle { isFree = false } else if idle == nil { idle = r }
        }
        // What another part takes in the same answer waits no longer.
        let waiting = view.tenants[entry.tenant].waiting - taken[entry.tenant]
        guard let idle, waiting > 0 else { continue }
        let count = min(waiting, entry.batch)
        let slack =
          view.tenants[entry.tenant].oldestArrivalNS + view.tenants[entry.tenant].sloNS
          - view.now - entry.latencyNS[count - 1]
        if let best, best.slack <= slack { continue }
        best = (entry.tenant, idle, count, slack)
      }
      guard isFree, let best else { continue }
      decisions.append(.start(tenant: best.tenant, replica: best.replica, count: best.count))
      taken[best.tenant] += best.count
    }
  }

  private mutating func look(at view: borrowing SchedulingView) {
    if view.tenants.isEmpty { return }
    taken = view.tenants.map { _ in 0 }
    var entries = layout.parts.map { _ in [Entry]() }
    for t in view.tenants.indices {
      let name = view.tenants[t].name
      for (i, part) in (layout.partsByTenant[name] ?? []).enumerated() {
        let replicas = view.tenants[t].replicas.enumerated().filter {
          layout.part(of: name, replica: $0.offset) == part
        }
        entries[part].append(
          Entry(
            tenant: t, batch: batches[name]?[i] ?? 1, latencyNS: latencies[name]?[i] ?? [0],
            replicas: replicas.map(\.element)))
      }
    }
    self.entries = entries
  }
}
