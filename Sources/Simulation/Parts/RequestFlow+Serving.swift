import EventEngine
import Tables
import Workloads

// Requests of language models: their replicas take them in iterations.
extension RequestFlow {
  /// Bounds a tenant's requests by what its replicas can serve.
  mutating func limit(_ tenant: Int, to limit: ServingLimit) { limits[tenant] = limit }

  /// Plans a replica's next iteration from its tenant's queue.
  ///
  /// - Returns: whether there is one.
  mutating func plan(_ server: inout LanguageServer, at now: Int64, follows: Bool) -> Bool {
    let tenant = server.tenant
    var waiting = WaitingRequests(queue: queues[tenant], lengths: lengths[tenant])
    queues[tenant] = Queue()
    defer { queues[tenant] = waiting.queue }
    return server.plan(at: now, follows: follows, &waiting)
  }

  /// Tells of the answers of a replica that are whole by now, and of the gaps between tokens.
  ///
  /// - Parameter book: where their time went, in runs that follow it.
  mutating func tellEnded(
    _ server: inout LanguageServer, at now: Int64, _ observer: inout some RunObserver,
    _ queue: inout EventQueue<some RequestEvent>, _ book: SequenceBook?
  ) {
    for record in server.takeEnded(by: now) {
      complete(record, &observer, &queue, explanation: book?.explanation(record))
    }
  }

  /// Tells of the gaps between the tokens of the iteration that ended last.
  func tellGaps(of server: LanguageServer, _ observer: inout some RunObserver) {
    for gap in server.gaps where gap.arrivalNS >= warmupNS {
      observer.tokenFollowed(tenant: server.tenant, gapNS: gap.ns)
    }
  }

  /// Tells of the requests of a replica that are not done when the run is over.
  ///
  /// - Parameter started: when the first launch of its iteration went to the GPU; nil where none did.
  func tellUnfinished(
    of server: inout LanguageServer, started: Int64?, _ observer: inout some RunObserver
  ) {
    if let started { server.loop.begin(server.phase, at: started) }
    for request in server.unfinished {
      tellUnfinished(
        server.tenant, request.arrival, server.replica,
        request.firstLaunchNS >= 0 ? request.firstLaunchNS : nil, &observer)
    }
  }
}

/// A tenant's queue as the loops of its replicas see it.
struct WaitingRequests: ServingQueue {
  var queue: RequestFlow.Queue
  let lengths: TokenStream?

  var first: Arrival? { queue.first }

  mutating func removeFirst() { _ = queue.pop() }

  func prompt(of request: Arrival) -> ArraySlice<Int32> {
    lengths?.blocks(record: request.record)?.names ?? []
  }
}
