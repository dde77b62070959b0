/// What is followed in a run beside its result, which is the same with and without.
package struct RunFollowing {
  /// Whether each request's latency is split by reason.
  package var splits = false
  /// Whether it is noted too whose launches were in the way.
  package var blames = false
  /// Who is told what happens when.
  package var tracer: (any RunTracer)?
  /// Who keeps what is done over time; it alone makes no run one that is followed.
  package var series: RunSeries?
  /// By number in the run: tenants and replicas by their numbers in the experiment; empty where they
  /// are the same.
  var tenants: [Int] = []
  var replicas: [Int] = []
  /// The replicas of the run, and those of them whose prefills run as further ones behind them all.
  var sides: (replicas: Int, second: [Int]) = (.max, [])

  /// Follows nothing.
  package init(
    splits: Bool = false, blames: Bool = false, tracer: (any RunTracer)? = nil,
    series: RunSeries? = nil
  ) {
    self.series = series
    self.splits = splits
    self.blames = blames
    self.tracer = tracer
  }

  /// Whether there is anything to follow.
  package var isOn: Bool { splits || blames || tracer != nil }

  /// Whether somebody hears of each instant: what is added up alone the devices add up themselves.
  var hearsInstants: Bool { blames || tracer != nil }

  func tenant(_ t: Int) -> Int { tenants.isEmpty ? t : tenants[t] }
  /// Prefills beside decodes have the number of their replica behind all replicas.
  func replica(_ r: Int) -> Int {
    if r >= sides.replicas { return sides.replicas + replica(sides.second[r - sides.replicas]) }
    return replicas.isEmpty ? r : replicas[r]
  }
}

/// Hears what happens in a run as it happens; each event comes when it has ended.
package protocol RunTracer: AnyObject {
  /// Something has ended. Tenants and replicas are the experiment's numbers.
  func trace(_ event: RunEvent)
}

/// Something that has happened in a run, warm-up and unfinished requests included. Times are
/// nanoseconds of the run.
package enum RunEvent {
  /// What a launch was, and where it ran.
  package struct Launch {
    /// The replica whose it is.
    package var replica: Int
    /// Its number in its request, and the size of the batch that its program is for.
    package var index: Int
    package var batch: Int
    /// The part of the GPU it was on, as `part` named it.
    package var part: Int
    /// On the device from when to when.
    package var startNS: Int64
    package var endNS: Int64
    /// Whether it was killed.
    package var isKilled = false
    /// The super-kernel it was a member of.
    package var superKernel: Int?
    /// Its kernel, where no table of the experiment has it.
    package var name: String?
  }

  /// What an iteration of a language model was.
  package struct Iteration {
    /// The replica whose it is; prefills beside decodes have the replica's number behind all replicas.
    package var tenant: Int
    package var replica: Int
    /// From its first request's turn to its last launch's end.
    package var startNS: Int64
    package var endNS: Int64
    /// Its requests.
    package var requests: Int
    /// New tokens of those with several, and of those with one.
    package var prefillTokens: Int
    package var decodeTokens: Int
    /// What its time went to.
    package var parts: WaitParts
  }

  /// Some SMs, a MIG instance, or all of the GPU: its name, before anything runs there.
  case part(Int, name: String)
  /// A replica was at work on a request or batch.
  case work(
    tenant: Int, replica: Int, startNS: Int64, endNS: Int64, batch: Int, parts: WaitParts)
  /// A language model's replica was at work on an iteration.
  case iteration(Iteration)
  /// A request was answered, of a batch perhaps.
  case request(RequestExplanation)
  /// A request was dropped.
  case dropped(tenant: Int, arrivalNS: Int64, atNS: Int64)
  /// A launch ended.
  case launch(Launch)
  /// A super-kernel ended.
  case superKernel(number: Int, part: Int, startNS: Int64, endNS: Int64, members: [Int])
  /// A replica's launch was ready, and the policy held it.
  case held(replica: Int, startNS: Int64, endNS: Int64)
  /// A context had the GPU.
  case slice(replica: Int, startNS: Int64, endNS: Int64)
  /// The GPU went from one context to another.
  case switched(toReplica: Int, startNS: Int64, endNS: Int64)
  /// From now on so large shares of a part's SMs and of its DRAM are in use.
  case use(part: Int, atNS: Int64, sms: Double, dram: Double)
}
