/// Three extents, x first.
package struct Extent3: Hashable, Sendable {
  /// The extent along x.
  package var x: Int
  /// The extent along y.
  package var y: Int
  /// The extent along z.
  package var z: Int

  /// Creates an extent.
  package init(_ x: Int, _ y: Int = 1, _ z: Int = 1) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// x · y · z.
  package var count: Int { x * y * z }
}

/// One launch of a model as a kernel table's row gives it.
package struct KernelProfile: Hashable, Sendable {
  /// The kernel's name.
  package var name: String
  /// Thread blocks of the launch.
  package var grid: Extent3
  /// Threads of a block.
  package var block: Extent3
  /// Registers per thread.
  package var registersPerThread: Int
  /// Static and dynamic shared memory of a block, in bytes.
  package var sharedMemoryBytes: Int
  /// Floating-point operations of the whole launch; nil where only fractions are known.
  package var flop: Int64?
  /// DRAM bytes of the whole launch; nil where only fractions are known.
  package var dramBytes: Int64?
  /// Measured duration alone on the idle GPU, in nanoseconds.
  package var durationNS: Int64?
  /// Share of the GPU's compute throughput while it runs alone.
  package var computeFraction: Double?
  /// Share of the GPU's peak DRAM bandwidth while it runs alone.
  package var dramFraction: Double?
  /// Launches of one class may fuse; empty means the kernel's name and shape.
  package var fusionClass: String
  /// The stream within the model, from 0.
  package var stream: Int

  /// Creates a row.
  package init(
    name: String, grid: Extent3, block: Extent3, registersPerThread: Int,
    sharedMemoryBytes: Int, flop: Int64?, dramBytes: Int64?, durationNS: Int64? = nil,
    computeFraction: Double? = nil, dramFraction: Double? = nil, fusionClass: String = "",
    stream: Int = 0
  ) {
    self.name = name
    self.grid = grid
    self.block = block
    self.registersPerThread = registersPerThread
    self.sharedMemoryBytes = sharedMemoryBytes
    self.flop = flop
    self.dramBytes = dramBytes
    self.durationNS = durationNS
    self.computeFraction = computeFraction
    self.dramFraction = dramFraction
    self.fusionClass = fusionClass
    self.stream = stream
  }

  /// Warps of a block.
  package var warpsPerBlock: Int { (block.count + 31) / 32 }
}

/// A model's launches on one GPU, by batch (`gpuloom.kernels/1`).
package struct KernelTable: Sendable {
  /// The model's name.
  package var model: String
  /// The GPU the table was made for.
  package var gpu: String
  /// The software stack the table stands for.
  package var stack: String
  /// The precision of its operations.
  package var precision: Precision
  /// Weights in MiB.
  package var weightsMiB: Double
  /// Workspace and activations in MiB.
  package var workspaceMiB: Double
  /// Bytes of one request's input.
  package var inputBytes: Int64
  /// Bytes of one request's output.
  package var outputBytes: Int64
  /// Where the table comes from.
  package var source: String
  /// `measured`, `derived` or `analytic`.
  package var provenance: String
  /// The launches of each batch, batches ascending.
  package var batches: [(batch: Int, launches: [KernelProfile])]
  /// What its numbers were taken under.
  package var conditions = TableConditions()

  /// Creates a table.
  package init(
    model: String, gpu: String, stack: String, precision: Precision, weightsMiB: Double,
    workspaceMiB: Double, inputBytes: Int64, outputBytes: Int64, source: String,
    provenance: String, batches: [(batch: Int, launches: [KernelProfile])]
  ) {
    self.model = model
    self.gpu = gpu
    self.stack = stack
    self.precision = precision
    self.weightsMiB = weightsMiB
    self.workspaceMiB = workspaceMiB
    self.inputBytes = inputBytes
    self.outputBytes = outputBytes
    self.source = source
    self.provenance = provenance
    self.batches = batches
  }

  /// The launches of the smallest batch of at least `size`, and that batch.
  package func launches(batch size: Int) -> (batch: Int, launches: [KernelProfile])? {
    batches.first { $0.batch >= size }
  }
}
