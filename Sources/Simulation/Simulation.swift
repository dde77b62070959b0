import EventEngine
import Scheduling
import SimBasics
import Tables

/// Runs an experiment under one policy and one seed.
package enum Simulation {
  /// Makes the programs that runs of the experiment share.
  ///
  /// - Throws: `InputError` naming each kernel that cannot run on the GPU.
  package static func prepare(_ experiment: Experiment) throws(InputError) -> ProgramSet {
    var largest = 1
    var caps: [Int] = []
    for choice in experiment.policies {
      let policy = choice.make()
      largest = max(largest, policy.largestBatch)
      guard case .mps(let percentages, _) = policy.mechanism else { continue }
      for percentage in percentages.values.sorted() {
        let cap = PartitionRule.smCap(percentage: percentage, gpu: experiment.gpu)
        if cap < experiment.gpu.smCount { caps.append(cap) }
      }
    }
    return try ProgramSet(experiment, largestBatch: largest, smCaps: Array(Set(caps)).sorted())
  }

  /// Runs the experiment under one of its policies.
  ///
  /// The result depends on the experiment, the policy and the seed alone.
  ///
  /// - Returns: what was done in the measured time, and the observer with what it heard.
  /// - Throws: as the function below.
  package static func run(
    _ experiment: Experiment, _ programs: ProgramSet, _ choice: PolicyChoice, seed: UInt64,
    observer: any RunObserver
  ) throws(InputError) -> (totals: RunTotals, observer: any RunObserver) {
    try run(
      experiment, programs, choice.make(), label: choice.label, seed: seed, observer: observer)
  }

  /// Runs the experiment under a policy that no catalogue need know.
  ///
  /// - Parameter label: what errors call the policy.
  /// - Returns: what was done in the measured time, and the observer with what it heard.
  /// - Throws: `InputError` where memory does not suffice; of the kind `fault` where the policy
  ///   decided what cannot be done, with the `PolicyFault`'s sentence.
  package static func run(
    _ experiment: Experiment, _ programs: ProgramSet, _ policy: any SharingPolicy, label: String,
    seed: UInt64, observer: any RunObserver
  ) throws(InputError) -> (totals: RunTotals, observer: any RunObserver) {
    let plan = MemoryPlan(experiment, policy)
    if let fault = plan.fault(policy: label) { throw InputError(fault) }
    let flow = try RequestFlow(experiment, seed: seed)
    do {
      switch policy.mechanism {
      case .dedicated:
        var run = DedicatedRun(experiment, programs, flow: flow, observer: observer)
        let totals = run.run()
        return (totals, run.observer)
      case .timeSlices(let slice, let cost, let byTenant):
        let slices = experiment.tenants.map {
          max(1, byTenant[$0.name] ?? slice ?? experiment.testbed.timeSlice)
        }
        var run = TimeSliceRun(
          experiment, programs, slicesNS: slices, switchNS: cost, flow: flow, observer: observer)
        let totals = run.run()
        return (totals, run.observer)
      case .streams, .mps:
        var run = SharedRun(experiment, programs, policy, flow: flow, observer: observer)
        let totals = try run.run()
        return (totals, run.observer)
      }
    } catch var fault as PolicyFault {
      fault.policy = label
      throw InputError(kind: .fault, Diagnostic(message: "\(fault)"))
    } catch {
      throw InputError(Diagnostic(message: "\(label): \(error)"))
    }
  }
}
