import Scheduling

/// Rule: nothing runs. From the arrivals follow latencies that no policy on one GPU can beat: the k-th
/// smallest is at least what the critical path allows, and what is left where as many requests as come
/// after it are given up altogether and the rest share a GPU that wastes nothing of its SMs' time or of
/// its DRAM's bandwidth, each request in the batch that costs it least.
/// A bound, not a policy: it knows the arrivals beforehand, and each of its figures is worked out for
/// itself, so that no single run reaches them all. What is dropped or not done counts as infinitely
/// late: percentiles of a policy that loses requests are over fewer than its own.
/// Beside a task queue (`atos`), which has no launch gaps and an occupancy of its own, paths have neither.
/// Ignores: other tenants in the row of one (it might have the GPU before all others); occupancy.
/// This project's.
public struct OraclePolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "oracle",
    summary: "a bound that no policy on one GPU beats: work over SM time and DRAM, critical paths",
    source: "this project's: work conservation and critical paths over the known arrivals",
    options: [
      PolicyOption(
        "max_batch", .integer(1...4096), fallback: "32",
        help: "the largest batch it reckons with, beside those of the policies compared")
    ],
    rule: "the k-th smallest latency is no less than the shortest critical path, nor than what is "
      + "left if all requests after it are given up and the rest share SM time and DRAM bandwidth "
      + "without waste; objectives met likewise",
    ignores: "other tenants in the row of one; occupancy; it knows the arrivals beforehand")

  /// The largest batch it reckons with.
  public let largestBatch: Int

  /// Nothing runs, so nothing says what iterations would be.
  public var servesIterations: Bool { false }

  /// By their longest chains, operations and bytes.
  public var runsTaskGraphs: Bool { true }

  /// Creates the bound.
  public init(_ options: PolicyOptions) { largestBatch = options.integer("max_batch", 32) }

  /// Nothing runs.
  public var mechanism: SharingMechanism { .bound }
}
