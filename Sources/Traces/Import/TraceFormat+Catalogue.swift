import Tables

/// The formats that are known: most are their columns, the others have a reader of their own.
extension TraceFormat {
  /// All of them, in the order in which a file is asked whether it is one.
  package static let allCases = [
    own, requests, azureLLM, azureLMM, mooncake, bailian, weka, spans, llmServingSim, interArrival,
    azureFunctionsMinute, azureFunctions2021, ratePerSecond, rateSteps, disb, serveGen, vidur,
    splitwise,
    burstGPT, genTD26, perfAnalyzer, gaps, times,
  ]

  /// The format of a name; nil where there is none.
  package init?(rawValue: String) {
    guard let format = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = format
  }

  /// This project's own table: `arrival_ns[,tenant,input_tokens,output_tokens]`.
  ///
  /// Times are nanoseconds from the trace's start and do not decrease; lines `# key: value` before
  /// the header say where the trace comes from. Empty token and tenant cells mean "not known".
  package static let own = TraceFormat(
    "gpuloom-csv", record: "row",
    columns: [
      .required("arrival_ns", .time(.nanoseconds)), .optional("tenant", .tenant),
      .optional("input_tokens", .inputTokens), .optional("output_tokens", .outputTokens()),
    ], isOwn: true, makeSource: nil)

  /// Azure LLM inference traces of 2023 and 2024: a timestamp with up to nine decimals and two token
  /// counts.
  ///
  /// Published at https://github.com/Azure/AzurePublicDataset under CC BY 4.0.
  package static let azureLLM = TraceFormat(
    "azure-llm-csv",
    columns: [
      .required("TIMESTAMP", .time(.date)), .required("ContextTokens", .inputTokens),
      .required("GeneratedTokens", .outputTokens()),
    ], startsAtFirstArrival: true)

  /// Vidur's request traces: seconds from 0 as written by Python, and two token counts.
  ///
  /// Published at https://github.com/microsoft/vidur under the MIT licence.
  package static let vidur = TraceFormat(
    "vidur-csv",
    columns: [
      .required("arrived_at", .time(.seconds)), .required("num_prefill_tokens", .inputTokens),
      .required("num_decode_tokens", .outputTokens()),
    ])

  /// BurstGPT, all versions: columns by name, since version 3 inserts two after the first.
  ///
  /// Published at https://github.com/HPMLL/BurstGPT under CC BY 4.0. No answer tokens mean a request
  /// that failed; such rows are kept and counted.
  package static let burstGPT = TraceFormat(
    "burstgpt-csv",
    columns: [
      .required("Timestamp", .time(.seconds)), .required("Model", .tenant),
      .required("Request tokens", .inputTokens),
      .required("Response tokens", .outputTokens(zeroFails: true)),
      .required("Total tokens", .totalTokens), .required("Log Type"),
      .optional("Session ID", .session),
      .optional("Elapsed time"),
    ], startsAtFirstArrival: true)

  /// GenTD26: image generation requests; the tenant is the checkpoint, the size the prompt's length.
  ///
  /// Published at https://github.com/alibaba/clusterdata (cluster-trace-v2026-GenAI).
  package static let genTD26 = TraceFormat(
    "gentd26-csv",
    columns: [
      .required("gmt_create", .time(.date)), .required("predict_type"),
      .required(
        "predict_status",
        .status(known: ["SUCCEED", "FAILED", "PENDING", "PROCESSING"], failed: "FAILED")),
      .required("exec_time_seconds"), .required("groupId"),
      .required("prompt_length", .inputTokens, mayBeEmpty: true),
      .required("negative_prompt_length"), .required("num_images_per_prompt"),
      .required("num_inference_steps"),
      .required("checkpoint_model_version_id", .tenant, mayBeEmpty: true), .required("num_lora"),
    ], startsAtFirstArrival: true)

  /// Azure Functions 2021: end and duration in seconds; a request arrives at their difference.
  ///
  /// Published at https://github.com/Azure/AzurePublicDataset under CC BY 4.0. The tenant is
  /// `app/func`, since functions are unique only within an app.
  package static let azureFunctions2021 = TraceFormat(
    "azure-functions-2021-csv",
    columns: [
      .required("app", .tenant), .required("func", .tenant),
      .required("end_timestamp", .time(.seconds)), .required("duration", .duration),
    ])

  /// Azure Functions 2019: invocations per function and minute.
  package static let azureFunctionsMinute = TraceFormat(
    "azure-functions-minute-csv", record: "function",
    columns: ["HashOwner", "HashApp", "HashFunction", "Trigger"].map { .required($0) },
    isBinned: true, comesInDays: true,
    makeSource: { (reading) throws(InputError) in try AzureMinuteSource(reading) })

  /// Counts, one a second.
  package static let ratePerSecond = TraceFormat(
    "rate-per-second-txt", record: "second", isBinned: true,
    makeSource: { (reading) throws(InputError) in try RatePerSecondSource(reading) })

  /// One JSON array of gaps in seconds.
  package static let interArrival = TraceFormat(
    "iat-json", record: "gap", hasFreeUnit: true,
    makeSource: { (reading) throws(InputError) in
      try NumberListSource(reading, .gap, unit: .seconds)
    })

  /// Gaps in a unit that the user says, as a list or between blanks.
  package static let gaps = TraceFormat(
    "gaps-txt", record: "gap", isNamedOnly: true, hasFreeUnit: true,
    makeSource: { (reading) throws(InputError) in
      try NumberListSource(reading, .gap, unit: nil)
    })

  /// Arrival times in a unit that the user says, as a list or between blanks.
  package static let times = TraceFormat(
    "times-txt", record: "time", isNamedOnly: true, hasFreeUnit: true,
    makeSource: { (reading) throws(InputError) in
      try NumberListSource(reading, .time, unit: nil)
    })

  /// What Triton's perf_analyzer takes as `--request-intervals`: a gap in microseconds a line.
  ///
  /// https://github.com/triton-inference-server/perf_analyzer.
  package static let perfAnalyzer = TraceFormat(
    "perf-analyzer-intervals", record: "gap", isNamedOnly: true,
    makeSource: { (reading) throws(InputError) in
      try NumberListSource(reading, .gap, unit: .microseconds)
    })

  /// Lines `offset_s value`, each value held over the step; needs a scale.
  package static let rateSteps = TraceFormat(
    "rate-steps-txt", record: "step", isBinned: true,
    makeSource: { (reading) throws(InputError) in try RateStepsSource(reading) })

  /// DISB benchmark cases: tasks with recorded times in ms.
  package static let disb = TraceFormat(
    "disb-json", record: "event", columns: [.required("tasks")],
    makeSource: { (reading) throws(InputError) in try DISBSource(reading) })

  /// ServeGen's parameters: rate, variation and family for each window.
  package static let serveGen = TraceFormat(
    "servegen-csv", record: "window", isBinned: true,
    makeSource: { (reading) throws(InputError) in ServeGenSource(reading) })
}

extension TraceOptions {
  /// How times inside the bins of a counted format come about, for sentences and provenance.
  package func placementText(_ format: TraceFormat) -> String {
    switch placement {
    case .even, .start: return "placed '\(placement.rawValue)'"
    case .uniformSeeded:
      return format == .serveGen
        ? "drawn from each window's family with seed \(seed)"
        : "placed '\(placement.rawValue)' with seed \(seed)"
    }
  }
}
