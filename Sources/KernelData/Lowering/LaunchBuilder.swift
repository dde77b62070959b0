import Hardware

/// Turns layers into launches for one GPU and batch.
struct LaunchBuilder {
  /// The GPU the launches are shaped for.
  var gpu: GPUSpec
  /// The GPU their durations are for: the same, or a part of it.
  var timingGPU: GPUSpec
  var stack: LoweringStack
  var batch: Int
  var launches: [KernelProfile] = []
  /// Operations that the launches execute, padding of tiles included, as FP32 operations of the same
  /// energy.
  var executedFLOP = 0.0

  /// What kernels without products compute in.
  private let precision = Precision.fp32
  /// Bytes of a value.
  var width: Int { stack.precision.bytes }

  init(gpu: GPUSpec, stack: LoweringStack, batch: Int) {
    self.gpu = gpu
    timingGPU = gpu
    self.stack = stack
    self.batch = batch
  }

  /// Appends a layer's launches.
  mutating func append(_ layer: Layer) {
    switch layer {
    case .convolution(let shape): appendConvolution(shape)
    case .depthwise(let shape): appendDepthwise(shape)
    case .dense(let rows, let inputs, let outputs):
      let m = batch * rows
      appendProduct(
        Product(
          kernel: "gemm", m: m, n: outputs, k: inputs,
          bytes: width * (m * inputs + (inputs + 1) * outputs + m * outputs)))
    case .products(let count, let m, let n, let k):
      appendProduct(
        Product(
          kernel: "batched_gemm", m: m, n: n, k: k, count: batch * count, canSplit: false,
          bytes: width * batch * count * (m * k + k * n + m * n)))
    case .columns(let m, let n, let k, let tile):
      appendProduct(
        Product(
          kernel: "sgemm", m: m, n: batch * n, k: k, canSplit: false, tile: tile,
          bytes: width * (m * k + batch * n * (m + k))))
    case .streaming(let shape): appendStreaming(shape)
    case .rows(let name, let rows, let width, let reads, let flop):
      appendRows(name, rows: batch * rows, rowWidth: width, reads: reads, flopPerValue: flop)
    case .concatenation(let values):
      guard stack.elementwise != .fused else { return }
      appendStreaming(Streaming(name: "concat", reads: values, writes: values))
    }
  }

  /// The convolution as a product: a row per output pixel, a column per output channel, the depth
  /// being input channels times the kernel's area. Every tensor crosses the DRAM once; what tiles
  /// read again comes from L2.
  private mutating func appendConvolution(_ shape: Convolution) {
    let m = batch * shape.pixels
    // A strided 1×1 convolution reads only the pixels it needs.
    let read = shape.area == 1 ? shape.pixels : shape.size * shape.size
    let activations =
      read * shape.inputs + shape.pixels * shape.outputs
      + (shape.addsResidual && stack.elementwise == .fused ? shape.pixels * shape.outputs : 0)
    appendProduct(
      Product(
        kernel: "conv_\(shape.kernel)x\(shape.width)"
          + (shape.stride > 1 ? "_s\(shape.stride)" : "")
          + (shape.dilation > 1 ? "_d\(shape.dilation)" : "")
          + (shape.addsResidual && stack.elementwise == .fused ? "_add" : ""),
        m: m, n: shape.outputs, k: shape.inputs * shape.area, isConvolution: true,
        winogradTiles: shape.allowsWinograd ? batch * shape.winogradTiles : 0,
        inputs: shape.inputs, factor: stack.convolutionTimeFactor,
        isNarrow: shape.inputs < stack.precision.leastChannels,
        bytes: width * (batch * activations + shape.weights(isDepthwise: false))))
    appendElementwise(after: shape)
  }

  /// What a runtime that does not fuse runs after a convolution.
  private mutating func appendElementwise(after shape: Convolution) {
    var steps: [(name: String, operands: Int, flop: Int)] =
      switch shape.affine {
      case .normalised: [("batch_norm", 1, 2)]
      case .bias: [("bias", 1, 1)]
      case .none: []
      }
    if shape.addsResidual { steps.append(("add", 2, 1)) }
    if shape.hasActivation { steps.append(("relu", 1, 1)) }
    switch stack.elementwise {
    case .fused: return
    case .separate: break
    case .onePass:
      guard !steps.isEmpty else { return }
      steps = [
        (
          steps.map(\.name).joined(separator: "_"), shape.addsResidual ? 2 : 1,
          steps.reduce(0) { $0 + $1.flop }
        )
      ]
    }
    let values = shape.pixels * shape.outputs
    for step in steps {
      appendStreaming(
        Streaming(
          name: step.name, reads: step.operands * values, writes: values,
          flopPerWrite: step.flop))
    }
  }

  private mutating func appendDepthwise(_ shape: Convolution) {
    let values = batch * shape.pixels * shape.outputs
    let bytes =
      width
      * (batch * shape.size * shape.size * shape.inputs + values
        + shape.weights(isDepthwise: true))
    appendVector(
      "depthwise_\(shape.kernel)x\(shape.kernel)" + (shape.stride > 1 ? "_s\(shape.stride)" : ""),
      shape: "\(batch)x\(shape.size)x\(shape.size)x\(shape.inputs)",
      blocks: (values + 255) / 256, threads: 256, registers: 32, sharedMemory: 0,
      flop: values * 2 * shape.kernel * shape.kernel, bytes: bytes)
    appendElementwise(after: shape)
  }

  private mutating func appendStreaming(_ shape: Streaming) {
    // A reduction has a warp per value written, others a thread per four values.
    let writes = batch * shape.writes
    let isReduction = shape.reads > 8 * shape.writes
    let threads = 256
    let blocks = isReduction ? (writes + 7) / 8 : (writes + 4 * threads - 1) / (4 * threads)
    appendVector(
      shape.name, shape: "\(batch * shape.reads)to\(writes)", blocks: blocks, threads: threads,
      registers: 32, sharedMemory: 0, flop: writes * shape.flopPerWrite,
      bytes: width * (batch * shape.reads + writes))
  }

  /// A warp per row up to 1024 values, else a block per row.
  private mutating func appendRows(
    _ name: String, rows: Int, rowWidth: Int, reads: Int, flopPerValue: Int
  ) {
    let isWide = rowWidth > 1024
    let threads = isWide ? 256 : 128
    appendVector(
      name, shape: "\(rows)x\(rowWidth)" + (reads > 1 ? "_reads\(reads)" : ""),
      blocks: isWide ? rows : (rows + 3) / 4,
      threads: threads, registers: 40, sharedMemory: isWide ? 1024 : 0,
      flop: rows * rowWidth * flopPerValue, bytes: width * rows * rowWidth * (reads + 1))
  }

  mutating func appendVector(
    _ name: String, shape: String, blocks: Int, threads: Int, registers: Int, sharedMemory: Int,
    flop: Int, bytes: Int
  ) {
    let time = WaveEstimate(gpu: timingGPU).duration(
      blocks: blocks, threads: threads, registers: registers, sharedMemory: sharedMemory,
      flop: Double(flop), bytes: Double(bytes), precision: precision)
    let duration = time.map { wholeNS($0 + stack.launchRampNS) }
    executedFLOP += Double(flop)
    launches.append(
      KernelProfile(
        name: name, grid: Extent3(blocks), block: Extent3(threads),
        registersPerThread: registers, sharedMemoryBytes: sharedMemory, flop: Int64(flop),
        dramBytes: Int64(bytes), durationNS: duration,
        computeFraction: computeFraction(issueNS: issueNS(flop: Double(flop)), duration),
        fusionClass: "\(name)_\(stack.precision)_\(shape)"))
  }

  /// Time for which operations keep one SM busy at its peak, in nanoseconds.
  func issueNS(flop: Double, _ rate: Precision = .fp32, efficiency: Double = 1) -> Double {
    flop / (timingGPU.smRate(rate) * efficiency)
  }

  /// The share of all SMs' issue slots that a launch uses while it runs alone, to a millionth.
  func computeFraction(issueNS: Double, _ duration: Int64?) -> Double? {
    duration.map {
      min(1, (issueNS / (Double(timingGPU.smCount) * Double($0)) * 1e6).rounded() / 1e6)
    }
  }
}
