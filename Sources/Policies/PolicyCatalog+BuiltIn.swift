import Scheduling

extension PolicyCatalog {
  /// The policies that ship, one line each.
  public static let builtIn = PolicyCatalog(
    [
      ExclusivePolicy.self,
      TimeOnlyPolicy.self,
      SpaceOnlyPolicy.self,
      BatchedPolicy.self,
      SpaceTimePolicy.self,
      TritonPolicy.self,
      ClipperPolicy.self,
      ClockworkPolicy.self,
      NexusPolicy.self,
      OrionPolicy.self,
      REEFPolicy.self,
      XSchedPolicy.self,
      TallyPolicy.self,
      PaellaPolicy.self,
      TGSPolicy.self,
      PREMAPolicy.self,
      GPreemptPolicy.self,
      MPSPartitionPolicy.self,
      MIGPolicy.self,
      GPUletsPolicy.self,
      DStackPolicy.self,
      RuntimeAwarePolicy.self,
      PDMultiplexPolicy.self,
      MuxServePolicy.self,
      LithOSPolicy.self,
      HummingbirdPolicy.self,
      ParvaGPUPolicy.self,
      BLESSPolicy.self,
      AtosPolicy.self,
      SGDRCPolicy.self,
    ],
    bounds: [OraclePolicy.self])
}
