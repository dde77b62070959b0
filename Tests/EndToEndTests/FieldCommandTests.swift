import TestSupport
import Testing

/// Laws of `lithos`, `hummingbird`, `bless`, `parvagpu` and `tally`'s workers, as a user sees them.
struct FieldCommandTests {
  /// Best-effort launches of `waves` rounds that fill the GPU and a critical one of 10 us now and then:
  /// how much longer that takes.
  private func waits(_ policy: String, waveNS: Int, waves: Int) -> [Int] {
    let long = LawFiles.Kernel(name: "long", blocks: 80 * waves, flop: 128 * waveNS)
    let short = LawFiles.Kernel(name: "short", blocks: 80, flop: 1_280_000)
    let length = waves * waveNS
    let result = LawFiles(
      tenants: [
        .init("low", Array(repeating: long, count: 12), at: [0]),
        .init("high", [short], at: (1...5).map { $0 * length * 73 / 40 + 17 }, priority: 1),
      ], policies: [policy]
    ).run()
    #expect(result.latencies("low").count == 1, "\(result.error)")
    return result.latencies("high").map { $0 - 10_000 }
  }

  @Test("lithos: an owner waits for an atom at most", arguments: [20_000, 90_000])
  func lithos(waveNS: Int) {
    let waits = waits("\"lithos\"", waveNS: waveNS, waves: 30)
    #expect(waits.count == 5 && waits.allSatisfy { $0 <= 500_000 }, "\(waits)")
    let short = self.waits("{\"policy\": \"lithos\", \"atom_us\": 100}", waveNS: waveNS, waves: 30)
    #expect(short.allSatisfy { $0 <= 100_000 } && short != waits, "\(short)")
  }

  @Test("hummingbird: the critical wait for a piece at most", arguments: [10_000, 45_000])
  func hummingbird(waveNS: Int) {
    let waits = waits("\"hummingbird\"", waveNS: waveNS, waves: 30)
    #expect(waits.count == 5 && waits.allSatisfy { $0 <= 50_000 }, "\(waits)")
  }

  @Test("tally's workers: the critical wait for a round at most")
  func workers() {
    let waits = waits("{\"policy\": \"tally\", \"workers\": true}", waveNS: 150_000, waves: 30)
    #expect(waits.count == 5 && waits.allSatisfy { $0 <= 150_000 }, "\(waits)")
    #expect((waits.max() ?? 0) > 0)
  }

  private let folder = TemporaryFolder()

  private func tool(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test func theirPagesSayWhatTheyRestOn() {
    for (name, option) in [
      ("lithos", "atom_us"), ("hummingbird", "split_us"), ("bless", "squad"),
      ("parvagpu", "max_batch"), ("tally", "workers"),
    ] {
      let shown = tool("policies \(name)")
      for word in ["\(name): ", "rule: ", "ignores: ", "source: ", option] {
        #expect(shown.output.contains(word), "\(name) without '\(word)': \(shown.output)")
      }
    }
  }

  @Test(
    arguments: [
      ("bless:quota=60", "the quotas add up to 120 %, more than 100"),
      ("lithos:quota=51", "the quotas add up to 102 %, more than 100"),
      ("hummingbird", "needs a latency-critical tenant"),
      ("parvagpu", "needs MIG, which v100-sxm2-16gb does not have"),
    ])
  func whatCannotBeIsRefused(policy: String, message: String) {
    let run = tool(
      "compare --model resnet50,mobilenet_v2 --slo-ms 30 --poisson-rps 80 --duration-s 0.1 "
        + "--gpu v100-sxm2-16gb --policy \(policy)")
    #expect([64, 65].contains(run.status) && run.error.contains(message), "\(run)")
  }

  @Test func parvagpuServesWhatItPlansFor() {
    let line =
      "compare --gpu a100-sxm4-40gb --model resnet50,mobilenet_v2 --replicas 3 --slo-ms 100 "
      + "--duration-s 1 --policy parvagpu --format csv"
    let run = tool(line + " --poisson-rps 150")
    #expect(run.status == 0 && !run.error.contains("warning: 'parvagpu'"), "\(run.error)")
    for row in WrittenRows.of(run.output) {
      #expect(row["slo_attainment"].flatMap(Double.init) ?? 0 >= 0.99, "\(row)")
    }
    let heavy = tool(line + " --poisson-rps 9000")
    #expect(heavy.error.contains("warning: 'parvagpu': no instances of one "), "\(heavy.error)")
  }
}
