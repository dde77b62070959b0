import Testing

@testable import Policies
@testable import Scheduling

/// The space-time rule on views set by hand.
struct SpaceTimePolicyTests {
  /// What is fused, and what goes alone, in one decision.
  private struct Answer: Equatable {
    var fused: [[Int]] = []
    var cold: [Bool] = []
    var alone: [Int] = []
    var wakes: [Int64] = []
    var excluded: [Int] = []

    mutating func add(_ buffer: DecisionBuffer) {
      for decision in buffer.decisions {
        switch decision {
        case .fuse(let members, let isCold, _):
          fused.append(Array(buffer.members[members]))
          cold.append(isCold)
        case .launch(let replica, _, _, _): alone.append(replica)
        case .wake(let time): wakes.append(time)
        case .exclude(let replica, _): excluded.append(replica)
        default: Issue.record("an answer the rule does not give: \(decision)")
        }
      }
    }
  }

  private func policy(_ values: KeyValuePairs<String, PolicyOptions.Value>) -> SpaceTimePolicy {
    var options = PolicyOptions()
    for (name, value) in values { options.set(name, value) }
    return SpaceTimePolicy(options)
  }

  /// All that is answered in one instant, what was sent being gone from the view each time.
  private func answer(_ policy: inout SpaceTimePolicy, _ view: SchedulingView) -> Answer {
    var view = view
    var all = Answer()
    while true {
      var decisions = DecisionBuffer()
      policy.decide(view, &decisions)
      all.add(decisions)
      var sent = decisions.members
      for case .launch(let replica, _, _, _) in decisions.decisions { sent.append(replica) }
      for case .fuse in decisions.decisions { view.residentSuperKernels += 1 }
      for replica in sent {
        view.removeReady(replica)
        view.replicas[replica].phase = .running
      }
      if sent.isEmpty { return all }
    }
  }

  /// Replicas of one tenant each; `classes` gives the class of every replica's only launch. All are
  /// ready, with 30 of the 80 SMs' worth of blocks each.
  private func view(_ classes: [Int], now: Int64 = 1_000_000) -> SchedulingView {
    var view = SchedulingView()
    view.now = now
    view.smCount = 80
    for (index, classID) in classes.enumerated() {
      view.tenants.append(
        TenantView(
          name: "t\(index)", priority: 0, sloNS: 10_000_000, replicas: index..<index + 1,
          programs: [(1, index)]))
      view.programs.append(
        ProgramView(
          batch: 1,
          launches: [
            LaunchView(
              classID: classID, familyID: classID / 10, blocks: 30, blocksPerSM: 2, soloNS: 50_000,
              smShare: 0.5, dramRate: 0)
          ], soloNS: 50_000))
      var replica = ReplicaView(tenant: index)
      replica.phase = .ready
      replica.program = index
      replica.expectedNS = now
      replica.deadlineNS = now + 10_000_000
      view.replicas.append(replica)
      view.addReady(index)
    }
    return view
  }

  @Test func oneClassIsOneSuperKernel() {
    var policy = policy(["window_us": .number(0)])
    #expect(answer(&policy, view([11, 12, 11, 11])).fused == [[0, 2, 3]])
    #expect(answer(&policy, view([11, 12, 11, 11])).alone == [1])
  }

  @Test func variableSizesFuseByFamily() {
    var policy = policy(["window_us": .number(0), "variable_size": .flag(true)])
    #expect(answer(&policy, view([11, 12, 21, 13])).fused == [[0, 1, 3]])
  }

  @Test func theLargestSuperKernelIsRespected() {
    var policy = policy(["window_us": .number(0), "max_problems": .number(2)])
    let answer = answer(&policy, view([7, 7, 7, 7, 7]))
    #expect(answer.fused == [[0, 1], [2, 3]])
    #expect(answer.alone == [4])
  }

  @Test func noMoreAreResidentThanAllowed() {
    var policy = policy(["window_us": .number(0), "max_resident": .number(1)])
    var busy = view([7, 7, 8, 8])
    #expect(answer(&policy, busy).fused == [[0, 1]])
    busy.residentSuperKernels = 1
    #expect(answer(&policy, busy).fused.isEmpty)
  }

  @Test func theLeastSlackGoesFirst() {
    var view = view([7, 7, 8, 8])
    view.replicas[3].deadlineNS = view.now + 200_000
    var aware = policy(["window_us": .number(0)])
    #expect(answer(&aware, view).fused == [[3, 2], [0, 1]])
    var blind = policy(["window_us": .number(0), "slo_aware": .flag(false)])
    #expect(answer(&blind, view).fused == [[0, 1], [2, 3]])
  }

  @Test func aSuperKernelWaitsForAPeerThatIsDueAndNoLonger() {
    var view = view([7, 7, 7])
    // The third is running another launch of the class and due again within the window.
    view.setReady([0, 1])
    view.replicas[2].phase = .waiting
    view.replicas[2].expectedNS = view.now + 20_000
    var patient = policy(["window_us": .number(50)])
    let first = answer(&patient, view)
    #expect(first.fused.isEmpty && first.alone.isEmpty)
    #expect(first.wakes == [view.now + 50_000])
    // Not when it is due too late, not without a window, not when the deadline is near.
    view.replicas[2].expectedNS = view.now + 60_000
    #expect(answer(&patient, view).fused == [[0, 1]])
    view.replicas[2].expectedNS = view.now + 20_000
    var hasty = policy(["window_us": .number(0)])
    #expect(answer(&hasty, view).fused == [[0, 1]])
    view.replicas[0].deadlineNS = view.now + 60_000
    #expect(answer(&patient, view).fused == [[0, 1]])
    // When the window is over it goes.
    view.replicas[0].deadlineNS = view.now + 10_000_000
    view.now += 50_000
    view.replicas[2].expectedNS = view.now + 10_000
    #expect(answer(&patient, view).fused == [[0, 1]])
  }

  @Test func nothingIsDecidedBeforeTheThreadCanSendIt() {
    var view = view([7, 7, 8])
    view.schedulerFreeNS = view.now + 30_000
    var policy = policy(["window_us": .number(0)])
    let busy = answer(&policy, view)
    #expect(busy.fused.isEmpty && busy.alone.isEmpty && busy.wakes == [view.now + 30_000])
    view.now += 30_000
    let free = answer(&policy, view)
    #expect(free.fused == [[0, 1]] && free.alone == [2])
  }

  @Test func wholeWavesWaitForNobody() {
    var view = view([7, 7, 7])
    for index in view.programs.indices {
      view.programs[index].launches[0].blocks = 40
    }
    view.setReady([0, 1])
    view.replicas[2].phase = .waiting
    view.replicas[2].expectedNS = view.now + 20_000
    var policy = policy(["window_us": .number(50)])
    #expect(answer(&policy, view).fused == [[0, 1]])
  }

  @Test func aCombinationIsColdOnce() {
    var policy = policy(["window_us": .number(0)])
    #expect(answer(&policy, view([7, 7])).cold == [true])
    #expect(answer(&policy, view([7, 7])).cold == [false])
    #expect(answer(&policy, view([7, 7, 7])).cold == [true])
    var forgetful = self.policy(["window_us": .number(0), "cache_size": .number(0)])
    #expect(answer(&forgetful, view([7, 7])).cold == [true])
    #expect(answer(&forgetful, view([7, 7])).cold == [true])
  }

  @Test func aStragglerIsExcludedAndFusesNoMore() {
    var view = view([7, 7, 7])
    for index in view.replicas.indices { view.replicas[index].tenant = 0 }
    var policy = policy(["window_us": .number(0), "straggler_patience": .number(3)])
    for _ in 0..<5 {
      for replica in 0..<3 {
        let took: Int64 = replica == 1 ? 200_000 : 50_000
        policy.observe(
          .launchEnded(
            replica: replica, classID: 7, startNS: view.now - took, predictedNS: 50_000,
            problems: 1), view)
      }
    }
    let answer = answer(&policy, view)
    #expect(answer.excluded == [1])
    #expect(answer.fused == [[0, 2]] && answer.alone == [1])
    policy.observe(.requestEnded(replica: 1), view)
    #expect(self.answer(&policy, view).fused == [[0, 1, 2]])
    var without = self.policy(["window_us": .number(0), "evict_stragglers": .flag(false)])
    #expect(self.answer(&without, view).fused == [[0, 1, 2]])
  }

  /// Launches of three replicas of one tenant, of which some took longer than alone.
  private func watched(
    _ policy: inout SpaceTimePolicy, _ view: SchedulingView, took: [Int64],
    predicted: Int64 = 50_000
  ) {
    for _ in 0..<5 {
      for replica in took.indices {
        policy.observe(
          .launchEnded(
            replica: replica, classID: 7, startNS: view.now - took[replica],
            predictedNS: replica == 1 ? predicted : 50_000, problems: 1), view)
      }
    }
  }

  private func tenantOfThree() -> SchedulingView {
    var view = view([7, 7, 7])
    for index in view.replicas.indices { view.replicas[index].tenant = 0 }
    view.tenants[0].replicas = 0..<3
    return view
  }

  @Test func aSuperKernelThatTakesItsTimeMakesNoStraggler() {
    let view = tenantOfThree()
    var policy = policy(["window_us": .number(0), "straggler_patience": .number(3)])
    watched(&policy, view, took: [50_000, 150_000, 50_000], predicted: 150_000)
    #expect(answer(&policy, view).excluded.isEmpty)
    watched(&policy, view, took: [50_000, 1_500_000, 50_000], predicted: 150_000)
    #expect(answer(&policy, view).excluded == [1])
  }

  @Test func aTenantKeepsOneReplica() {
    var view = tenantOfThree()
    view.replicas[0].excludedUntilNS = view.now + 1
    view.replicas[2].excludedUntilNS = view.now + 1
    var policy = policy(["window_us": .number(0), "straggler_patience": .number(3)])
    watched(&policy, view, took: [50_000, 200_000, 50_000])
    let answer = answer(&policy, view)
    #expect(answer.excluded.isEmpty && answer.fused == [[0, 1, 2]])
  }

  @Test func nobodyWaitsForAnEvictedReplicaNorDoesIt() {
    var view = tenantOfThree()
    var policy = policy(["window_us": .number(50), "straggler_patience": .number(3)])
    watched(&policy, view, took: [50_000, 200_000, 50_000])
    // The evicted one is due within the window of the one that is ready; then the other way round.
    view.setReady([0])
    view.replicas[2].phase = .idle
    view.replicas[1].phase = .waiting
    view.replicas[1].expectedNS = view.now + 20_000
    #expect(answer(&policy, view).alone == [0])
    view.setReady([1])
    (view.replicas[0].phase, view.replicas[1].phase) = (.waiting, .ready)
    view.replicas[0].expectedNS = view.now + 20_000
    #expect(answer(&policy, view).alone == [1])
  }

  @Test func slackCountsThePeersOfItsOwnClass() {
    // Replica 0 has less slack than replica 1 where each is alone of its class, whoever else waits.
    var view = view([7, 8] + (20..<30))
    view.programs[0].launches[0].blocks = 160
    view.replicas[0].deadlineNS = view.now + 9_000_000
    view.replicas[1].deadlineNS = view.now + 8_990_000
    var policy = policy(["window_us": .number(0)])
    #expect(answer(&policy, view).alone.prefix(2) == [1, 0])
  }
}

extension SchedulingView {
  /// Makes these replicas the ready ones.
  fileprivate mutating func setReady(_ replicas: [Int]) {
    for replica in ready { removeReady(replica) }
    for replica in replicas { addReady(replica) }
  }
}
