import Simulation

/// A counted request of a run, whatever became of it. Times are nanoseconds of the run.
package struct LoggedRequest: Sendable {
  /// The tenant's index in the experiment.
  package var tenant: Int
  /// When it arrived.
  package var arrivalNS: Int64
  /// The replica that had it; nil where none did.
  package var replica: Int?
  /// When its first launch went to the GPU; nil where none did.
  package var firstLaunchNS: Int64?
  /// When it was done; nil where it was dropped, or in flight when the run was over.
  package var completionNS: Int64?
  /// Lengths of a language model's request that is done, and when its tokens came.
  package var tokens: TokenRecord?

  init(
    tenant: Int, arrivalNS: Int64, replica: Int? = nil, firstLaunchNS: Int64? = nil,
    completionNS: Int64? = nil, tokens: TokenRecord? = nil
  ) {
    self.tenant = tenant
    self.arrivalNS = arrivalNS
    self.replica = replica
    self.firstLaunchNS = firstLaunchNS
    self.completionNS = completionNS
    self.tokens = tokens
  }

  /// Whether it stands before another: in the order of arrival, as a trace must, then of tenants and
  /// of what began and ended sooner.
  func precedes(_ other: LoggedRequest) -> Bool {
    func key(_ time: Int64?) -> Int64 { time ?? .max }
    if arrivalNS != other.arrivalNS { return arrivalNS < other.arrivalNS }
    if tenant != other.tenant { return tenant < other.tenant }
    if firstLaunchNS != other.firstLaunchNS {
      return key(firstLaunchNS) < key(other.firstLaunchNS)
    }
    if completionNS != other.completionNS { return key(completionNS) < key(other.completionNS) }
    return replica ?? .max < other.replica ?? .max
  }
}
