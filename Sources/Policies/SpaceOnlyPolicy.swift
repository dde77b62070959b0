import Scheduling

/// Rule: launches of all replicas meet in the leftover block scheduler, from streams of one process
/// or from processes under MPS; nothing decides but the order of arrival.
/// Tie-break: submission order. Ignores: deadlines, and what a launch does to its neighbours.
/// Reference: Jain et al. 2018, space multiplexing; MPS documentation for caps.
public struct SpaceOnlyPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "space-only",
    summary: "launches of all replicas are on the GPU together, in order of arrival",
    source: "Jain et al. 2018, space multiplexing; NVIDIA MPS documentation",
    options: [
      PolicyOption(
        "mechanism", .choice(["mps", "streams"]), fallback: "mps",
        help: "processes under MPS, or streams of one process"),
      PolicyOption(
        "hardware_queues", .integer(1...128), fallback: "testbed",
        help: "queues that streams share (CUDA_DEVICE_MAX_CONNECTIONS); under mps that all clients "
          + "share, where given"),
      PolicyOption(
        "active_thread_percentage", .numberByTenant(1...100), fallback: "100",
        help: "caps a client's SMs, rounded down to whole TPCs; reserves nothing; mps only"),
    ],
    rule: "nothing decides but the order of submission",
    ignores: "deadlines, and what a launch does to its neighbours",
    isInDefaultSet: true)

  /// Streams or MPS.
  public let mechanism: SharingMechanism

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    let queues = options.number("hardware_queues").map { Int($0) }
    if options.word("mechanism", "mps") == "streams" {
      mechanism = .streams(hardwareQueues: queues)
    } else {
      mechanism = .mps(
        activeThreadPercentages: options.numbersByTenant("active_thread_percentage"),
        hardwareQueues: queues)
    }
  }
}
