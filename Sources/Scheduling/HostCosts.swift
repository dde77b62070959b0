/// What sending launches costs the host, in nanoseconds, and what running beside others costs them.
public struct HostCosts: Sendable {
  /// A thread's time for a launch.
  public var launchNS: Int64 = 0
  /// How long a launch holds the context's lock, which threads share.
  public var lockNS: Int64 = 0
  /// The scheduler's time for a super-kernel beside that of a launch.
  public var superKernelNS: Int64 = 0
  /// Its time for each problem in it.
  public var problemNS: Int64 = 0
  /// Its time for a combination that was not fused lately.
  public var coldNS: Int64 = 0
  /// What blocks take longer beside another launch, as a part of their time.
  public var coRunnerSlowdown: Double = 0

  /// Creates costs of nothing.
  public init() {}
}
