import TestSupport
import Testing

/// Laws of policies that hold back, kill and slice launches, as a user can see them.
struct GateCommandLineTests {
  /// Best-effort launches that fill the GPU and a critical one of 10 us now and then.
  private func waits(
    _ policy: String, lengthNS: Int, waves: Int = 1, launches: Int = 40
  ) -> [Int] {
    let long = LawFiles.Kernel(
      name: "long", blocks: 80 * waves, flop: 128 * lengthNS / waves)
    let short = LawFiles.Kernel(name: "short", blocks: 80, flop: 1_280_000)
    let result = LawFiles(
      tenants: [
        .init("low", Array(repeating: long, count: launches), at: [0]),
        .init("high", [short], at: (1...5).map { $0 * lengthNS * 73 / 10 + 17 }, priority: 1),
      ], policies: [policy]
    ).run()
    #expect(result.latencies("low").count == 1, "\(result.error)")
    return result.latencies("high").map { $0 - 10_000 }
  }

  @Test("xsched: with 8 launches of T in flight the critical wait 8 T, T, or 32 us")
  func xsched() {
    for length in [100_000, 2_000_000] {
      for (level, bound) in [(1, 8 * length), (2, length), (3, 32_000)] {
        let waits = waits(
          "{\"policy\": \"xsched\", \"level\": \(level), \"in_flight\": 8}", lengthNS: length)
        #expect(waits.count == 5 && waits.allSatisfy { $0 <= bound }, "\(level): \(waits)")
        if level == 3 { #expect(waits.allSatisfy { $0 == 32_000 }, "\(waits)") }
      }
    }
  }

  @Test("reef: the critical wait for a kill, however long the launch", arguments: [1, 100])
  func reef(milliseconds: Int) {
    let length = milliseconds * 1_000_000
    #expect(waits("\"reef\"", lengthNS: length) == Array(repeating: 40_000, count: 5))
    let ends = waits("{\"policy\": \"reef\", \"variant\": \"nvidia\"}", lengthNS: length)
    #expect(ends.allSatisfy { $0 <= length } && (ends.max() ?? 0) > 40_000, "\(ends)")
  }

  @Test("tally: the critical wait for a slice at most", arguments: [20_000, 90_000])
  func tally(waveNS: Int) {
    let waits = waits("\"tally\"", lengthNS: 20 * waveNS, waves: 20, launches: 4)
    #expect(waits.allSatisfy { $0 <= 100_000 }, "\(waits)")
  }

  @Test("orion: only the other class goes beside a critical launch")
  func orion() {
    let critical = LawFiles.Kernel(name: "hp", blocks: 80, warps: 16, flop: 128_000_000)
    let arithmetic = LawFiles.Kernel(name: "a", warps: 4, flop: 128_000)
    let memory = LawFiles.Kernel(name: "m", warps: 4, flop: 16, bytes: 40_000)
    for warmup in [0, 10] {
      let result = LawFiles(
        tenants: [
          .init("high", [critical], at: [0], priority: 1),
          .init("arithmetic", [arithmetic], at: [1_000]),
          .init("memory", [memory], at: [1_000]),
        ], policies: ["{\"policy\": \"orion\", \"warmup_requests\": \(warmup)}"]
      ).run()
      #expect(result.latencies("memory").allSatisfy { $0 < 100_000 }, "\(result.error)")
      let waited = result.latencies("arithmetic")
      #expect(waited.count == 1)
      #expect(waited.allSatisfy { ($0 >= 999_000) == (warmup == 0) }, "\(waited)")
    }
  }

  @Test("policies that go by priorities or objectives say where there are none")
  func objections() {
    let folder = TemporaryFolder()
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "e", "gpu": "v100-sxm2-16gb",
       "testbed": "modern", "duration_s": 0.02,
       "tenants": [{"name": "a", "model": "resnet50", "arrivals": {"poisson_rps": 50}},
         {"name": "b", "model": "resnet50", "arrivals": {"poisson_rps": 50}}],
       "policies": [
         "orion", {"policy": "xsched", "rule": "kedf"}, {"policy": "tally", "bound_us": 3}]}

      """)
    let run = CommandLineRun(["compare", "e.json"], in: folder.path)
    #expect(run.status == 65)
    #expect(
      run.error.contains(
        "e.json:6:4: error: 'orion' needs a latency-critical tenant: every tenant has the priority 0"
      ), "\(run.error)")
    #expect(run.error.contains("'xsched(rule=kedf)' needs an objective"))
    #expect(run.error.contains("the policy 'tally' has no option 'bound_us'"))
    let named = CommandLineRun(["policies", "tally"], in: folder.path)
    for word in ["rule: ", "ignores: ", "source: ", "bound_ms", "idle_ms"] {
      #expect(named.output.contains(word), "\(named.output)")
    }
  }
}
