/// A trace file format that can be read, by the name that `--format` and reports use.
public enum TraceFormat: String, CaseIterable, Sendable {
  /// This project's own table: `arrival_ns[,tenant,input_tokens,output_tokens]`.
  case own = "gpuloom-csv"
  /// Azure LLM inference traces of 2023 and 2024.
  case azureLLM = "azure-llm-csv"
  /// Mooncake's traces: one JSON object a line.
  case mooncake = "mooncake-jsonl"
  /// One JSON array of gaps in seconds.
  case interArrival = "iat-json"
  /// Azure Functions 2019: invocations per function and minute.
  case azureFunctionsMinute = "azure-functions-minute-csv"
  /// Azure Functions 2021: one row an invocation, with its end and duration.
  case azureFunctions2021 = "azure-functions-2021-csv"
  /// Whole counts, one a second.
  case ratePerSecond = "rate-per-second-txt"
  /// Lines `offset_s value`, each value held over the step; needs a scale.
  case rateSteps = "rate-steps-txt"
  /// DISB benchmark cases: tasks with recorded times in ms.
  case disb = "disb-json"
  /// ServeGen's parameters: rate, variation and family for each window.
  case serveGen = "servegen-csv"
  /// Vidur's request traces.
  case vidur = "vidur-csv"
  /// BurstGPT, all versions.
  case burstGPT = "burstgpt-csv"
  /// GenTD26 image generation.
  case genTD26 = "gentd26-csv"

  /// What one record of the format is called in reports.
  public var recordNoun: String {
    switch self {
    case .interArrival: return "gap"
    case .azureFunctionsMinute: return "function"
    case .ratePerSecond: return "second"
    case .rateSteps: return "step"
    case .disb: return "event"
    case .serveGen: return "window"
    default: return "row"
    }
  }

  /// Whether records are counts over a span of time, whose requests the importer has to place.
  public var isBinned: Bool {
    switch self {
    case .azureFunctionsMinute, .ratePerSecond, .rateSteps, .serveGen: return true
    default: return false
    }
  }

  /// The unit that a person may have mistaken: whole spans and rates of counted formats are given by
  /// their bins.
  public var hasCheckedUnit: Bool { !isBinned }

  /// Whether times are on a wall clock or a foreign zero, so that the first arrival becomes 0.
  public var startsAtFirstArrival: Bool {
    switch self {
    case .azureLLM, .burstGPT, .genTD26: return true
    default: return false
    }
  }

  /// The columns of the formats that have a header, required ones first.
  var columns: (required: [String], optional: [String]) {
    switch self {
    case .own: return (["arrival_ns"], ["tenant", "input_tokens", "output_tokens"])
    case .azureLLM: return (["TIMESTAMP", "ContextTokens", "GeneratedTokens"], [])
    case .azureFunctionsMinute: return (["HashOwner", "HashApp", "HashFunction", "Trigger"], [])
    case .azureFunctions2021: return (["app", "func", "end_timestamp", "duration"], [])
    case .vidur: return (["arrived_at", "num_prefill_tokens", "num_decode_tokens"], [])
    case .burstGPT:
      return (
        ["Timestamp", "Model", "Request tokens", "Response tokens", "Total tokens", "Log Type"],
        ["Session ID", "Elapsed time"]
      )
    case .genTD26:
      return (
        [
          "gmt_create", "predict_type", "predict_status", "exec_time_seconds", "groupId",
          "prompt_length", "negative_prompt_length", "num_images_per_prompt",
          "num_inference_steps", "checkpoint_model_version_id", "num_lora",
        ], []
      )
    default: return ([], [])
    }
  }
}
