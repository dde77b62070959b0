import Metrics
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

  /// Runs the experiment's one policy under its one seed.
  ///
  /// - Parameters:
  ///   - share: of every tenant's counted requests, those that must be in time: 0...1.
  ///   - mayCut: whether the run may end with the request that makes one too many late: what comes
  ///     later does not change what was, so that the answer is that of the whole run.
  package init(_ experiment: Experiment, share: Double, mayCut: Bool) {
    self.share = share
    tenants = experiment.tenants.map(\.name)
    do throws(InputError) {
      let counts = mayCut ? Self.counts(experiment) : nil
      let programs = try Simulation.prepare(experiment)
      let (totals, observer) = try Simulation.run(
        experiment, programs, experiment.policies[0], seed: experiment.seeds[0],
        observer: TimelyRequests(
          experiment, mostLate: counts?.map { Self.mostLate(of: $0, share: share) }))
      guard let heard = observer as? TimelyRequests else {
        preconditionFailure("a run hands back the observer it was given")
      }
      if let counts, heard.hasHeardEnough {
        outcome = .counted(inTime: zip(counts, heard.late).map { $0 - $1 }, of: counts)
        isCut = true
        return
      }
      var inTime = heard.inTime
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
    return zip(inTime, all).map { Self.part($0, of: $1) }
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

  // MARK: Counting

  private static func part(_ inTime: Int, of all: Int) -> Double {
    all == 0 ? 1 : Double(inTime) / Double(all)
  }

  /// By tenant: the requests that will be counted; nil where they follow answers, or where nothing
  /// runs.
  private static func counts(_ experiment: Experiment) -> [Int]? {
    if experiment.policies[0].make().mechanism == .bound { return nil }
    var counts: [Int] = []
    for tenant in experiment.tenants {
      guard case .trace(let times) = tenant.arrivals else { return nil }
      counts.append(
        times.count { $0 >= experiment.warmupNS && $0 < experiment.durationNS ?? .max })
    }
    return counts
  }

  /// The most requests that may be late.
  private static func mostLate(of all: Int, share: Double) -> Int {
    // Doubles may round across: the very comparison decides that `isServed` makes.
    var late = min(all, Int(Double(all) * (1 - share)) + 1)
    while late > 0, part(all - late, of: all) < share { late -= 1 }
    return late
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

/// Counts requests that are in time, and those that are not.
private struct TimelyRequests: RunObserver {
  private let objectives: [RequestObjectives]
  /// By tenant; nil where all of the run is heard.
  private let mostLate: [Int]?
  private(set) var inTime: [Int]
  private(set) var late: [Int]
  private(set) var hasHeardEnough = false

  init(_ experiment: Experiment, mostLate: [Int]?) {
    objectives = experiment.tenants.map { RequestObjectives($0) }
    self.mostLate = mostLate
    inTime = Array(repeating: 0, count: objectives.count)
    late = inTime
  }

  mutating func requestCompleted(_ record: RequestRecord) {
    if objectives[record.tenant].areMet(by: record) {
      inTime[record.tenant] += 1
    } else {
      addLate(record.tenant)
    }
  }

  mutating func requestDropped(tenant: Int, arrivalNS: Int64) { addLate(tenant) }

  private mutating func addLate(_ tenant: Int) {
    late[tenant] += 1
    if let mostLate, late[tenant] > mostLate[tenant] { hasHeardEnough = true }
  }
}
