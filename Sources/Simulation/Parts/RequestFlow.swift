import EventEngine
import SimBasics
import Tables

/// What every way of running has among its events.
protocol RequestEvent {
  /// A request arrives; whose, the flow says (`RequestFlow.takeArrival`).
  static var arrival: Self { get }
  /// What arrives from now on is counted.
  static var warmupEnd: Self { get }
}

/// Requests from their arrival to their end: the tenants' queues, the replicas that are idle, and
/// what is counted. Shared by every way of running.
struct RequestFlow {
  /// First-in-first-out queue of arrival times.
  struct Queue {
    private var times: [Int64] = []
    private var head = 0

    var count: Int { times.count - head }
    var first: Int64? { head < times.count ? times[head] : nil }
    var waiting: ArraySlice<Int64> { times[head...] }

    mutating func push(_ time: Int64) { times.append(time) }

    /// Puts a time behind those that are not later; cheap where it is the last, as it mostly is.
    mutating func insert(_ time: Int64) {
      var at = times.count
      times.append(time)
      while at > head, times[at - 1] > time {
        times[at] = times[at - 1]
        at -= 1
      }
      times[at] = time
    }

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

  let durationNS: Int64
  /// By tenant: requests that wait.
  private(set) var queues: [Queue]
  /// By tenant: replicas without a request, the one idle longest first.
  var idle: [[Int]] = []
  private(set) var totals: RunTotals
  private let warmupNS: Int64
  private var sources: [ArrivalSource] = []
  /// By tenant: when its next request arrives, as far as is known; `Int64.max` where none is.
  private var due: [Int64]
  /// By tenant: when its open source's next request arrives; `Int64.max` where none does.
  private var openDue: [Int64]
  /// By tenant: when clients who have their answers will send their next requests, in order.
  private var answeredTimes: [Queue]
  /// When a request last arrived, was dropped or was done.
  private var lastInstant: Int64 = 0

  /// - Throws: `InputError` where an arrival process has impossible numbers.
  init(_ experiment: Experiment, seed: UInt64) throws(InputError) {
    warmupNS = experiment.warmupNS
    durationNS = experiment.durationNS ?? .max
    queues = Array(repeating: Queue(), count: experiment.tenants.count)
    totals = RunTotals(tenants: experiment.tenants.count)
    due = Array(repeating: .max, count: queues.count)
    openDue = due
    answeredTimes = queues
    var first = 0
    for tenant in experiment.tenants {
      sources.append(try ArrivalSource(tenant, seed: seed))
      idle.append(Array(first..<first + tenant.replicas))
      first += tenant.replicas
    }
  }

  /// When the run ends: at its duration, or with the last thing that happened to a request (timers
  /// that run out later change nothing), but not before the warm-up does.
  var end: Int64 { durationNS < .max ? durationNS : max(lastInstant, warmupNS) }

  /// The last instant a run may come to: its duration's end, or the longest of all runs.
  var lastAllowedInstant: Int64 { min(durationNS, ExperimentLimits.longestNS) }

  // MARK: - Arrivals

  /// Schedules the end of the warm-up, every tenant's first arrival and its clients' first requests.
  mutating func start(_ queue: inout EventQueue<some RequestEvent>) {
    if warmupNS > 0 {
      queue.schedule(.warmupEnd, at: SimTime(nanoseconds: warmupNS), phase: .completion)
    }
    for tenant in queues.indices {
      scheduleArrival(of: tenant, after: 0, &queue)
      for _ in 0..<sources[tenant].clients { addAnswered(of: tenant, at: 0, &queue) }
    }
  }

  /// The tenant whose request arrives now that an arrival's event has come.
  ///
  /// Requests of one instant arrive in the order of tenants, whatever made them and when: so a
  /// closed loop and its recorded arrivals are the same run.
  ///
  /// - Complexity: O(tenants), a comparison each.
  mutating func takeArrival(
    at now: Int64, _ queue: inout EventQueue<some RequestEvent>
  ) -> Int {
    guard let tenant = due.firstIndex(of: now) else {
      preconditionFailure("an arrival at \(now) ns is nobody's")
    }
    if answeredTimes[tenant].first == now {
      _ = answeredTimes[tenant].pop()
      noteDue(of: tenant)
    } else {
      scheduleArrival(of: tenant, after: now, &queue)
    }
    return tenant
  }

  /// Schedules the next arrival of an open source, if there is one.
  private mutating func scheduleArrival(
    of tenant: Int, after now: Int64, _ queue: inout EventQueue<some RequestEvent>
  ) {
    let next = sources[tenant].nextArrival(before: durationNS)
    openDue[tenant] = next.map { max($0, now) } ?? .max
    noteDue(of: tenant)
    guard openDue[tenant] < .max else { return }
    queue.schedule(.arrival, at: SimTime(nanoseconds: openDue[tenant]), phase: .arrival)
  }

  private mutating func noteDue(of tenant: Int) {
    due[tenant] = min(openDue[tenant], answeredTimes[tenant].first ?? .max)
  }

  private mutating func addAnswered(
    of tenant: Int, at time: Int64, _ queue: inout EventQueue<some RequestEvent>
  ) {
    answeredTimes[tenant].insert(time)
    noteDue(of: tenant)
    queue.schedule(.arrival, at: SimTime(nanoseconds: time), phase: .arrival)
  }

  /// The client who has its answer now, in a closed loop or a session, sends its next request.
  private mutating func scheduleNextRequest(
    of tenant: Int, afterAnswer now: Int64, to arrival: Int64,
    _ queue: inout EventQueue<some RequestEvent>
  ) {
    guard
      let time = sources[tenant].nextRequest(afterAnswer: now, to: arrival, before: durationNS)
    else { return }
    addAnswered(of: tenant, at: time, &queue)
  }

  mutating func arrive(_ tenant: Int, at now: Int64) {
    lastInstant = now
    queues[tenant].push(now)
    if now >= warmupNS { totals.arrived[tenant] += 1 }
  }

  // MARK: - Queues

  /// Takes the first waiting request; returns when it arrived.
  mutating func take(_ tenant: Int) -> Int64? { queues[tenant].pop() }

  /// Takes the replica that has been idle longest, if a request waits for one.
  mutating func nextIdle(of tenant: Int) -> Int? {
    queues[tenant].count > 0 && !idle[tenant].isEmpty ? idle[tenant].removeFirst() : nil
  }

  mutating func drop(
    _ tenant: Int, at now: Int64, _ observer: inout some RunObserver,
    _ queue: inout EventQueue<some RequestEvent>
  ) {
    guard let arrival = queues[tenant].pop() else { return }
    lastInstant = now
    if arrival >= warmupNS {
      totals.dropped[tenant] += 1
      observer.requestDropped(tenant: tenant, arrivalNS: arrival)
    }
    totals.mix(-1 - arrival)
    scheduleNextRequest(of: tenant, afterAnswer: now, to: arrival, &queue)
  }

  /// - Parameter explanation: where its time went, in runs that follow it.
  mutating func complete(
    _ record: RequestRecord, _ observer: inout some RunObserver,
    _ queue: inout EventQueue<some RequestEvent>, explanation: RequestExplanation? = nil
  ) {
    lastInstant = record.completionNS
    totals.finished[record.tenant] += 1
    totals.mix(record.completionNS)
    totals.mix(record.arrivalNS &* 64 &+ Int64(record.replica))
    if record.arrivalNS >= warmupNS {
      totals.completed[record.tenant] += 1
      observer.requestCompleted(record)
      if let explanation { observer.requestExplained(explanation) }
    }
    scheduleNextRequest(
      of: record.tenant, afterAnswer: record.completionNS, to: record.arrivalNS, &queue)
  }

  // MARK: - Counting

  /// Tells of the counted requests that wait when the run is over.
  func tellWaiting(_ observer: inout some RunObserver) {
    for (tenant, queue) in queues.enumerated() {
      for arrival in queue.waiting { tellUnfinished(tenant, arrival, nil, nil, &observer) }
    }
  }

  /// Tells of a request that is not done when the run is over, if it is counted.
  func tellUnfinished(
    _ tenant: Int, _ arrival: Int64, _ replica: Int?, _ firstLaunch: Int64?,
    _ observer: inout some RunObserver
  ) {
    guard arrival >= warmupNS else { return }
    observer.requestUnfinished(
      UnfinishedRequest(
        tenant: tenant, arrivalNS: arrival, replica: replica, firstLaunchNS: firstLaunch))
  }

  /// Launches of a batch have ended.
  ///
  /// - Parameter share: how many of the batch's places are taken, and how many there are.
  mutating func count(
    launches: Int, _ work: WorkSum, _ share: (requests: Int, batch: Int), tenant: Int
  ) {
    totals.launches[tenant] += launches
    totals.flop[tenant].add(work.flop, requests: share.requests, of: share.batch)
    totals.dramBytes[tenant] += work.dramBytes
  }

  mutating func withTotals(_ change: (inout RunTotals) -> Void) { change(&totals) }

  /// What was done in the measured time of a run that ends now.
  ///
  /// - Parameters:
  ///   - all: what was done since the start.
  ///   - warmup: the same at the end of the warm-up; nil where the run did not get there.
  func measured(
    _ all: RunTotals, since warmup: RunTotals?, until end: Int64, events: UInt64
  ) -> RunTotals {
    var totals = all
    if warmupNS > 0 { totals = all.since(warmup ?? all) }
    totals.endNS = end
    totals.spanNS = max(0, end - warmupNS)
    totals.events = events
    return totals
  }
}
