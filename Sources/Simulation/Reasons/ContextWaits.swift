/// Splits the latencies of a run in which contexts take turns, and tells what happens when.
///
/// Of the time from a request's start to its last launch's end a context runs its launches, has no
/// launch ready, or has one and the GPU is not its own: that is counted here, switches apart.
final class ContextWaits {
  /// A context's request.
  private struct Open {
    var isActive = false
    var begun: Int64 = 0
    /// When its last launch ended; -1 before.
    var done: Int64 = -1
    /// Since when it has not had the GPU; nil while it has.
    var offSince: Int64? = 0
    /// When its next launch is ready, as of then.
    var readyAt: Int64 = 0
    /// With a launch ready and the GPU not its own: all of that, and switches of it.
    var waited: Int64 = 0
    var switching: Int64 = 0
    /// Up to when `inTheWay` is known.
    var blamedUntil: Int64 = 0
    var inTheWay: [Double] = []
    /// When the launch began that is under way.
    var launchStart: Int64 = 0
  }

  private let following: RunFollowing
  /// By context.
  private let tenantOf: [Int]
  private let programs: [Program]
  private var opens: [Open]
  private let tenants: Int
  private var switchStart: Int64 = 0
  let trace: ReasonTrace?

  init(
    _ programs: [Program], tenantOf: [Int], tenants: Int, _ trace: ReasonTrace?,
    _ following: RunFollowing
  ) {
    self.following = following
    self.programs = programs
    self.tenantOf = tenantOf
    self.tenants = tenants
    self.trace = trace
    opens = Array(repeating: Open(), count: programs.count)
  }

  /// A context has a request whose first launch is ready at an instant.
  func began(_ c: Int, readyAt: Int64, at now: Int64) {
    opens[c] = Open(
      isActive: true, begun: now, offSince: now, readyAt: readyAt, blamedUntil: now)
    if following.blames { opens[c].inTheWay = Array(repeating: 0, count: tenants) }
  }

  /// A context has the GPU from now on.
  func runs(_ c: Int, at now: Int64) {
    guard let since = opens[c].offSince else { return }
    opens[c].waited += max(0, now - max(since, opens[c].readyAt))
    opens[c].offSince = nil
  }

  /// A context that ran since an instant runs no more, or is looked at; its next launch is ready at
  /// `readyAt`.
  func stopped(_ c: Int, since: Int64, readyAt: Int64, at now: Int64) {
    opens[c].offSince = now
    opens[c].readyAt = readyAt
    blame(c, until: now)
    trace?.slice(c, since, now)
  }

  /// A context's last launch has ended.
  func finished(_ c: Int, at now: Int64) {
    opens[c].done = now
    opens[c].isActive = false
  }

  func launchBegan(_ c: Int, at time: Int64) { opens[c].launchStart = time }

  func launchStart(of c: Int) -> Int64 { opens[c].launchStart }

  func switchBegan(at now: Int64) { switchStart = now }

  /// The GPU has been switched to a context.
  func switchEnded(to c: Int, at now: Int64) {
    for other in opens.indices where opens[other].isActive {
      guard let since = opens[other].offSince else { continue }
      let ready = max(since, opens[other].readyAt, switchStart)
      opens[other].switching += max(0, now - ready)
      opens[other].blamedUntil = max(opens[other].blamedUntil, now)
    }
    trace?.switched(to: c, switchStart, now)
  }

  /// The context that has the GPU is in the way of all others that are ready.
  private func blame(_ c: Int, until now: Int64) {
    guard following.blames else { return }
    for other in opens.indices where opens[other].isActive && other != c {
      guard let since = opens[other].offSince else { continue }
      let from = max(since, opens[other].readyAt, opens[other].blamedUntil)
      if now > from { opens[other].inTheWay[tenantOf[c]] += Double(now - from) }
      opens[other].blamedUntil = now
    }
  }

  /// Where a context's time went from its request's or iteration's begin to its last launch's end.
  ///
  /// - Parameter copyIn: when the copy of its input ended.
  func parts(_ c: Int, _ program: Program, copyIn: Int64) -> WaitParts {
    let open = opens[c]
    var parts = WaitParts()
    parts[.order] = copyIn - program.copyInNS - open.begun
    parts[.own] = program.launches.durationNS + program.copyInNS
    parts[.switching] = open.switching
    parts[.slice] = open.waited - open.switching
    parts[.host] = open.done - open.begun - open.waited - parts[.order] - parts[.own]
    return parts
  }

  /// By tenant: who was in the way of a context since then; empty where that is not followed.
  func inTheWay(of c: Int) -> [Double] { opens[c].inTheWay }

  /// Where the time of a context's request went that is answered now.
  ///
  /// - Parameters:
  ///   - copyIn: when the copy of its input ended, and `copyOut` of its answer.
  func explanation(
    _ c: Int, _ record: RequestRecord, copyIn: Int64, copyOut: Int64
  ) -> RequestExplanation {
    let (open, program) = (opens[c], programs[c])
    var parts = parts(c, program, copyIn: copyIn)
    parts[.queue] = open.begun - record.arrivalNS
    parts[.order] += copyOut - program.copyOutNS - open.done
    parts[.own] += program.copyOutNS
    parts[.host] += record.completionNS - copyOut
    assert(parts.sum == record.completionNS - record.arrivalNS, "parts of \(record): \(parts)")
    let explanation = RequestExplanation(
      record: record, parts: parts, begunNS: open.begun, batch: 1, inTheWay: open.inTheWay)
    if let trace {
      trace.request(explanation)
      parts[.queue] = 0
      trace.work(
        c, tenant: record.tenant, from: open.begun, to: record.completionNS, batch: 1,
        parts: parts)
    }
    return explanation
  }
}
