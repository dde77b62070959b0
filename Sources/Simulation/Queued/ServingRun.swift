/// What runs with language models have among their events beside others.
protocol ServingEvent: RequestEvent {
  /// The tokens of an iteration are on the host.
  static func tokens(replica: Int32) -> Self
}

/// A queued run whose replicas may be language models': their iterations follow each other.
protocol ServingRun: QueuedRun, ~Copyable where Event: ServingEvent {
  var experiment: Experiment { get }
  var servers: LanguageServers { get }
  /// Where the time of language models' requests goes, in runs that follow it.
  var book: IterationBook? { get }

  /// Lets idle replicas of a tenant that is no language model take what waits.
  mutating func serveQueue(of tenant: Int)
  /// Starts a replica's next iteration; it is idle where there is none.
  ///
  /// - Parameter follows: whether the last one ended just now.
  /// - Returns: whether there was one.
  @discardableResult
  mutating func startIteration(_ r: Int, follows: Bool) -> Bool
  /// Tells clients of the answers that the host has whole by now.
  mutating func tellEnded(_ r: Int)
}

extension ServingRun where Self: ~Copyable {
  mutating func arrive(_ tenant: Int, _ request: Arrival) {
    flow.arrive(tenant, request)
    if experiment.tenants[tenant].language == nil {
      serveQueue(of: tenant)
    } else {
      book?.sequences.arrived(tenant, request.record, at: clock.now)
      serveIterations(of: tenant)
    }
  }

  /// Lets idle replicas look at the queue, the one idle longest first.
  private mutating func serveIterations(of tenant: Int) {
    while let r = flow.nextIdle(of: tenant) {
      if !startIteration(r, follows: false) { return }
    }
  }

  /// A replica's iteration has left the GPU, and its tokens are on the host at `told`.
  mutating func iterationEnded(_ r: Int, told: Int64) {
    if told == clock.now {
      takeTokens(r)
    } else if servers[r].waitsForTokens {
      clock.schedule(.tokens(replica: Int32(r)), at: told)
    }
    if servers[r].overlaps { goOn(r, follows: true) }
  }

  /// The host has the tokens; one that does one thing at a time goes on from here.
  mutating func takeTokens(_ r: Int) {
    tellEnded(r)
    if !servers[r].overlaps { goOn(r, follows: false) }
  }

  /// Between two iterations of a replica.
  private mutating func goOn(_ r: Int, follows: Bool) {
    book?.told(r, tenant: servers[r].tenant, at: clock.now)
    startIteration(r, follows: follows)
  }
}
