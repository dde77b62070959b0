import Hardware
import Metrics
import Reports
import Scheduling
import Simulation
import Synchronization
import Tables

/// Does the runs of a study, many side by side.
///
/// Runs of one description share its reading, those of one policy its programs and capacities; each
/// result is what the run alone would give.
package final class StudyRunner: Sendable {
  /// What runs of one description under one policy have in common.
  private struct PolicyKey: Hashable, Sendable {
    var description: Int
    var policy: Int
  }

  private let plan: StudyPlan
  private let pending: [Int]
  private let loaded: SharedResults<Int, LoadedExperiment>
  private let judged: SharedResults<PolicyKey, JudgedExperiment>
  private let capacities: SharedResults<PolicyKey, [Double]>
  private let failure = Mutex<InputError?>(nil)

  /// - Parameter rows: the rows of the plan's listing that are to be run, each with a run of its own.
  package init(_ plan: StudyPlan, rows: [Int]) {
    self.plan = plan
    var (descriptions, policies) = ([Int: Int](), [PolicyKey: Int]())
    for row in rows {
      let place = plan.places[row]
      descriptions[place.description, default: 0] += 1
      policies[PolicyKey(description: place.description, policy: place.policy), default: 0] += 1
    }
    // What shares most stands together, so that little is held at any time; the plan's order breaks
    // ties.
    pending = rows.sorted { a, b in
      let (x, y) = (plan.places[a], plan.places[b])
      return (x.description, x.policy, a) < (y.description, y.policy, b)
    }
    loaded = SharedResults(users: descriptions)
    judged = SharedResults(users: policies)
    capacities = SharedResults(users: policies)
  }

  /// Does the runs; each is handed over as it ends, on the thread that did it.
  ///
  /// - Parameter keep: keeps a record; where it answers false nothing more is run.
  /// - Throws: `InputError` where an input changed or can no longer be read, of kind `fault` where a
  ///   policy did what it may not; what was done before is kept.
  package func run(
    _ control: WorkControl, keep: @escaping @Sendable (RunRecord) -> Bool
  ) throws(InputError) {
    control.runsAhead(pending.count)
    let (rows, runner) = (pending, self)
    _ = ParallelRuns.map(
      count: rows.count, jobs: control.jobs,
      shouldStop: { _ in control.shouldStop() || runner.hasFailed }
    ) { index -> Bool? in
      if control.shouldStop() || runner.hasFailed { return nil }
      do throws(InputError) {
        let record = try runner.record(rows[index])
        if !keep(record) { runner.stop() }
      } catch {
        runner.failure.withLock { $0 = $0 ?? error }
      }
      control.runEnded()
      return true
    }
    if let error = failure.withLock({ $0 }), !error.diagnostics.isEmpty { throw error }
  }

  private var hasFailed: Bool { failure.withLock { $0 != nil } }

  /// Ends the work without an error of its own.
  private func stop() {
    failure.withLock { $0 = $0 ?? InputError(diagnostics: []) }
  }

  // MARK: One run

  private func record(_ row: Int) throws(InputError) -> RunRecord {
    let (place, listed) = (plan.places[row], plan.listing.rows[row])
    let policyKey = PolicyKey(description: place.description, policy: place.policy)
    defer {
      capacities.done(policyKey)
      judged.done(policyKey)
      loaded.done(place.description)
    }
    let made: (experiment: Experiment, summary: RunSummary, remarks: [String])
    do throws(InputError) {
      made = try outcome(place, seed: listed.seed, policyKey)
    } catch {
      // A policy that does what it may not, and an input that is gone, are no results.
      guard error.kind == .badData, !error.diagnostics.contains(where: { !$0.file.isEmpty }) else {
        throw error
      }
      return refused(listed, error)
    }
    let table = SummaryTable.table(
      experiment: made.experiment.name, gpu: made.experiment.gpu.name,
      testbed: made.experiment.testbed.name, [made.summary],
      hasServing: made.experiment.hasLanguageModels, hasWaits: plan.study.followsWaits)
    return RunRecord(
      run: listed.run, version: plan.listing.version, about: about(listed),
      digest: made.summary.digest, refusal: nil, remarks: made.remarks, summary: table)
  }

  private func refused(_ listed: StudyListing.Row, _ error: InputError) -> RunRecord {
    let table = SummaryTable.table(experiment: "", gpu: "", testbed: "", [])
    return RunRecord(
      run: listed.run, version: plan.listing.version, about: about(listed), digest: 0,
      refusal: error.diagnostics.map(\.message).joined(separator: "; "), remarks: [],
      summary: table)
  }

  /// The run's place in the study, for readers.
  private func about(_ row: StudyListing.Row) -> [(key: String, value: String)] {
    zip(plan.listing.columns, row.values).map { ("axis", "\($0) = \($1)") }
      + [("policy", row.policy), ("seed", "\(row.seed)")]
  }

  private func outcome(
    _ place: StudyPlan.Place, seed: UInt64, _ key: PolicyKey
  ) throws(InputError) -> (experiment: Experiment, summary: RunSummary, remarks: [String]) {
    let judged = try self.judged(key)
    let base = judged.loaded.experiment
    var experiment = base
    var programs = judged.programs
    let choice = base.policies[0]
    if let clock = plan.points.clock(plan.points.digits(place.point)) {
      let sweep = try LoadSweep(base, seed: seed)
      let load = clock.axis.kind == .load ? clock.value / 100 : clock.value
      experiment = try sweep.possibleExperiment(
        load: load, capacitiesRPS: capacities(clock.axis, key, choice), choice)
      // What a policy plans, it plans for the rates of this run.
      programs = try Simulation.prepare(experiment)
    }
    switch Comparison.one(
      experiment, programs, choice, seed, logsRequests: false, followsWaits: plan.study.followsWaits
    ) {
    case .finished(let summary, _, _):
      return (experiment, summary, judged.remarks.map(\.message))
    case .refused(let error):
      var error = error
      // A refusal is of the policy, wherever its experiment stands.
      for i in error.diagnostics.indices { error.diagnostics[i].file = "" }
      throw error
    }
  }

  /// The experiment of a description under one of its policies, read again where no other run has
  /// it.
  private func judged(_ key: PolicyKey) throws(InputError) -> JudgedExperiment {
    try Self.typed {
      try judged.value(key) {
        var own = try loaded.value(key.description) { try load(key.description) }
        own.experiment.policies = [own.experiment.policies[key.policy]]
        // Whether seeds tell anything is asked of the study.
        own.experiment.seeds = [1]
        own.hasSeeds = false
        return try JudgedExperiment(own)
      }
    }
  }

  private func load(_ description: Int) throws(InputError) -> LoadedExperiment {
    let digits = plan.points.digits(ofDescription: description)
    let loaded = try PlannedDescription.load(
      plan.study, plan.study.description(digits), plan.library, plan.policies)
    var files = InputHashes()
    for input in loaded.inputs where input.role != "experiment" {
      let hash = try files.hash(input.path)
      let isKnown = plan.listing.inputs.contains { $0.path == input.path && $0.sha256 == hash }
      if isKnown { continue }
      throw InputError(
        file: input.path, message: "the file has changed since the sweep began",
        hint: "start the sweep again: what is changed is run anew")
    }
    return loaded
  }

  /// What loads are measured in: the capacities of a policy, or requests per second themselves.
  private func capacities(
    _ axis: StudyAxis, _ key: PolicyKey, _ choice: PolicyChoice
  ) throws(InputError) -> [Double] {
    try Self.typed {
      try capacities.value(key) {
        let all = try loaded.value(key.description) { try load(key.description) }.experiment
        if axis.kind == .requestRate { return all.tenants.map { _ in 1 } }
        let reference = axis.capacityOf.flatMap { of in all.policies.first { $0.label == of } }
        return try LoadSweep.capacitiesRPS(all, reference ?? choice)
      }
    }
  }

  /// The typed errors of closures that rethrow.
  private static func typed<Value>(_ body: () throws -> Value) throws(InputError) -> Value {
    do { return try body() } catch let error as InputError { throw error } catch {
      preconditionFailure("only input errors are thrown here: \(error)")
    }
  }
}
