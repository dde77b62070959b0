import Tables
import Workloads

/// Where a tenant's requests come from, one at a time.
struct ArrivalSource {
  /// How many clients of a closed loop send their first request at the start.
  let clients: Int
  private var times: [Int64] = []
  private var next = 0
  private var generator: ArrivalGenerator?
  /// From an answer to the client's next request; nil for open sources.
  private var thinkNS: Int64?

  /// - Throws: `InputError` where an arrival process has impossible numbers.
  init(_ tenant: TenantSpec, seed: UInt64) throws(InputError) {
    var clients = 0
    switch tenant.arrivals {
    case .trace(let times): self.times = times
    case .process(let process):
      generator = try ArrivalGenerator(process, seed: seed, stream: tenant.name)
    case .closedLoop(let perReplica, let think):
      thinkNS = think
      clients = perReplica * tenant.replicas
    }
    self.clients = clients
  }

  /// The next arrival of an open source; nil when there are no more before `end`, or for a closed
  /// loop.
  mutating func nextArrival(before end: Int64) -> Int64? {
    var time: Int64?
    if generator != nil {
      time = generator?.next()
    } else if next < times.count {
      time = times[next]
      next += 1
    }
    guard let time, time < end else { return nil }
    return time
  }

  /// When a client who has its answer sends its next request; nil for open sources.
  func nextClosedLoopRequest(after now: Int64, before end: Int64) -> Int64? {
    guard let thinkNS, now + thinkNS < end else { return nil }
    return now + thinkNS
  }
}
