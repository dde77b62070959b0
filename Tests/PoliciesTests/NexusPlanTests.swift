import SimBasics
import Testing

@testable import Policies

/// Plans against a checker that knows nothing of how they are made.
struct NexusPlanTests {
  /// L(b) = fixed + b each, in nanoseconds.
  private static func session(
    rate: Double, sloMS: Double, fixedMS: Double, eachMS: Double, largest: Int = 32
  ) -> NexusSession {
    NexusSession(
      rate: rate, sloNS: sloMS * 1e6,
      latencyNS: (1...largest).map { (fixedMS + Double($0) * eachMS) * 1e6 })
  }

  /// What is wrong with a node for loads; empty where every request of each load is served in time.
  private static func faults(_ node: NexusNode, _ sessions: [NexusSession]) -> [String] {
    var faults: [String] = []
    let work = sessions.indices.map {
      node.batches[$0] == 0 ? 0 : sessions[$0].latency(node.batches[$0])
    }
    if work.reduce(0, +) > node.dutyNS * (1 + 1e-9) { faults.append("batches exceed the cycle") }
    for (s, session) in sessions.enumerated() where session.rate > 0 {
      let capacity = Double(node.batches[s]) / node.dutyNS * 1e9
      if capacity < session.rate * (1 - 1e-6) { faults.append("\(s): too few a cycle") }
      // The last to miss a batch waits for the whole cycle, then for its own.
      if node.dutyNS + work[s] > session.sloNS + 1 { faults.append("\(s): late") }
    }
    return faults
  }

  @Test("the hand case: half the objective bounds a batch, a cycle holds all batches")
  func handCase() throws {
    // 2 (2 + b) <= 20: b = 8, every 10 ms: 800 req/s.
    let one = Self.session(rate: 800, sloMS: 20, fixedMS: 2, eachMS: 1)
    #expect(one.largestBatch == 8)
    let full = try #require(NexusNode.admitted([one]))
    #expect(full.part == 1 && full.node.batches == [8] && full.node.dutyNS == 10e6)
    // A tenth of that: (b - 1) 12.5 + 2 + b <= 20: b = 2, 16 ms of slack, 25 ms to gather: 16.
    let few = Self.session(rate: 80, sloMS: 20, fixedMS: 2, eachMS: 1)
    #expect(few.residual?.batch == 2 && few.residual?.dutyNS == 16e6)
    let pair = try #require(NexusNode.packing([few, few]))
    #expect(pair.dutyNS == 16e6 && pair.batches == [2, 2])
    // Four of them still fit 16 ms, five do not.
    #expect(NexusNode.packing(Array(repeating: few, count: 4)) != nil)
    #expect(NexusNode.packing(Array(repeating: few, count: 5)) == nil)
  }

  @Test("every accepted load is feasible, and what is given up would not be")
  func feasible() throws {
    var random = SeededGenerator(seed: 5)
    var (whole, partly) = (0, 0)
    for _ in 0..<2_000 {
      let sessions = (0..<(1 + random.nextBelow(6))).map { _ in
        Self.session(
          rate: 1 + Double(random.nextBelow(400)), sloMS: 10 + Double(random.nextBelow(90)),
          fixedMS: Double(random.nextBelow(40)) / 10,
          eachMS: 0.1 + Double(random.nextBelow(20)) / 10)
      }
      guard let (part, node) = NexusNode.admitted(sessions) else { continue }
      let scaled = sessions.map {
        var session = $0
        session.rate *= part
        return session
      }
      #expect(Self.faults(node, scaled) == [], "\(scaled)")
      for (s, batch) in node.batches.enumerated() where batch > 0 && part < 1 {
        #expect(2 * sessions[s].latency(1) <= sessions[s].sloNS + node.dutyNS)
      }
      if part == 1 { whole += 1 } else { partly += 1 }
    }
    #expect(whole > 100 && partly > 100, "\(whole) and \(partly)")
  }
}
