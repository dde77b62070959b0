import Hardware
import SimBasics
import Tables

/// One kernel of a profile, packed: traces hold millions.
public struct ProfileKernel: Hashable, Sendable {
  /// Nanoseconds since the profiler's own origin; nil where the format has no start.
  public var startNS: Int64? { start == .min ? nil : start }
  /// Nanoseconds on the GPU; nil where the format has none.
  public var durationNS: Int64? { duration < 0 ? nil : duration }
  /// Thread blocks along x, y, z; nil where the format does not tell.
  public var grid: (x: Int, y: Int, z: Int)? {
    gridX == 0 ? nil : (Int(gridX), Int(gridY), Int(gridZ))
  }
  /// Threads of a block along x, y, z; nil where the format does not tell.
  public var block: (x: Int, y: Int, z: Int)? {
    blockX == 0 ? nil : (Int(blockX), Int(blockY), Int(blockZ))
  }
  /// Registers per thread; nil where the format does not tell.
  public var registersPerThread: Int? { registers < 0 ? nil : Int(registers) }
  /// Static and dynamic shared memory of a block in bytes; nil where the format does not tell.
  public var sharedMemoryBytes: Int? { sharedMemory < 0 ? nil : Int(sharedMemory) }
  /// The position of the kernel's name in `ImportedProfile.names`.
  public internal(set) var nameIndex: Int32 = 0
  /// The position of the stream in `ImportedProfile.streams`.
  public internal(set) var streamIndex: Int32 = 0

  var start: Int64 = .min
  var duration: Int64 = -1
  /// The number of the launching call; -1 where the format has none.
  var correlation: Int64 = -1
  var gridX: UInt32 = 0
  var gridY: UInt32 = 0
  var gridZ: UInt32 = 0
  var blockX: UInt32 = 0
  var blockY: UInt32 = 0
  var blockZ: UInt32 = 0
  var registers: Int32 = -1
  var sharedMemory: Int32 = -1

  /// Sets grid and block from six extents that fit 32 bits.
  mutating func setShape(_ extents: some RandomAccessCollection<Int64>) {
    let e = extents.map { UInt32(clamping: $0) }
    guard e.count == 6 else { return }
    (gridX, gridY, gridZ) = (e[0], e[1], e[2])
    (blockX, blockY, blockZ) = (e[3], e[4], e[5])
  }
}

/// What a format tells of a kernel's work, beside its time and shape.
public struct ProfileDemand: Hashable, Sendable {
  /// Floating-point operations of the launch.
  public var flop: Double?
  /// DRAM bytes of the launch.
  public var dramBytes: Double?
  /// Share of the GPU's compute throughput, 0 to 1.
  public var computeFraction: Double?
  /// Share of the GPU's DRAM bandwidth, 0 to 1.
  public var dramFraction: Double?
  /// The batch the row was measured at; nil where the format does not tell.
  public var batch: Int?
}

/// What a profile tells of the GPU it was taken on.
public struct ProfileDevice: Hashable, Sendable {
  /// The device as the file names it in its rows.
  public var id: String
  /// The product name; empty where not given.
  public var name = ""
  /// Streaming multiprocessors (compute units).
  public var smCount: Int?
  /// Compute capability, such as `8.0`.
  public var computeCapability: String?
  /// Global memory in bytes.
  public var memoryBytes: Int64?
  /// Registers of one SM.
  public var registersPerSM: Int?
  /// Shared memory of one SM in bytes.
  public var sharedMemoryPerSM: Int?
  /// Most shared memory of a block in bytes, opted in.
  public var sharedMemoryPerBlock: Int?
  /// Most threads resident on one SM.
  public var threadsPerSM: Int?
  /// Threads of a warp.
  public var warpSize: Int?
  /// Clock in MHz.
  public var clockMHz: Double?
  /// Kernel rows seen on it.
  public var kernels = 0

  /// Creates a device of which only its name in the rows is known.
  public init(id: String) { self.id = id }

  /// Whether the user means it by this name.
  func isNamed(_ name: String) -> Bool { name == id || name == self.name }

  /// Takes a number under the name that Kineto or nsys gives it; other names are passed over.
  mutating func set(_ name: String, _ value: Int64) {
    switch name {
    case "numSms", "smCount": smCount = Int(value)
    case "totalGlobalMem", "totalMemory": memoryBytes = value
    case "regsPerMultiprocessor", "maxRegistersPerSm": registersPerSM = Int(value)
    case "sharedMemPerMultiprocessor", "maxSharedMemoryPerMultiProcessor", "maxShmemPerSm":
      sharedMemoryPerSM = Int(value)
    case "sharedMemPerBlockOptin", "maxShmemPerBlockOptin": sharedMemoryPerBlock = Int(value)
    case "maxThreadsPerMultiprocessor": threadsPerSM = Int(value)
    case "maxWarpsPerSm": if (0...1024).contains(value) { threadsPerSM = Int(value) * 32 }
    case "warpSize", "threadsPerWarp": warpSize = Int(value)
    case "clockRate": clockMHz = Double(value) / 1e6
    default: break
    }
  }
}

/// What `models/record/record.py` writes beside a PyTorch trace's events, under the key `gpuloom`.
public struct RecordedFacts: Hashable, Sendable {
  /// The model's name.
  public var model: String?
  /// The batch the trace was taken at.
  public var batch: Int?
  /// The precision of the operations.
  public var precision: Precision?
  /// Weights in MiB.
  public var weightsMiB: Double?
  /// Workspace and activations in MiB.
  public var workspaceMiB: Double?
  /// The software the trace was taken with.
  public var stack: String?

  static let keys = ["model", "batch", "precision", "weights_mib", "workspace_mib", "stack"]
}

/// What was found in a profiler's export.
///
/// `rowsRead == rowsUsed + leftOut.map(\.count).reduce(0, +)` always.
public struct ImportedProfile: Sendable {
  /// The file as the user named it.
  public var file: String
  /// What the file is.
  public var format: ProfileFormat
  /// Rows read: CSV records after the header, entries of a JSON list.
  public var rowsRead = 0
  /// Rows that describe kernels.
  public var rowsUsed = 0
  /// The other rows by reason, in the reasons' order; none with a count of 0.
  public var leftOut: [(reason: LeftOutReason, count: Int)] = []
  /// Copies and memsets: how many, and their bytes where the format tells.
  public var copies: (count: Int, bytes: Int64) = (0, 0)
  /// The kernels in launch order where the format tells it, otherwise in order of their start, or
  /// of the file.
  public var kernels: [ProfileKernel] = []
  /// How `kernels` is ordered: `launch`, `start` or `file`.
  public var order = "file"
  /// What is known of each kernel's work; empty, or as many as `kernels`.
  public var demands: [ProfileDemand] = []
  /// The kernels' names.
  public var names: [String] = []
  /// The streams (queues) as the file names them.
  public var streams: [String] = []
  /// The devices the file names.
  public var devices: [ProfileDevice] = []
  /// The device the kernels ran on; nil where the file names none.
  public var device: ProfileDevice?
  /// What the recorder of `models/record` tells of the model; nil in other files.
  public var recorded: RecordedFacts?
  /// The batch the whole profile was taken at, and what tells it; nil where the format or the file's
  /// name does not.
  public var batch: (size: Int, origin: String)?
  /// The precision the format records in; nil where it does not say.
  public var precision: Precision?
  /// What the user should know of before trusting the numbers, beside the left-out rows.
  public var warnings: [Diagnostic] = []

  /// Whether the batch of its kernels is known without the user.
  public var tellsBatch: Bool {
    batch != nil || recorded?.batch != nil || demands.contains { $0.batch != nil }
  }

  /// The name of a kernel.
  public func name(of kernel: ProfileKernel) -> String { names[Int(kernel.nameIndex)] }
  /// The stream of a kernel.
  public func stream(of kernel: ProfileKernel) -> String { streams[Int(kernel.streamIndex)] }
  /// The sum of the kernels' durations in nanoseconds.
  public var totalDurationNS: Int64 {
    kernels.reduce(0) { $0 &+ max(0, $1.duration) }
  }
}

/// What the user may choose when a profile is read.
public struct ProfileImportOptions: Sendable {
  /// The device to take, by the name or number the file gives it; needed where it holds several.
  public var device: String?
  /// Further files that belong to the first: a graph beside a layer profile, a profile beside a
  /// model.
  public var companions: [String] = []
  /// Rows to take: those whose column has the value; for CSV formats.
  public var filters: [(column: String, value: String)] = []
  /// Whether faulty rows are left out and counted instead of refused.
  public var isLenient = false

  /// Creates the default options.
  public init() {}
}
