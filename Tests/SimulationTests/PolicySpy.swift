import Hardware
import RunSupport
import Scheduling

@testable import Simulation

/// Another policy, whose decisions are told to who looks on.
struct PolicySpy: SharingPolicy {
  static let descriptor = PolicyDescriptor(name: "spy", summary: "a test's", source: "this test")

  /// What it hears: the policy after its decision, what it saw, and what it said.
  typealias Look = @Sendable (any SharingPolicy, borrowing SchedulingView, [Decision]) -> Void

  private var inner: any SharingPolicy
  private let look: Look

  init(_ options: PolicyOptions) { fatalError("a spy needs a policy") }

  init(_ inner: any SharingPolicy, look: @escaping Look) {
    self.inner = inner
    self.look = look
  }

  var mechanism: SharingMechanism { inner.mechanism }
  var control: PolicyControl { inner.control }
  var largestBatch: Int { inner.largestBatch }
  var hasOneInstance: Bool { inner.hasOneInstance }
  func mechanism(for tenants: [TenantView]) -> SharingMechanism { inner.mechanism(for: tenants) }

  mutating func plan(_ view: PlanningView) -> PlanOutcome { inner.plan(view) }

  mutating func observe(_ event: PolicyEvent, _ view: borrowing SchedulingView) {
    inner.observe(event, view)
  }

  mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
    inner.decide(view, &decisions)
    look(inner, view, decisions.decisions)
  }
}

/// What a spy's looks add up to. A run is one thread's.
final class Seen<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}

/// Runs a policy that no catalogue knows.
func run(
  _ experiment: Experiment, _ policy: any SharingPolicy
) throws -> (totals: RunTotals, records: [RequestRecord]) {
  let programs = try ProgramSet(experiment, largestBatch: policy.largestBatch, smCaps: [])
  let (totals, observer) = try Simulation.run(
    experiment, programs, policy, label: "a test's", seed: 1, observer: RecordKeeper())
  return (totals, (observer as? RecordKeeper ?? RecordKeeper()).records)
}

extension PolicyOptions {
  init(_ values: KeyValuePairs<String, Value>) {
    self.init()
    for (name, value) in values { set(name, value) }
  }
}

/// One critical tenant among those of `mixedExperiment`, the others best-effort.
func mixedWithPriorities(seed: UInt64, testbed: Testbed) -> Experiment {
  var experiment = mixedExperiment(seed: seed, testbed: testbed)
  experiment.tenants[0].priority = 2
  for t in 2..<max(2, experiment.tenants.count) { experiment.tenants[t].priority = -1 }
  return experiment
}

func latencies(_ records: [RequestRecord], tenant: Int) -> [Int64] {
  records.filter { $0.tenant == tenant }.map { $0.completionNS - $0.arrivalNS }
}
