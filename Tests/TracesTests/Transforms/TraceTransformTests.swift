import SimBasics
import Tables
import TestSupport
import Testing

@testable import Traces
@testable import Workloads

@Suite struct TraceTransformTests {
  /// A trace in memory from the generators.
  static func flow(_ name: String, seconds: Int64, seed: UInt64 = 1) throws -> TraceFlow {
    var generator = try ArrivalGenerator(
      .generator(GeneratorSpec(name)), seed: seed, stream: "transform")
    var sizes = TokenSizes(.chat, seed: seed, stream: "transform")
    let text = TraceText(hasSizes: true)
    var bytes = Array(text.header([]).utf8)
    while let time = generator.next(), time < seconds * 1_000_000_000 {
      let size = sizes?.next() ?? (input: 0, output: 0)
      text.append(
        TraceRow(arrivalNS: time, inputTokens: size.input, outputTokens: size.output), to: &bytes)
    }
    return try Self.flow(bytes)
  }

  static func flow(_ bytes: [UInt8]) throws -> TraceFlow {
    try TraceFlow(try TraceImport.open(.bytes(bytes, name: "test.csv")))
  }

  static func flow(_ text: String) throws -> TraceFlow { try flow(Array(text.utf8)) }

  /// The rows after some steps; `other` is what `merge` opens.
  static func rows(
    _ flow: TraceFlow, _ steps: [String], seed: UInt64 = 1, other: TraceFlow? = nil
  ) throws -> [TraceRow] {
    let result = try Self.flow(after: steps, flow, seed: seed, other: other)
    let stage = try result.makeStage()
    var rows: [TraceRow] = []
    while let row = try stage.next() { rows.append(row) }
    return rows
  }

  static func flow(
    after steps: [String], _ flow: TraceFlow, seed: UInt64 = 1, other: TraceFlow? = nil
  ) throws -> TraceFlow {
    var transform = TraceTransform(seed: seed) { (path: String) throws(InputError) in
      guard let other else {
        throw InputError(kind: .missingFile, Diagnostic(file: path, message: "no such file"))
      }
      return other
    }
    var result = flow
    for step in steps { result = try transform.apply(try TransformStep(step), to: result) }
    return result
  }

  static func times(_ rows: [TraceRow]) -> [Int64] { rows.map(\.arrivalNS) }

  static func isOrdered(_ rows: [TraceRow]) -> Bool {
    zip(rows, rows.dropFirst()).allSatisfy { $0.arrivalNS <= $1.arrivalNS }
  }

  @Test func slicesJoinToTheWhole() throws {
    let flow = try Self.flow("chat-steady", seconds: 300)
    let whole = try Self.rows(flow, [])
    let early = try Self.rows(flow, ["slice=..120.5"])
    let late = try Self.rows(flow, ["slice=120.5..", "shift=120.5"])
    #expect(!early.isEmpty && !late.isEmpty)
    #expect(Self.times(early + late) == Self.times(whole))
    #expect(try Self.rows(flow, ["slice=.."]) == whole)
    #expect(try Self.rows(flow, ["shift=40", "slice=40.."]) == whole)
  }

  @Test func neutralStepsChangeNothing() throws {
    let flow = try Self.flow("code-onoff", seconds: 400)
    let whole = try Self.rows(flow, [])
    for step in ["thin=1", "superpose=1", "rate=1", "compress=1", "repeat=1", "shift=0"] {
      #expect(try Self.rows(flow, [step]) == whole, "\(step)")
    }
  }

  @Test func sameSeedSameRows() throws {
    let flow = try Self.flow("code-onoff", seconds: 300)
    let steps = ["rate=1.7", "dequantise=0.5", "split=zipf:4:1"]
    let first = try Self.rows(flow, steps, seed: 3)
    #expect(try Self.rows(flow, steps, seed: 3) == first)
    #expect(try Self.rows(flow, steps, seed: 4) != first)
    #expect(Self.isOrdered(first))
  }

  /// Thinning leaves bursts in place: dispersion less 1 falls with the share, and every kept
  /// request is one of the trace's.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func thinningKeepsBursts(seed: UInt64) throws {
    let flow = try Self.flow("code-onoff", seconds: 3_600, seed: seed)
    let whole = Self.times(try Self.rows(flow, []))
    let thinned = Self.times(try Self.rows(flow, ["thin=0.5"], seed: seed))
    #expect(abs(Double(thinned.count) / Double(whole.count) - 0.5) < 0.04)
    #expect(Set(thinned).isSubset(of: Set(whole)))
    for width in [1_000_000_000, 10_000_000_000] as [Int64] {
      let expected = 1 + 0.5 * (NaiveStatistics.dispersion(whole, width: width) - 1)
      let found = NaiveStatistics.dispersion(thinned, width: width)
      #expect(abs(found / expected - 1) < 0.1)
    }
  }

  /// Superposition multiplies the count exactly and keeps dispersion.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func superpositionKeepsDispersion(seed: UInt64) throws {
    let flow = try Self.flow("code-onoff", seconds: 3_600, seed: seed)
    let whole = Self.times(try Self.rows(flow, []))
    let sum = try Self.rows(flow, ["superpose=3"], seed: seed)
    #expect(sum.count == 3 * whole.count)
    #expect(Self.isOrdered(sum))
    let width: Int64 = 1_000_000_000
    let ratio =
      NaiveStatistics.dispersion(Self.times(sum), width: width)
      / NaiveStatistics.dispersion(whole, width: width)
    #expect(abs(ratio - 1) < 0.2)
  }

  @Test func rateHasTheFactor() throws {
    let flow = try Self.flow("chat-steady", seconds: 600)
    let count = Double(try Self.rows(flow, []).count)
    for factor in [0.3, 1.5, 2, 3.2] {
      let found = Double(try Self.rows(flow, ["rate=\(factor)"]).count)
      #expect(abs(found / count / factor - 1) < 0.06, "factor \(factor)")
    }
  }

  @Test func compressionScalesGaps() throws {
    let flow = try Self.flow("arrival_ns\n0\n1000\n5000\n")
    #expect(Self.times(try Self.rows(flow, ["compress=2"])) == [0, 500, 2_500])
    #expect(Self.times(try Self.rows(flow, ["compress=0.5"])) == [0, 2_000, 10_000])
  }

  /// A mean gap lies between the last arrival and the first of the next round.
  @Test func repetitionFollowsTheEnd() throws {
    let flow = try Self.flow("arrival_ns\n0\n1000\n5000\n")
    let times = Self.times(try Self.rows(flow, ["repeat=3"]))
    #expect(times == [0, 1_000, 5_000, 7_500, 8_500, 12_500, 15_000, 16_000, 20_000])
  }

  @Test func mergeKeepsEveryRow() throws {
    let first = try Self.flow("arrival_ns,tenant\n0,a\n10,b\n10,a\n30,b\n")
    let second = try Self.flow("arrival_ns,tenant\n10,b\n20,c\n")
    let rows = try Self.rows(first, ["merge=other.csv"], other: second)
    #expect(Self.times(rows) == [0, 10, 10, 10, 20, 30])
    let merged = try Self.flow(after: ["merge=other.csv"], first, other: second)
    #expect(merged.tenantNames == ["a", "b", "c"])
    #expect(rows.map(\.tenant) == [0, 1, 0, 1, 2, 1])
    #expect(try Self.rows(first, ["keep=b"]).count == 2)
    #expect(try Self.rows(first, ["keep=b,a"]).count == 4)
  }

  @Test func splitsFollowTheWeights() throws {
    let flow = try Self.flow("chat-steady", seconds: 900)
    let rows = try Self.rows(flow, ["split=3,0,1"])
    let counts = (0..<3).map { tenant in rows.filter { $0.tenant == tenant }.count }
    #expect(counts[1] == 0)
    #expect(abs(Double(counts[0]) / Double(rows.count) - 0.75) < 0.03)
    let ranks = try Self.rows(flow, ["split=zipf:4:1"])
    let shares = (0..<4).map { tenant in
      Double(ranks.filter { $0.tenant == tenant }.count) / Double(ranks.count)
    }
    for (share, expected) in zip(shares, [12.0, 6, 4, 3].map({ $0 / 25 })) {
      #expect(abs(share - expected) < 0.03)
    }
  }

  /// The busiest are counted after the steps before; equals rank in the order of their first row.
  @Test func busiestFollowsTheCounts() throws {
    let flow = try Self.flow("arrival_ns,tenant\n0,a\n1,b\n2,c\n3,b\n4,c\n5,a\n6,c\n7,\n")
    #expect(Self.times(try Self.rows(flow, ["busiest=1"])) == [2, 4, 6])
    #expect(Self.times(try Self.rows(flow, ["busiest=2"])) == [0, 2, 4, 5, 6])
    #expect(Self.times(try Self.rows(flow, ["busiest=3"])) == [0, 1, 2, 3, 4, 5, 6])
    let early = ["slice=0..0.000000004", "busiest=1"]
    #expect(Self.times(try Self.rows(flow, early)) == [1, 3])
    #expect(throws: InputError.self) { try Self.rows(flow, ["busiest=4"]) }
    #expect(throws: InputError.self) { try TransformStep("busiest=0") }
    let plain = try Self.flow("arrival_ns\n0\n")
    #expect(throws: InputError.self) { try Self.rows(plain, ["busiest=1"]) }
  }

  @Test func splitsBySizeAtTheBounds() throws {
    let flow = try Self.flow(
      "arrival_ns,input_tokens,output_tokens\n0,99,1\n1,100,1\n2,199,1\n3,200,1\n")
    let result = try Self.flow(after: ["split=input_tokens:100,200"], flow)
    #expect(
      result.tenantNames == [
        "input_tokens_from_0", "input_tokens_from_100", "input_tokens_from_200",
      ])
    #expect(
      try Self.rows(flow, ["split=input_tokens:100,200"]).map(\.tenant) == [0, 1, 1, 2])
  }

  /// A batch on a tick spreads over the tick; nothing is lost and order holds.
  @Test func dequantisationSpreadsBatches() throws {
    let lines = (0..<4_000).map { "\(Int64($0 / 8) * 3_000_000_000)" }.joined(separator: "\n")
    let flow = try Self.flow("arrival_ns\n" + lines + "\n")
    let rows = try Self.rows(flow, ["dequantise=3"])
    #expect(rows.count == 4_000)
    #expect(Self.isOrdered(rows))
    var perTick = [Int](repeating: 0, count: 501)
    for row in rows { perTick[Int(row.arrivalNS / 3_000_000_000)] += 1 }
    #expect(perTick.prefix(500).allSatisfy { $0 == 8 })
    #expect(NaiveStatistics.dispersion(Self.times(rows), width: 1_000_000_000) < 1.2)
  }

  @Test(arguments: [
    "slize=1..2", "slice=2..1", "slice=3", "slice=-1..2", "thin=0", "thin=1.5", "thin=nan",
    "rate=1000", "compress=0", "repeat=0", "repeat=1e3", "superpose=0", "split=", "split=0,0",
    "split=zipf:0:1", "split=input_tokens:5,5", "split=input_tokens:x", "merge=", "keep=",
    "dequantise=0", "shift=1e99", "shift", "=", "",
  ])
  func badStepsAreRefused(text: String) {
    #expect(throws: InputError.self) { _ = try TransformStep(text) }
  }

  @Test func tooLongAndTooManyAreRefused() throws {
    let flow = try Self.flow("arrival_ns\n0\n9000000000000000\n")
    #expect(throws: InputError.self) { _ = try Self.rows(flow, ["repeat=1000000"]) }
    #expect(throws: InputError.self) { _ = try Self.rows(flow, ["compress=0.0001"]) }
    #expect(throws: InputError.self) {
      _ = try Self.rows(flow, ["superpose=100", "superpose=100"])
    }
    #expect(throws: InputError.self) { _ = try Self.rows(flow, ["keep=nobody"]) }
    #expect(throws: InputError.self) { _ = try Self.rows(flow, ["split=input_tokens:10"]) }
    #expect(throws: InputError.self) { _ = try Self.rows(flow, ["merge=missing.csv"]) }
  }
}
