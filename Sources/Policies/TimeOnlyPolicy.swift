import Scheduling

/// Rule: every replica is a process; contexts take turns, a time slice each, and only one context's
/// kernels are on the GPU.
/// Tie-break: ring order. Ignores: deadlines. Reference: NVIDIA's default time slicing as Jain et
/// al. 2018 measure it.
public struct TimeOnlyPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "time-only",
    summary: "every replica is a process; contexts take turns on the whole GPU",
    source: "Jain et al. 2018, time multiplexing; slices as in Gilman and Walls 2021",
    options: [
      PolicyOption(
        "time_slice_us", .number(1...1e9), fallback: "testbed",
        help: "how long a context keeps the GPU while it has work"),
      PolicyOption(
        "switch_us", .number(0...1e9), fallback: "testbed",
        help: "cost of a switch, with or without running blocks"),
    ],
    ignores: "deadlines, and how much of the GPU a launch fills",
    isInDefaultSet: true)

  /// How contexts take turns.
  public let mechanism: SharingMechanism

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    func nanoseconds(_ name: String) -> Int64? {
      options.number(name).map { Int64(($0 * 1e3).rounded()) }
    }
    mechanism = .timeSlices(
      sliceNS: nanoseconds("time_slice_us"), switchNS: nanoseconds("switch_us"))
  }
}
