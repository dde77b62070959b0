import Scheduling
import Simulation
import Tables

/// What limits a policy at its knee.
///
/// Nothing is concluded from how busy anything is, for a queue is long before its server is never
/// idle: each resource is doubled in turn, and the capacity looked for again under the same
/// arrivals. What moves it most, by a rung (5 %, or one more) at least, limits it. That kernels are
/// over sooner helps every policy; it counts as a limit only where one launch is on the GPU at a
/// time, or where nothing else moves anything.
package struct CapacityLimits: Sendable {
  /// How far the capacity moves with twice of each resource: the largest factor of a ladder that is
  /// served, 1 where it does not move; nil where that was not asked or does not apply.
  package private(set) var gains: [CapacityResource: Double] = [:]
  /// What limits, in words.
  package let name: String

  /// The knee that a policy's limits are asked of.
  package init(
    _ knee: CapacityKnee, _ policy: PolicyChoice, gains: [(CapacityResource, Double?)]
  ) {
    for (resource, gain) in gains { self.gains[resource] = gain }
    if let lacks = knee.lacks {
      name = lacks
    } else if knee.failing == nil {
      name = "nothing tried"
    } else if knee.capacity == 0 {
      name = "SLO"
    } else {
      name = Self.largest(self.gains, policy.isOneAtATime)
    }
  }

  /// Whether it must be asked what limits a policy: not where it cannot run, or serves nothing.
  static func isOpen(_ knee: CapacityKnee) -> Bool {
    knee.lacks == nil && knee.failing != nil && knee.capacity > 0
  }

  private static func largest(
    _ gains: [CapacityResource: Double], _ isOneAtATime: Bool
  ) -> String {
    func most(_ resources: [CapacityResource]) -> [CapacityResource] {
      let top = resources.compactMap { gains[$0] }.max() ?? 1
      return top > 1 ? resources.filter { gains[$0] == top } : []
    }
    var found = most(CapacityResource.allCases.filter { isOneAtATime || $0 != .pace })
    if found.isEmpty { found = most([.pace]) }
    if found.isEmpty { return "none of these" }
    return found.map { $0.name(isOneAtATime: isOneAtATime) }.joined(separator: ", ")
  }

  /// How far the capacity moves with twice of a resource; nil where that does not apply, the policy
  /// cannot run with it, or the search was stopped.
  ///
  /// - Throws: `InputError` where arrivals cannot be drawn.
  static func gain(
    of resource: CapacityResource, _ base: Experiment, _ axis: CapacityAxis, varied: [Bool],
    seed: UInt64, _ policy: PolicyChoice, _ knee: CapacityKnee, share: Double,
    _ shouldStop: () -> Bool
  ) throws(InputError) -> Double? {
    guard isOpen(knee), let doubled = resource.doubled(in: base) else { return nil }
    let scene = try CapacityScene(doubled, axis, varied: varied, seed: seed)
    let rungs = axis.rungs(above: knee.capacity)
    // Rungs below `low` are served, those from `high` on are not.
    var (low, high) = (0, rungs.count)
    var middle = 0
    while low < high {
      if shouldStop() { return nil }
      let run = AttainmentRun(
        try scene.experiment(at: rungs[middle], policy), share: share, mayCut: true)
      if middle == 0, run.refusal != nil { return nil }
      if run.isServed { low = middle + 1 } else { high = middle }
      middle = (low + high) / 2
    }
    return low == 0 ? 1 : rungs[low - 1] / knee.capacity
  }
}
