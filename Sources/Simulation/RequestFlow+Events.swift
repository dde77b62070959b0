import EventEngine
import SimBasics

/// What every way of running has among its events.
protocol RequestEvent {
  /// A request of an open source arrives.
  static func arrival(tenant: Int32) -> Self
  /// A client of a closed loop asks.
  static func closedLoopRequest(tenant: Int32) -> Self
  /// What arrives from now on is counted.
  static var warmupEnd: Self { get }
}

extension RequestFlow {
  /// Schedules the end of the warm-up, every tenant's first arrival and its clients' first requests.
  mutating func start(_ queue: inout EventQueue<some RequestEvent>) {
    if warmupNS > 0 {
      queue.schedule(.warmupEnd, at: SimTime(nanoseconds: warmupNS), phase: .completion)
    }
    for tenant in queues.indices {
      scheduleArrival(of: tenant, after: 0, &queue)
      for _ in 0..<initialClients(of: tenant) {
        queue.schedule(.closedLoopRequest(tenant: Int32(tenant)), at: .zero, phase: .arrival)
      }
    }
  }

  /// Schedules the next arrival of an open source, if there is one.
  mutating func scheduleArrival(
    of tenant: Int, after now: Int64, _ queue: inout EventQueue<some RequestEvent>
  ) {
    guard let time = nextArrival(of: tenant) else { return }
    queue.schedule(
      .arrival(tenant: Int32(tenant)), at: SimTime(nanoseconds: max(time, now)), phase: .arrival)
  }

  /// Schedules the next request of the client who has its answer now, if the tenant is a closed loop.
  func scheduleClosedLoopRequest(
    of tenant: Int, after now: Int64, _ queue: inout EventQueue<some RequestEvent>
  ) {
    guard let time = nextClosedLoopRequest(of: tenant, after: now) else { return }
    queue.schedule(
      .closedLoopRequest(tenant: Int32(tenant)), at: SimTime(nanoseconds: time), phase: .arrival)
  }

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
