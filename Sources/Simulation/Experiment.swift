import Hardware
import Scheduling
import SimBasics
import Workloads

/// What is run: tenants on a GPU under policies, as an experiment file or flags describe it.
public struct Experiment: Sendable {
  /// The name.
  public var name: String
  /// The GPU.
  public var gpu: GPUSpec
  /// The software stack.
  public var testbed: Testbed
  /// The tenants.
  public var tenants: [TenantSpec]
  /// The policies, in the order of the report.
  public var policies: [PolicyChoice]
  /// Cuts the run, in nanoseconds; nil runs traces to their last arrival and then drains.
  public var durationNS: Int64?
  /// Requests that arrive before are run and not counted.
  public var warmupNS: Int64
  /// The seeds, one run each.
  public var seeds: [UInt64]

  /// Creates an experiment.
  public init(
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

/// One model with its own weights, its replicas and its arrivals.
public struct TenantSpec: Sendable {
  /// The name.
  public var name: String
  /// The model as the experiment names it.
  public var model: String
  /// Its launches.
  public var table: KernelTable
  /// Equal instances of the model.
  public var replicas: Int
  /// The latency objective in nanoseconds; nil where there is none.
  public var sloNS: Int64?
  /// Higher is more urgent.
  public var priority: Int
  /// Its requests.
  public var arrivals: ArrivalSpec

  /// Creates a tenant.
  public init(
    name: String, model: String, table: KernelTable, replicas: Int, sloNS: Int64?, priority: Int,
    arrivals: ArrivalSpec
  ) {
    self.name = name
    self.model = model
    self.table = table
    self.replicas = replicas
    self.sloNS = sloNS
    self.priority = priority
    self.arrivals = arrivals
  }
}

/// Where a tenant's requests come from.
public enum ArrivalSpec: Sendable {
  /// Recorded instants in nanoseconds, non-decreasing.
  case trace([Int64])
  /// Drawn from the seed and the tenant's name.
  case process(ArrivalProcess)
  /// Clients per replica that wait for their answer, think, and ask again.
  case closedLoop(clients: Int, thinkNS: Int64)
}

/// A policy with its options.
public struct PolicyChoice: Sendable {
  /// The policy.
  public var policy: any SharingPolicy.Type
  /// What reports call it: the name, and the options that were given.
  public var label: String
  /// The options.
  public var options: PolicyOptions

  /// The policy's name.
  public var name: String { policy.descriptor.name }

  /// Creates a choice.
  public init(
    _ policy: any SharingPolicy.Type, label: String? = nil,
    options: PolicyOptions = PolicyOptions()
  ) {
    self.policy = policy
    self.label = label ?? policy.descriptor.name
    self.options = options
  }

  /// The policy itself, as it is before a run.
  public func make() -> any SharingPolicy { policy.init(options) }
}
