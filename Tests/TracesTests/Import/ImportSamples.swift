import Tables
import Testing

@testable import Traces
@testable import Workloads

/// A small file of each format, made up for the tests, and what reading it must give.
struct ImportSample: Sendable, CustomTestStringConvertible {
  let format: TraceFormat
  let text: String
  /// Requests in the file.
  let requests: Int64
  /// Records in the file.
  let records: Int64
  /// Offset of the last request, or the end of the last bin, in nanoseconds.
  let spanNS: Int64

  var testDescription: String { format.rawValue }

  /// What the format needs to be told.
  var options: TraceOptions {
    var options = TraceOptions()
    if format == .rateSteps { options.rateScale = 0.5 }
    return options
  }

  static func of(_ format: TraceFormat) -> ImportSample {
    all.first { $0.format == format } ?? all[0]
  }

  static let all: [ImportSample] = [
    ImportSample(
      format: .own,
      text: "# origin: made by hand\n# seed: 7\narrival_ns,tenant,input_tokens,output_tokens\n"
        + "0,chat,12,3\n1500,code,,\n1500,chat,900,41\n2000000000,,5,0\n",
      requests: 4, records: 4, spanNS: 2_000_000_000),
    ImportSample(
      format: .azureLLM,
      text: "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
        + "2024-02-28 23:59:59.9999999,310,12\r\n2024-02-29 00:00:00.0000001,77,4\r\n"
        + "2024-02-29 00:00:01.25,1904,88\r\n2024-02-29 00:00:03,6,901",
      requests: 4, records: 4, spanNS: 3_000_000_100),
    ImportSample(
      format: .mooncake,
      text: #"{"timestamp": 0, "input_length": 1024, "output_length": 9, "hash_ids": [0, 1]}"#
        + "\n"
        + #"{"timestamp": 0, "input_length": 1025, "output_length": 9, "hash_ids": [0, 1, 2]}"#
        + "\n" + #"{"timestamp": 3001, "input_length": 40, "output_length": 733, "hash_ids": [7]}"#
        + "\n",
      requests: 3, records: 3, spanNS: 3_001_000_000),
    ImportSample(
      format: .interArrival, text: "[0.25, 0.1, 0.0, 1e-3, 0.1]", requests: 5, records: 5,
      spanNS: 451_000_000),
    ImportSample(
      format: .azureFunctionsMinute, text: minuteFile, requests: 21, records: 3,
      spanNS: 86_400_000_000_000),
    ImportSample(
      format: .azureFunctions2021,
      text: "app,func,end_timestamp,duration\na1,f1,10.5,0.25\na1,f2,12.75,12.5\nb2,f1,10.75,0.125",
      requests: 3, records: 3, spanNS: 10_625_000_000),
    ImportSample(
      format: .ratePerSecond, text: "3 0 0 12 1 0", requests: 16, records: 6,
      spanNS: 6_000_000_000),
    ImportSample(
      format: .rateSteps, text: "0 1\n10 3\n20 0\n30 5\n", requests: 45, records: 4,
      spanNS: 40_000_000_000),
    ImportSample(
      format: .disb,
      text: """
        { "time": 2, "tasks": [
          { "id": "one", "load": { "type": "trace", "trace": [0, 40, 80] } },
          { "id": "idle", "load": { "type": "continuous" }, "client": { "batch": 1 } },
          { "id": "two", "load": { "trace": [40, 41, 1999], "type": "trace" } } ] }
        """,
      requests: 6, records: 6, spanNS: 1_999_000_000),
    ImportSample(
      format: .serveGen,
      text: "0,0.05,1.5,Gamma,0.5,40\r\n600,0,0,,0,0\r\n1200,0.1,2.5,Weibull,0.6,7.5\r\n",
      requests: 90, records: 3, spanNS: 1_800_000_000_000),
    ImportSample(
      format: .vidur,
      text: "arrived_at,num_prefill_tokens,num_decode_tokens\n0.0,374,44\n"
        + "0.12345678949999999,396,109\n5.8926549999999995,879,55\n",
      requests: 3, records: 3, spanNS: 5_892_655_000),
    ImportSample(
      format: .burstGPT,
      text: "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
        + "5,ChatGPT,472,18,490,Conversation log\n5,ChatGPT,472,18,490,Conversation log\n"
        + "45,GPT-4,1087,0,1087,API log\n",
      requests: 3, records: 3, spanNS: 40_000_000_000),
    ImportSample(
      format: .genTD26,
      text: TraceFormat.genTD26.required.joined(separator: ",") + "\n"
        + "2024-05-01 10:00:00,TXT_2_IMG,SUCCEED,4.5,g1,120.0,30,1,25,m7,0\n"
        + "2024-05-01 10:00:02,IMG_2_IMG,FAILED,0.5,g2,,,2,20,m7,1\n"
        + "2024-05-01 10:00:02,TXT_2_IMG,PENDING,1,g1,88,,1,25,m9,2\n",
      requests: 3, records: 3, spanNS: 2_000_000_000),
    ImportSample(
      format: .requests,
      text: "policy,seed,tenant,replica,arrival_ns,first_launch_ns,completion_ns\n"
        + "batched,1,a,0,0,2000,9000\nbatched,1,b,0,500,2000,9000\nbatched,1,a,,7000,,\n",
      requests: 3, records: 3, spanNS: 7_000),
    ImportSample(
      format: .azureLMM,
      text: "TIMESTAMP,NumImages,ContextTokens,GeneratedTokens\n"
        + "2024-10-15 00:00:00.5,1,1480,12\n2024-10-15 00:00:02.0,0,310,80\n",
      requests: 2, records: 2, spanNS: 1_500_000_000),
    ImportSample(
      format: .bailian,
      text: #"{"chat_id": 1, "parent_chat_id": -1, "timestamp": 0.5, "input_length": 17, "#
        + #""output_length": 3, "type": "text", "turn": 1, "hash_ids": [1, 2]}"# + "\n"
        + #"{"chat_id": 2, "parent_chat_id": 1, "timestamp": 3, "input_length": 16, "#
        + #""output_length": 3, "type": "text", "turn": 2, "hash_ids": [1]}"# + "\n",
      requests: 2, records: 2, spanNS: 3_000_000_000),
    ImportSample(
      format: .llmServingSim,
      text: #"{"input_toks": 13, "output_toks": 5, "arrival_time_ns": 900}"# + "\n"
        + #"{"input_toks": 9, "output_toks": 2, "arrival_time_ns": 100}"# + "\n",
      requests: 2, records: 2, spanNS: 900),
    ImportSample(
      format: .weka,
      text: """
        {"id": "c", "models": ["m"], "block_size": 64, "hash_id_scope": "local", "requests": [
          {"t": 0.0, "type": "n", "in": 150, "out": 22, "api_time": 1.5, "think_time": 0},
          {"t": 2.0, "type": "subagent", "requests": [
            {"t": 0.5, "type": "s", "in": 9, "out": 1}, {"t": 1.5, "type": "s", "in": 8, "out": 1}]},
          {"t": 4.5, "type": "n", "in": 190, "out": 12, "api_time": 1.0, "think_time": 3.0},
          {"t": 9.0, "type": "n", "in": 250, "out": 31, "api_time": 2.0}]}
        """,
      requests: 5, records: 5, spanNS: 9_000_000_000),
    ImportSample(
      format: .spans,
      text: #"{"resourceSpans": [{"scopeSpans": [{"spans": ["#
        + #"{"name": "chat", "startTimeUnixNano": "1700000000000000500", "attributes": ["#
        + #"{"key": "gen_ai.request.model", "value": {"stringValue": "m"}}, "#
        + #"{"key": "gen_ai.usage.input_tokens", "value": {"intValue": "7"}}]}, "#
        + #"{"name": "chat", "startTimeUnixNano": 1700000000000000100, "attributes": ["#
        + #"{"key": "gen_ai.usage.output_tokens", "value": {"intValue": 5}}]}]}]}]}"#,
      requests: 2, records: 2, spanNS: 400),
  ]

  /// Three functions; the counts of their first and last minutes.
  static let minuteFile = minuteFile(["1,2,0", "0,0,0", "7,0,11"])

  /// A per-minute file whose rows begin with the given counts; all later minutes are 0.
  static func minuteFile(_ rows: [String]) -> String {
    let minutes = (1...1440).map(String.init).joined(separator: ",")
    var text = "HashOwner,HashApp,HashFunction,Trigger,\(minutes)\n"
    for (index, row) in rows.enumerated() {
      let given = row.split(separator: ",", omittingEmptySubsequences: false).count
      let rest = String(repeating: ",0", count: 1440 - given)
      text += "o,a,f\(index),\(index == 1 ? "timer" : "http"),\(row)\(rest)\n"
    }
    return text
  }
}

/// One import, as tests want it.
struct ImportResult {
  var trace: ImportedTrace
  var rows: [TraceRow]

  var times: [Int64] { rows.map(\.arrivalNS) }
  var warnings: [TraceWarning] { trace.summary.warnings.map(\.name) }

  init(
    _ text: String, format: TraceFormat? = nil, chunk: Int = .max,
    options: TraceOptions = TraceOptions()
  ) throws(InputError) {
    let input = TraceInput.bytes(Array(text.utf8), name: "trace.txt", chunk: chunk)
    trace = try TraceImport.open(input, format: format, options: options)
    var rows: [TraceRow] = []
    try trace.forEachRow { row throws(InputError) in rows.append(row) }
    self.rows = rows
  }

  /// The diagnostics of an import that must fail.
  static func faults(
    _ text: String, format: TraceFormat? = nil, options: TraceOptions = TraceOptions()
  ) -> String {
    do {
      let result = try ImportResult(text, format: format, options: options)
      return "no fault: \(result.trace.summary.requests) requests"
    } catch {
      return error.description
    }
  }
}
