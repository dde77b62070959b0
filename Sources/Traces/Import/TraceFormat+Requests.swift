import Tables

/// Formats of requests to models: what services, replay tools and simulators note down.
extension TraceFormat {
  /// This project's `requests.csv`: what arrived in the runs of a comparison, completed or not.
  ///
  /// Of several runs the first is read: all policies see the same arrivals unless these follow answers.
  package static let requests = TraceFormat(
    "gpuloom-requests-csv",
    columns: [
      .required("policy", .run), .required("seed", .run), .required("tenant", .tenant),
      .optional("replica"), .required("arrival_ns", .time(.nanoseconds)),
      .optional("first_launch_ns"), .required("completion_ns"),
      .optional("input_tokens", .inputTokens), .optional("output_tokens", .outputTokens()),
      .optional("first_token_ns"),
    ])

  /// Mooncake's traces and those of the replay tools that took up its schema: one object a line.
  ///
  /// Published at https://github.com/kvcache-ai/Mooncake under Apache-2.0; the further keys are those of
  /// https://github.com/ai-dynamo/aiperf and https://github.com/ai-dynamo/dynamo. Later requests of a
  /// session have a `delay` after its last answer in place of a time.
  package static let mooncake = TraceFormat(
    "mooncake-jsonl", record: "row",
    columns: [
      .required("timestamp", aliases: ["created_time"], .time(.milliseconds)),
      .optional("input_length", aliases: ["input_tokens"], .inputTokens, identifies: true),
      .optional(
        "output_length", aliases: ["output_tokens"], .outputTokens(), identifies: true),
      .optional("hash_ids", .hashBlocks(512), identifies: true), .optional("session_id", .session),
      .optional("delay", aliases: ["delay_ms"], .delay(.milliseconds)),
    ], makeSource: nil)

  /// Qwen-Bailian's traces: seconds, blocks of 16 tokens, and the chat that a request continues.
  ///
  /// Published at https://github.com/alibaba-edu/qwen-bailian-usagetraces-anon.
  package static let bailian = TraceFormat(
    "bailian-jsonl", record: "row",
    columns: [
      .required("chat_id"), .optional("parent_chat_id", .parent, identifies: true),
      .required("timestamp", .time(.seconds)), .required("input_length", .inputTokens),
      .required("output_length", .outputTokens()), .optional("type"),
      .optional("turn", identifies: true), .optional("hash_ids", .hashBlocks(16)),
    ], makeSource: nil)

  /// Workloads of LLMServingSim in their flat form.
  ///
  /// https://github.com/casys-kaist/LLMServingSim.
  package static let llmServingSim = TraceFormat(
    "llmservingsim-jsonl", record: "row",
    columns: [
      .required("input_toks", .inputTokens), .required("output_toks", .outputTokens()),
      .required("arrival_time_ns", .time(.nanoseconds)), .optional("input_tok_ids"),
      .optional("output_tok_ids"),
    ], makeSource: nil)

  /// Agent sessions of kv-cache-tester.
  package static let weka = TraceFormat(
    "weka-json", record: "request",
    columns: [
      .required("requests"), .required("block_size"), .optional("models", identifies: true),
      .optional("hash_id_scope", identifies: true),
    ],
    makeSource: { (reading) throws(InputError) in try WekaSource(reading) })

  /// OpenTelemetry spans of requests to models, as OTLP's JSON.
  package static let spans = TraceFormat(
    "otlp-json", record: "span",
    columns: [.required("resourceSpans", aliases: ["resource_spans"])], startsAtFirstArrival: true,
    makeSource: { (reading) throws(InputError) in try SpanSource(reading) })

  /// Azure LMM inference trace of 2025: the columns of 2023 and the number of images.
  ///
  /// Published at https://github.com/Azure/AzurePublicDataset under CC BY 4.0.
  package static let azureLMM = TraceFormat(
    "azure-lmm-csv",
    columns: [
      .required("TIMESTAMP", .time(.date)), .required("NumImages"),
      .required("ContextTokens", .inputTokens), .required("GeneratedTokens", .outputTokens()),
    ], startsAtFirstArrival: true)

  /// Traces of Splitwise's simulator.
  ///
  /// https://github.com/mutinifni/splitwise-sim.
  package static let splitwise = TraceFormat(
    "splitwise-csv",
    columns: [
      .required("request_id"), .optional("request_type"), .optional("application_id", .tenant),
      .required("arrival_timestamp", .time(.seconds)), .optional("batch_size"),
      .required("prompt_size", .inputTokens), .required("token_size", .outputTokens()),
    ])
}
