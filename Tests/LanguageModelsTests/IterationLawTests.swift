import Hardware
import SimBasics
import Tables
import TestSupport
import Testing

@testable import LanguageModels

/// Laws of `llm.md` that hold for iterations alone, before any serving.
struct IterationLawTests {
  static let library = LanguageModelTests.library
  static let gpus = ["a100-sxm4-80gb", "h100-sxm5-80gb", "rtx-pro-6000-server", "b200", "l40s"]

  static func costs(_ model: LanguageModel, _ gpu: GPUSpec) throws -> IterationCosts {
    let stack = try library.servingStack()
    return IterationCosts(
      model: model, gpu: gpu, operators: try library.operatorModel(for: gpu, stack: stack),
      stack: stack)
  }

  static func batch(_ generator: inout SeededGenerator) -> IterationBatch {
    func below(_ n: Int) -> Int { Int(generator.next() % UInt64(n)) }
    return IterationBatch(
      sequences: (0...below(24)).map { _ in
        let isPrompt = below(3) == 0
        return BatchSequence(
          newTokens: isPrompt ? 1 + below(2000) : 1, contextTokens: below(6000),
          samples: !isPrompt || below(2) == 0)
      })
  }

  /// The quick sums are those of the launches, to the nanosecond, for layers alike and not.
  @Test(arguments: [
    ("llama-3.1-8b", 1 as UInt64), ("qwen3-30b-a3b", 2), ("phi-2", 3), ("mixed", 4),
  ])
  func sumsAreThoseOfTheLaunches(name: String, seed: UInt64) throws {
    let model =
      name == "mixed"
      ? try LanguageModel.read(
        JSONReader.node(of: ModelText.mixture, file: "mixed.json"), file: "mixed.json")
      : try Self.library.languageModel(name)
    let costs = try Self.costs(model, Self.library.gpu("h100-sxm5-80gb"))
    var generator = SeededGenerator(seed: seed, stream: "batches")
    for i in 0..<20 {
      let work = Self.batch(&generator).work
      let iteration = costs.iteration(work)
      let totals = costs.totals(work)
      #expect(totals.durationNS == iteration.durationNS, "seed \(seed), batch \(i)")
      #expect(totals.launches == iteration.launchCount, "seed \(seed), batch \(i)")
      #expect(costs.durationNS(work) == iteration.durationNS)
      // A second time, from what is remembered.
      #expect(costs.totals(work) == totals)
      #expect(
        iteration.segments.dropFirst().dropLast().reduce(0) { $0 + $1.repeats } == model.layers)
    }
  }

  /// Law 7: a decode step takes at least its weights and its cache over the DRAM's peak, a prompt
  /// at least its operations over the peak of the matrix units.
  @Test(arguments: gpus)
  func noIterationBeatsTheHardware(gpu: String) throws {
    let spec = try Self.library.gpu(gpu)
    let model = try Self.library.languageModel("llama-3.1-8b")
    let costs = try Self.costs(model, spec)
    let embedding = Double(2 * model.vocab * model.hidden)
    for (sequences, context) in [(1, 1), (1, 4000), (16, 1000), (128, 2000), (256, 100)] {
      var work = IterationWork()
      for _ in 0..<sequences {
        work.add(BatchSequence(newTokens: 1, contextTokens: context, samples: true))
      }
      let bytes =
        Double(model.weightsBytes) - embedding
        + Double(sequences * (context + 1) * model.kvBytesPerToken)
      #expect(Double(costs.durationNS(work)) >= bytes / spec.dramGBPerS, "\(sequences), \(context)")
    }
    let peak = spec.smRate(.bf16Tensor) * Double(spec.smCount)
    for tokens in [2, 100, 2048, 16384] {
      var work = IterationWork()
      work.add(BatchSequence(newTokens: tokens, contextTokens: 0, samples: true))
      let products =
        2 * Double(tokens)
        * Double(model.parameters - 2 * model.vocab * model.hidden)
      let attention = 4 * work.prefillPairs * Double(model.layers * model.heads * model.headDim)
      #expect(Double(costs.durationNS(work)) >= (products + attention) / peak, "\(tokens)")
    }
  }

  /// Law 6: more tokens, more context never make an iteration faster, more SMs or more bandwidth
  /// never slower.
  @Test(arguments: gpus, ["llama-3.1-8b", "qwen3-30b-a3b"])
  func moreWorkIsNeverFasterNorMoreHardwareSlower(gpu: String, name: String) throws {
    let spec = try Self.library.gpu(gpu)
    var model = try Self.library.languageModel(name)
    for precision in [WeightPrecision.bf16, .fp8] {
      model.precision = precision
      let costs = try Self.costs(model, spec)
      var last: Int64 = 0
      for tokens in [2, 3, 16, 17, 31, 64, 65, 128, 129, 200, 256, 257, 512, 513, 1000, 1025, 4096]
      {
        var work = IterationWork()
        work.add(BatchSequence(newTokens: tokens, contextTokens: 0, samples: true))
        let now = costs.durationNS(work)
        #expect(now >= last, "\(precision) \(tokens) tokens")
        last = now
      }
      last = 0
      for context in [0, 1, 127, 128, 129, 500, 5000, 50_000] {
        var work = IterationWork()
        work.add(BatchSequence(newTokens: 1, contextTokens: context, samples: true))
        let now = costs.durationNS(work)
        #expect(now >= last, "\(precision) context \(context)")
        last = now
      }
      var generator = SeededGenerator(seed: 9, stream: "hardware")
      for _ in 0..<6 {
        let work = Self.batch(&generator).work
        var larger = spec
        larger.smCount += spec.smCount / 4
        #expect(
          try Self.rated(model, larger, as: spec, work) <= Self.rated(model, spec, as: spec, work))
        var wider = spec
        wider.dramGBPerS *= 1.3
        #expect(
          try Self.rated(model, wider, as: spec, work) <= Self.rated(model, spec, as: spec, work))
      }
    }
  }

  /// The duration on a changed GPU with the constants of the one it was made from.
  private static func rated(
    _ model: LanguageModel, _ gpu: GPUSpec, as own: GPUSpec, _ work: IterationWork
  ) throws -> Int64 {
    let stack = try library.servingStack()
    let constants = try library.operatorModel(for: own, stack: stack).constants
    return IterationCosts(
      model: model, gpu: gpu,
      operators: OperatorModel(gpu: gpu, constants: constants, stack: stack), stack: stack
    ).durationNS(work)
  }

  /// Every launch is a row that a kernel table may hold and a GPU can run.
  @Test(arguments: gpus)
  func launchesAreRowsOfATable(gpu: String) throws {
    let spec = try Self.library.gpu(gpu)
    for name in Self.library.languageModelNames {
      let costs = try Self.costs(try Self.library.languageModel(name), spec)
      var generator = SeededGenerator(seed: 5, stream: name)
      let iteration = costs.iteration(Self.batch(&generator).work)
      for launch in iteration.segments.flatMap(\.launches) {
        let row = launch.row
        let occupancy = Occupancy(
          threads: row.block.count, registers: row.registersPerThread,
          sharedMemory: row.sharedMemoryBytes, limits: spec.limits)
        #expect(occupancy.blocksPerSM >= 1, "\(name) \(row.name)")
        #expect(row.grid.count >= 1 && launch.durationNS >= 1)
        #expect((0...1).contains(row.computeFraction ?? -1), "\(name) \(row.name)")
        #expect(
          Double(row.dramBytes ?? 0) <= Double(launch.durationNS) * spec.dramRate * 1.0001,
          "\(name) \(row.name)")
      }
    }
  }
}
