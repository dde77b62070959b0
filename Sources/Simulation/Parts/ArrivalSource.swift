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
  /// By session: its first request's record.
  private var firstRecords: [Int] = []
  /// Requests that have been sent where they are no records of a trace's.
  private var sent = 0

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
      var records = 0
      for session in delays {
        firstRecords.append(records)
        records += 1 + session.count
      }
    }
    self.clients = clients
  }

  /// The next arrival of an open source; nil when there are no more before `end`, or for a closed
  /// loop.
  mutating func nextArrival(before end: Int64) -> Arrival? {
    var time: Int64?
    if generator != nil {
      time = generator?.next()
    } else if next < times.count {
      time = times[next]
    }
    guard let time, time < end else { return nil }
    defer { next += 1 }
    return Arrival(timeNS: time, record: delays.isEmpty ? next : firstRecords[next])
  }

  /// The first request of a closed loop's client.
  mutating func firstRequest() -> Arrival {
    defer { sent += 1 }
    return Arrival(timeNS: 0, record: sent)
  }

  /// The next request of a client who has its answer, or whose request was dropped; nil for open
  /// sources, and after a session's last request.
  ///
  /// - Parameter record: the request that was answered.
  mutating func nextRequest(
    afterAnswer now: Int64, to record: Int, before end: Int64
  ) -> Arrival? {
    if let thinkNS {
      guard now + thinkNS < end else { return nil }
      defer { sent += 1 }
      return Arrival(timeNS: now + thinkNS, record: sent)
    }
    if delays.isEmpty { return nil }
    let session = self.session(of: record)
    let turn = record - firstRecords[session]
    guard turn < delays[session].count else { return nil }
    let (time, overflows) = now.addingReportingOverflow(delays[session][turn])
    guard !overflows, time < end else { return nil }
    return Arrival(timeNS: time, record: record + 1)
  }

  /// The last session whose first record is not after a record.
  private func session(of record: Int) -> Int {
    var (low, high) = (0, firstRecords.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if firstRecords[middle] <= record { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
