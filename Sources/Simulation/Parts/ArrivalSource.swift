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
  /// From each answer to the next request, by session; empty where there are none.
  private var delays: [[Int64]] = []
  /// The requests of sessions that are on their way or not answered, by the instant of their arrival.
  ///
  /// Requests of one tenant and one instant are alike: which of their sessions an answer belongs to is
  /// settled by the order in which they were sent.
  private var unanswered: [Int64: [(session: Int, turn: Int)]] = [:]

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
    case .sessions(let sessions):
      times = sessions.map(\.startNS)
      delays = sessions.map(\.delaysNS)
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
    if !delays.isEmpty { unanswered[time, default: []].append((next - 1, 0)) }
    return time
  }

  /// When a client who has its answer, or whose request was dropped, sends its next request; nil for
  /// open sources, and after a session's last request.
  ///
  /// - Parameter arrival: when the request arrived.
  mutating func nextRequest(
    afterAnswer now: Int64, to arrival: Int64, before end: Int64
  ) -> Int64? {
    if let thinkNS { return now + thinkNS < end ? now + thinkNS : nil }
    if delays.isEmpty { return nil }
    guard var waiting = unanswered[arrival], !waiting.isEmpty else { return nil }
    let (session, turn) = waiting.removeFirst()
    unanswered[arrival] = waiting.isEmpty ? nil : waiting
    guard turn < delays[session].count else { return nil }
    let (time, overflows) = now.addingReportingOverflow(delays[session][turn])
    guard !overflows, time < end else { return nil }
    unanswered[time, default: []].append((session, turn + 1))
    return time
  }
}
