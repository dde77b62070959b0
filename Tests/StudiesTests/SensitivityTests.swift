import Hardware
import Metrics
import Policies
import RunSupport
import Tables
import TestSupport
import Testing
import Workloads

@testable import Simulation
@testable import Studies

/// Which constants decide, on scenes whose answer is known.
struct SensitivityTests {
  // MARK: The design

  @Test(arguments: 1...20)
  func trajectoriesMoveEveryFactorOnce(seed: Int) {
    let design = MorrisDesign(factors: 7, trajectories: 5, seed: UInt64(seed))
    #expect(design.trajectories.count == 5)
    for (points, order) in zip(design.trajectories, design.moved) {
      #expect(points.count == 8 && order.sorted() == Array(0..<7))
      for (i, factor) in order.enumerated() {
        for other in 0..<7 where other != factor {
          #expect(points[i][other] == points[i + 1][other])
        }
        let step = (points[i + 1][factor] - points[i][factor]).magnitude
        #expect(abs(step - MorrisDesign.step) < 1e-12)
      }
      for place in points.flatMap(\.self) {
        #expect([0, 1.0 / 3, 2.0 / 3, 1].contains { abs($0 - place) < 1e-12 })
      }
    }
    let again = MorrisDesign(factors: 7, trajectories: 5, seed: UInt64(seed))
    #expect(design.trajectories == again.trajectories)
    #expect(design.trajectories != MorrisDesign(factors: 7, trajectories: 5, seed: 99).trajectories)
  }

  @Test func effectsAreThoseOfTheFunction() {
    let design = MorrisDesign(factors: 3, trajectories: 12, seed: 3)
    // y = 5 a − 2 b + 4 a b, and c does nothing.
    let outcomes = design.trajectories.map { points in
      points.map { p -> Double? in 5 * p[0] - 2 * p[1] + 4 * p[0] * p[1] }
    }
    let effects = design.effects(outcomes)
    #expect(effects.map(\.count) == [12, 12, 12])
    #expect(effects[2] == Array(repeating: 0, count: 12))
    for effect in effects[0] { #expect((5 - 1e-9...9 + 1e-9).contains(effect)) }
    for effect in effects[1] { #expect((-2 - 1e-9...2 + 1e-9).contains(effect)) }
    #expect((effects[0].max() ?? 0) - (effects[0].min() ?? 0) > 0.5)
  }

  // MARK: Constants

  private static func range(_ name: String, _ low: Double, _ high: Double) -> StatedRange {
    StatedRange(
      name: name, low: low, high: high, source: "assumed: here", file: "r.json",
      node: JSONNode(value: .null, line: 3, column: 5))
  }

  private static func answered(
    _ experiment: Experiment, _ stated: [StatedRange], figure: SummaryFigure = .latencyMean,
    trajectories: Int = 3, jobs: Int = 2
  ) throws -> SensitivityStudy {
    var question = SensitivityStudy.Question()
    question.figure = figure
    question.trajectories = trajectories
    question.constants = stated.map(\.name)
    var study = try SensitivityStudy(experiment, question, stated: stated)
    study.answer(WorkControl(jobs: jobs))
    return study
  }

  /// Alone, a request's latency is a sum: every effect is the width of the range, and hangs on
  /// nothing; what a policy has no part in changes exactly nothing.
  @Test func effectsOnARequestAlone() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000_000)])
    let experiment = Fixtures.experiment(
      [Fixtures.tenant("a", table, .trace([0, 50_000_000]))], policies: ["time-only", "exclusive"],
      testbed: Fixtures.costly)
    let study = try Self.answered(
      experiment,
      [
        Self.range("request_cpu_us", 4, 40), Self.range("completion_sync_us", 5, 11),
        Self.range("mps_delay_slope_us", 0.1, 900), Self.range("super_kernel_fixed_us", 1, 900),
      ])
    #expect(study.isComplete && study.flips.isEmpty)
    for p in 0..<2 {
      let base = try #require(study.base[p])
      let (request, sync) = (study.effects[0][p], study.effects[1][p])
      #expect(abs((request.low ?? 0) - (base - 0.006)) < 1e-9)
      #expect(abs((request.high ?? 0) - (base + 0.030)) < 1e-9)
      #expect(abs((sync.meanSize ?? 0) - 0.006) < 5e-6 && (sync.spread ?? 1) < 5e-6)
      for i in [2, 3] {
        let effect = study.effects[i][p]
        #expect(effect == .init(low: base, high: base, meanSize: 0, spread: 0))
      }
    }
  }

  /// Two requests at once, each a kernel that fills the GPU for 1 ms: together both take 2 ms; in
  /// turn 1 ms and 2 ms and a switch. On average that is the same with a switch of 1 ms.
  @Test func theValueAtWhichPoliciesChangePlaces() throws {
    let kernel = Fixtures.kernel(
      "k", duration: 1_000_000, blocks: 8, flop: 1_024_000_000, bytes: 1_000)
    let table = Fixtures.table("m", [kernel])
    let experiment = Fixtures.experiment(
      [
        Fixtures.tenant("a", table, .trace([0])), Fixtures.tenant("b", table, .trace([0])),
      ], policies: ["space-only", "time-only", "exclusive"], gpu: Fixtures.plainGPU())
    let study = try Self.answered(
      experiment, [Self.range("switch_idle_us", 0, 4_000), Self.range("launch_cpu_us", 0, 2)])
    #expect(abs((study.base[0] ?? 0) - 2) < 1e-5 && abs((study.base[1] ?? 0) - 1.5) < 1e-5)
    #expect(study.ranking == [1, 0], "a GPU for each is no way to share one")
    let flip = try #require(study.flips.first)
    #expect(study.flips.count == 1 && flip.constant == 0 && flip.isOfTheBest)
    #expect(flip.better == 1 && flip.worse == 0)
    #expect(flip.holdsAt <= 1_000.01 && 999.99 <= flip.flipsAt, "\(flip)")
    #expect(flip.flipsAt - flip.holdsAt <= 40 && flip.flipsAt > flip.holdsAt)
  }

  @Test func threadsReachNoAnswer() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 300_000)])
    let tenants = ["a", "b"].map {
      Fixtures.tenant($0, table, .process(.poisson(requestsPerSecond: 800)))
    }
    let experiment = Fixtures.experiment(
      tenants, policies: ["time-only", "batched"], testbed: Fixtures.costly,
      durationNS: 200_000_000)
    let stated = [Self.range("switch_idle_us", 1, 50), Self.range("request_cpu_us", 1, 50)]
    let (one, four) = (
      try Self.answered(experiment, stated, jobs: 1), try Self.answered(experiment, stated, jobs: 4)
    )
    #expect(one.base == four.base && one.effects == four.effects)
    #expect("\(one.flips)" == "\(four.flips)")
  }

  // MARK: Ranges

  @Test func withoutAStatedRangeHowAValueIsKnownDecides() throws {
    var experiment = Fixtures.experiment([], policies: [])
    experiment.testbed.launchCPU = 4_000
    experiment.testbed.switchIdle = 8_000
    experiment.testbed.requestCPU = 10_000
    experiment.testbed.sources = [
      ("launch_cpu_us", "measured: here"), ("switch_idle_us", "assumed: there"),
      ("launch_gap_us", "derived: it is 0"), ("request_cpu_us", "derived: x"),
    ]
    let (ranges, fixed) = try ConstantRange.all(experiment, [])
    let named = ranges.map { ($0.name, $0.low, $0.high) }
    #expect(named.map(\.0) == ["launch_cpu_us", "request_cpu_us", "switch_idle_us"])
    #expect(abs(named[0].1 - 4 / 1.1) < 1e-9 && abs(named[0].2 - 4.4) < 1e-9)
    #expect(named[1].1 == 8 && named[1].2 == 12.5)
    #expect(named[2].1 == 4 && named[2].2 == 16)
    #expect(fixed.contains("launch_gap_us") && ranges.allSatisfy { !$0.isStated })
    // Evenly by factors where a range is one of them.
    #expect(ranges[2].value(at: 0.5) == 8 && ranges[2].value(at: 0) == 4)
    #expect(abs(ranges[0].value(at: 0.5) - (4 / 1.1 + 4.4) / 2) < 1e-12)
    #expect(throws: InputError.self) {
      try ConstantRange.all(experiment, [Self.range("launch_cpu_us", 5, 6)])
    }
  }

  /// Every file that ships is one of a testbed or GPU that ships, whose values are in its ranges.
  @Test func theRangesThatShipHoldWhatShips() throws {
    let library = ModelLibrary.locate(home: SharedFiles.repositoryRoot, starts: [])
    let folder = try #require(library.folder) + "/ranges"
    let names = InputFolder.names(at: folder).filter { $0.hasSuffix(".json") }.sorted()
    #expect(names.count >= 5)
    for file in names {
      let name = String(file.dropLast(5))
      let stated = try StatedRange.read(folder + "/" + file)
      var experiment = Fixtures.experiment([], policies: [])
      if library.testbedNames.contains(name) {
        experiment.testbed = try library.testbed(name)
      } else {
        experiment.gpu = try library.gpu(name)
      }
      let own =
        library.testbedNames.contains(name)
        ? Testbed.constantNames + Testbed.otherConstantNames : GPUSpec.constantNames
      #expect(stated.allSatisfy { own.contains($0.name) }, "\(file)")
      let ranges = try ConstantRange.all(experiment, stated).ranges
      #expect(ranges.filter(\.isStated).count == stated.count, "\(file)")
    }
  }
}
