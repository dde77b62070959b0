import Simulation
import Workloads

/// The requests of a tenant or of a copy of it: when they arrive, and how long they are.
struct CopiedRequests {
  var arrivals: ArrivalSpec
  /// Lengths by record; nil where requests have none.
  var tokens: TokenSource?

  init(arrivals: ArrivalSpec, tokens: TokenSource? = nil) {
    (self.arrivals, self.tokens) = (arrivals, tokens)
  }

  /// Those of several copies whose times are recorded, as one tenant's: by time, then by copy.
  init(merging copies: [CopiedRequests]) {
    var requests: [(time: Int64, record: Int)] = []
    var lengths: TokenLengths?
    for copy in copies {
      guard case .trace(let own) = copy.arrivals else { continue }
      requests += own.enumerated().map { ($0.element, requests.count + $0.offset) }
      guard let recorded = copy.tokens?.recorded else { continue }
      lengths = lengths.map { $0 + recorded } ?? recorded
    }
    requests.sort { ($0.time, $0.record) < ($1.time, $1.record) }
    lengths?.keep(requests.map(\.record))
    self.init(
      arrivals: .trace(requests.map(\.time)), tokens: lengths.map { TokenSource(recorded: $0) })
  }

  /// Lets a tenant have them.
  func give(to tenant: inout TenantSpec) {
    tenant.arrivals = arrivals
    tenant.tokens = tokens
  }
}
