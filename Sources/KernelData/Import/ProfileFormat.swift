/// The files `ProfileImport` reads, told apart by their content.
public enum ProfileFormat: String, CaseIterable, Sendable {
  /// `nsys stats --report cuda_gpu_trace --format csv`, and `gputrace` before it.
  case nsys = "nsys-gpu-trace"
  /// `nsys export --type sqlite`.
  case nsysDatabase = "nsys-sqlite"
  /// `ncu --csv`, the details page: one row per metric.
  case ncuDetails = "ncu-details"
  /// `ncu --csv --page raw`: one row per kernel.
  case ncuRaw = "ncu-raw"
  /// The PyTorch profiler's trace (Kineto).
  case kineto
  /// Kineto's GPU events as a CSV, `gpu,seq,cat,name,…`.
  case kinetoRows = "kineto-rows"
  /// `nvprof --print-gpu-trace --csv`.
  case nvprof = "nvprof-gpu-trace"
  /// `trtexec --exportProfile`, with `--exportLayerInfo` joined.
  case trtexec
  /// `rocprof` version 1 and omniperf's renaming of it.
  case rocprof = "rocprof-v1"
  /// `rocprofv3 --kernel-trace --output-format csv`.
  case rocprof3 = "rocprof-v3"
  /// Orion's table of a model's operators.
  case orion
  /// REEF's model and profile.
  case reef
  /// NeuSight's measured operators.
  case neusight = "neusight-operators"
  /// NeuSight's graph of a model's layer.
  case neusightGraph = "neusight-graph"
  /// Vidur's operator times of a transformer layer.
  case vidur = "vidur-operators"
  /// Matrix products with their shapes and latency, `gpu,op,m,n,k,…`.
  case gemmRows = "gemm-rows"

  /// What the file is, for sentences.
  public var title: String {
    switch self {
    case .nsys: "an nsys GPU trace"
    case .nsysDatabase: "an nsys database"
    case .ncuDetails: "an ncu details page"
    case .ncuRaw: "an ncu raw page"
    case .kineto: "a PyTorch profiler trace"
    case .kinetoRows: "a table of PyTorch profiler events"
    case .nvprof: "an nvprof GPU trace"
    case .trtexec: "a trtexec layer profile"
    case .rocprof: "a rocprof kernel table"
    case .rocprof3: "a rocprofv3 kernel trace"
    case .orion: "an Orion operator table"
    case .reef: "a REEF model"
    case .neusight: "a NeuSight operator table"
    case .neusightGraph: "a NeuSight layer graph"
    case .vidur: "a Vidur operator table"
    case .gemmRows: "a table of matrix products"
    }
  }

  /// Whether the rows follow one another as a model launched them, so that an iteration of it can
  /// be looked for.
  public var isLaunchSequence: Bool {
    switch self {
    case .nsys, .nsysDatabase, .ncuDetails, .ncuRaw, .kineto, .kinetoRows, .nvprof, .rocprof,
      .rocprof3:
      true
    default: false
    }
  }
}

/// Why a row of a profile is no kernel of the table.
public enum LeftOutReason: String, CaseIterable, Sendable {
  case copy = "copy or memset"
  case hostEvent = "host event"
  case flow = "flow or instant event"
  case metadata = "metadata"
  case annotation = "annotation"
  case otherDevice = "another device"
  case notChosen = "not chosen by a filter"
  case profilerMessage = "profiler message"
  case otherMetric = "metric not used"
  case ruleText = "profiler's advice"
  case unitsRow = "units row"
  case notKernel = "not a kernel"
  case noTime = "layer without time"
  case repeatedBatch = "repeated batch"
  case summary = "summary entry"
  case badRow = "faulty row"
}
