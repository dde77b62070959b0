import Hardware

/// How long a launch takes alone on an idle device.
package struct IsolatedRun: Hashable, Sendable {
  /// From the launch's start to its end, in nanoseconds.
  package var durationNS: Int64
  /// What the device did meanwhile.
  package var integrals: DeviceIntegrals
}

extension Device {
  /// Runs one launch alone on an idle device of the same kind.
  package static func isolatedRun(
    of profile: BlockProfile, blocks: Int? = nil, scale: Double = 1, tail: Int64? = nil,
    on gpu: GPUSpec, mask: SMSet? = nil
  ) -> IsolatedRun {
    var device = Device(gpu: gpu)
    let kernel = device.register(profile)
    let maskIndex = mask.map { device.register(mask: $0) } ?? 0
    _ = device.submit(
      kernel: kernel, blocks: blocks ?? profile.blocks, scale: scale, tail: tail, mask: maskIndex,
      tag: 0)
    device.runUntilIdle()
    return IsolatedRun(durationNS: device.now, integrals: device.integrals)
  }

  /// What a device of the same kind does in the first `span` nanoseconds of a launch that is alone
  /// on it.
  package static func isolatedIntegrals(
    of profile: BlockProfile, for span: Int64, on gpu: GPUSpec
  ) -> DeviceIntegrals {
    var device = Device(gpu: gpu)
    _ = device.submit(kernel: device.register(profile), blocks: profile.blocks, tag: 0)
    device.settle()
    while device.nextEvent <= span {
      device.advance(to: device.nextEvent)
      device.settle()
    }
    device.advance(to: span)
    return device.integrals
  }

  /// Runs a launch of a new kernel on the device, which is idle, and returns how long it took.
  fileprivate mutating func runAlone(_ profile: BlockProfile) -> Int64 {
    let start = now
    _ = submit(kernel: register(profile), blocks: profile.blocks, tag: 0)
    runUntilIdle()
    return now - start
  }

  private mutating func runUntilIdle() {
    settle()
    while advance(before: .max) { settle() }
  }
}

/// Why a kernel row cannot run on a GPU.
package struct KernelFault: Error, Sendable, CustomStringConvertible {
  /// The sentence, without a period.
  package var description: String
}

extension BlockProfile {
  /// Prepares a kernel row for a GPU.
  ///
  /// A block alone takes `overhead + max(c / (F · min(1, w / w_sat)), m / min(BW, w · bytes in
  /// flight / latency))`, the roofline with the latency bound of Volkov, "Understanding Latency
  /// Hiding on GPUs" (2016). A measured duration scales that time until the launch alone takes
  /// exactly as long: the block's share of its SM stays (what makes a kernel slow slows its
  /// neighbours too), its DRAM bytes stay too unless they alone would take longer than measured.
  ///
  /// - Throws: `KernelFault` when no block of it fits an SM, or nothing says what it costs.
  package static func prepare(
    _ kernel: KernelProfile, on gpu: GPUSpec, precision: Precision, usesDuration: Bool = true
  ) throws(KernelFault) -> BlockProfile {
    let threads = kernel.block.count
    let occupancy = Occupancy(
      threads: threads, registers: kernel.registersPerThread,
      sharedMemory: kernel.sharedMemoryBytes, limits: gpu.limits)
    guard occupancy.blocksPerSM >= 1 else {
      throw KernelFault(
        description: "no block of '\(kernel.name)' fits an SM of \(gpu.name): "
          + (occupancy.limiter == .sharedMemory
            ? "too much shared memory"
            : "too many " + (occupancy.limiter == .warps ? "threads" : occupancy.limiter.rawValue)))
    }
    let (flop, bytes) = try operations(of: kernel, on: gpu, precision: precision)
    let blocks = kernel.grid.count
    let perBlockFLOP = flop / Double(blocks)
    let perBlockBytes = bytes / Double(blocks)
    let warps = Double(kernel.warpsPerBlock)
    let smRate = gpu.smRate(precision)
    let fill = min(1, warps / gpu.timing.saturatingWarps)
    let stream = min(
      gpu.dramRate, warps * gpu.timing.bytesInFlightPerWarp / gpu.timing.dramLatencyNS)
    let compute = perBlockFLOP / (smRate * fill)
    let solo = max(1, gpu.timing.blockOverheadNS + max(compute, perBlockBytes / stream))
    let waves = (Double(blocks) / Double(occupancy.blocksPerSM * gpu.smCount)).rounded(.up)
    try hold(
      kernel.name, ns: solo * waves * Double(occupancy.blocksPerSM), work: max(flop, bytes))
    var profile = BlockProfile(
      blocks: blocks, cost: occupancy.cost, blocksPerSM: occupancy.blocksPerSM, soloNS: solo,
      smShare: min(1, perBlockFLOP / (smRate * solo)), dramRate: perBlockBytes / solo,
      flop: Int64(flop), dramBytes: Int64(bytes))
    if usesDuration, let duration = kernel.durationNS {
      profile.calibrate(to: duration, on: gpu)
    }
    return profile
  }

  /// The longest launch, in nanoseconds, were its blocks to run one after the other on an SM: some
  /// twelve days.
  private static var longestNS: Double { 1e15 }
  /// The most operations or bytes of a launch.
  private static var mostWork: Double { 9e18 }

  /// Numbers that are possible each may give a launch that is not.
  private static func hold(
    _ kernel: String, ns: Double, work: Double
  ) throws(KernelFault) {
    if work > mostWork {
      throw KernelFault(
        description: "'\(kernel)' has more operations or bytes than a launch can: \(work)")
    }
    if ns > longestNS {
      throw KernelFault(
        description: "'\(kernel)' takes some \(ns / 1e9) s on this GPU, more than any launch may")
    }
  }

  private static func operations(
    of kernel: KernelProfile, on gpu: GPUSpec, precision: Precision
  ) throws(KernelFault) -> (flop: Double, bytes: Double) {
    let duration = kernel.durationNS.map(Double.init)
    func amount(_ given: Int64?, _ fraction: Double?, _ peak: Double) -> Double? {
      if let given { return Double(given) }
      guard let fraction, let duration else { return nil }
      return fraction * peak * duration
    }
    let peak = gpu.smRate(precision) * Double(gpu.smCount)
    guard let flop = amount(kernel.flop, kernel.computeFraction, peak),
      let bytes = amount(kernel.dramBytes, kernel.dramFraction, gpu.dramGBPerS)
    else {
      throw KernelFault(
        description: "'\(kernel.name)' needs flop and dram_bytes, or their fractions and a duration"
      )
    }
    return (flop, bytes)
  }

  /// Scales block time so that the launch alone takes exactly `duration` nanoseconds; the last
  /// nanoseconds, which whole nanoseconds per wave cannot express, become the tail.
  private mutating func calibrate(to duration: Int64, on gpu: GPUSpec) {
    let base = self
    func scaled(_ factor: Double) -> BlockProfile {
      var profile = base
      profile.soloNS = base.soloNS * factor
      if factor > 1 { profile.dramRate = base.dramRate / factor }
      return profile
    }
    var low = 0.0
    var high = Double.infinity
    // One device for all: what a launch takes does not depend on when it starts.
    var device = Device(gpu: gpu)
    var factor = 1.0
    var best: (profile: BlockProfile, time: Int64)?
    for _ in 0..<60 {
      // A clock this far on leaves no room for another run of any length.
      if device.now > 1 << 60 { device = Device(gpu: gpu) }
      let candidate = scaled(factor)
      let time = device.runAlone(candidate)
      if time <= duration {
        if time > (best?.time ?? -1) { best = (candidate, time) }
        if time == duration { break }
        low = factor
      } else {
        high = factor
      }
      let guess = factor * Double(duration) / Double(time)
      let isInside = guess > low && guess < high
      let middle = high.isFinite ? (low + high) / 2 : low * 2
      let next = isInside && abs(guess - factor) > factor * 1e-12 ? guess : middle
      if next == factor { break }
      if let best, duration - best.time <= 4, high.isFinite { break }
      // Nearer to the factor at which a wave takes a nanosecond more, what the launch takes would
      // hang on the rounding of doubles.
      if high - low <= low * 1e-9 { break }
      factor = next
    }
    guard let best else {
      // Shorter than one nanosecond a wave: run the waves at once and let the tail tell the time.
      self = scaled(0)
      soloNS = 1e-9
      tailNS = max(0, duration - device.runAlone(self))
      return
    }
    self = best.profile
    tailNS = duration - best.time
  }
}
