import Simulation
import Workloads

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
  /// Which of the tenant's requests it is, as in `RequestRecord`; nil where it was dropped.
  package var number: Int?
  /// The lengths of a language model's request; nil for others.
  package var lengths: RequestTokens?
  /// When the first token of a language model's request came; nil where it is not done.
  package var firstTokenNS: Int64?

  init(
    tenant: Int, arrivalNS: Int64, replica: Int? = nil, firstLaunchNS: Int64? = nil,
    completionNS: Int64? = nil, number: Int? = nil
  ) {
    self.tenant = tenant
    self.arrivalNS = arrivalNS
    self.replica = replica
    self.firstLaunchNS = firstLaunchNS
    self.completionNS = completionNS
    self.number = number
  }

  /// Whether it stands before another: in the order of arrival, as a trace must, also of those that
  /// arrive together, which as a trace would else be another run; then of tenants and of what began
  /// and ended sooner.
  func precedes(_ other: LoggedRequest) -> Bool {
    func key(_ time: Int64?) -> Int64 { time ?? .max }
    if arrivalNS != other.arrivalNS { return arrivalNS < other.arrivalNS }
    if tenant != other.tenant { return tenant < other.tenant }
    if number != other.number { return number ?? .max < other.number ?? .max }
    if firstLaunchNS != other.firstLaunchNS {
      return key(firstLaunchNS) < key(other.firstLaunchNS)
    }
    if completionNS != other.completionNS { return key(completionNS) < key(other.completionNS) }
    return replica ?? .max < other.replica ?? .max
  }
}
