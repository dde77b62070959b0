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
    of profile: BlockProfile, blocks: Int? = nil, tail: Int64? = nil,
    on gpu: GPUSpec, mask: SMSet? = nil
  ) -> IsolatedRun {
    var device = Device(gpu: gpu)
    let kernel = device.register(profile)
    let maskIndex = mask.map { device.register(mask: $0) } ?? 0
    _ = device.submit(
      kernel: kernel, blocks: blocks ?? profile.blocks, tail: tail, mask: maskIndex,
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

extension BlockProfile {
  /// Prepares a kernel row for a GPU.
  ///
  /// A block alone takes `overhead + max(c / (F · min(1, w / w_sat)), m / min(BW, w · bytes in
  /// flight / latency))`, the roofline with the latency bound of Volkov, "Understanding Latency
  /// Hiding on GPUs" (2016). A measured duration replaces that time by the one with which the launch
  /// alone takes exactly as long. What a block issues and moves stays what it is meanwhile, so that
  /// a row measured to be slow asks for a smaller share of its SM and of the DRAM: see `Demand`.
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
    let demand = try Demand(of: kernel, on: gpu, precision: precision, usesDuration: usesDuration)
    let warps = Double(kernel.warpsPerBlock)
    let fill = min(1, warps / gpu.timing.saturatingWarps)
    let stream = min(
      gpu.dramRate, warps * gpu.timing.bytesInFlightPerWarp / gpu.timing.dramLatencyNS)
    let solo = max(
      1,
      gpu.timing.blockOverheadNS + max(demand.blockIssueNS / fill, demand.blockBytes / stream))
    let waves = (Double(kernel.grid.count) / Double(occupancy.blocksPerSM * gpu.smCount))
      .rounded(.up)
    try hold(
      kernel.name, ns: solo * waves * Double(occupancy.blocksPerSM),
      work: max(demand.flop, demand.dramBytes))
    var profile = BlockProfile(
      blocks: kernel.grid.count, cost: occupancy.cost, blocksPerSM: occupancy.blocksPerSM,
      soloNS: solo, smShare: min(1, demand.blockIssueNS / solo),
      dramRate: demand.blockBytes / solo, flop: Int64(demand.flop),
      dramBytes: Int64(demand.dramBytes))
    if usesDuration, let duration = kernel.durationNS {
      profile.calibrate(to: duration, issueNS: demand.blockIssueNS, on: gpu)
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

  /// Finds the block time with which the launch alone takes exactly `duration` nanoseconds; the last
  /// nanoseconds, which whole nanoseconds per wave cannot express, become the tail.
  ///
  /// A block shorter than its own work asks for all of its SM, and for no more DRAM than at the
  /// roofline: measured to be faster than what it is said to do, it does less.
  private mutating func calibrate(to duration: Int64, issueNS: Double, on gpu: GPUSpec) {
    let base = self
    func lasting(_ factor: Double) -> BlockProfile {
      var profile = base
      profile.soloNS = base.soloNS * factor
      profile.smShare = min(1, issueNS / profile.soloNS)
      if factor > 1 { profile.dramRate = base.dramRate / factor }
      return profile
    }
    var low = 0.0
    var high = Double.infinity
    // One device for all: what a launch takes does not depend on when it starts.
    var device = Device(gpu: gpu)
    var factor = 1.0
    var best: (profile: BlockProfile, time: Int64)?
    // Where an SM's blocks ask for more than it has, a launch takes as long over a range of factors,
    // and guesses in proportion hardly move.
    var halves = false
    for step in 0..<120 {
      if step == 60 {
        if best != nil { break }
        halves = true
      }
      // A clock this far on leaves no room for another run of any length.
      if device.now > 1 << 60 { device = Device(gpu: gpu) }
      let candidate = lasting(factor)
      let time = device.runAlone(candidate)
      if time <= duration {
        if time > (best?.time ?? -1) { best = (candidate, time) }
        if time == duration { break }
        low = factor
      } else {
        high = factor
      }
      let guess = factor * Double(duration) / Double(time)
      let isInside = !halves && guess > low && guess < high
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
      self = base
      soloNS = 1e-9
      tailNS = max(0, duration - device.runAlone(self))
      return
    }
    self = best.profile
    tailNS = duration - best.time
  }
}
