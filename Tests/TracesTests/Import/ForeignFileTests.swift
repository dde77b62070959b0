import Tables
import Testing

@testable import Traces

/// Files of this field that are no trace, or none of a known format: one true sentence each.
@Suite struct ForeignFileTests {
  @Test(arguments: [
    (
      "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%\n1695325560,1,,A,0,0,1,1\n",
      "no known trace; nearest is burstgpt-csv (1 of 6 columns)", "Locust's history"
    ),
    (
      #"{"attack": "", "seq": 0, "code": 200, "timestamp": "2026-02-13T07:47:22Z", "latency": 1}"#,
      "no known trace; nearest is mooncake-jsonl (1 of 4 keys)", "vegeta's results"
    ),
    (#"{"experiments": [{"requests": [{"timestamp": 1}]}]}"#, "no known trace", "GenAI-Perf"),
    (#"{"date": "x", "request_throughput": 3.1, "ttfts": [0.1]}"#, "no known trace", "benchmark"),
    (#"{"type": "Point", "data": {"value": 1}, "metric": "http_reqs"}"#, "no known trace", "k6"),
    ("metric_name,timestamp,metric_value\nhttp_reqs,1,1\n", "no known trace", "k6"),
    (#"[{"id": "a", "conversations": []}]"#, "no known trace", "ShareGPT"),
    (#"{"0": {"pdf": "{1: 0.5}"}}"#, "no known trace", "known: gpuloom-csv"),
    (
      "TIMESTAMP;ContextTokens;GeneratedTokens\n2023-11-16 18:17:03;1;2\n", "no known trace",
      "separated by ',', not by ';'"
    ),
    ("arrival_ms,tenant\n0,a\n", "no known trace", "multiply 'arrival_ms' by 1000000"),
    ("arrival_time,prompt_tokens\n0.5,10\n", "no known trace", "known:"),
    (
      "arrival_s,input_tokens,output_tokens\n0,1,2\n", "no known trace",
      "multiply 'arrival_s' by 1000000000"
    ),
    (
      "id,startTime,model,prompt_tokens\na,2024-07-01 10:00:00,m,1\n", "no known trace",
      "arrival_ns,tenant,input_tokens,output_tokens, in nanoseconds from the start, here of 'startTime'"
    ),
    (
      #"{"arrival_time": 0.5, "input_tokens": 3, "output_tokens": 4}"#, "no known trace",
      "here of 'arrival_time'"
    ),
    (
      "HashOwner,HashApp,SampleCount,AverageAllocatedMb\no,a,1,2\n", "no known trace",
      "Azure Functions' memory"
    ),
    (
      "HashOwner,HashApp,HashFunction,Average,Count,Minimum\no,a,f,1,2,3\n", "no known trace",
      "Azure Functions' durations"
    ),
    ("arrival_ns\r0\r5\r", "lines end in carriage returns alone", "tr '\\r'"),
    ("interval\n0.1\n0.2\n", "no known trace", "--as gaps-txt"),
    ("1583141912391123456,200,12300000\n", "no known trace", "a table needs a header"),
    ("2023-11-16 18:17:03\n2023-11-16 18:17:04\n", "no known trace", "a table needs a header"),
    (
      #"{"timestamp": 1761001120847212, "input": "q", "output": "a", "session_id": "s1"}"#,
      "and 'timestamp' is too large for its milliseconds",
      "perhaps microseconds since 1970 (E_UNIT)"
    ),
    ("timeStamp,elapsed,label,responseCode\n1,2,a,200\n", "no known trace", "JMeter's"),
    (#"{"resourceMetrics": []}"#, "no known trace", "OpenTelemetry's metrics"),
    (#"{"data": [], "total": 0, "limit": 0}"#, "no known trace", "Jaeger's export"),
    ("null", "no known trace", "known:"), ("{}", "no known trace", "known:"),
    ("\"abc\"", "no known trace", "known:"), ("[[1, 2]]", "no known trace", "known:"),
  ])
  func `Each is told once, and what it is where that is known`(
    text: String, message: String, hint: String
  ) {
    let faults = ImportResult.faults(text)
    #expect(faults.contains(message) && faults.contains(hint), "\(faults)")
    #expect(faults.split(separator: ": error: ").count == 2, "\(faults)")
  }

  /// Of each format's names, one alone makes no format of more than two.
  @Test(arguments: TraceFormat.allCases.filter { $0.signature.count > 2 && $0.makeSource == nil })
  func `One shared name is no format`(_ format: TraceFormat) {
    for column in format.signature where column.name != "arrival_ns" {
      let faults = ImportResult.faults("\(column.name),qqqqqqqq,zzzzzzzz\n1,2,3\n")
      #expect(faults.contains("no known trace; nearest is "), "\(column.name): \(faults)")
    }
  }

  @Test func `A format of more names wins over one of fewer`() throws {
    #expect(
      try ImportResult(
        "TIMESTAMP,NumImages,ContextTokens,GeneratedTokens\n2024-10-15 00:00:00,1,2,3\n"
      ).trace.summary.format == .azureLMM)
    #expect(
      try ImportResult(
        #"{"chat_id": 1, "timestamp": 1, "input_length": 2, "output_length": 3, "turn": 1}"#
      ).trace.summary.format == .bailian)
  }

  @Test func `Columns of others are passed over with a warning, in any order`() throws {
    let text =
      ",GeneratedTokens,extra,TIMESTAMP,ContextTokens\n0,10.0,x,2023-11-16 18:17:03.9,480.0\n"
      + "1, 8.0,y,2023-11-16 18:17:04.4,318.0\n"
    let result = try ImportResult(text)
    #expect(result.times == [0, 500_000_000])
    #expect(result.rows.map(\.inputTokens) == [480, 318])
    #expect(result.rows.map(\.outputTokens) == [10, 8])
    #expect(
      result.trace.summary.warning(.unknownColumn)?.message
        == "columns not used: extra, column 1")
    // Our own table holds what it says.
    #expect(ImportResult.faults("arrival_ns,colour\n5,red\n").contains("unknown column 'colour'"))
  }

  @Test func `A slip in a name is no further column`() {
    let typo = ImportResult.faults(
      #"{"timestamp": 1, "input_lenght": 2, "output_length": 3, "hash_ids": [1]}"#)
    #expect(typo.contains("did you mean 'input_length'?"), "\(typo)")
    let column = ImportResult.faults("TIMESTAMP,ContextToken,GeneratedTokens\n")
    #expect(column.contains("did you mean 'ContextTokens'?"), "\(column)")
  }

  @Test func `Tables that were saved as JSON are the same tables`() throws {
    let text = """
      [{"TIMESTAMP": "2023-11-16 18:17:03.9", "ContextTokens": 480, "GeneratedTokens": 10.0},
       {"TIMESTAMP": "2023-11-16 18:17:04.4", "ContextTokens": 318, "GeneratedTokens": null,
        "note": "x"}]
      """
    let faults = ImportResult.faults(text)
    #expect(faults.contains("expected a non-negative integer in 'GeneratedTokens'"), "\(faults)")
    let result = try ImportResult(text.replacing("null", with: "8"))
    #expect(result.trace.summary.format == .azureLLM && result.times == [0, 500_000_000])
    #expect(result.rows.map(\.outputTokens) == [10, 8])
    #expect(result.warnings == [.unknownColumn])
    let functions = try ImportResult(
      #"[{"duration": 0.5, "app": "a", "func": "f", "end_timestamp": 2}]"#)
    #expect(functions.times == [1_500_000_000] && functions.trace.tenantNames == ["a/f"])
    #expect(
      ImportResult.faults(#"[{"duration": 3, "app": "a", "func": "f", "end_timestamp": 2}]"#)
        .contains("--clamp"))
  }

  @Test func `Notes before the header of another's table are passed over`() throws {
    let result = try ImportResult(
      "# fetched today\n\n# no key\nTIMESTAMP,ContextTokens,GeneratedTokens\n"
        + "2023-11-16 18:17:03,1,2\n")
    #expect(result.rows.map(\.inputTokens) == [1] && result.trace.summary.format == .azureLLM)
  }

  @Test func `Splitwise's requests are read`() throws {
    let result = try ImportResult(
      "request_id,request_type,application_id,arrival_timestamp,batch_size,prompt_size,token_size\n"
        + "0,2,0,0.0,1,374,44\n1,2,7,0.14512,1,396,109\n")
    #expect(result.trace.summary.format == .splitwise && result.times == [0, 145_120_000])
    #expect(result.rows.map(\.inputTokens) == [374, 396])
    #expect(result.rows.map(\.outputTokens) == [44, 109])
    #expect(result.trace.tenantNames == ["0", "7"])
  }

  private static func spans(_ attributes: String) -> String {
    """
    {"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "x", "startTimeUnixNano": "1719990000123",
      "attributes": [\(attributes)]}]}]}]}
    """
  }

  @Test func `Spans of web requests alone say what a model's would have`() throws {
    let other = #"{"key": "http.method", "value": {"stringValue": "GET"}}"#
    let faults = ImportResult.faults(Self.spans(other))
    #expect(faults.contains("every record was left out: 1 by E_OTHER_SPAN"), "\(faults)")
    #expect(faults.contains("gen_ai.usage.input_tokens"), "\(faults)")
    let open =
      #"{"key": "llm.token_count.prompt", "value": {"intValue": "5"}},"#
      + #"{"key": "llm.token_count.completion", "value": {"intValue": 7}},"#
      + #"{"key": "llm.model_name", "value": {"stringValue": "m"}}"#
    let result = try ImportResult(Self.spans(open))
    #expect(result.rows.map(\.inputTokens) == [5] && result.rows.map(\.outputTokens) == [7])
    #expect(result.trace.tenantNames == ["m"])
  }
}
