/// Files of this field that hold no arrivals, or none that can be replayed.
struct ForeignFile {
  /// What it is, after "this is".
  let what: String
  /// Names that it has, all of them.
  let names: [String]

  func isNamed(by found: [String]) -> Bool { names.allSatisfy(found.contains) }

  static let all = [
    ForeignFile(
      what: "Locust's history: totals of a load test, not its requests",
      names: ["Timestamp", "User Count", "Requests/s"]),
    ForeignFile(
      what: "Locust's table of totals, not requests", names: ["Type", "Name", "Request Count"]),
    ForeignFile(
      what: "Azure Functions' memory of apps: invocations are in invocations_per_function…",
      names: ["HashOwner", "HashApp", "AverageAllocatedMb"]),
    ForeignFile(
      what: "Azure Functions' durations: invocations are in invocations_per_function…",
      names: ["HashOwner", "HashApp", "HashFunction", "Average", "Count"]),
    ForeignFile(
      what: "vegeta's results: a load test's own pace, not a recorded load",
      names: ["attack", "seq", "timestamp", "latency"]),
    ForeignFile(
      what: "k6's metrics: a load test's own pace, not a recorded load",
      names: ["metric", "type", "data"]),
    ForeignFile(
      what: "k6's metrics: a load test's own pace, not a recorded load",
      names: ["metric_name", "timestamp", "metric_value"]),
    ForeignFile(
      what: "a GenAI-Perf profile: what a load test measured, not a recorded load",
      names: ["experiments"]),
    ForeignFile(
      what: "the result of a serving benchmark: what a load test measured, not a recorded load",
      names: ["request_throughput"]),
    ForeignFile(
      what: "the result of a serving benchmark: what a load test measured, not a recorded load",
      names: ["benchmarks"]),
    ForeignFile(
      what: "llmperf's results: what a load test measured, not a recorded load",
      names: ["ttft_s", "end_to_end_latency_s"]),
    ForeignFile(
      what: "an AIPerf profile: what a load test measured, not a recorded load",
      names: ["metadata", "metrics"]),
    ForeignFile(
      what: "JMeter's results: a load test's own pace, not a recorded load",
      names: ["timeStamp", "elapsed", "label"]),
    ForeignFile(
      what: "hey's results: a load test's own pace, not a recorded load",
      names: ["response-time", "status-code", "offset"]),
    ForeignFile(
      what: "an answer of Prometheus: rates, not requests", names: ["status", "data"]),
    ForeignFile(
      what: "Jaeger's export: spans are read as OTLP's JSON", names: ["data", "total", "limit"]),
    ForeignFile(what: "OpenTelemetry's metrics, not its spans", names: ["resourceMetrics"]),
    ForeignFile(what: "OpenTelemetry's logs, not its spans", names: ["resourceLogs"]),
    ForeignFile(what: "ShareGPT's conversations: texts without times", names: ["conversations"]),
    ForeignFile(what: "a profile of kernels: see 'gpuloom kernels import'", names: ["traceEvents"]),
    ForeignFile(what: "an experiment: see 'gpuloom compare'", names: ["format", "tenants"]),
    ForeignFile(
      what: "a table of kernels: see 'gpuloom kernels show'", names: ["launch", "kernel", "grid_x"]),
  ]
}
