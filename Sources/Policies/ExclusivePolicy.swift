import Scheduling

/// Rule: every replica has a GPU of its own and runs one request at a time, first come first
/// served.
/// Tie-break: the replica that has been idle longest. Ignores: cost; it is the reference for
/// slowdown, not a way to share. Reference: the baseline of every paper.
public struct ExclusivePolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "exclusive",
    summary: "every replica has a GPU of its own: the reference for slowdown, not a way to share",
    source: "the baseline of every paper",
    rule: "first come, first served, on the replica that has been idle longest",
    ignores: "cost: as many GPUs as replicas",
    isInDefaultSet: true)

  /// Creates the policy; it has no options.
  public init(_ options: PolicyOptions) {}

  /// A GPU each.
  public var mechanism: SharingMechanism { .dedicated }
}
