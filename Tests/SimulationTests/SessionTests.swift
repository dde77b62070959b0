import Device
import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import Testing
import Workloads

@testable import Simulation

/// Sessions: each request but the first follows the answer to the one before.
@Suite struct SessionTests {
  private static let table = Fixtures.table(
    "m", [Fixtures.kernel("k", duration: 1_000), Fixtures.kernel("l", duration: 500)])

  private static func records(
    _ sessions: [SessionSpec], replicas: Int = 1, policy: String, durationNS: Int64? = nil
  ) throws -> [RequestRecord] {
    let experiment = Fixtures.experiment(
      [Fixtures.tenant("a", table, replicas: replicas, .sessions(sessions))], policies: [policy],
      durationNS: durationNS)
    return try simulate(experiment, policy).keeper.records.sorted { $0.arrivalNS < $1.arrivalNS }
  }

  /// A session alone: an answer, its delay, the next request.
  @Test(arguments: PolicyCatalog.builtIn.names)
  func aRequestComesItsDelayAfterTheAnswer(policy: String) throws {
    let session = SessionSpec(startNS: 700, delaysNS: [40, 0, 9_000])
    let records = try Self.records([session], policy: policy)
    try #require(records.count == 4)
    #expect(records[0].arrivalNS == 700)
    for (index, delay) in session.delaysNS.enumerated() {
      #expect(records[index + 1].arrivalNS == records[index].completionNS + delay)
    }
  }

  /// Random sessions on one server against a recursion that knows nothing of events.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func oneServerIsTheRecursion(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var sessions: [SessionSpec] = []
    var start: Int64 = 0
    for _ in 0..<(2 + random.nextBelow(6)) {
      // Odd numbers keep ties away, whose order is the engine's own.
      start += Int64(1 + 2 * random.nextBelow(1_500))
      let delays = (0..<random.nextBelow(5)).map { _ in Int64(1 + 2 * random.nextBelow(4_000)) }
      sessions.append(SessionSpec(startNS: start, delaysNS: delays))
    }
    let records = try Self.records(sessions, policy: "exclusive")
    var due = sessions.enumerated().map { (time: $1.startNS, session: $0, turn: 0) }
    var (free, expected) = (Int64(0), [Int64]())
    while let index = due.indices.min(by: { due[$0].time < due[$1].time }) {
      let (time, session, turn) = due.remove(at: index)
      expected.append(time)
      free = max(free, time) + 1_500
      if turn < sessions[session].delaysNS.count {
        due.append((free + sessions[session].delaysNS[turn], session, turn + 1))
      }
    }
    #expect(records.map(\.arrivalNS) == expected.sorted(), "seed \(seed)")
  }

  /// Without delays sessions are a trace.
  @Test(arguments: PolicyCatalog.builtIn.names)
  func sessionsOfOneRequestAreATrace(policy: String) throws {
    let times: [Int64] = [0, 0, 300, 2_000, 2_000, 9_000]
    let asSessions = try Self.records(
      times.map { SessionSpec(startNS: $0, delaysNS: []) }, replicas: 2, policy: policy)
    let experiment = Fixtures.experiment(
      [Fixtures.tenant("a", Self.table, replicas: 2, .trace(times))], policies: [policy])
    let asTrace = try simulate(experiment, policy).keeper.records.sorted {
      $0.arrivalNS < $1.arrivalNS
    }
    #expect(asSessions.map(\.completionNS) == asTrace.map(\.completionNS))
  }

  @Test func sessionsThatTieAreAllContinued() throws {
    let sessions = (0..<5).map { SessionSpec(startNS: 0, delaysNS: [Int64($0), 10]) }
    for policy in PolicyCatalog.builtIn.names {
      #expect(try Self.records(sessions, replicas: 3, policy: policy).count == 15, "\(policy)")
    }
  }

  @Test func noRequestIsSentAfterTheEnd() throws {
    let records = try Self.records(
      [SessionSpec(startNS: 0, delaysNS: [500, 500, .max])], policy: "exclusive", durationNS: 3_000)
    #expect(records.map(\.arrivalNS) == [0])
    let endless = try Self.records(
      [SessionSpec(startNS: 0, delaysNS: [500, .max])], policy: "exclusive")
    #expect(endless.count == 2)
  }
}
