/// What fusing launches into super-kernels costs, times in nanoseconds.
public struct SuperKernelCosts: Sendable {
  /// Host time to launch one super-kernel beside that of a launch.
  public var fixed: Int64 = 0
  /// Host time each problem of a super-kernel adds.
  public var perProblem: Int64 = 0
  /// Host time a combination that is not in the cache adds.
  public var cold: Int64 = 0
  /// Factor on a super-kernel's block time (1: as fast as the launches it is made of).
  public var timeFactor: Double = 1
  /// The factor where the problems' sizes differ.
  public var variableSizeTimeFactor: Double = 1
}

/// The software stack's constants (`gpuloom.testbed/1`), times in nanoseconds.
public struct Testbed: Sendable {
  /// The catalogue name.
  public var name: String
  /// Host time a replica spends on one launch.
  public var launchCPU: Int64 = 0
  /// Time one launch holds its context's submission lock, after `launchCPU`.
  public var launchLock: Int64 = 0
  /// From a launch's end to the start of its successor in the stream.
  public var launchGap: Int64 = 0
  /// From a request's last kernel to its completion on the host.
  public var completionSync: Int64 = 0
  /// Host time a request costs before its first launch.
  public var requestCPU: Int64 = 0
  /// Memory of one process's context, in MiB.
  public var contextMiB: Double = 0
  /// Memory each replica needs beside its model's weights and workspace, in MiB.
  public var replicaMiB: Double = 0
  /// How long a context keeps the GPU while it has work.
  public var timeSlice: Int64 = 2_000_000
  /// Cost of switching away from a context with running blocks.
  public var switchBusy: Int64 = 0
  /// Cost of switching away from a context without ready work.
  public var switchIdle: Int64 = 0
  /// How long a context may be without ready work before it loses the GPU.
  public var idleYield: Int64 = 0
  /// Extra gap per kernel with n active MPS clients: `max(0, slope · n + offset)` for n ≥ 2.
  public var mpsDelaySlope: Double = 0
  /// See `mpsDelaySlope`; in nanoseconds, usually negative.
  public var mpsDelayOffset: Double = 0
  /// Hardware queues of one context, and of one MPS server.
  public var hardwareQueues: Int = 32
  /// Host-to-device and device-to-host copy bandwidth in 10^9 bytes/s; 0 is infinite.
  public var pcieGBPerS: Double = 0
  /// Time one copy takes at least.
  public var copyLatency: Int64 = 0
  /// What fusing costs.
  public var superKernel = SuperKernelCosts()
  /// Where each number comes from, by key.
  public var sources: [(key: String, source: String)] = []

  /// Creates a testbed whose every overhead is zero.
  public init(name: String) { self.name = name }
}
