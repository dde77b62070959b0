import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import TestSupport
import Testing

@testable import Simulation

/// Task graphs under `atos`: its laws, and that it is the naive queue to the nanosecond.
struct TaskGraphLawTests {
  /// A GPU of so many SMs with a worker of 1024 threads each.
  private static func scene(
    _ graphs: [TaskGraph], at arrivals: [Int64], workers: Int, testbed: Testbed
  ) -> Experiment {
    let gpu = Fixtures.plainGPU(sms: workers)
    let tenants = graphs.enumerated().map { i, graph in
      // Tenants of one name order come in the order of the run whatever their graphs.
      var tenant = Fixtures.tenant("t\(i + 100)", graph.table(on: gpu), .trace([arrivals[i]]))
      tenant.graph = graph
      tenant.priority = -i
      return tenant
    }
    return Fixtures.experiment(tenants, policies: ["atos"], testbed: testbed, gpu: gpu)
  }

  private static func options(_ rule: TaskQueue) -> PolicyOptions {
    var options = PolicyOptions([
      "mode": .word(rule.mode.rawValue), "fetch": .number(Double(rule.fetch)),
      "pop_ns": .number(Double(rule.popNS)), "push_ns": .number(Double(rule.pushNS)),
      "poll_ns": .number(Double(rule.pollNS)), "worker_threads": .number(1024),
    ])
    if rule.leastPolls > 0 { options.set("min_iter", .number(Double(rule.leastPolls))) }
    return options
  }

  private static func randomGraph(_ random: inout SeededGenerator, tasks most: Int) -> TaskGraph {
    let count = 1 + random.nextBelow(most)
    let density = [1, 2, 4, 12][random.nextBelow(4)]
    var children = [[Int32]](repeating: [], count: count)
    // Edges go from the earlier to the later in an order that is not the file's.
    var order = Array(0..<count)
    for i in order.indices { order.swapAt(i, i + random.nextBelow(count - i)) }
    for i in 0..<count {
      for j in i + 1..<max(i + 1, count) where random.nextBelow(count) < density {
        children[order[i]].append(Int32(order[j]))
      }
    }
    return TaskGraph(
      name: "random", source: "made up",
      work: (0..<count).map { _ in .lasting(Int64(1 + random.nextBelow(30))) },
      children: children)
  }

  private static func randomRule(_ random: inout SeededGenerator) -> TaskQueue {
    var rule = TaskQueue()
    rule.mode = TaskQueue.Mode.allCases[random.nextBelow(3)]
    rule.fetch = [1, 1, 2, 5][random.nextBelow(4)]
    rule.pushNS = Int64(random.nextBelow(4))
    if rule.mode == .persistent {
      rule.popNS = Int64(random.nextBelow(5))
      rule.pollNS = Int64(random.nextBelow(8))
      if rule.pollNS > 0, random.nextBelow(3) == 0 { rule.leastPolls = 1 + random.nextBelow(40) }
    }
    return rule
  }

  @Test("every answer, launch and lost task is the naive queue's, to the nanosecond")
  func oracle() throws {
    var (early, late, shared) = (0, 0, 0)
    for seed in 1...(SharedFiles.isDeepRun ? 30_000 : 400) as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed, stream: "tasks")
      let rule = Self.randomRule(&random)
      let graphs = (0..<(1 + random.nextBelow(3))).map { _ in
        Self.randomGraph(&random, tasks: 24)
      }
      var testbed = Testbed(name: "random")
      testbed.requestCPU = Int64(random.nextBelow(20))
      testbed.launchCPU = Int64(random.nextBelow(20))
      testbed.launchLock = Int64(random.nextBelow(2))
      testbed.completionSync = Int64(random.nextBelow(20))
      testbed.copyLatency = Int64(random.nextBelow(9))
      var arrival: Int64 = 0
      let arrivals = graphs.indices.map { _ in
        arrival += Int64(random.nextBelow(150))
        return arrival
      }
      let workers = 1 + random.nextBelow(4)
      var naive = NaiveTaskQueue(
        graphs, at: arrivals, workers: workers, rule,
        NaiveTaskQueue.Costs(
          request: testbed.requestCPU, call: testbed.launchCPU + testbed.launchLock,
          sync: testbed.completionSync, hostLook: testbed.copyLatency))
      naive.run()
      let experiment = Self.scene(graphs, at: arrivals, workers: workers, testbed: testbed)
      guard naive.lost == 0 else {
        early += 1
        #expect(throws: (any Error).self, "seed \(seed)") {
          try simulate(experiment, "atos", options: Self.options(rule))
        }
        continue
      }
      let run = try simulate(experiment, "atos", options: Self.options(rule))
      let own = run.keeper.records.sorted { $0.tenant < $1.tenant }.map(\.completionNS)
      #expect(own == naive.completions.compactMap { $0 }, "seed \(seed): \(rule), \(workers)")
      #expect(run.totals.deviceLaunches == naive.launches, "seed \(seed): \(rule)")
      #expect(naive.runs.allSatisfy { $0.allSatisfy { $0 == 1 } })
      if rule.leastPolls > 0 { late += 1 }
      if zip(arrivals.dropFirst(), own).contains(where: { $0 < $1 }) { shared += 1 }
    }
    // Grids that end too early, in time, and requests that share a grid: all are among them.
    #expect(early > 4 && late > 10 && shared > 50, "\(early), \(late), \(shared)")
  }

  /// A lone request's time from its arrival.
  private static func latency(
    _ graph: TaskGraph, workers: Int, _ rule: TaskQueue, _ testbed: Testbed = Testbed(name: "ideal")
  ) throws -> (ns: Int64, launches: Int) {
    let run = try simulate(
      scene([graph], at: [0], workers: workers, testbed: testbed), "atos", options: options(rule))
    return (run.keeper.records[0].completionNS, run.totals.deviceLaunches)
  }

  @Test("hand case: queue 6, barrier 9 and one launch and wait more")
  func handCase() throws {
    let graph = TaskGraph(
      name: "hand", source: "policies.md", work: [1, 4, 5, 1].map { .lasting($0 * 1_000) },
      children: [[1], [], [3], []])
    var testbed = Testbed(name: "costly")
    testbed.launchCPU = 300
    testbed.launchLock = 40
    testbed.completionSync = 7_000
    let call = 340 + 7_000 as Int64
    var rule = TaskQueue()
    #expect(try Self.latency(graph, workers: 2, rule) == (6_000, 1))
    #expect(try Self.latency(graph, workers: 2, rule, testbed) == (6_000 + call, 1))
    rule.mode = .discrete
    #expect(try Self.latency(graph, workers: 2, rule).ns == 6_000)
    rule.mode = .bsp
    #expect(try Self.latency(graph, workers: 2, rule) == (9_000, 2))
    #expect(try Self.latency(graph, workers: 2, rule, testbed) == (9_000 + 2 * call, 2))
  }

  /// What a barrier after each frontier takes: each is a list schedule, in the order in which the
  /// schedule before made its tasks ready.
  private static func barriers(_ graph: TaskGraph, _ times: [Int64], workers: Int) -> [Int64] {
    var (waiting, frontier, spans) = (graph.parentCounts, graph.roots, [Int64]())
    while !frontier.isEmpty {
      var free = [Int64](repeating: 0, count: workers)
      var ends: [(end: Int64, place: Int)] = []
      for (place, task) in frontier.enumerated() {
        let first = free.indices.min { free[$0] < free[$1] } ?? 0
        free[first] += times[Int(task)]
        ends.append((free[first], place))
      }
      spans.append(free.max() ?? 0)
      var next: [Int32] = []
      for (_, place) in ends.sorted(by: <) {
        for child in graph.children[Int(frontier[place])] {
          waiting[Int(child)] -= 1
          if waiting[Int(child)] == 0 { next.append(child) }
        }
      }
      frontier = next
    }
    return spans
  }

  @Test("work and longest chain bound a queue; a barrier is the sum of its frontiers")
  func bounds() throws {
    var isTight = 0
    for seed in 1...(SharedFiles.isDeepRun ? 5_000 : 80) as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed, stream: "task bounds")
      let graph = Self.randomGraph(&random, tasks: 60)
      let times = graph.leastTimes(on: Fixtures.plainGPU())
      let path = graph.criticalPath(times)
      let workers = 1 + random.nextBelow(6)
      let work = times.reduce(0, +)
      let most = Double(work) / Double(workers) + (1 - 1 / Double(workers)) * Double(path)
      var rule = TaskQueue()
      for mode in [.persistent, .discrete] as [TaskQueue.Mode] {
        rule.mode = mode
        let (span, launches) = try Self.latency(graph, workers: workers, rule)
        #expect(span >= path && Double(span) <= most, "seed \(seed): \(span), \(path), \(most)")
        #expect(span * Int64(workers) >= work, "seed \(seed)")
        #expect(mode != .persistent || launches == 1)
        if Double(span) == most { isTight += 1 }
      }
      rule.mode = .bsp
      let (span, launches) = try Self.latency(graph, workers: workers, rule, Fixtures.costly)
      let frontiers = Self.barriers(graph, times, workers: workers)
      let sum = frontiers.reduce(10_000) { $0 + $1 + 4_000 + 8_000 }
      #expect(span == sum && launches == frontiers.count, "seed \(seed): \(span), \(sum)")
      #expect(frontiers.count == graph.frontiers.count && launches >= frontiers.count)
    }
    #expect(isTight > 0)
  }

  @Test("a grid that ends before its tasks refuses the run and says how many are left")
  func earlyEnd() throws {
    let late = TaskGraph(
      name: "late", source: "made up", work: [.lasting(1_000), .lasting(1), .lasting(1)],
      children: [[1, 2], [], []])
    var rule = TaskQueue()
    (rule.pollNS, rule.leastPolls) = (10, 100)
    // The one that waits is ready at 990 ns; the other looks in vain from 1001 on, and the 100th time at
    // 1991 ns: both leave at their next look.
    #expect(try Self.latency(late, workers: 2, rule) == (2_001, 1))
    // A child goes to one that waits, and who ran its parent looks in vain: at 690 ns all have.
    let chain = TaskGraph(
      name: "chain", source: "made up", work: [500, 500, 2_000, 1].map { .lasting($0) },
      children: [[1], [2], [3], []])
    rule.leastPolls = 20
    var said = ""
    do { _ = try Self.latency(chain, workers: 3, rule) } catch { said = "\(error)" }
    #expect(
      said.contains(
        "with min_iter 20 all workers are ready to end at 690 ns, with 2 of the 4 tasks of 't100' "
          + "not begun"), "\(said)")
    // One worker never waits before the last task.
    rule.leastPolls = 1
    #expect(try Self.latency(chain, workers: 1, rule) == (3_011, 1))
  }

  @Test("its workers hold the GPU from a request's first task to its last")
  func activity() throws {
    let graph = TaskGraph(
      name: "chain", source: "made up", work: [.lasting(1_000), .lasting(2_000)],
      children: [[1], []])
    let gpu = Fixtures.plainGPU(sms: 3)
    var tenant = Fixtures.tenant("a", graph.table(on: gpu), .trace([500]))
    tenant.graph = graph
    var rule = TaskQueue()
    for mode in TaskQueue.Mode.allCases {
      rule.mode = mode
      let run = try simulate(
        Fixtures.experiment([tenant], policies: ["atos"], gpu: gpu), "atos",
        options: Self.options(rule))
      let all = mode == .persistent ? 3 : 1
      #expect(run.totals.integrals.busyTime == 3_000)
      #expect(run.totals.integrals.activeSMTime == Int128(3_000 * all))
      #expect(run.totals.integrals.warpTime == Int128(3_000 * all * 32))
    }
  }

  @Test("operations and bytes: counted to the last, and never faster than the GPU")
  func work() throws {
    let gpu = Fixtures.plainGPU(sms: 2)
    let graph = TaskGraph(
      name: "work", source: "made up",
      work: (0..<40).map { i in
        .doing(flop: 1_000 * Int64(i), dramBytes: 100_000 - 2_000 * Int64(i))
      },
      children: (0..<40).map { i in i < 20 ? [Int32(i + 20)] : [] })
    var tenant = Fixtures.tenant("a", graph.table(on: gpu), .trace([0, 0, 7_000]))
    tenant.graph = graph
    tenant.replicas = 2
    for mode in TaskQueue.Mode.allCases {
      var rule = TaskQueue()
      rule.mode = mode
      let experiment = Fixtures.experiment([tenant], policies: ["atos", "oracle"], gpu: gpu)
      let run = try simulate(experiment, "atos", options: Self.options(rule))
      #expect(run.totals.flop[0].whole == 3 * Int128(graph.totals.flop))
      #expect(run.totals.dramBytes[0] == 3 * Int128(graph.totals.dramBytes))
      #expect(run.totals.endNS >= 3 * graph.totals.dramBytes / 800)
      let bound = try simulate(experiment, "oracle")
      let (least, own) = (bound.keeper.records, run.keeper.records)
      #expect(
        zip(
          least.map { $0.completionNS - $0.arrivalNS }.sorted(),
          own.map { $0.completionNS - $0.arrivalNS }.sorted()
        ).allSatisfy { $0 <= $1 })
      #expect(least.contains { $0.completionNS - $0.arrivalNS > 2 * graph.totals.dramBytes / 801 })
    }
  }
}
