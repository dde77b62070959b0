/// A policy answered what cannot be applied: a fault of whoever wrote the policy. It ends that
/// policy's run alone.
public struct PolicyFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The policy, as reports call it.
  public var policy: String
  /// What it decided, to be read after "cannot".
  public var decision: String
  /// Why that cannot be applied.
  public var reason: String
  /// The simulated time in nanoseconds.
  public var timeNS: Int64

  /// One sentence: policy, decision, time and reason.
  public var description: String {
    "policy '\(policy)' cannot \(decision) at \(timeNS) ns: \(reason)"
  }
}
