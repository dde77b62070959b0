import Simulation
import Tables
import Workloads

extension ExperimentJudge {
  /// From how many requests on a run is long enough to be announced.
  private static let manyRequests = 2e7
  /// With fewer expected requests than this, it is drawn whether there are any.
  private static let fewRequests = 50.0

  // MARK: The same instants

  /// Tenants whose requests come together, instant by instant.
  mutating func judgeSharedArrivals() {
    var isTold = [Bool](repeating: false, count: tenants.count)
    let beats = beats
    for t in tenants.indices where !isTold[t] {
      let group =
        [t]
        + (t + 1..<tenants.count).filter { other in
          guard !isTold[other] else { return false }
          let mayBeOne = zip(beats[t], beats[other]).contains { $0 == $1 && $0 >= 0 }
          return mayBeOne && haveOneBeat(t, other)
        }
      guard group.count > 1 else { continue }
      for member in group { isTold[member] = true }
      let names = Self.list(group.map { tenants[$0].name })
      if let use = loaded.uses[t] {
        warn(
          "the arrivals of the trace '\(use.name)' come \(group.count) times each, at the same "
            + "instants: for \(names)",
          hint: loaded.file.isEmpty
            ? "'--split' deals them in turn, '--start-s' gives each tenant a stretch of its own"
            : "\"split\": true beside 'trace' deals them in turn, 'start_s' gives each a stretch "
              + "of its own")
      } else {
        warn(
          "the evenly spaced arrivals of \(names) come at the same instants",
          hint: "rates that differ, or 'poisson_rps', keep them apart")
      }
    }
  }

  /// Two numbers for each tenant, of which those with the same instants share one: what it reads,
  /// and what it got. Thousands of tenants are compared by these.
  private var beats: [[Int]] {
    // Looked up by key only; their order reaches nothing.
    var numbers: [String: Int] = [:]
    func number(_ key: String) -> Int {
      let new = numbers.count
      return numbers[key]
        ?? {
          numbers[key] = new; return new
        }()
    }
    return tenants.enumerated().map { t, tenant in
      switch tenant.arrivals {
      case .trace(let times):
        guard let use = loaded.uses[t], let first = times.first, let last = times.last else {
          return [-1, -1]
        }
        return [
          number("file \(use.scale) \(use.startNS) " + use.paths.joined(separator: "\n")),
          number("times \(times.count) \(first) \(last)"),
        ]
      case .process(.deterministic(let rate)): return [number("rate \(rate)"), -1]
      case .process, .closedLoop, .sessions: return [-1, -1]
      }
    }
  }

  /// Whether two tenants' arrivals are the same instants.
  private func haveOneBeat(_ a: Int, _ b: Int) -> Bool {
    switch (tenants[a].arrivals, tenants[b].arrivals) {
    case (.trace(let own), .trace(let other)):
      guard let use = loaded.uses[a], let theirs = loaded.uses[b] else { return false }
      if use.isSplit, theirs.isSplit, use.isEqual(to: theirs) { return false }
      if use.hasInstants(of: theirs) { return true }
      // A copy of a file is no other trace; a few instants may agree by chance.
      return own.count > 2 && own.first == other.first && own == other
    case (.process(.deterministic(let rate)), .process(.deterministic(let other))):
      return rate == other
    default: return false
    }
  }

  // MARK: Where arrivals end

  /// Traces that end long before the run does: its rates and shares are over the whole of it.
  mutating func judgeEnds() {
    guard let end = experiment.durationNS else { return }
    var told: [String] = []
    for (t, tenant) in tenants.enumerated() {
      guard let use = loaded.uses[t], case .trace(let times) = tenant.arrivals,
        let last = times.last, !told.contains(use.name)
      else { continue }
      let rest = end - last
      // A silence that the trace has too is no end.
      guard rest > end / 100, rest > Self.longestGap(times) else { continue }
      told.append(use.name)
      warn(
        "the trace '\(use.name)' ends at \(Self.seconds(last)) and the run at "
          + "\(Self.seconds(end)): rates and utilization are over the whole run",
        hint: loaded.file.isEmpty
          ? "without '--duration-s' the run ends with the trace"
          : "without 'duration_s' the run ends with the trace")
    }
  }

  private static func longestGap(_ times: [Int64]) -> Int64 {
    var longest: Int64 = 0
    for i in times.indices.dropFirst() { longest = max(longest, times[i] - times[i - 1]) }
    return longest
  }

  // MARK: How many

  /// Tenants without a request that counts, and runs that will take long.
  mutating func judgeCounts() {
    var total = 0.0
    for (t, tenant) in tenants.enumerated() {
      total += expected(t)
      guard let why = silence(of: tenant) else { continue }
      warn("no request of '\(tenant.name)' is counted: \(why)")
    }
    if total > Self.manyRequests {
      warn(
        "some \(Self.short(total, 2)) requests under each policy: this takes long, "
          + "and 8 bytes of memory for each",
        hint: loaded.file.isEmpty
          ? "a shorter '--duration-s' says as much" : "a shorter 'duration_s' says as much")
    }
  }

  /// About how many requests a tenant has; for a closed loop the most there can be.
  private func expected(_ t: Int) -> Double {
    let end = experiment.durationNS ?? .max
    switch tenants[t].arrivals {
    case .trace(let times): return Double(times.count)
    case .sessions(let sessions): return Double(sessions.requestCount)
    case .process(let process): return process.requestsPerSecond * Double(end) / 1e9
    case .closedLoop:
      return ExperimentLimits.mostClosedRequests(of: tenants[t], experiment, soloNS: soloNS[t]) ?? 0
    }
  }

  /// Why nothing of a tenant is counted under some seed; nil where something is.
  private func silence(of tenant: TenantSpec) -> String? {
    let (start, end) = (experiment.warmupNS, experiment.durationNS ?? .max)
    switch tenant.arrivals {
    case .closedLoop, .sessions: return nil
    case .trace(let times):
      if times.isEmpty { return "it has no arrivals" }
      if times.contains(where: { $0 >= start && $0 < end }) { return nil }
      if let last = times.last, last < start {
        return "its last arrives at \(Self.seconds(last)), before the warm-up ends at "
          + Self.seconds(start)
      }
      if times[0] >= end {
        return "its first arrives at \(Self.seconds(times[0])), after the run ends at "
          + Self.seconds(end)
      }
      return "none arrives between the warm-up's end at \(Self.seconds(start)) and the run's at "
        + Self.seconds(end)
    case .process(let process):
      let mean = process.requestsPerSecond * Double(end - start) / 1e9
      guard mean < Self.fewRequests else { return nil }
      for seed in experiment.seeds {
        guard var source = try? ArrivalGenerator(process, seed: seed, stream: tenant.name) else {
          return nil
        }
        var time = source.next()
        while let at = time, at < start { time = source.next() }
        if let time, time < end { continue }
        return "\(Self.short(mean, 2)) are expected in the measured time"
          + (experiment.seeds.count > 1 ? ", and seed \(seed) draws none" : "")
      }
      return nil
    }
  }
}
