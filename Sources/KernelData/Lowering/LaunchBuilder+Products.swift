import Hardware

extension LaunchBuilder {
  /// Appends the fastest of all tiles, depth splits and algorithms, by the wave estimate, and where
  /// the depth is split the launch that adds the parts.
  mutating func appendProduct(_ product: Product) {
    if product.m == 1 || product.n == 1, product.tile == nil, product.count == 1 {
      appendVectorProduct(product)
      return
    }
    guard let shape = fastestPlan(of: product) else { return }
    let timed =
      shape.isWinograd
      ? winogradPlan(product, shape.tile, on: timingGPU)
      : plan(product, shape.tile, shape.split, on: timingGPU)
    guard let best = timed else { return }
    let size =
      "\(product.m)x\(product.n)x\(product.k)"
      + (product.count > 1 ? "x\(product.count)" : "")
    let name =
      "\(product.kernel)_\(best.tile.name)" + (best.split > 1 ? "_splitk" : "")
    let duration = wholeNS(best.mainNS)
    executedFLOP += best.executedFLOP
    launches.append(
      KernelProfile(
        name: name, grid: best.grid, block: Extent3(best.tile.threads),
        registersPerThread: best.tile.registers, sharedMemoryBytes: best.tile.sharedMemory,
        flop: Int64(product.flop), dramBytes: Int64(mainBytes(product, best.split)),
        durationNS: duration,
        computeFraction: computeFraction(issueNS: best.issueNS, duration),
        fusionClass: "\(name)_\(stack.precision)_\(size)"
          + (best.split > 1 ? "_split\(best.split)" : "")))
    if best.split > 1 { appendReduction(of: product, best) }
  }

  private func fastestPlan(of product: Product) -> ProductPlan? {
    var best: ProductPlan?
    func consider(_ plan: ProductPlan?) {
      guard let plan else { return }
      let least = best.map { $0.mainNS + $0.reduceNS } ?? .infinity
      if plan.mainNS + plan.reduceNS < least { best = plan }
    }
    for tile in stack.tiles where product.allows(tile) {
      for split in splits(of: product) { consider(plan(product, tile, split, on: gpu)) }
    }
    if product.winogradTiles > 0 {
      for tile in stack.winogradTiles { consider(winogradPlan(product, tile, on: gpu)) }
    }
    return best
  }

  private mutating func appendReduction(of product: Product, _ plan: ProductPlan) {
    let blocks = reduceBlocks(product)
    let flop = product.m * product.n * plan.split
    let duration = wholeNS(plan.reduceNS)
    launches.append(
      KernelProfile(
        name: "splitk_reduce", grid: Extent3(blocks), block: Extent3(256),
        registersPerThread: 32, sharedMemoryBytes: 0, flop: Int64(flop),
        dramBytes: Int64(reduceBytes(product, plan.split)), durationNS: duration,
        computeFraction: computeFraction(issueNS: issueNS(flop: Double(flop)), duration),
        fusionClass: "splitk_reduce_\(stack.precision)_\(product.m)x\(product.n)_split\(plan.split)"
      ))
  }

  /// One row or one column only: a warp per output streams the weights, as cuBLAS's gemv kernels do.
  private mutating func appendVectorProduct(_ product: Product) {
    let outputs = product.m * product.n
    appendVector(
      "gemv", shape: "\(outputs)x\(product.k)", blocks: (outputs + 3) / 4, threads: 128,
      registers: 40, sharedMemory: 0, flop: product.flop, bytes: product.bytes)
  }

  /// Splits that leave each part a depth of at least 64.
  private func splits(of product: Product) -> [Int] {
    product.canSplit
      ? (1...(product.isConvolution ? stack.convolutionMaxSplit : stack.maxSplit)).filter {
        $0 == 1 || product.k / $0 >= 64
      } : [1]
  }

  private func plan(
    _ product: Product, _ tile: LoweringTile, _ split: Int, on gpu: GPUSpec
  ) -> ProductPlan? {
    let x = (product.m + tile.rows - 1) / tile.rows
    let y = (product.n + tile.columns - 1) / tile.columns
    let depth = (product.k + split - 1) / split
    let blocks = x * y * split * product.count
    let padded = 2.0 * Double(tile.rows * tile.columns) * Double(depth) * Double(blocks)
    let flop = padded * product.factor
    let rate = product.isNarrow ? Precision.fp32 : stack.precision.rate(on: gpu)
    guard let main = estimate(tile, blocks, flop, mainBytes(product, split), rate, on: gpu) else {
      return nil
    }
    var reduce = 0.0
    if split > 1 {
      let time = WaveEstimate(gpu: gpu).duration(
        blocks: reduceBlocks(product), threads: 256, registers: 32, sharedMemory: 0,
        flop: Double(product.m * product.n * split),
        bytes: Double(reduceBytes(product, split)), precision: .fp32)
      guard let time else { return nil }
      reduce = time + stack.launchRampNS
    }
    return ProductPlan(
      tile: tile, grid: Extent3(x, y, split * product.count), split: split,
      executedFLOP: padded * (rate == .fp32 ? 1 : stack.precision.energy),
      issueNS: issueNS(flop: flop, rate, efficiency: tile.efficiency), mainNS: main,
      reduceNS: reduce)
  }

  /// Winograd's F(2×2, 3×3), fused: 16 products of transformed tiles in one kernel, for each 2×2
  /// outputs 16 multiplications a channel instead of 36 (Lavin and Gray 2016). The tile's efficiency
  /// has the transforms in it.
  private func winogradPlan(
    _ product: Product, _ tile: LoweringTile, on gpu: GPUSpec
  ) -> ProductPlan? {
    let x = (product.winogradTiles + tile.rows - 1) / tile.rows
    let y = (product.n + tile.columns - 1) / tile.columns
    let flop =
      2.0 * 16 * Double(tile.rows * tile.columns) * Double(product.inputs) * Double(x * y)
    guard let main = estimate(tile, x * y, flop, product.bytes, .fp32, on: gpu) else { return nil }
    return ProductPlan(
      tile: tile, grid: Extent3(x, y, 1), split: 1, executedFLOP: flop,
      issueNS: issueNS(flop: flop, efficiency: tile.efficiency), isWinograd: true, mainNS: main,
      reduceNS: 0)
  }

  /// A product's launch with its ramps, in nanoseconds.
  private func estimate(
    _ tile: LoweringTile, _ blocks: Int, _ flop: Double, _ bytes: Int, _ rate: Precision,
    on gpu: GPUSpec
  ) -> Double? {
    let time = WaveEstimate(gpu: gpu).duration(
      blocks: blocks, threads: tile.threads, registers: tile.registers,
      sharedMemory: tile.sharedMemory, flop: flop, bytes: Double(bytes), precision: rate,
      efficiency: tile.efficiency)
    return time.map { $0 + stack.launchRampNS + stack.productRampNS }
  }

  /// Bytes of the partial sums that cross the DRAM: none where they fit half of the L2.
  private func partBytes(_ product: Product, _ split: Int) -> Int {
    let parts = product.m * product.n * split * 4
    return split == 1 || Double(parts) <= gpu.l2MiB * 1_048_576 / 2 ? 0 : parts
  }

  /// The launch that multiplies writes the output, or else the parts of it.
  private func mainBytes(_ product: Product, _ split: Int) -> Int {
    split == 1
      ? product.bytes
      : product.bytes - product.m * product.n * width + partBytes(product, split)
  }

  private func reduceBytes(_ product: Product, _ split: Int) -> Int {
    partBytes(product, split) + product.m * product.n * width
  }

  private func reduceBlocks(_ product: Product) -> Int { (product.m * product.n + 1023) / 1024 }

  func wholeNS(_ time: Double) -> Int64 { max(1, Int64(time.rounded(.up))) }
}
