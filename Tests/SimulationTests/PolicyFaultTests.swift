import Policies
import RunSupport
import Scheduling
import Tables
import Testing

@testable import Simulation

/// What a policy may not decide ends its run with a sentence, and nothing else.
struct PolicyFaultTests {
  /// Gives one answer, once something is ready; then sends what is ready.
  private struct Scripted: SharingPolicy {
    static let descriptor = PolicyDescriptor(name: "scripted", summary: "", source: "")
    var script: [Decision]
    var members: [Int] = []
    var control: PolicyControl = [.launches, .requests]
    var mechanism: SharingMechanism { .streams(hardwareQueues: nil) }

    init(_ options: PolicyOptions) { script = [] }
    init(_ script: [Decision], members: [Int] = [], control: PolicyControl? = nil) {
      self.script = script
      self.members = members
      if let control { self.control = control }
    }

    mutating func decide(_ view: borrowing SchedulingView, _ decisions: inout DecisionBuffer) {
      if control.contains(.requests), view.tenants[0].waiting > 0, view.activeReplicas == 0 {
        decisions.append(.start(tenant: 0, replica: 0, count: 1))
      } else if !view.ready.isEmpty, !script.isEmpty {
        if !members.isEmpty { decisions.fuse(members, isCold: false, isVariable: false) }
        for decision in script { decisions.append(decision) }
        script = []
      } else {
        for replica in view.ready { decisions.append(.launch(replica: replica)) }
      }
    }
  }

  /// Two replicas of "a", one of "b"; a request of each at 70 ns, and one more of "a".
  private func run(_ policy: Scripted) throws -> [Int] {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000, blocks: 64)])
    let experiment = Fixtures.experiment([
      Fixtures.tenant("a", table, replicas: 2, .trace([70, 70])),
      Fixtures.tenant("b", table, .trace([80])),
    ])
    let programs = try ProgramSet(experiment, largestBatch: 1, smCaps: [])
    return try Simulation.run(
      experiment, programs, policy, label: "mine", seed: 1, observer: RecordKeeper()
    ).totals.completed
  }

  private static let impossible: [(Decision, String)] = [
    (.launch(replica: 1), "launch for replica 1 at 70 ns: no launch of replica 1 is ready"),
    (.launch(replica: 3), "launch for replica 3 at 70 ns: there is no replica 3"),
    (
      .launch(replica: 0, blocks: 0),
      "launch 0 blocks of replica 0 at 70 ns: a launch has at least one block"
    ),
    (
      .launch(replica: 0, priority: 1 << 40),
      "launch for replica 0 at 70 ns: its priority is beyond ±2^31"
    ),
    (.launch(replica: 0, sms: 4..<9), "launch for replica 0 at 70 ns: the device has 8 SMs"),
    (
      .start(tenant: 0, replica: 0, count: 1),
      "start 1 requests of tenant 0 on replica 0 at 70 ns: the replica is not idle"
    ),
    (
      .start(tenant: 0, replica: 1, count: 2),
      "start 2 requests of tenant 0 on replica 1 at 70 ns: 1 wait"
    ),
    (
      .start(tenant: 0, replica: 2, count: 1),
      "start 1 requests of tenant 0 on replica 2 at 70 ns: it is not the tenant's"
    ),
    (
      .start(tenant: 2, replica: 0, count: 1),
      "start 1 requests of tenant 2 on replica 0 at 70 ns: there is no such tenant"
    ),
    (.reject(tenant: 1), "reject a request of tenant 1 at 70 ns: none waits"),
    (.kill(replica: 0), "kill the launch of replica 0 at 70 ns: no launch of its own is running"),
    (
      .setSMs(replica: 1, 2..<2),
      "restrict replica 1 to SMs 2 to 1 at 70 ns: a launch needs SMs "
        + "to run on"
    ),
    (
      .exclude(replica: -1, untilNS: 9),
      "exclude replica -1 until 9 ns at 70 ns: there is no "
        + "replica -1"
    ),
    (.wake(atNS: 70), "be woken at 70 ns at 70 ns: that is not later"),
    (
      .fuse(members: 0..<1, isCold: false, isVariable: false),
      "fuse 1 launches at 70 ns: they are not its members"
    ),
  ]

  @Test(arguments: impossible.indices)
  func theSentenceNamesPolicyDecisionAndTime(index: Int) {
    let (decision, sentence) = Self.impossible[index]
    expectFault(Scripted([decision]), sentence)
  }

  @Test func membersOfASuperKernelAreReadyAndNamedOnce() {
    let script: [Decision] = [.wake(atNS: 90)]
    expectFault(
      Scripted(script, members: [0, 1]),
      "fuse 2 launches at 70 ns: no launch of replica 1 is ready")
    expectFault(
      Scripted(script, members: [0, 0]),
      "fuse 2 launches at 70 ns: replica 0's is sent already, or a language model's, or its replica "
        + "on another device")
  }

  @Test func whatIsNotUnderItsControlIsNotDecided() {
    expectFault(
      Scripted([.start(tenant: 0, replica: 1, count: 1)], control: .launches),
      "start 1 requests of tenant 0 on replica 1 at 70 ns: starting requests is not under its "
        + "control")
  }

  /// As a policy that answers for ever at one instant would.
  @Test func decisionsAtOneInstantAreBounded() {
    let limit = PolicyDriver.mostDecisionsAtOneInstant
    expectFault(
      Scripted(Array(repeating: .wake(atNS: 99), count: limit)),
      "go on deciding at 70 ns: more than \(limit) decisions at once")
    var driver = PolicyDriver(Scripted([]))
    driver.view.tenants = [
      TenantView(name: "a", priority: 0, sloNS: 0, replicas: 0..<1, programs: [])
    ]
    #expect(throws: PolicyFault.self) {
      for _ in 0...limit { try driver.ask(at: 5) }
    }
  }

  @Test func whatCanBeAppliedIsNoFault() throws {
    let policy = Scripted(
      [.setSMs(replica: 1, 0..<4), .launch(replica: 0, priority: 3, blocks: 5, sms: 2..<6)],
      control: .launches)
    #expect(try run(policy) == [2, 1])
  }

  private func expectFault(_ policy: Scripted, _ sentence: String) {
    do {
      _ = try run(policy)
      Issue.record("no fault: \(sentence)")
    } catch let error as InputError {
      #expect(error.kind == .fault)
      #expect(error.diagnostics.map(\.message) == ["policy 'mine' cannot \(sentence)"])
    } catch {
      Issue.record("\(error)")
    }
  }
}
