/// What fusing launches into super-kernels costs, times in nanoseconds.
package struct SuperKernelCosts: Sendable {
  /// Host time to launch one super-kernel beside that of a launch.
  package var fixed: Int64 = 0
  /// Host time each problem of a super-kernel adds.
  package var perProblem: Int64 = 0
  /// Host time a combination that is not in the cache adds.
  package var cold: Int64 = 0
  /// What blocks of a super-kernel of products issue over those of the launches it is made of (1:
  /// it runs their kernel over a larger grid).
  package var timeFactor: Double = 1
  /// The same of convolutions; nil where they are fused as products are.
  package var convolutionTimeFactor: Double?
  /// The factor for products of different sizes.
  package var variableSizeTimeFactor: Double = 1

  /// The factor for problems of one size.
  package func timeFactor(isConvolution: Bool) -> Double {
    isConvolution ? convolutionTimeFactor ?? timeFactor : timeFactor
  }

  /// What different sizes cost over equal ones.
  package var unevenFactor: Double { variableSizeTimeFactor / timeFactor }
}

/// The software stack's constants (`gpuloom.testbed/1`), times in nanoseconds.
package struct Testbed: Sendable {
  /// The catalogue name.
  package var name: String
  /// Host time a replica spends on one launch.
  package var launchCPU: Int64 = 0
  /// Time one launch holds its context's submission lock, after `launchCPU`.
  package var launchLock: Int64 = 0
  /// From a launch's end to the start of its successor in the stream.
  package var launchGap: Int64 = 0
  /// From a request's last kernel to its completion on the host.
  package var completionSync: Int64 = 0
  /// Host time a request costs before its first launch.
  package var requestCPU: Int64 = 0
  /// Memory of one process's context, in MiB.
  package var contextMiB: Double = 0
  /// Memory each replica needs beside its model's weights and workspace, in MiB.
  package var replicaMiB: Double = 0
  /// How long a context keeps the GPU while it has work.
  package var timeSlice: Int64 = 2_000_000
  /// Cost of switching away from a context with running blocks.
  package var switchBusy: Int64 = 0
  /// Cost of switching away from a context without ready work.
  package var switchIdle: Int64 = 0
  /// How long a context may be without ready work before it loses the GPU.
  package var idleYield: Int64 = 0
  /// Extra gap per kernel with n active MPS clients: `max(0, slope · n + offset)` for n ≥ 2.
  package var mpsDelaySlope: Double = 0
  /// See `mpsDelaySlope`; in nanoseconds, usually negative.
  package var mpsDelayOffset: Double = 0
  /// What blocks take longer, as a part of their time, that are placed while another launch is
  /// resident: co-runners share the L2, the clocks and the way to the DRAM.
  package var coRunnerSlowdown: Double = 0
  /// Hardware queues of one context, and of one MPS server.
  package var hardwareQueues: Int = 32
  /// Host-to-device and device-to-host copy bandwidth in 10^9 bytes/s; 0 is infinite.
  package var pcieGBPerS: Double = 0
  /// Time one copy takes at least.
  package var copyLatency: Int64 = 0
  /// What fusing costs.
  package var superKernel = SuperKernelCosts()
  /// Where each number comes from, by key.
  package var sources: [(key: String, source: String)] = []

  /// Creates a testbed whose every overhead is zero.
  package init(name: String) { self.name = name }
}
