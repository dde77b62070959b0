/// What `gpulets` makes of a GPU: parts, who runs in which, and in rounds of what length.
public struct GPUletPlan: Hashable, Sendable {
  /// A tenant in a part: the rate it is to serve there, in batches of what size.
  public struct Share: Hashable, Sendable {
    /// The tenant's index.
    public var tenant: Int
    /// Requests a second.
    public var rate: Double
    /// The batch of a round.
    public var batch: Int
  }

  /// A part of the SMs; its tenants run one batch each a round.
  public struct Part: Hashable, Sendable {
    /// Percent of the GPU.
    public var percent: Int
    /// Its tenants.
    public var shares: [Share]
    /// The length of a round in nanoseconds.
    public var dutyNS: Int64
  }

  /// The parts in use; percentages add up to at most 100.
  public var parts: [Part] = []
  /// By tenant: what the parts do not serve, in requests a second.
  public var uncovered: [Double] = []
  /// By tenant: what its batches are predicted to take longer beside the other part.
  public var factors: [Double] = []
}
