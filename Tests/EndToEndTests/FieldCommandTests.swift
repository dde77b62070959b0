import TestSupport
import Testing

/// Laws of `lithos`, `hummingbird`, `bless`, `parvagpu`, `sgdrc` and `tally`'s workers, as a user sees
/// them.
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
    // Its blocks come before those of the atom that has borrowed its TPCs: it waits for a round.
    #expect(waits.allSatisfy { $0 <= waveNS } && (waits.max() ?? 0) > 0, "\(waits)")
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

  @Test("sgdrc: the critical wait for a block at most", arguments: [20_000, 90_000])
  func sgdrcStops(waveNS: Int) {
    let waits = waits("\"sgdrc\"", waveNS: waveNS, waves: 30)
    #expect(waits.count == 5 && waits.allSatisfy { $0 <= waveNS }, "\(waits)")
    #expect((waits.max() ?? 0) > 0)
  }

  @Test("sgdrc: a critical stream has two thirds of the DRAM, whoever asks beside it")
  func sgdrcHasTheDRAM() {
    // 80 blocks of 4 warps that move 80 KB; the DRAM moves 100 bytes a ns, an SM asks for 320.
    let stream = LawFiles.Kernel(name: "hp", blocks: 80, warps: 4, bytes: 1_000)
    let other = LawFiles.Kernel(name: "be", blocks: 640, warps: 4, bytes: 100)
    let alone = 50 * 800
    func latency(_ options: String) -> [Int] {
      let result = LawFiles(
        tenants: [
          .init("low", Array(repeating: other, count: 1_000), at: [0, 0], replicas: 2),
          .init("high", Array(repeating: stream, count: 50), at: [100_000], priority: 1),
        ], policies: ["{\"policy\": \"sgdrc\"\(options)}"]
      ).run()
      #expect(result.latencies("low").count == 2, "\(result.error)")
      return result.latencies("high")
    }
    // First the workers' last blocks: 640 of 100 bytes at a third of the DRAM at most.
    let thirds = latency("")
    #expect(thirds.count == 1 && thirds.allSatisfy { $0 >= alone }, "\(thirds)")
    #expect(thirds.allSatisfy { $0 <= alone * 3 / 2 + 640 * 3 + 50 }, "\(thirds)")
    let half = latency(", \"be_channels\": 0.5")
    #expect(half.allSatisfy { $0 <= alone * 2 + 640 * 2 + 50 && $0 > alone * 3 / 2 }, "\(half)")
    #expect(latency(", \"be_channels\": 1").allSatisfy { $0 > 4 * alone })
  }

  private let folder = TemporaryFolder()

  private func tool(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test func theirPagesSayWhatTheyRestOn() {
    for (name, option) in [
      ("lithos", "atom_us"), ("hummingbird", "split_us"), ("bless", "squad"),
      ("parvagpu", "max_batch"), ("tally", "workers"), ("sgdrc", "be_channels"),
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
      ("sgdrc", "'sgdrc' needs a latency-critical tenant"),
      ("sgdrc:be_channels=0", "be_channels"), ("sgdrc:be_channels=1.5", "be_channels"),
      ("sgdrc:window=0", "window"), ("sgdrc:slip=0.9", "slip"),
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
      "compare --gpu a100-sxm4-40gb --model resnet50,mobilenet_v2 --replicas 2 --slo-ms 100 "
      + "--policy parvagpu:max_batch=4 --format csv"
    let run = tool(line + " --poisson-rps 100 --duration-s 0.4")
    #expect(run.status == 0 && !run.error.contains("warning: 'parvagpu"), "\(run.error)")
    let rows = WrittenRows.of(run.output)
    #expect(rows.count == 3)
    for row in rows {
      #expect(row["latency_ms_max"].flatMap(Double.init) ?? .nan <= 100, "\(row)")
    }
    let heavy = tool(line + " --poisson-rps 9000 --duration-s 0.02")
    #expect(heavy.error.contains(": no instances of one "), "\(heavy.error)")
  }
}
