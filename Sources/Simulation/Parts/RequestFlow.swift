import EventEngine
import SimBasics
import Tables
import Workloads

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
  /// First-in-first-out queue of requests.
  struct Queue {
    private var requests: [Arrival] = []
    private var head = 0

    var count: Int { requests.count - head }
    var first: Arrival? { head < requests.count ? requests[head] : nil }
    var waiting: ArraySlice<Arrival> { requests[head...] }

    mutating func push(_ request: Arrival) { requests.append(request) }

    /// Puts a request behind those that are not later; cheap where it is the last, as it mostly is.
    mutating func insert(_ request: Arrival) {
      var at = requests.count
      requests.append(request)
      while at > head, requests[at - 1].timeNS > request.timeNS {
        requests[at] = requests[at - 1]
        at -= 1
      }
      requests[at] = request
    }

    mutating func pop() -> Arrival? {
      guard head < requests.count else { return nil }
      let request = requests[head]
      head += 1
      if head == requests.count {
        requests.removeAll(keepingCapacity: true)
        head = 0
      } else if head > 4_096, head * 2 > requests.count {
        requests.removeFirst(head)
        head = 0
      }
      return request
    }
  }

  private(set) var durationNS: Int64
  /// By tenant: requests that wait.
  var queues: [Queue]
  /// By tenant: replicas without a request, the one idle longest first.
  var idle: [[Int]] = []
  private(set) var totals: RunTotals
  let warmupNS: Int64
  private var sources: [ArrivalSource] = []
  /// By tenant: the lengths of a language model's requests; nil for others.
  var lengths: [TokenStream?] = []
  /// By tenant: what a language model's request may be at most; nil for others.
  var limits: [ServingLimit?]
  /// Why a request that has arrived can never be served; nil where all can.
  private(set) var refusal: Diagnostic?
  /// By tenant: when its next request arrives, as far as is known; `Int64.max` where none is.
  private var due: [Int64]
  /// By tenant: its open source's next request; at `Int64.max` where there is none.
  private var openDue: [Arrival]
  /// By tenant: the next requests of clients who have their answers, in order.
  private var answered: [Queue]
  /// When a request last arrived, was dropped or was done.
  private var lastInstant: Int64 = 0

  /// - Throws: `InputError` where an arrival process has impossible numbers.
  init(_ experiment: Experiment, seed: UInt64) throws(InputError) {
    warmupNS = experiment.warmupNS
    durationNS = experiment.durationNS ?? .max
    queues = Array(repeating: Queue(), count: experiment.tenants.count)
    totals = RunTotals(tenants: experiment.tenants.count)
    due = Array(repeating: .max, count: queues.count)
    openDue = Array(repeating: Arrival(timeNS: .max, record: 0), count: queues.count)
    answered = queues
    limits = Array(repeating: nil, count: queues.count)
    var first = 0
    for tenant in experiment.tenants {
      sources.append(try ArrivalSource(tenant, seed: seed))
      lengths.append(
        tenant.language == nil
          ? nil : tenant.tokens.map { TokenStream($0, seed: seed, stream: tenant.name) })
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
      for _ in 0..<sources[tenant].clients {
        addAnswered(of: tenant, sources[tenant].firstRequest(), &queue)
      }
    }
  }

  /// The request that arrives now that an arrival's event has come, and whose it is.
  ///
  /// Requests of one instant arrive in the order of tenants, whatever made them and when: so a
  /// closed loop and its recorded arrivals are the same run.
  ///
  /// - Complexity: O(tenants), a comparison each.
  mutating func takeArrival(
    at now: Int64, _ queue: inout EventQueue<some RequestEvent>
  ) -> (tenant: Int, request: Arrival) {
    guard let tenant = due.firstIndex(of: now) else {
      preconditionFailure("an arrival at \(now) ns is nobody's")
    }
    if let request = answered[tenant].first, request.timeNS == now {
      _ = answered[tenant].pop()
      noteDue(of: tenant)
      return (tenant, request)
    }
    let request = openDue[tenant]
    scheduleArrival(of: tenant, after: now, &queue)
    return (tenant, request)
  }

  /// Schedules the next arrival of an open source, if there is one.
  private mutating func scheduleArrival(
    of tenant: Int, after now: Int64, _ queue: inout EventQueue<some RequestEvent>
  ) {
    var next = sources[tenant].nextArrival(before: durationNS) ?? Arrival(timeNS: .max, record: 0)
    next.timeNS = max(next.timeNS, now)
    openDue[tenant] = next
    noteDue(of: tenant)
    guard next.timeNS < .max else { return }
    queue.schedule(.arrival, at: SimTime(nanoseconds: next.timeNS), phase: .arrival)
  }

  private mutating func noteDue(of tenant: Int) {
    due[tenant] = min(openDue[tenant].timeNS, answered[tenant].first?.timeNS ?? .max)
  }

  private mutating func addAnswered(
    of tenant: Int, _ request: Arrival, _ queue: inout EventQueue<some RequestEvent>
  ) {
    answered[tenant].insert(request)
    noteDue(of: tenant)
    queue.schedule(.arrival, at: SimTime(nanoseconds: request.timeNS), phase: .arrival)
  }

  /// The client who has its answer now, in a closed loop or a session, sends its next request.
  private mutating func scheduleNextRequest(
    of tenant: Int, afterAnswer now: Int64, to record: Int,
    _ queue: inout EventQueue<some RequestEvent>
  ) {
    guard
      let next = sources[tenant].nextRequest(afterAnswer: now, to: record, before: durationNS)
    else { return }
    addAnswered(of: tenant, next, &queue)
  }

  mutating func arrive(_ tenant: Int, _ request: Arrival) {
    lastInstant = request.timeNS
    var request = request
    if let tokens = lengths[tenant]?.next(record: request.record) {
      request.tokens = tokens
      if refusal == nil { refusal = limits[tenant]?.refusal(of: request) }
    }
    queues[tenant].push(request)
    if request.timeNS >= warmupNS { totals.arrived[tenant] += 1 }
  }

  // MARK: - Queues

  /// Takes the first waiting request.
  mutating func take(_ tenant: Int) -> Arrival? { queues[tenant].pop() }

  /// Takes the replica that has been idle longest, if a request waits for one.
  mutating func nextIdle(of tenant: Int) -> Int? {
    queues[tenant].count > 0 && !idle[tenant].isEmpty ? idle[tenant].removeFirst() : nil
  }

  mutating func drop(
    _ tenant: Int, at now: Int64, _ observer: inout some RunObserver,
    _ queue: inout EventQueue<some RequestEvent>
  ) {
    guard let request = queues[tenant].pop() else { return }
    let arrival = request.timeNS
    lastInstant = now
    if arrival >= warmupNS {
      totals.dropped[tenant] += 1
      observer.requestDropped(tenant: tenant, arrivalNS: arrival)
      if observer.hasHeardEnough { durationNS = min(durationNS, now) }
    }
    totals.mix(-1 - arrival)
    scheduleNextRequest(of: tenant, afterAnswer: now, to: request.record, &queue)
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
      if observer.hasHeardEnough { durationNS = min(durationNS, record.completionNS) }
    }
    scheduleNextRequest(
      of: record.tenant, afterAnswer: record.completionNS, to: record.number, &queue)
  }

  // MARK: - Counting

  /// Tells of the counted requests that wait when the run is over.
  func tellWaiting(_ observer: inout some RunObserver) {
    for (tenant, queue) in queues.enumerated() {
      for request in queue.waiting {
        tellUnfinished(tenant, request, nil, nil, &observer)
      }
    }
  }

  /// Tells of a request that is not done when the run is over, if it is counted.
  func tellUnfinished(
    _ tenant: Int, _ request: Arrival, _ replica: Int?, _ firstLaunch: Int64?,
    _ observer: inout some RunObserver
  ) {
    guard request.timeNS >= warmupNS else { return }
    observer.requestUnfinished(
      UnfinishedRequest(
        tenant: tenant, arrivalNS: request.timeNS, replica: replica, firstLaunchNS: firstLaunch,
        number: request.record, lengths: lengths[tenant] == nil ? nil : request.tokens))
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
    totals.accounts[tenant].add(work.cost, requests: share.requests, of: share.batch)
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
