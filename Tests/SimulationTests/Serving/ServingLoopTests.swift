import LanguageModels
import RunSupport
import SimBasics
import Testing
import Workloads

@testable import Simulation

/// The scheduler of a replica without an engine: which sequences run, and what becomes of blocks and
/// tokens.
@Suite struct ServingLoopTests {
  struct Requests: ServingQueue {
    var waiting: [Arrival] = []
    var prompts: [[Int32]] = []
    var first: Arrival? { waiting.first }
    mutating func removeFirst() { waiting.removeFirst() }
    func prompt(of request: Arrival) -> ArraySlice<Int32> {
      prompts.isEmpty ? [] : prompts[request.record][...]
    }

    init(_ lengths: [(Int, Int)], prompts: [[Int32]] = []) {
      self.prompts = prompts
      waiting = lengths.enumerated().map { number, length in
        var request = Arrival(timeNS: 0, record: number)
        request.tokens = RequestTokens(input: Int32(length.0), output: Int32(length.1))
        return request
      }
    }
  }

  /// Runs to the end; returns the parts of each iteration as (request, tokens) and who ended there.
  private func run(
    _ settings: ServingSettings, blocks: Int, _ lengths: [(Int, Int)], prefixTokens: Int? = nil,
    prompts: [[Int32]] = [], check: (ServingLoop) -> Void = { _ in }
  ) -> (parts: [[[Int]]], ended: [[Int]], loop: ServingLoop) {
    var queue = Requests(lengths, prompts: prompts)
    var loop = ServingLoop(settings, blocks: blocks, prefixTokens: prefixTokens)
    var (parts, ended) = ([[[Int]]](), [[Int]]())
    var now: Int64 = 0
    while loop.plan(at: now, &queue) {
      parts.append(loop.plan.map { [loop.sequences[$0.slot].number, $0.tokens] })
      check(loop)
      now += 10
      loop.begin(at: now - 5)
      loop.finish(at: now, freed: now)
      ended.append(loop.ended.map { loop.sequences[$0].number })
      for slot in loop.ended { loop.forget(slot) }
      if parts.count > 100_000 { break }
    }
    #expect(queue.waiting.isEmpty && loop.live == 0)
    return (parts, ended, loop)
  }

  @Test func continuousMixesChunksWithDecodes() {
    var settings = ServingSettings()
    settings.maxTokens = 10
    let (parts, ended, loop) = run(settings, blocks: 100, [(4, 3), (15, 2), (3, 1)])
    #expect(
      parts == [
        [[0, 4], [1, 6]], [[0, 1], [1, 9]], [[0, 1], [1, 1], [2, 3]],
      ])
    #expect(ended == [[], [], [0, 1, 2]])
    #expect(loop.counters.input == 22 && loop.counters.output == 6)
    #expect(loop.counters.computed == 22 + 3 && loop.pool.used == 0)
  }

  @Test func wholePromptsWaitForRoomInAnIteration() {
    var settings = ServingSettings()
    settings.maxTokens = 10
    settings.chunkedPrefill = false
    let (parts, _, _) = run(settings, blocks: 100, [(4, 2), (15, 1), (3, 1)])
    // The second is longer than an iteration: it has one for itself.
    #expect(parts == [[[0, 4]], [[0, 1]], [[1, 15]], [[2, 3]]])
  }

  @Test func prefillFirstStopsDecodes() {
    var settings = ServingSettings()
    settings.scheduler = .prefillFirst
    settings.maxTokens = 10
    let (parts, ended, _) = run(settings, blocks: 100, [(4, 2), (5, 3), (8, 1)])
    #expect(parts == [[[0, 4], [1, 5]], [[2, 8]], [[0, 1], [1, 1]], [[1, 1]]])
    #expect(ended == [[], [2], [0], [1]])
  }

  @Test func aStaticBatchStartsAndEndsTogether() {
    var settings = ServingSettings()
    settings.scheduler = .fixed
    settings.maxSequences = 2
    let (parts, ended, loop) = run(settings, blocks: 100, [(4, 1), (5, 3), (6, 1)])
    #expect(parts == [[[0, 4], [1, 5]], [[0, 1], [1, 1]], [[0, 1], [1, 1]], [[2, 6]]])
    #expect(ended == [[], [], [0, 1], [2]])
    #expect(loop.counters.padding == 2 && loop.counters.output == 5)
  }

  @Test func theLastToBeginLeavesWithoutRoom() {
    var settings = ServingSettings()
    settings.kvBlock = 4
    // Two sequences of 4 tokens fill two blocks each as they go on; there are three.
    let (parts, ended, loop) = run(settings, blocks: 3, [(4, 5), (4, 5)])
    #expect(parts[0] == [[0, 4], [1, 4]])
    // The first takes the third block, the second has none for its fifth token.
    #expect(parts[1] == [[0, 1]])
    #expect(loop.counters.preemptions == 1 && loop.counters.recomputed == 4)
    #expect(ended.flatMap { $0 } == [0, 1])
    #expect(loop.counters.computed == 2 * (4 + 4) + loop.counters.recomputed)
  }

  @Test func swappedTokensAreNotComputedAgain() {
    var settings = ServingSettings()
    settings.kvBlock = 4
    settings.preemption = .swap
    let (_, _, loop) = run(settings, blocks: 3, [(4, 5), (4, 5)])
    #expect(loop.counters.preemptions == 1 && loop.counters.recomputed == 0)
    // Out and in again.
    #expect(loop.counters.swappedBlocks == 2)
  }

  @Test func promptsThatBeginAlikeShareWhatWasComputed() {
    var settings = ServingSettings()
    settings.kvBlock = 4
    settings.maxSequences = 1
    let prompts: [[Int32]] = [[7, 8, 9], [7, 8, 5], [1, 8, 9], [7, 8, 9]]
    let (parts, _, loop) = run(
      settings, blocks: 100, [(24, 1), (24, 1), (24, 1), (24, 1)], prefixTokens: 8,
      prompts: prompts)
    // A name means the same tokens only behind the same start; one token at least is computed.
    #expect(parts == [[[0, 24]], [[1, 8]], [[2, 24]], [[3, 8]]])
    #expect(loop.counters.cached == 32 && loop.counters.input == 96 && loop.pool.used == 0)
  }

  @Test func theCacheMakesRoom() {
    var settings = ServingSettings()
    settings.kvBlock = 4
    settings.maxSequences = 1
    let prompts: [[Int32]] = [[1, 2], [3, 4], [1, 2]]
    // Five blocks hold one prompt of 16 tokens and not two.
    let (parts, _, loop) = run(
      settings, blocks: 5, [(16, 1), (16, 1), (16, 1)], prefixTokens: 8, prompts: prompts)
    #expect(parts == [[[0, 16]], [[1, 16]], [[2, 16]]])
    #expect(loop.counters.cached == 0)
  }

  /// Laws 2 and 3 on random requests under every scheduler.
  @Test(arguments: UInt64(0)..<150)
  func tokensAndBlocksAddUp(seed: UInt64) {
    var random = SeededGenerator(seed: seed, stream: "serving")
    var settings = ServingSettings()
    settings.scheduler = ServingSettings.Scheduler.allCases[random.nextBelow(3)]
    settings.kvBlock = [1, 3, 16][random.nextBelow(3)]
    settings.maxSequences = 1 + random.nextBelow(6)
    settings.maxTokens = 1 + random.nextBelow(40)
    settings.chunkedPrefill = random.nextBelow(2) == 0
    settings.preemption = random.nextBelow(2) == 0 ? .recompute : .swap
    let part = settings.kvBlock * (1 + random.nextBelow(3))
    let hasPrompts = random.nextBelow(2) == 0
    var (lengths, prompts) = ([(Int, Int)](), [[Int32]]())
    for _ in 0..<30 {
      lengths.append((1 + random.nextBelow(60), 1 + random.nextBelow(20)))
      prompts.append((0..<60).map { _ in Int32(random.nextBelow(2)) })
      prompts[prompts.count - 1].removeLast(60 - (lengths[lengths.count - 1].0 + part - 1) / part)
    }
    let longest = lengths.map { $0.0 + $0.1 }.max() ?? 1
    let blocks = (longest + settings.kvBlock - 1) / settings.kvBlock + random.nextBelow(6)
    let (_, ended, loop) = run(
      settings, blocks: blocks, lengths, prefixTokens: hasPrompts ? part : nil,
      prompts: hasPrompts ? prompts : []
    ) { loop in
      let sum = loop.running.reduce(0) { $0 + loop.pool.blocks(for: loop.sequences[$1].computed) }
      #expect(loop.pool.used <= blocks, "seed \(seed)")
      if hasPrompts {
        #expect(loop.pool.used <= sum, "seed \(seed)")
        #expect((loop.cache?.idleBlocks ?? 0) + loop.pool.used <= blocks, "seed \(seed)")
      } else {
        #expect(loop.pool.used == sum, "seed \(seed)")
      }
      #expect(loop.running.count <= settings.maxSequences, "seed \(seed)")
      if loop.plan.count > 1, settings.scheduler == .continuous {
        #expect(loop.plan.reduce(0) { $0 + $1.tokens } <= settings.maxTokens, "seed \(seed)")
      }
    }
    let counters = loop.counters
    #expect(ended.flatMap { $0 }.sorted() == Array(0..<30), "seed \(seed)")
    #expect(loop.pool.used == 0 && loop.reserved == 0, "seed \(seed)")
    #expect(counters.input == lengths.reduce(0) { $0 + $1.0 }, "seed \(seed)")
    #expect(counters.output == lengths.reduce(0) { $0 + $1.1 }, "seed \(seed)")
    let once = counters.input - counters.cached + counters.output - 30
    #expect(
      counters.computed == once + counters.recomputed + counters.padding, "seed \(seed)")
    if settings.preemption == .swap { #expect(counters.recomputed == 0, "seed \(seed)") }
  }
}
