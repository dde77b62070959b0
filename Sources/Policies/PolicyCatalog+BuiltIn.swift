import Scheduling

extension PolicyCatalog {
  /// The policies that ship, one line each.
  public static let builtIn = PolicyCatalog([
    ExclusivePolicy.self,
    TimeOnlyPolicy.self,
    SpaceOnlyPolicy.self,
    BatchedPolicy.self,
    SpaceTimePolicy.self,
    MPSPartitionPolicy.self,
    MIGPolicy.self,
    GPUletsPolicy.self,
    DStackPolicy.self,
    RuntimeAwarePolicy.self,
  ])
}
