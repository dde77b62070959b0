import Testing

/// The model's laws as a user meets them: files in, `gpuloom compare`, figures out.
@Suite("Laws of the model, through the command line")
struct LawsCommandLineTests {
  private static let streams = "{\"policy\": \"space-only\", \"mechanism\": \"streams\"}"
  /// 10 000 ns on an SM of its own, which it fills.
  private static let whole = LawFiles.Kernel(flop: 1_280_000)

  private func blocks(_ count: Int) -> LawFiles.Kernel {
    var kernel = Self.whole
    kernel.blocks = count
    return kernel
  }

  @Test("1: blocks one to an SM take whole waves", arguments: [1, 79, 80, 81, 160, 161])
  func waves(count: Int) {
    let result = LawFiles(
      tenants: [.init("a", [blocks(count)], at: [0])], policies: ["\"space-only\""]
    ).run()
    #expect(result.latencies() == [(count + 79) / 80 * 10_000], "\(result.error)")
  }

  @Test("2: n equal blocks on one SM take max(1, n·u) times one", arguments: 1...8)
  func oneSM(count: Int) {
    // 4 of the 16 warps that fill an SM: u = 1/4.
    let kernel = LawFiles.Kernel(blocks: count, warps: 4, flop: 128_000)
    let result = LawFiles(
      smCount: 1, tenants: [.init("a", [kernel], at: [0])], policies: ["\"space-only\""]
    ).run()
    #expect(result.latencies() == [max(4000, 1000 * count)], "\(result.error)")
  }

  @Test("3: two kernels that ask for too much DRAM share exactly all of it by their warps")
  func dram() {
    // 80 and 90 bytes a ns of 100, shared 8 to 9; `a` ends after 80 000 · 17 / 800 = 1 700 ns, and
    // the 90 000 bytes left of `b` move at their own 90.
    let result = LawFiles(
      smCount: 2,
      tenants: [
        .init("a", [.init(warps: 8, bytes: 80_000)], at: [0]),
        .init("b", [.init(warps: 9, bytes: 180_000)], at: [0]),
      ], policies: [Self.streams]
    ).run()
    #expect(result.latencies("a") == [1700], "\(result.error)")
    #expect(result.latencies("b") == [2700])
  }

  @Test("4: a compute-bound and a memory-bound kernel that fit do not slow each other")
  func complements() {
    let result = LawFiles(
      tenants: [
        .init("a", [.init(blocks: 80, warps: 14, flop: 896_000)], at: [0]),
        .init("b", [.init(blocks: 80, warps: 2, flop: 16, bytes: 7000)], at: [0]),
      ], policies: [Self.streams]
    ).run()
    #expect(result.latencies("a") == [8000], "\(result.error)")
    // 160 warps ask for 1 600 bytes a ns of 100: the DRAM alone sets the time.
    #expect(result.latencies("b") == [5600])
  }

  @Test("5: later blocks wait for the unplaced ones of an earlier launch, not of a lower priority")
  func leftover() {
    func ends(_ earlier: Int, priority: Int) -> [[Int]] {
      let result = LawFiles(
        smCount: 2,
        tenants: [
          .init("a", [blocks(earlier)], at: [0]),
          .init("b", [blocks(1)], at: [100], priority: priority),
        ], policies: [Self.streams]
      ).run()
      return [result.latencies("a"), result.latencies("b")]
    }
    #expect(ends(3, priority: 0) == [[20_000], [19_900]])
    #expect(ends(4, priority: 0) == [[20_000], [29_900]])
    // Of the two SMs free at 10 000 the first goes to `b`, and `a` needs a third wave.
    #expect(ends(4, priority: 1) == [[30_000], [19_900]])
  }

  @Test("6: saturated contexts get q / (k (q + switch)) each", arguments: [2, 3])
  func contexts(count: Int) {
    let closed = "{\"closed_loop\": {\"clients\": 1, \"think_ms\": 0}}"
    let result = LawFiles(
      tenants: (0..<count).map { .init("t\($0)", [blocks(1)], arrivals: closed) },
      policies: ["{\"policy\": \"time-only\", \"time_slice_us\": 2000, \"switch_us\": 150}"],
      rest: ", \"duration_s\": 0.5, \"seeds\": [1]"
    ).run()
    for t in 0..<count {
      let got = result.figure("completed", "t\(t)") * 10_000
      let expected = 0.5e9 * 2000 / (2150 * Double(count))
      #expect(abs(got - expected) <= 2_010_000, "context \(t): \(got) against \(expected)")
    }
  }

  @Test("7: at p % never more than the SMs of whole TPCs; two halves end together")
  func caps() {
    func run(_ percent: Int, _ names: [String]) -> LawFiles.Result {
      LawFiles(
        tenants: names.map { .init($0, [blocks(80)], at: [0]) },
        policies: [
          "{\"policy\": \"space-only\", \"mechanism\": \"mps\", "
            + "\"active_thread_percentage\": \(percent)}"
        ]
      ).run()
    }
    for (percent, sms) in [(100, 80), (50, 40), (33, 26), (10, 8)] {
      let result = run(percent, ["a"])
      #expect(result.latencies() == [(80 + sms - 1) / sms * 10_000], "\(percent) %")
    }
    let halves = run(50, ["a", "b"])
    #expect(halves.latencies("a") == [20_000], "\(halves.error)")
    #expect(halves.latencies("b") == [20_000])
  }

  @Test("8: a calibrated launch alone takes its measured time", arguments: [777, 9_999, 123_457])
  func calibrated(duration: Int) {
    var kernel = blocks(133)
    kernel.bytes = 31_000
    kernel.durationNS = duration
    let result = LawFiles(
      tenants: [.init("a", [kernel], at: [0])],
      policies: [
        "\"exclusive\"", "\"time-only\"", "\"space-only\"", "\"batched\"", "\"space-time\"",
      ]
    ).run()
    // Batching waits for company first, as its option says; serving is what is measured here.
    #expect(result.requests.count == 5, "\(result.error)")
    for row in result.requests {
      let served = result.number(row, "completion_ns") - result.number(row, "first_launch_ns")
      #expect(served == duration, "\(row)")
    }
  }

  @Test("9: a super-kernel of R launches is one launch of their blocks", arguments: [1, 2, 20, 21])
  func superKernel(problems: Int) {
    var kernel = blocks(4)
    kernel.fusionClass = "whole"
    let result = LawFiles(
      tenants: [
        .init("a", [kernel], at: Array(repeating: 0, count: problems), replicas: problems)
      ], policies: ["{\"policy\": \"space-time\", \"gate\": \"always\", \"window_us\": 0}"]
    ).run()
    let time = (4 * problems + 79) / 80 * 10_000
    #expect(result.latencies() == Array(repeating: time, count: problems), "\(result.error)")
    #expect(result.figure("superkernels", "*") == (problems == 1 ? 0 : 1))
  }

  @Test("11: one tenant on an idle GPU has its solo latency under every policy")
  func solo() {
    let names = ["exclusive", "time-only", "space-only", "space-time"]
    let result = LawFiles(
      tenants: [.init("a", [blocks(3), blocks(100)], at: [0, 50_000, 100_000])],
      policies: names.map { "\"\($0)\"" } + ["{\"policy\": \"batched\", \"max_delay_ms\": 0}"]
    ).run()
    #expect(result.latencies() == Array(repeating: 30_000, count: 15), "\(result.error)")
    for row in result.summary { #expect(row["slowdown_mean"] == "1") }
  }

  /// Three unlike tenants that meet, for laws that hold whatever runs.
  private static let policies = ["exclusive", "space-only", "space-time", "time-only"]

  private func mix(scale: Int = 1, names: [String] = ["a", "b", "c"], reversed: Bool = false)
    -> LawFiles.Result
  {
    var kernels = [blocks(50), blocks(90), blocks(7)]
    for i in kernels.indices {
      kernels[i].flop *= scale
      kernels[i].bytes = 20_000 * (i + 1) * scale
      kernels[i].durationNS = [31_000, 47_000, 9_000][i] * scale
    }
    let times = (0..<40).map { i in
      (0..<3).map { (($0 + 3) * i * (i % 7 + 3) * 1000 + 137 * $0) * scale }
    }
    var tenants = (0..<3).map { i in
      LawFiles.Tenant(
        names[i], [kernels[i], kernels[(i + 1) % 3]], at: times.map { $0[i] }.sorted(),
        replicas: i + 1)
    }
    if reversed { tenants.reverse() }
    return LawFiles(
      tenants: tenants,
      policies: [
        "\"exclusive\"", "\"space-only\"",
        "{\"policy\": \"space-time\", \"window_us\": \(5 * scale), \"slo_aware\": false, "
          + "\"evict_stragglers\": false}",
        "{\"policy\": \"time-only\", \"time_slice_us\": \(20 * scale)}",
      ]
    ).run()
  }

  @Test("12: nothing is lost, operations are the table's, and Little's law holds")
  func conservation() {
    let result = mix()
    for policy in Self.policies {
      func figure(_ column: String, _ tenant: String) -> Double {
        result.figure(column, tenant, policy: policy)
      }
      for tenant in ["a", "b", "c", "*"] {
        #expect(
          figure("arrived", tenant) == figure("completed", tenant) + figure("dropped", tenant)
            + figure("in_flight", tenant))
      }
      // Operations of a request of each tenant: its two launches' blocks.
      for (tenant, count) in [("a", 50 + 90), ("b", 90 + 7), ("c", 7 + 50)] {
        let flop = Double(count) * 1_280_000
        let ratio = figure("gflops", tenant) * 1e9 / (flop * figure("throughput_rps", tenant))
        #expect(abs(ratio - 1) < 1e-5, "\(policy) \(tenant): \(ratio)")
      }
      let rows = result.requests.filter { $0["policy"]?.hasPrefix(policy) == true }
      #expect(rows.count == 120)
      var steps = rows.map { (result.number($0, "arrival_ns"), 1) }
      steps += rows.map { (result.number($0, "completion_ns"), -1) }
      steps.sort { $0 < $1 }
      var inside = 0
      var area = 0
      var last = 0
      for (time, change) in steps {
        area += inside * (time - last)
        inside += change
        last = time
      }
      let present = Double(area) / Double(last)
      let little = figure("throughput_rps", "*") * figure("latency_ms_mean", "*") / 1e3
      #expect(abs(present / little - 1) < 1e-4, "\(policy): \(present) against \(little)")
    }
  }

  @Test("13: scaled times, renamed tenants and another order give the same, scaled or renamed")
  func symmetry() {
    func ends(_ result: LawFiles.Result, _ names: [String], _ policy: String) -> [[Int]] {
      names.map { name in
        result.requests.filter { $0["tenant"] == name && $0["policy"]?.hasPrefix(policy) == true }
          .map { result.number($0, "completion_ns") }
      }
    }
    let names = ["a", "b", "c"]
    let (plain, renamed, reversed) = (mix(), mix(names: ["x", "y", "z"]), mix(reversed: true))
    let scaled = mix(scale: 1000)
    for policy in Self.policies {
      let own = ends(plain, names, policy)
      #expect(own.allSatisfy { $0.count == 40 })
      #expect(ends(renamed, ["x", "y", "z"], policy) == own, "\(policy)")
      // Contexts take turns in the order of the tenants, which is theirs to choose.
      if policy != "time-only" {
        #expect(ends(reversed, names, policy) == own, "\(policy)")
      }
      for (ours, theirs) in zip(own.joined(), ends(scaled, names, policy).joined()) {
        // Each launch ends on a whole nanosecond: what follows may start that much later.
        #expect(abs(Double(theirs) / 1000 - Double(ours)) < 200, "\(policy): \(ours) \(theirs)")
      }
    }
  }
}
