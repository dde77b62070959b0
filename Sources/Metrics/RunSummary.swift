import Simulation

/// A figure of a run, in the order of the summary's columns; the raw value is the column's name.
///
/// Definitions, where the name does not say it all; the device's row is the one with tenant `*`:
/// - rates are per second of the measured time, from the warm-up's end to the run's end;
/// - `goodput_rps` and `slo_attainment` concern tenants that have an objective; attainment is the
///   share of *arrived* requests that were done in time, so what is unfinished counts against it;
/// - slowdown is a request's latency over that of batch 1 alone on the idle GPU, of a language model
///   over that of the same request alone;
/// - the straggler gap is (max − min) / max over the replicas' mean slowdowns, which for one tenant
///   is the gap of their mean latencies; fairness is Jain's index over the same means;
/// - `sm_activity` is over all SMs of all GPUs used, `achieved_occupancy` over SMs while active;
/// - `flop_utilization` is over the peak at the tenant's precision, `dram_utilization` over the
///   peak bandwidth, both of all GPUs used; a tenant's row has its own share.
///
/// Those of serving, which language models alone have:
/// - `ttft` is from arrival to the answer's first token, `tpot` the mean gap of an answer's tokens
///   after the first, `itl` every such gap; where a request ended in the measured run;
/// - tokens per second are of prompts, each token once, and of answers;
/// - `kv_utilization` is the mean share of the pools' blocks that live sequences had.
///
/// What the work cost, of launches that ended in the measured time and of those killed in it:
/// - `energy_j` is a tenant's energy beyond what the board takes idle (`LaunchEnergy`); the device's
///   is all tenants' and the idle power of all GPUs used over the measured time. It is empty where the
///   GPU's file states no idle power, and for task graphs. A request's is that over the requests that
///   ended in that time;
/// - `wasted_sm_ms` is SM time (sum over SMs, each launch alone) of blocks that were killed and ran
///   again, and of empty places in batches; `wasted_fraction` the same over all that was executed.
package enum SummaryFigure: String, CaseIterable, Sendable {
  case arrived, completed, dropped
  case inFlight = "in_flight"
  case throughput = "throughput_rps"
  case goodput = "goodput_rps"
  case sloAttainment = "slo_attainment"
  case latencyMean = "latency_ms_mean"
  case latencyP50 = "latency_ms_p50"
  case latencyP90 = "latency_ms_p90"
  case latencyP95 = "latency_ms_p95"
  case latencyP99 = "latency_ms_p99"
  case latencyP999 = "latency_ms_p999"
  case latencyMax = "latency_ms_max"
  case queueingMean = "queueing_ms_mean"
  case serviceMean = "service_ms_mean"
  case slowdownMean = "slowdown_mean"
  case slowdownP99 = "slowdown_p99"
  case stragglerGap = "straggler_gap"
  case jainFairness = "jain_fairness"
  case busyFraction = "busy_fraction"
  case smActivity = "sm_activity"
  case achievedOccupancy = "achieved_occupancy"
  case flopUtilization = "flop_utilization"
  case dramUtilization = "dram_utilization"
  case launches
  case superkernels
  case contextSwitches = "context_switches"
  case gflops
  case ttftMean = "ttft_ms_mean"
  case ttftP50 = "ttft_ms_p50"
  case ttftP90 = "ttft_ms_p90"
  case ttftP99 = "ttft_ms_p99"
  case tpotMean = "tpot_ms_mean"
  case tpotP50 = "tpot_ms_p50"
  case tpotP90 = "tpot_ms_p90"
  case tpotP99 = "tpot_ms_p99"
  case itlP50 = "itl_ms_p50"
  case itlP99 = "itl_ms_p99"
  case inputTokens = "input_tokens_per_s"
  case outputTokens = "output_tokens_per_s"
  case kvUtilization = "kv_utilization"
  case preemptions
  case iterations
  case energy = "energy_j"
  case energyPerRequest = "energy_j_per_request"
  case wastedSMTime = "wasted_sm_ms"
  case wastedFraction = "wasted_fraction"

  /// Whether the figure counts things.
  package var isCount: Bool {
    switch self {
    case .arrived, .completed, .dropped, .inFlight, .launches, .superkernels, .contextSwitches,
      .preemptions, .iterations:
      true
    default: false
    }
  }

  /// Figures that any tenant has.
  package static let plain: [SummaryFigure] = Array(allCases.prefix { $0 != .ttftMean })
  /// Figures that language models alone have.
  package static let serving: [SummaryFigure] = Array(
    allCases.drop { $0 != .ttftMean }.prefix { $0 != .energy })
  /// What the work cost, of any tenant.
  package static let costs: [SummaryFigure] = Array(allCases.drop { $0 != .energy })
}

/// The figures of one tenant in one run, or of the whole device.
package struct SummaryRow: Sendable, Equatable {
  /// The tenant's name; `*` for the device.
  package var tenant: String
  /// The model as the experiment names it; empty where tenants differ.
  package var model: String
  /// The replicas.
  package var replicas: Int
  /// The mean time of a request by `WaitReason`, in milliseconds; they add up to the mean latency.
  /// Empty where that was not followed.
  package var waitMeansMS: [Double] = []
  private var values = [Double?](repeating: nil, count: SummaryFigure.allCases.count)

  /// Creates a row without figures.
  package init(tenant: String, model: String, replicas: Int) {
    self.tenant = tenant
    self.model = model
    self.replicas = replicas
  }

  /// A figure; nil where it does not apply.
  package subscript(_ figure: SummaryFigure) -> Double? {
    get { values[Self.index[figure.rawValue] ?? 0] }
    set { values[Self.index[figure.rawValue] ?? 0] = newValue.flatMap { $0.isFinite ? $0 : nil } }
  }

  // Looked up by key only.
  private static let index: [String: Int] = Dictionary(
    uniqueKeysWithValues: SummaryFigure.allCases.enumerated().map { ($1.rawValue, $0) })
}

/// What the GPUs were used for in one window of a run.
package struct WindowUse: Sendable, Equatable {
  /// The figures of a window: the named fractions of a GPU's use.
  package static let figures: [SummaryFigure] = [
    .busyFraction, .smActivity, .achievedOccupancy, .flopUtilization,
  ]

  /// The window.
  package var window: SeriesWindow
  /// Its figures, in the order of `figures`.
  package var values: [Double?]

  /// Creates a window's use.
  package init(window: SeriesWindow, values: [Double?]) {
    self.window = window
    self.values = values
  }
}

/// What one run came to: a row for the device and one for each tenant.
package struct RunSummary: Sendable, Equatable {
  /// The policy's label.
  package var policy: String
  /// The seed.
  package var seed: UInt64
  /// The device's row.
  package var device: SummaryRow
  /// The tenants' rows, in the experiment's order.
  package var tenants: [SummaryRow]
  /// The run's digest: equal runs have equal ones.
  package var digest: UInt64

  /// What the GPU was used for over time, where that was followed.
  package var series: [WindowUse] = []

  /// All rows, the device's first.
  package var rows: [SummaryRow] { [device] + tenants }
}
