/// A policy answered what cannot be applied: a fault of whoever wrote the policy. It ends that
/// policy's run alone.
package struct PolicyFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The policy, as reports call it.
  package var policy: String
  /// What it decided, to be read after "cannot".
  package var decision: String
  /// Why that cannot be applied.
  package var reason: String
  /// The simulated time in nanoseconds.
  package var timeNS: Int64

  /// One sentence: policy, decision, time and reason.
  package var description: String {
    "policy '\(policy)' cannot \(decision) at \(timeNS) ns: \(reason)"
  }
}
