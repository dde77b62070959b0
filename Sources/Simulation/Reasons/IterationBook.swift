/// Splits the latencies of language models' requests in runs in which each replica has the GPU to
/// itself while it has it: what is waited for is a place among its requests, and the host.
final class IterationBook {
  let sequences: SequenceBook
  let trace: ReasonTrace?
  /// By replica: its iteration, and when its turn came.
  private var open: [(iteration: OpenIteration, begun: Int64)?]

  init(replicas: Int, tenants: Int, _ trace: ReasonTrace?) {
    sequences = SequenceBook(tenants: tenants, trace)
    self.trace = trace
    open = Array(repeating: nil, count: replicas)
  }

  /// A replica begins the iteration that its server has planned.
  func began(_ r: Int, _ server: LanguageServer, at now: Int64) {
    let iteration = OpenIteration(server, whole: nil)
    sequences.joined(server.tenant, iteration.members, at: now)
    open[r] = (iteration, now)
    trace?.begins(r, iteration)
  }

  /// The iteration has ended on the GPU, which took these parts.
  func ended(
    _ r: Int, tenant: Int, _ parts: WaitParts, inTheWay: [Double] = [], at end: Int64
  ) {
    guard let (iteration, begun) = open[r] else { return }
    sequences.ran(tenant, iteration.members, parts, inTheWay: inTheWay, until: end)
    trace?.ended(r, tenant: tenant, iteration, from: begun, to: end, parts: parts)
  }

  /// The host goes on from it.
  func told(_ r: Int, tenant: Int, at now: Int64) {
    guard let (iteration, _) = open[r] else { return }
    sequences.told(tenant, iteration.members, at: now)
  }

  /// Where the time went of an iteration that was alone on a GPU of its own, its first launch from
  /// `start` on.
  func ranAlone(_ r: Int, _ server: LanguageServer, start: Int64, until end: Int64) {
    guard let (_, begun) = open[r] else { return }
    let program = server.program
    var parts = WaitParts()
    parts[.own] = program.launches.durationNS + program.copyInNS
    parts[.host] = end - begun - parts[.own]
    trace?.alone(
      r, device: r, base: server.base, program, launches: program.launches.count, start: start,
      pace: server.pace)
    ended(r, tenant: server.tenant, parts, at: end)
  }
}
