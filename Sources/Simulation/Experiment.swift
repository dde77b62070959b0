import Hardware
import LanguageModels
import Scheduling
import SimBasics
import Workloads

/// What is run: tenants on a GPU under policies, as an experiment file or flags describe it.
package struct Experiment: Sendable {
  /// The name.
  package var name: String
  /// The GPU.
  package var gpu: GPUSpec
  /// The software stack.
  package var testbed: Testbed
  /// The tenants.
  package var tenants: [TenantSpec]
  /// The policies, in the order of the report.
  package var policies: [PolicyChoice]
  /// Cuts the run, in nanoseconds; nil runs traces to their last arrival and then drains.
  package var durationNS: Int64?
  /// Requests that arrive before are run and not counted.
  package var warmupNS: Int64
  /// The seeds, one run each.
  package var seeds: [UInt64]

  /// Creates an experiment.
  package init(
    name: String, gpu: GPUSpec, testbed: Testbed, tenants: [TenantSpec],
    policies: [PolicyChoice], durationNS: Int64?, warmupNS: Int64, seeds: [UInt64]
  ) {
    self.name = name
    self.gpu = gpu
    self.testbed = testbed
    self.tenants = tenants
    self.policies = policies
    self.durationNS = durationNS
    self.warmupNS = warmupNS
    self.seeds = seeds
  }
}

extension Experiment {
  /// Whether a tenant is a language model.
  package var hasLanguageModels: Bool { tenants.contains { $0.language != nil } }
}

/// One model with its own weights, its replicas and its arrivals.
package struct TenantSpec: Sendable {
  /// The name.
  package var name: String
  /// The model as the experiment names it.
  package var model: String
  /// Its launches.
  package var table: KernelTable
  /// Equal instances of the model.
  package var replicas: Int
  /// The latency objective in nanoseconds; nil where there is none.
  package var sloNS: Int64?
  /// Higher is more urgent.
  package var priority: Int
  /// Its requests.
  package var arrivals: ArrivalSpec
  /// How long they are, for a language model; nil where nothing is known.
  package var tokens: TokenSource?
  /// What a language model's tenant has beside others; nil for others.
  package var language: LanguageTenant?
  /// What a request runs where that is a task graph; nil where it is the table's launches.
  package var graph: TaskGraph?

  /// Creates a tenant.
  package init(
    name: String, model: String, table: KernelTable, replicas: Int, sloNS: Int64?, priority: Int,
    arrivals: ArrivalSpec, tokens: TokenSource? = nil
  ) {
    self.name = name
    self.model = model
    self.table = table
    self.replicas = replicas
    self.sloNS = sloNS
    self.priority = priority
    self.arrivals = arrivals
    self.tokens = tokens
  }
}

extension TenantSpec {
  /// Whether an objective is named: of latency, or of a language model's tokens.
  package var hasObjective: Bool {
    sloNS != nil || language?.ttftNS != nil || language?.tpotNS != nil
  }

  /// Whether a next request waits for an answer, so that arrivals follow from the policy.
  package var waitsForAnswers: Bool {
    switch arrivals {
    case .closedLoop: true
    case .sessions(let sessions): sessions.contains { !$0.delaysNS.isEmpty }
    case .trace, .process: false
    }
  }
}

/// Where a tenant's requests come from.
package enum ArrivalSpec: Sendable {
  /// Recorded instants in nanoseconds, non-decreasing.
  case trace([Int64])
  /// Drawn from the seed and the tenant's name.
  case process(ArrivalProcess)
  /// Clients per replica that wait for their answer, think, and ask again.
  case closedLoop(clients: Int, thinkNS: Int64)
  /// Recorded sessions, in the order of their starts: each request but the first follows the answer
  /// to the one before.
  case sessions([SessionSpec])
}

/// A session: when its first request arrives, and from each answer to the next request.
package struct SessionSpec: Equatable, Sendable {
  /// Nanoseconds from the run's start.
  package var startNS: Int64
  /// Nanoseconds from an answer, or from the loss of a request that is dropped, to the next request.
  package var delaysNS: [Int64]

  /// Creates a session.
  package init(startNS: Int64, delaysNS: [Int64]) {
    self.startNS = startNS
    self.delaysNS = delaysNS
  }
}

extension [SessionSpec] {
  /// Requests of all sessions: the first of each, and one for each delay.
  package var requestCount: Int { reduce(0) { $0 + 1 + $1.delaysNS.count } }
}

/// A policy with its options.
package struct PolicyChoice: Sendable {
  /// The policy.
  package var policy: any SharingPolicy.Type
  /// What reports call it: the name, and the options that were given.
  package var label: String
  /// The options.
  package var options: PolicyOptions

  /// The policy's name.
  package var name: String { policy.descriptor.name }

  /// Creates a choice.
  package init(
    _ policy: any SharingPolicy.Type, label: String? = nil,
    options: PolicyOptions = PolicyOptions()
  ) {
    self.policy = policy
    self.label = label ?? policy.descriptor.name
    self.options = options
  }

  /// The policy itself, as it is before a run.
  package func make() -> any SharingPolicy { policy.init(options) }
}
