import Hardware
import SimBasics
import Tables

/// One kernel of a profile, packed: traces hold millions.
package struct ProfileKernel: Hashable, Sendable {
  /// Nanoseconds since the profiler's own origin; nil where the format has no start.
  package var startNS: Int64? { start == .min ? nil : start }
  /// Nanoseconds on the GPU; nil where the format has none.
  package var durationNS: Int64? { duration < 0 ? nil : duration }
  /// Thread blocks along x, y, z; nil where the format does not tell.
  package var grid: (x: Int, y: Int, z: Int)? {
    gridX == 0 ? nil : (Int(gridX), Int(gridY), Int(gridZ))
  }
  /// Threads of a block along x, y, z; nil where the format does not tell.
  package var block: (x: Int, y: Int, z: Int)? {
    blockX == 0 ? nil : (Int(blockX), Int(blockY), Int(blockZ))
  }
  /// Registers per thread; nil where the format does not tell.
  package var registersPerThread: Int? { registers < 0 ? nil : Int(registers) }
  /// Static and dynamic shared memory of a block in bytes; nil where the format does not tell.
  package var sharedMemoryBytes: Int? { sharedMemory < 0 ? nil : Int(sharedMemory) }
  /// The position of the kernel's name in `ImportedProfile.names`.
  package internal(set) var nameIndex: Int32 = 0
  /// The position of the stream in `ImportedProfile.streams`.
  package internal(set) var streamIndex: Int32 = 0

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
package struct ProfileDemand: Hashable, Sendable {
  /// Floating-point operations of the launch.
  package var flop: Double?
  /// DRAM bytes of the launch.
  package var dramBytes: Double?
  /// Share of the GPU's compute throughput, 0 to 1.
  package var computeFraction: Double?
  /// Share of the GPU's DRAM bandwidth, 0 to 1.
  package var dramFraction: Double?
  /// The batch the row was measured at; nil where the format does not tell.
  package var batch: Int?
}

/// What a profile tells of the GPU it was taken on.
package struct ProfileDevice: Hashable, Sendable {
  /// The device as the file names it in its rows.
  package var id: String
  /// The product name; empty where not given.
  package var name = ""
  /// Streaming multiprocessors (compute units).
  package var smCount: Int?
  /// Compute capability, such as `8.0`.
  package var computeCapability: String?
  /// Global memory in bytes.
  package var memoryBytes: Int64?
  /// Registers of one SM.
  package var registersPerSM: Int?
  /// Shared memory of one SM in bytes.
  package var sharedMemoryPerSM: Int?
  /// Most shared memory of a block in bytes, opted in.
  package var sharedMemoryPerBlock: Int?
  /// Most threads resident on one SM.
  package var threadsPerSM: Int?
  /// Threads of a warp.
  package var warpSize: Int?
  /// Clock in MHz.
  package var clockMHz: Double?
  /// Kernel rows seen on it.
  package var kernels = 0

  /// Creates a device of which only its name in the rows is known.
  package init(id: String) { self.id = id }

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
package struct RecordedFacts: Hashable, Sendable {
  /// The model's name.
  package var model: String?
  /// The batch the trace was taken at.
  package var batch: Int?
  /// The precision of the operations.
  package var precision: Precision?
  /// Weights in MiB.
  package var weightsMiB: Double?
  /// Workspace and activations in MiB.
  package var workspaceMiB: Double?
  /// The software the trace was taken with.
  package var stack: String?

  static let keys = ["model", "batch", "precision", "weights_mib", "workspace_mib", "stack"]
}

/// What was found in a profiler's export.
///
/// `rowsRead == rowsUsed + leftOut.map(\.count).reduce(0, +)` always.
package struct ImportedProfile: Sendable {
  /// The file as the user named it.
  package var file: String
  /// What the file is.
  package var format: ProfileFormat
  /// Rows read: CSV records after the header, entries of a JSON list.
  package var rowsRead = 0
  /// Rows that describe kernels.
  package var rowsUsed = 0
  /// The other rows by reason, in the reasons' order; none with a count of 0.
  package var leftOut: [(reason: LeftOutReason, count: Int)] = []
  /// Copies and memsets: how many, and their bytes where the format tells.
  package var copies: (count: Int, bytes: Int64) = (0, 0)
  /// The kernels in launch order where the format tells it, otherwise in order of their start, or
  /// of the file.
  package var kernels: [ProfileKernel] = []
  /// How `kernels` is ordered: `launch`, `start` or `file`.
  package var order = "file"
  /// What is known of each kernel's work; empty, or as many as `kernels`.
  package var demands: [ProfileDemand] = []
  /// The kernels' names.
  package var names: [String] = []
  /// The streams (queues) as the file names them.
  package var streams: [String] = []
  /// The devices the file names.
  package var devices: [ProfileDevice] = []
  /// The device the kernels ran on; nil where the file names none.
  package var device: ProfileDevice?
  /// What the recorder of `models/record` tells of the model; nil in other files.
  package var recorded: RecordedFacts?
  /// The batch the whole profile was taken at, and what tells it; nil where the format or the file's
  /// name does not.
  package var batch: (size: Int, origin: String)?
  /// The precision the format records in; nil where it does not say.
  package var precision: Precision?
  /// What the user should know of before trusting the numbers, beside the left-out rows.
  package var warnings: [Diagnostic] = []

  /// The collectives among the kernels: how many, and how long they took in all, waiting for other
  /// GPUs most of that time.
  package var collectives: (count: Int, durationNS: Int64) {
    let isCollective = names.map(KernelFamily.isCollective)
    return kernels.reduce((0, 0)) { sum, kernel in
      guard isCollective[Int(kernel.nameIndex)] else { return sum }
      return (sum.0 + 1, sum.1 &+ max(0, kernel.duration))
    }
  }

  /// Whether the batch of its kernels is known without the user.
  package var tellsBatch: Bool {
    batch != nil || recorded?.batch != nil || demands.contains { $0.batch != nil }
  }

  /// The name of a kernel.
  package func name(of kernel: ProfileKernel) -> String { names[Int(kernel.nameIndex)] }
  /// The stream of a kernel.
  package func stream(of kernel: ProfileKernel) -> String { streams[Int(kernel.streamIndex)] }
  /// The sum of the kernels' durations in nanoseconds.
  package var totalDurationNS: Int64 {
    kernels.reduce(0) { $0 &+ max(0, $1.duration) }
  }
}

/// What the user may choose when a profile is read.
package struct ProfileImportOptions: Sendable {
  /// The device to take, by the name or number the file gives it; needed where it holds several.
  package var device: String?
  /// Further files that belong to the first: a graph beside a layer profile, a profile beside a
  /// model.
  package var companions: [String] = []
  /// Rows to take: those whose column has the value; for CSV formats.
  package var filters: [(column: String, value: String)] = []
  /// Whether faulty rows are left out and counted instead of refused.
  package var isLenient = false

  /// Creates the default options.
  package init() {}
}
