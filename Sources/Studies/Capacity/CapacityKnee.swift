import Scheduling
import Simulation
import Tables

/// A place that was tried under a policy and a seed.
package struct CapacityTrial: Sendable {
  /// The place along the axis.
  package let x: Double
  /// Whether every tenant had its share in time.
  package let isServed: Bool
  /// The tenant with the smallest share in time, and that share: where `isCut`, at most that; nil
  /// where the policy cannot run.
  package let worst: (tenant: String, share: Double)?
  /// Whether the run was ended where it was certain to fail.
  package let isCut: Bool

  init(_ x: Double, _ run: AttainmentRun) {
    self.x = x
    isServed = run.isServed
    worst = run.worst
    isCut = run.isCut
  }
}

/// Where one policy stops serving under one seed.
package struct CapacityKnee: Sendable {
  /// The largest place below which every one that was tried is served; 0 where none is.
  package let capacity: Double
  /// The smallest place that is not served; nil where all of the axis is.
  package let failing: Double?
  /// The largest place above `failing` that is served again; nil where none was found.
  package let servedAgain: Double?
  /// Everything that was tried, ascending.
  package private(set) var trials: [CapacityTrial]
  /// Why the policy cannot run at `failing`; nil where it can.
  package let refusal: InputError?
  /// What the policy lacks there, in a word: "memory", "MPS clients", "a plan".
  package let lacks: String?
  /// Requests per second of all tenants at the capacity; nil where some follow answers.
  package let requestsPerSecond: Double?

  /// Searches; nil where it was stopped.
  ///
  /// - Throws: `InputError` where arrivals cannot be drawn.
  init?(
    _ scene: CapacityScene, _ axis: CapacityAxis, _ policy: PolicyChoice, share: Double,
    tolerance: Double, _ shouldStop: () -> Bool
  ) throws(InputError) {
    var search = KneeSearch(axis, tolerance: tolerance)
    var trials: [CapacityTrial] = []
    var refusals: [(x: Double, error: InputError, lacks: String)] = []
    while let x = search.next {
      if shouldStop() { return nil }
      let experiment = try scene.experiment(at: x, policy)
      let run = AttainmentRun(experiment, share: share, mayCut: true)
      search.note(x, isServed: run.isServed)
      trials.append(CapacityTrial(x, run))
      if let refusal = run.refusal {
        refusals.append((x, refusal, Self.lack(of: experiment, policy)))
      }
    }
    self.trials = trials.sorted { $0.x < $1.x }
    capacity = search.served ?? 0
    failing = search.failing
    servedAgain = search.servedAgain
    let atFailing = refusals.first { $0.x == search.failing }
    refusal = atFailing?.error
    lacks = atFailing?.lacks
    requestsPerSecond = capacity > 0 ? try scene.requestsPerSecond(at: capacity) : nil
  }

  /// The trial at `failing`.
  package var firstFailure: CapacityTrial? { trials.first { $0.x == failing } }

  private static func lack(of experiment: Experiment, _ choice: PolicyChoice) -> String {
    let plan = MemoryPlan(experiment, choice.make())
    if plan.neededMiB > plan.capacityMiB { return "memory" }
    return plan.fault(policy: "") == nil ? "a plan" : "MPS clients"
  }

  /// Runs to their end, for a curve, what was cut short near the knee: up to twice the first place
  /// that fails.
  mutating func complete(
    _ scene: CapacityScene, _ policy: PolicyChoice, share: Double, _ shouldStop: () -> Bool
  ) throws(InputError) {
    guard let failing else { return }
    for i in trials.indices where trials[i].isCut && trials[i].x <= 2 * failing {
      if shouldStop() { return }
      let experiment = try scene.experiment(at: trials[i].x, policy)
      trials[i] = CapacityTrial(
        trials[i].x, AttainmentRun(experiment, share: share, mayCut: false))
    }
  }
}
