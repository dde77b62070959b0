import Scheduling
import Simulation
import Tables

/// One run that is asked one thing: whether enough of every tenant's requests are in time.
package struct AttainmentRun: Sendable {
  /// What came of it.
  package enum Outcome: Sendable {
    /// By tenant: requests in time, and requests.
    case counted(inTime: [Int], of: [Int])
    /// The policy cannot run so.
    case refused(InputError)
  }

  /// What came of it; of a run cut short, the most that could have come of it.
  package let outcome: Outcome
  /// Whether the run was ended where it was certain that too many requests are late.
  package let isCut: Bool
  /// The tenants' names.
  package let tenants: [String]
  private let share: Double

  /// The part of a run that is looked at before the whole: overload shows early.
  private static let firstPart: Int64 = 10

  /// Runs the experiment's one policy under its one seed.
  ///
  /// - Parameters:
  ///   - share: of every tenant's counted requests, those that must be in time: 0...1.
  ///   - mayCut: whether a first tenth of the run is enough where that has more late requests than
  ///     all of it may have. What happens in it does not depend on what comes later, so that the
  ///     answer is that of the whole run.
  package init(_ experiment: Experiment, share: Double, mayCut: Bool) {
    self.share = share
    tenants = experiment.tenants.map(\.name)
    do throws(InputError) {
      let programs = try Simulation.prepare(experiment)
      if mayCut, let late = try Self.certainlyLate(experiment, programs, share: share) {
        (outcome, isCut) = (late, true)
        return
      }
      let (totals, heard) = try Self.run(experiment, programs, until: nil)
      var inTime = heard
      if let bound = totals.bound { Self.hold(&inTime, to: bound, experiment) }
      (outcome, isCut) = (.counted(inTime: inTime, of: totals.arrived), false)
    } catch {
      (outcome, isCut) = (.refused(error), false)
    }
  }

  /// Whether every tenant has its share in time.
  package var isServed: Bool {
    guard case .counted = outcome else { return false }
    return shares.allSatisfy { $0 >= share }
  }

  /// By tenant: the share of its requests that were in time; at most that in a run cut short. 1
  /// without requests. Empty where the policy cannot run.
  package var shares: [Double] {
    guard case .counted(let inTime, let all) = outcome else { return [] }
    return zip(inTime, all).map { $1 == 0 ? 1 : Double($0) / Double($1) }
  }

  /// The tenant with the smallest share in time, and the share.
  package var worst: (tenant: String, share: Double)? {
    zip(tenants, shares).min { $0.1 < $1.1 }.map { (tenant: $0.0, share: $0.1) }
  }

  /// The reason why the policy cannot run; nil where it can.
  package var refusal: InputError? {
    if case .refused(let error) = outcome { return error }
    return nil
  }

  // MARK: Running

  private static func run(
    _ experiment: Experiment, _ programs: ProgramSet, until end: Int64?
  ) throws(InputError) -> (totals: RunTotals, inTime: [Int]) {
    var part = experiment
    if let end { part.durationNS = end }
    let (totals, observer) = try Simulation.run(
      part, programs, experiment.policies[0], seed: experiment.seeds[0],
      observer: InTimeCounter(experiment, until: end))
    guard let counter = observer as? InTimeCounter else {
      preconditionFailure("a run hands back the observer it was given")
    }
    return (totals, counter.inTime)
  }

  /// What the first part of the run leaves of the shares, where that is too little for some tenant;
  /// nil where the whole run is needed.
  ///
  /// Of requests whose time ran out in the part, those that are not done are late for good. Whatever
  /// comes later is taken to be in time.
  private static func certainlyLate(
    _ experiment: Experiment, _ programs: ProgramSet, share: Double
  ) throws(InputError) -> Outcome? {
    guard let whole = experiment.durationNS, experiment.policies[0].make().mechanism != .bound,
      !experiment.tenants.contains(where: \.waitsForAnswers)
    else { return nil }
    let end = experiment.warmupNS + (whole - experiment.warmupNS) / firstPart
    var all: [Int] = []
    var due: [Int] = []
    for tenant in experiment.tenants {
      guard case .trace(let times) = tenant.arrivals, let slo = tenant.sloNS else { return nil }
      let counted = times.drop { $0 < experiment.warmupNS }
      all.append(counted.count)
      due.append(counted.count { $0 < end - slo })
    }
    let allowed = all.map { Double($0) * (1 - share) }
    // Where not even a part without a single answer would settle it, it need not be run.
    guard zip(due, allowed).contains(where: { Double($0) > $1 }) else { return nil }
    let inTime = try run(experiment, programs, until: end).inTime
    let most = all.indices.map { all[$0] - (due[$0] - inTime[$0]) }
    let isCertain = zip(most, all).contains { $1 > 0 && Double($0) / Double($1) < share }
    return isCertain ? .counted(inTime: most, of: all) : nil
  }

  /// All tenants together are no more in time than a bound on all of them allows.
  private static func hold(
    _ inTime: inout [Int], to bound: RunTotals.Bound, _ experiment: Experiment
  ) {
    guard let longest = experiment.tenants.compactMap(\.sloNS).max() else { return }
    let most = bound.latenciesNS.prefix(bound.completed).count { $0 <= longest }
    var excess = inTime.reduce(0, +) - most
    // Whose they are is open: they are taken from those that have most.
    while excess > 0, let largest = inTime.indices.max(by: { inTime[$0] < inTime[$1] }),
      inTime[largest] > 0
    {
      inTime[largest] -= 1
      excess -= 1
    }
  }
}

/// Counts requests that were in time.
private struct InTimeCounter: RunObserver {
  private let sloNS: [Int64]
  /// By tenant: requests that arrived at this instant or later do not count.
  private let endNS: [Int64]
  private(set) var inTime: [Int]

  /// - Parameter end: when the run ends; requests whose time is not up by then do not count.
  init(_ experiment: Experiment, until end: Int64?) {
    sloNS = experiment.tenants.map { $0.sloNS ?? .max }
    endNS = sloNS.map { slo in end.map { $0 - slo } ?? .max }
    inTime = Array(repeating: 0, count: sloNS.count)
  }

  mutating func requestCompleted(_ record: RequestRecord) {
    guard record.arrivalNS < endNS[record.tenant],
      record.completionNS - record.arrivalNS <= sloNS[record.tenant]
    else { return }
    inTime[record.tenant] += 1
  }

  mutating func requestDropped(tenant: Int, arrivalNS: Int64) {}
}
