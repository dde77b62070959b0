import SimBasics
import Tables
import Workloads

/// Requests from their arrival to their end: the tenants' queues, what is counted, and closed
/// loops. Shared by every way of running.
struct RequestFlow {
  /// First-in-first-out queue of arrival times.
  struct Queue {
    private var times: [Int64] = []
    private var head = 0

    var count: Int { times.count - head }
    var first: Int64? { head < times.count ? times[head] : nil }

    mutating func push(_ time: Int64) { times.append(time) }

    mutating func pop() -> Int64? {
      guard head < times.count else { return nil }
      let time = times[head]
      head += 1
      if head == times.count {
        times.removeAll(keepingCapacity: true)
        head = 0
      } else if head > 4_096, head * 2 > times.count {
        times.removeFirst(head)
        head = 0
      }
      return time
    }
  }

  private enum Source {
    case trace([Int64], next: Int)
    case drawn(ArrivalGenerator)
    case closed(thinkNS: Int64)
  }

  let warmupNS: Int64
  let durationNS: Int64
  private(set) var queues: [Queue]
  private(set) var totals: RunTotals
  /// When a request last arrived, was dropped or was done.
  private var lastInstant: Int64 = 0
  private var sources: [Source]
  private let clients: [Int]

  /// - Throws: `InputError` where an arrival process has impossible numbers.
  init(_ experiment: Experiment, seed: UInt64) throws(InputError) {
    warmupNS = experiment.warmupNS
    durationNS = experiment.durationNS ?? .max
    queues = Array(repeating: Queue(), count: experiment.tenants.count)
    totals = RunTotals(tenants: experiment.tenants.count)
    var sources: [Source] = []
    var clients: [Int] = []
    for tenant in experiment.tenants {
      var count = 0
      switch tenant.arrivals {
      case .trace(let times): sources.append(.trace(times, next: 0))
      case .process(let process):
        sources.append(
          .drawn(try ArrivalGenerator(process, seed: seed, stream: tenant.name)))
      case .closedLoop(let perReplica, let think):
        sources.append(.closed(thinkNS: think))
        count = perReplica * tenant.replicas
      }
      clients.append(count)
    }
    self.sources = sources
    self.clients = clients
  }

  /// How many closed-loop clients of a tenant ask at the start.
  func initialClients(of tenant: Int) -> Int { clients[tenant] }

  /// The next arrival of an open source; nil when there are no more, or the tenant is a closed
  /// loop.
  mutating func nextArrival(of tenant: Int) -> Int64? {
    switch sources[tenant] {
    case .trace(let times, let next):
      guard next < times.count else { return nil }
      sources[tenant] = .trace([], next: 0)
      sources[tenant] = .trace(times, next: next + 1)
      return times[next] < durationNS ? times[next] : nil
    case .drawn(var generator):
      let time = generator.next()
      sources[tenant] = .drawn(generator)
      guard let time, time < durationNS else { return nil }
      return time
    case .closed: return nil
    }
  }

  /// When a closed-loop client asks again; nil for open sources.
  func nextClosedLoopRequest(of tenant: Int, after now: Int64) -> Int64? {
    guard case .closed(let think) = sources[tenant] else { return nil }
    let time = now + think
    return time < durationNS ? time : nil
  }

  /// When the run ends: at its duration, or with the last thing that happened to a request (timers
  /// that run out later change nothing), but not before the warm-up does.
  var end: Int64 { durationNS < .max ? durationNS : max(lastInstant, warmupNS) }

  mutating func arrive(_ tenant: Int, at now: Int64) {
    lastInstant = now
    queues[tenant].push(now)
    if now >= warmupNS { totals.arrived[tenant] += 1 }
  }

  mutating func take(_ tenant: Int) -> Int64? { queues[tenant].pop() }

  mutating func drop(_ tenant: Int, at now: Int64, _ observer: inout some RunObserver) {
    guard let arrival = queues[tenant].pop() else { return }
    lastInstant = now
    if arrival >= warmupNS {
      totals.dropped[tenant] += 1
      observer.requestDropped(tenant: tenant, arrivalNS: arrival)
    }
    totals.mix(-1 - arrival)
  }

  mutating func complete(_ record: RequestRecord, _ observer: inout some RunObserver) {
    lastInstant = record.completionNS
    totals.finished[record.tenant] += 1
    totals.mix(record.completionNS)
    totals.mix(record.arrivalNS &* 64 &+ Int64(record.replica))
    if record.arrivalNS >= warmupNS {
      totals.completed[record.tenant] += 1
      observer.requestCompleted(record)
    }
  }

  mutating func count(launches: Int, _ work: WorkSum, tenant: Int) {
    totals.launches[tenant] += launches
    totals.flop[tenant] += work.flop
    totals.dramBytes[tenant] += work.dramBytes
  }

  mutating func withTotals(_ change: (inout RunTotals) -> Void) { change(&totals) }
}
