import Tables
import Testing

@testable import Traces

/// Files whose requests follow answers.
@Suite struct SessionImportTests {
  static let mooncake =
    #"{"session_id":"s1","timestamp":0,"input_length":600,"output_length":40,"hash_ids":[0,1]}"#
    + "\n" + #"{"session_id":"s1","delay":1500,"input_length":900,"output_length":25}"# + "\n"
    + #"{"session_id":"s2","timestamp":400,"input_length":300}"# + "\n"
    + #"{"session_id":"s1","delay":800,"input_length":1200,"output_length":15}"# + "\n"

  @Test func `Requests without a time are named and not made open-loop`() throws {
    let result = try ImportResult(Self.mooncake)
    #expect(result.times == [0, 400_000_000])
    #expect(result.rows.map(\.outputTokens) == [40, -1])
    let summary = result.trace.summary
    #expect(summary.leftOut == [TraceLeftOut(reason: .followsAnswer, count: 2)])
    #expect(summary.warning(.sessions)?.count == 2)
    #expect(summary.warning(.sessions)?.message.hasPrefix("2 requests follow an answer") == true)
    #expect(summary.warning(.leftOut) == nil)
  }

  @Test func `Sessions keep their delays`() throws {
    var options = TraceOptions()
    let text = Self.mooncake.replacing(":800,", with: ":800.5,")
    // 800.5 is no whole number of the format's own unit.
    #expect(ImportResult.faults(text).contains("--unit ms"))
    options.unit = .milliseconds
    let trace = try ImportResult(text, options: options).trace
    #expect(trace.hasDelays)
    let sessions = try trace.sessions()
    #expect(sessions.map(\.startNS) == [0, 400_000_000])
    #expect(sessions.map(\.delaysNS) == [[1_500_000_000, 800_500_000], []])
    #expect(
      sessions.map { $0.requests.map { [$0.inputTokens, $0.outputTokens, $0.sourceRow] } } == [
        [[600, 40, 1], [900, 25, 2], [1_200, 15, 4]], [[300, -1, 3]],
      ])
  }

  @Test func `Blocks of prompts are kept by row, under numbers of their own`() throws {
    let blocks = try #require(try ImportResult(Self.mooncake).trace.promptBlocks())
    #expect(blocks.tokens == 512)
    #expect((1...5).map { Array(blocks[$0]) } == [[0, 1], [], [], [], []])
    let text = (0..<3).map { i in
      #"{"timestamp":\#(i),"input_length":\#(513 + i),"output_length":1,"#
        + #""hash_ids":[90000000000\#(i % 2), 7]}"#
    }
    let shared = try #require(
      try ImportResult(text.joined(separator: "\n") + "\n").trace.promptBlocks())
    #expect((1...3).map { Array(shared[$0]) } == [[0, 1], [2, 1], [0, 1]])
  }

  @Test func `A session begins with a time`() {
    let faults = ImportResult.faults(
      #"{"session_id": "a", "delay": 5, "input_length": 1, "output_length": 1}"#)
    #expect(faults.contains("no earlier request of its session"), "\(faults)")
    let neither = ImportResult.faults(
      #"{"session_id": "a", "input_length": 1, "output_length": 1, "hash_ids": [1]}"#)
    #expect(neither.contains("the key 'timestamp' is missing"), "\(neither)")
  }

  @Test func `A conversation's requests come after its answers, a sub-agent's beside them`() throws
  {
    let result = try ImportResult(ImportSample.of(.weka).text)
    #expect(result.times == [0, 2_500_000_000, 3_500_000_000, 4_500_000_000, 9_000_000_000])
    #expect(result.trace.summary.warning(.sessions)?.count == 3)
    let sessions = try result.trace.sessions()
    #expect(sessions.map(\.startNS) == [0, 2_500_000_000])
    // 3 s of thinking are given; of 4.5 s the answer took one.
    #expect(sessions.map(\.delaysNS) == [[3_000_000_000, 3_500_000_000], [1_000_000_000]])
    #expect(sessions.allSatisfy { $0.requests.count == $0.delaysNS.count + 1 })
    let twice = ImportSample.of(.weka).text + "\n" + ImportSample.of(.weka).text
    #expect(try ImportResult(twice).warnings.contains(.assumed))
  }

  @Test func `Chats with recorded times keep them, and say that they followed answers`() throws {
    let result = try ImportResult(ImportSample.of(.bailian).text)
    #expect(result.times == [500_000_000, 3_000_000_000])
    #expect(result.warnings == [.sessions] && !result.trace.hasDelays)
  }

  @Test func `Other spans than requests to models are left out by name`() throws {
    let text = ImportSample.of(.spans).text.replacing(
      #"{"spans": ["#,
      with: #"{"spans": [{"name": "GET /", "startTimeUnixNano": "5", "attributes": []}, "#
        + #"{"name": "agent", "startTimeUnixNano": "6", "attributes": [{"key": "#
        + #""gen_ai.operation.name", "value": {"stringValue": "invoke_agent"}}]}, "#)
    let result = try ImportResult(text)
    #expect(result.times == [0, 400] && result.trace.tenantNames == ["m"])
    #expect(result.rows.map(\.inputTokens) == [-1, 7])
    #expect(result.trace.summary.leftOut == [TraceLeftOut(reason: .otherSpan, count: 2)])
  }

  @Test func `Of several runs the first is read`() throws {
    let text =
      ImportSample.of(.requests).text + "space-only,1,a,0,0,2000,9000\nbatched,2,a,0,9,2000,9000\n"
    let result = try ImportResult(text)
    #expect(result.times == [0, 500, 7_000])
    #expect(result.trace.tenantNames == ["a", "b"])
    #expect(result.trace.summary.leftOut == [TraceLeftOut(reason: .otherRun, count: 2)])
    #expect(result.trace.summary.warning(.otherRuns)?.message.contains("batched,1") == true)
  }
}
