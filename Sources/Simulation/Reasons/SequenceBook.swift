/// Splits the latencies of language models' requests: what their iterations took, all of which the
/// requests of an iteration have in common, and what they waited before, between and after them.
///
/// Each request is accounted for up to a mark, which every call moves on: so no nanosecond is lost or
/// counted twice.
final class SequenceBook {
  private struct Open {
    /// When its first iteration began; -1 before.
    var begun: Int64 = -1
    /// Up to when its time is accounted for.
    var mark: Int64
    /// What the clocks of its tenant's queue said then.
    var readings: SIMD2<Int64>
    /// Whether it is in an iteration that has not ended.
    var isRunning = false
    var parts = WaitParts()
    /// The most requests of an iteration that it was in.
    var batch = 0
    var inTheWay: [Double] = []
  }

  /// By tenant: its requests that have arrived and have no answer, by number. Looked up by key only.
  private var open: [[Int: Open]]
  /// What a wait is that the policy wanted.
  private let wanted: WaitReason
  private let trace: ReasonTrace?

  /// - Parameter wanted: the reason of a wait that is not for a replica.
  init(tenants: Int, wanted: WaitReason = .held, _ trace: ReasonTrace?) {
    open = Array(repeating: [:], count: tenants)
    self.wanted = wanted
    self.trace = trace
  }

  /// A request arrives.
  func arrived(
    _ tenant: Int, _ number: Int, readings: SIMD2<Int64> = SIMD2(), at now: Int64
  ) {
    open[tenant][number] = Open(mark: now, readings: readings)
  }

  /// A request was dropped.
  func dropped(_ tenant: Int, _ number: Int) { open[tenant][number] = nil }

  /// An iteration begins: what its requests have waited was for a place in it.
  ///
  /// - Parameter reading: what the queue's clock of that side says, where the policy decides which
  ///   iterations begin.
  func joined(
    _ tenant: Int, _ members: [IterationMember], side: Int = 0, reading: Int64? = nil,
    at now: Int64
  ) {
    for member in members {
      guard var one = open[tenant][member.number] else { continue }
      let wait = now - one.mark
      let queue = reading.map { $0 - one.readings[side] } ?? wait
      one.parts[.queue] += queue
      one.parts[wanted] += wait - queue
      if one.begun < 0 { one.begun = now }
      one.isRunning = true
      one.mark = now
      open[tenant][member.number] = one
    }
  }

  /// An iteration has ended on the GPU, which took these parts. Of its own work the share of tokens
  /// that are computed anew is redone.
  func ran(
    _ tenant: Int, _ members: [IterationMember], _ parts: WaitParts, inTheWay: [Double] = [],
    readings: SIMD2<Int64> = SIMD2(), until end: Int64
  ) {
    for member in members {
      guard var one = open[tenant][member.number] else { continue }
      assert(one.mark + parts.sum == end, "an iteration that ends at \(end): \(parts)")
      one.parts += parts
      if member.again > 0 {
        let redone = parts[.own] * Int64(member.again) / Int64(max(1, member.tokens))
        one.parts[.own] -= redone
        one.parts[.redone] += redone
      }
      one.mark = end
      one.readings = readings
      one.isRunning = false
      one.batch = max(one.batch, members.count)
      if one.inTheWay.isEmpty {
        one.inTheWay = inTheWay
      } else {
        for t in inTheWay.indices { one.inTheWay[t] += inTheWay[t] }
      }
      open[tenant][member.number] = one
    }
  }

  /// The host goes on with an iteration's tokens: what has gone by since its end was the completion,
  /// but for requests that another side's iteration has taken meanwhile.
  func told(
    _ tenant: Int, _ members: [IterationMember], readings: SIMD2<Int64> = SIMD2(), at now: Int64
  ) {
    for member in members {
      guard var one = open[tenant][member.number], !one.isRunning else { continue }
      one.parts[.host] += now - one.mark
      one.mark = now
      one.readings = readings
      open[tenant][member.number] = one
    }
  }

  /// Where the time of a request went whose answer is whole.
  func explanation(_ record: RequestRecord) -> RequestExplanation {
    guard var one = open[record.tenant].removeValue(forKey: record.number) else {
      preconditionFailure("an answer to a request that no iteration had: \(record)")
    }
    one.parts[.host] += record.completionNS - one.mark
    assert(
      one.parts.sum == record.completionNS - record.arrivalNS, "parts of \(record): \(one.parts)")
    let explanation = RequestExplanation(
      record: record, parts: one.parts, begunNS: one.begun, batch: one.batch,
      inTheWay: one.inTheWay)
    trace?.request(explanation)
    return explanation
  }
}
