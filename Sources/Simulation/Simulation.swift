import EventEngine
import Hardware
import Scheduling
import SimBasics
import Tables

/// Runs an experiment under one policy and one seed.
package enum Simulation {
  /// Makes the programs that runs of the experiment share.
  ///
  /// Only what a policy that fits the GPU's memory needs is made: one that does not is refused by
  /// `run` without it.
  ///
  /// - Precondition: the policies' labels differ, for `run` finds what was planned by them.
  /// - Throws: `InputError` naming each kernel that cannot run on the GPU, and what is beyond
  ///   `ExperimentLimits`.
  package static func prepare(_ experiment: Experiment) throws(InputError) -> ProgramSet {
    try refuse(ExperimentLimits.faults(experiment))
    let choices = experiment.policies.map { (label: $0.label, policy: $0.make()) }
    precondition(Set(choices.map(\.label)).count == choices.count, "two policies with one label")
    let fitting = choices.filter {
      refusal(of: $0.policy, label: "", experiment, isPlanned: false) == nil
    }
    if fitting.isEmpty, !choices.isEmpty { return ProgramSet.none(experiment) }
    let largest = fitting.map(\.policy.largestBatch).max() ?? 1
    var programs = try ProgramSet(
      experiment, largestBatch: largest, smCaps: smCaps(fitting.map(\.policy), experiment.gpu))
    try refuse(ExperimentLimits.faults(experiment, soloNS: programs.soloLatencyNS))
    var plans: [String: PlannedPolicy] = [:]
    for (label, policy) in fitting {
      plans[label] = Planner.plan(
        policy, label: label, experiment, programs, makespan: makespan(of:_:_:))
    }
    let planned = fitting.compactMap { plans[$0.label]?.policy }
    let placed = planned.flatMap { Planner.placed(for: $0, experiment) }
    if !placed.isEmpty {
      programs = try ProgramSet(
        experiment, largestBatch: largest, smCaps: smCaps(planned, experiment.gpu),
        placed: placed)
    }
    programs.plans = plans
    return programs
  }

  /// The caps of MPS clients that are less than the GPU.
  private static func smCaps(_ policies: [any SharingPolicy], _ gpu: GPUSpec) -> [Int] {
    var caps: Set<Int> = []
    for policy in policies {
      guard case .mps(let percentages, _) = policy.mechanism else { continue }
      for percentage in percentages.values.sorted() {
        let cap = PartitionRule.smCap(percentage: percentage, gpu: gpu)
        if cap < gpu.smCount { caps.insert(cap) }
      }
    }
    return caps.sorted()
  }

  /// Why a policy cannot run the experiment: memory, or tenants it has no way with.
  private static func refusal(
    of policy: any SharingPolicy, label: String, _ experiment: Experiment, isPlanned: Bool
  ) -> Diagnostic? {
    if !policy.servesIterations,
      let tenant = experiment.tenants.first(where: { $0.language != nil })
    {
      return Diagnostic(
        message: "'\(label)' goes by what requests take alone; those of the language model of "
          + "'\(Excerpt.word(tenant.name))' take what their iterations do",
        hint: "policies that share launches, contexts or slices run it, and 'batched'")
    }
    if let tenant = experiment.tenants.first(where: { $0.graph != nil }) {
      if !policy.runsTaskGraphs {
        return Diagnostic(
          message: "'\(label)' cannot run the task graph of '\(Excerpt.word(tenant.name))': it "
            + "shares launches, contexts or slices, and hands out no tasks",
          hint: "'atos' runs task graphs, 'oracle' bounds them")
      }
      if case .taskQueue(let queue) = policy.mechanism,
        let fault = WorkerGrid.objection(to: queue, on: experiment.gpu)
      {
        return Diagnostic(
          message: "'\(label)' \(fault)", hint: "fewer 'worker_threads' or 'worker_registers'")
      }
    }
    if policy.splitsPhases,
      let tenant = experiment.tenants.first(where: {
        $0.language.map { $0.settings.scheduler != .continuous } ?? false
      })
    {
      return Diagnostic(
        message: "'\(label)' runs prefills and decodes side by side: the scheduler "
          + "'\(tenant.language?.settings.scheduler.rawValue ?? "")' of "
          + "'\(Excerpt.word(tenant.name))' has no effect under it",
        hint: "leave 'scheduler' out, or name 'continuous'")
    }
    return MemoryPlan(experiment, policy, isPlanned: isPlanned).fault(policy: label)
  }

  private static func refuse(_ faults: [ExperimentLimits.Fault]) throws(InputError) {
    if faults.isEmpty { return }
    throw InputError(
      diagnostics: faults.map { Diagnostic(message: $0.message, hint: $0.hint) })
  }

  /// Runs the experiment under one of its policies.
  ///
  /// The result depends on the experiment, the policy and the seed alone.
  ///
  /// - Returns: what was done in the measured time, and the observer with what it heard.
  /// - Throws: as the function below.
  package static func run(
    _ experiment: Experiment, _ programs: ProgramSet, _ choice: PolicyChoice, seed: UInt64,
    observer: any RunObserver, following: RunFollowing = RunFollowing()
  ) throws(InputError) -> (totals: RunTotals, observer: any RunObserver) {
    if let planned = programs.plans[choice.label] {
      return try run(
        experiment, programs, planned, label: choice.label, seed: seed, observer: observer,
        following)
    }
    return try run(
      experiment, programs, choice.make(), label: choice.label, seed: seed, observer: observer,
      following: following)
  }

  /// Runs the experiment under a policy that no catalogue need know.
  ///
  /// - Parameter label: what errors call the policy.
  /// - Returns: what was done in the measured time, and the observer with what it heard.
  /// - Throws: `InputError` where memory does not suffice; of the kind `fault` where the policy
  ///   decided what cannot be done, with the `PolicyFault`'s sentence.
  package static func run(
    _ experiment: Experiment, _ programs: ProgramSet, _ policy: any SharingPolicy, label: String,
    seed: UInt64, observer: any RunObserver, following: RunFollowing = RunFollowing()
  ) throws(InputError) -> (totals: RunTotals, observer: any RunObserver) {
    // Before it plans: without memory there are no programs to plan with.
    if let fault = refusal(of: policy, label: label, experiment, isPlanned: false) {
      throw InputError(fault)
    }
    let planned = Planner.plan(
      policy, label: label, experiment, programs, makespan: makespan(of:_:_:))
    return try run(
      experiment, programs, planned, label: label, seed: seed, observer: observer, following)
  }

  private static func run(
    _ experiment: Experiment, _ programs: ProgramSet, _ planned: PlannedPolicy, label: String,
    seed: UInt64, observer: any RunObserver, _ following: RunFollowing
  ) throws(InputError) -> (totals: RunTotals, observer: any RunObserver) {
    if let refusal = planned.refusal { throw InputError(refusal) }
    let policy = planned.policy
    if let fault = refusal(of: policy, label: label, experiment, isPlanned: true) {
      throw InputError(fault)
    }
    let mechanism = policy.mechanism(for: experiment.tenants.map(\.view))
    let order = TenantOrder(experiment, soloNS: programs.soloLatencyNS, mechanism)
    if order.isIdentity {
      return try runInOrder(
        experiment, programs, policy, label: label, seed: seed, observer: observer, following)
    }
    var following = following
    following.tenants = order.places
    following.series?.places = order.places
    following.replicas = order.replicas(of: experiment)
    let (totals, heard) = try runInOrder(
      order.ordered(experiment), programs.ordered(by: order.places), policy, label: label,
      seed: seed,
      observer: ExperimentNumbers(
        observer: observer, tenants: order.places, replicas: order.replicas(of: experiment)),
      following)
    guard let numbers = heard as? ExperimentNumbers else {
      preconditionFailure("a run hands back the observer it was given")
    }
    return (totals.placed(at: order.places), numbers.observer)
  }

  /// When the last request of an experiment ends whose tenants are in the order of the run.
  private static func makespan(
    of policy: any SharingPolicy, _ experiment: Experiment, _ programs: ProgramSet
  ) -> Int64? {
    let run = try? runInOrder(
      experiment, programs, policy, label: "", seed: 1, observer: NoObserver(), RunFollowing())
    return run?.totals.endNS
  }

  /// Runs an experiment whose tenants are in the order of the run.
  private static func runInOrder(
    _ experiment: Experiment, _ programs: ProgramSet, _ policy: any SharingPolicy, label: String,
    seed: UInt64, observer: any RunObserver, _ following: RunFollowing
  ) throws(InputError) -> (totals: RunTotals, observer: any RunObserver) {
    if following.isOn, experiment.tenants.contains(where: { $0.graph != nil }) {
      throw InputError(
        Diagnostic(message: "where the time of requests goes is not followed for task graphs"))
    }
    var flow = try RequestFlow(experiment, seed: seed)
    let mechanism = policy.mechanism(for: experiment.tenants.map(\.view))
    let servers = try LanguageServers(
      experiment, mechanism, programs, &flow, splitsPhases: policy.splitsPhases,
      sharing: policy.poolSharing)
    do {
      switch mechanism {
      case .dedicated:
        var run = DedicatedRun(
          experiment, programs, flow: flow, servers: servers, observer: observer,
          following: following)
        let totals = try run.run()
        return (totals, run.observer)
      case .timeSlices(let slice, let cost, let byTenant):
        let slices = experiment.tenants.map {
          max(1, byTenant[$0.name] ?? slice ?? experiment.testbed.timeSlice)
        }
        var run = TimeSliceRun(
          experiment, programs, slicesNS: slices, switchNS: cost, flow: flow, servers: servers,
          observer: observer, following: following)
        let totals = try run.run()
        return (totals, run.observer)
      case .bound:
        var run = BoundRun(experiment, programs, seed: seed, observer: observer)
        let totals = try run.run()
        return (totals, run.observer)
      case .taskQueue(let queue) where experiment.tenants.contains { $0.graph != nil }:
        var run = TaskRun(
          experiment, programs, queue, flow: flow, observer: observer, following: following)
        let totals = try run.run()
        return (totals, run.observer)
      case .taskQueue(let queue):
        var run = SharedRun(
          experiment.queued(queue), programs.queued(queue, experiment.testbed, on: experiment.gpu),
          policy, flow: flow, servers: servers, observer: observer, following: following)
        let totals = try run.run()
        return (totals, run.observer)
      case .streams, .mps, .partitions:
        var run = SharedRun(
          experiment, programs, policy, flow: flow, servers: servers, observer: observer,
          following: following)
        let totals = try run.run()
        return (totals, run.observer)
      }
    } catch var fault as PolicyFault {
      fault.policy = label
      throw InputError(kind: .fault, Diagnostic(message: "\(fault)"))
    } catch let error as InputError {
      throw error
    } catch {
      throw InputError(Diagnostic(message: "\(label): \(error)"))
    }
  }
}

extension TenantSpec {
  /// What a policy knows of a tenant before it runs.
  package var view: TenantView {
    var view = TenantView(
      name: name, priority: priority, sloNS: sloNS ?? .max / 4, replicas: 0..<replicas,
      programs: [])
    view.isLanguageModel = language != nil
    view.isTaskGraph = graph != nil
    view.tokenGapNS = language?.tpotNS
    return view
  }
}

private struct NoObserver: RunObserver {
  mutating func requestCompleted(_ record: RequestRecord) {}
  mutating func requestDropped(tenant: Int, arrivalNS: Int64) {}
}
