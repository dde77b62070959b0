import Hardware

extension LaunchBuilder {
  /// Appends the fastest of all tiles and depth splits, by the wave estimate, and where the depth
  /// is split the launch that adds the parts.
  mutating func appendProduct(_ product: Product) {
    if product.m == 1, product.tile == nil, product.count == 1 {
      appendVectorProduct(product)
      return
    }
    var best: ProductPlan?
    for tile in stack.tiles where product.allows(tile) {
      for split in splits(of: product) {
        guard let plan = plan(product, tile, split, on: gpu) else { continue }
        if plan.mainNS + plan.reduceNS < (best.map { $0.mainNS + $0.reduceNS } ?? .infinity) {
          best = plan
        }
      }
    }
    guard let shape = best, let best = plan(product, shape.tile, shape.split, on: timingGPU) else {
      return
    }
    let size =
      "\(product.m)x\(product.n)x\(product.k)"
      + (product.count > 1 ? "x\(product.count)" : "")
    let name = "\(product.kernel)_\(best.tile.name)" + (best.split > 1 ? "_splitk" : "")
    launches.append(
      KernelProfile(
        name: name, grid: best.grid, block: Extent3(best.tile.threads),
        registersPerThread: best.tile.registers, sharedMemoryBytes: best.tile.sharedMemory,
        flop: Int64(product.flop), dramBytes: Int64(mainBytes(product, best.split)),
        durationNS: wholeNS(best.mainNS),
        fusionClass: "\(name)_\(stack.precision)_\(size)"
          + (best.split > 1 ? "_split\(best.split)" : "")))
    if best.split > 1 {
      let blocks = reduceBlocks(product)
      launches.append(
        KernelProfile(
          name: "splitk_reduce", grid: Extent3(blocks), block: Extent3(256),
          registersPerThread: 32, sharedMemoryBytes: 0,
          flop: Int64(product.m * product.n * best.split),
          dramBytes: Int64(reduceBytes(product, best.split)),
          durationNS: wholeNS(best.reduceNS),
          fusionClass:
            "splitk_reduce_\(stack.precision)_\(product.m)x\(product.n)_split\(best.split)"))
    }
  }

  /// One row only: a warp per output streams the weights.
  private mutating func appendVectorProduct(_ product: Product) {
    let blocks = (product.n + 3) / 4
    let time = WaveEstimate(gpu: timingGPU).duration(
      blocks: blocks, threads: 128, registers: 40, sharedMemory: 0, flop: Double(product.flop),
      bytes: Double(product.bytes), precision: .fp32)
    launches.append(
      KernelProfile(
        name: "gemv", grid: Extent3(blocks), block: Extent3(128), registersPerThread: 40,
        sharedMemoryBytes: 0, flop: Int64(product.flop), dramBytes: Int64(product.bytes),
        durationNS: time.map { wholeNS($0 + stack.launchRampNS) },
        fusionClass: "gemv_\(stack.precision)_\(product.n)x\(product.k)"))
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
    let main = WaveEstimate(gpu: gpu).duration(
      blocks: blocks, threads: tile.threads, registers: tile.registers,
      sharedMemory: tile.sharedMemory, flop: padded * product.factor,
      bytes: Double(mainBytes(product, split)),
      precision: product.isNarrow ? .fp32 : stack.precision.rate(on: gpu),
      efficiency: tile.efficiency)
    guard let main else { return nil }
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
      mainNS: main + stack.launchRampNS + stack.productRampNS, reduceNS: reduce)
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
