import Device
import Hardware
import SimBasics
import Tables

/// One launch of a table and what it is like on a GPU.
package struct LaunchSummary: Sendable {
  /// The table's row.
  package var profile: KernelProfile
  /// What kind of work it does, by its name.
  package var family: KernelFamily
  /// How many blocks an SM holds and why no more.
  package var occupancy: Occupancy
  /// Its duration alone on the idle GPU in nanoseconds.
  package var durationNS: Double
  /// Whether the duration is the model's, the row having none.
  package var isPredicted: Bool
  /// Floating-point operations.
  package var flop: Double
  /// DRAM bytes.
  package var bytes: Double
  /// Blocks over the blocks the GPU holds at once.
  package var waves: Double
  /// The share of the SMs that get a block at all.
  package var smShare: Double
  /// Resident warps over the most there can be, on an SM full of the kernel's blocks.
  package var warpShare: Double
  /// The time the GPU's peak rates allow at least, in nanoseconds.
  package var boundNS: Double
  /// What it asks of the GPU while it runs, and what tells so.
  package var demand: LaunchDemand

  /// Whether its grid gives the GPU less than one wave.
  package var isPartial: Bool { waves < 1 }
  /// Time in which block slots stand empty in the last wave of several, in nanoseconds; a launch
  /// of less than one wave has no such wave.
  package var tailNS: Double {
    isPartial ? 0 : durationNS * (1 - waves / waves.rounded(.up))
  }
}

/// A model at a glance: one batch of a kernel table on one GPU.
package struct KernelSummary: Sendable {
  /// The GPU.
  package var gpu: GPUSpec
  /// The precision of the operations.
  package var precision: Precision
  /// The launches, in order.
  package var launches: [LaunchSummary]

  /// Summarises launches.
  ///
  /// - Throws: `InputError` naming each kernel that cannot run on the GPU; `file` names the table.
  package init(
    _ profiles: [KernelProfile], on gpu: GPUSpec, precision: Precision, file: String
  ) throws(InputError) {
    self.gpu = gpu
    self.precision = precision
    launches = []
    launches.reserveCapacity(profiles.count)
    // Looked up by key alone.
    var known: [KernelProfile: LaunchSummary] = [:]
    var faults: [Diagnostic] = []
    for profile in profiles {
      if let same = known[profile] {
        launches.append(same)
        continue
      }
      do throws(KernelFault) {
        let launch = try Self.summary(of: profile, on: gpu, precision)
        known[profile] = launch
        launches.append(launch)
      } catch {
        let fault = Diagnostic(file: file, message: error.description)
        if !faults.contains(fault) { faults.append(fault) }
        if faults.count == 20 { break }
      }
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
  }

  private static func summary(
    of profile: KernelProfile, on gpu: GPUSpec, _ precision: Precision
  ) throws(KernelFault) -> LaunchSummary {
    let prepared = try BlockProfile.prepare(
      profile, on: gpu, precision: precision, usesDuration: false)
    let occupancy = Occupancy(
      threads: profile.block.count, registers: profile.registersPerThread,
      sharedMemory: profile.sharedMemoryBytes, limits: gpu.limits)
    let blocks = Double(prepared.blocks)
    let duration =
      profile.durationNS ?? Device.isolatedRun(of: prepared, on: gpu).durationNS
    let (flop, bytes) = (Double(prepared.flop), Double(prepared.dramBytes))
    let peak = PeakRates(gpu, precision).wholeGPU
    return LaunchSummary(
      profile: profile, family: KernelFamily(of: profile.name), occupancy: occupancy,
      durationNS: Double(duration), isPredicted: profile.durationNS == nil, flop: flop,
      bytes: bytes, waves: blocks / Double(occupancy.blocksPerSM * gpu.smCount),
      smShare: min(1, blocks / Double(gpu.smCount)),
      warpShare: Double(occupancy.blocksPerSM * occupancy.cost.warps)
        / Double(gpu.limits.maxWarps), boundNS: max(flop / peak, bytes / gpu.dramGBPerS),
      demand: try LaunchDemand(profile, lasting: Double(duration), on: gpu, precision))
  }

  /// All launches as one group.
  package var total: KernelGroup { KernelGroup("*", launches) }

  /// What limits residency, with each limiter's share of the time, the largest first.
  package var limiters: [(limiter: Occupancy.Limiter, share: Double)] {
    let time = max(total.durationNS, 1)
    return Occupancy.Limiter.allCases.map { limiter in
      (
        limiter,
        launches.reduce(0) { $0 + ($1.occupancy.limiter == limiter ? $1.durationNS : 0) } / time
      )
    }.filter { $0.1 > 0 }.enumerated().sorted { ($1.1.1, $0.0) < ($0.1.1, $1.0) }.map(\.1)
  }

  /// The launches by family, most time first.
  package var families: [KernelGroup] {
    KernelFamily.allCases.compactMap { family in
      let own = launches.filter { $0.family == family }
      return own.isEmpty ? nil : KernelGroup(family.rawValue, own)
    }.enumerated().sorted { ($1.1.durationNS, $0.0) < ($0.1.durationNS, $1.0) }.map(\.1)
  }

  /// The launches by kernel name, most time first.
  package var kernels: [KernelGroup] {
    var order: [String] = []
    var byName: [String: [LaunchSummary]] = [:]
    for launch in launches {
      if byName[launch.profile.name] == nil { order.append(launch.profile.name) }
      byName[launch.profile.name, default: []].append(launch)
    }
    return order.map { KernelGroup($0, byName[$0] ?? []) }.enumerated()
      .sorted { ($1.1.durationNS, $0.0) < ($0.1.durationNS, $1.0) }.map(\.1)
  }
}

/// Launches that belong together, summed; means are weighted by time.
package struct KernelGroup: Sendable {
  /// The group's name.
  package var name: String
  /// How many launches.
  package var count: Int
  /// Their durations back to back, in nanoseconds.
  package var durationNS: Double
  /// Their floating-point operations.
  package var flop: Double
  /// Their DRAM bytes.
  package var bytes: Double
  /// The time the GPU's peak rates allow at least, in nanoseconds.
  package var boundNS: Double
  /// Time in which block slots stand empty in the last of several waves, in nanoseconds.
  package var tailNS: Double
  /// Waves, the mean over time.
  package var waves: Double
  /// Resident warps over the most there can be, the mean over time.
  package var warpShare: Double
  /// What limits residency for most of the time.
  package var limiter: Occupancy.Limiter
  /// Launches whose grid is less than one wave.
  package var partialCount: Int
  /// Their share of the time.
  package var partialShare: Double
  /// Launches with fewer blocks than the GPU has SMs.
  package var idleCount: Int
  /// Their share of the time.
  package var idleShare: Double
  /// Launches whose duration is the model's.
  package var predictedCount: Int

  init(_ name: String, _ launches: [LaunchSummary]) {
    func sum(_ value: (LaunchSummary) -> Double) -> Double {
      launches.reduce(0) { $0 + value($1) }
    }
    let time = sum(\.durationNS)
    func mean(_ value: (LaunchSummary) -> Double) -> Double {
      time > 0 ? sum { value($0) * $0.durationNS } / time : 0
    }
    self.name = name
    count = launches.count
    durationNS = time
    flop = sum(\.flop)
    bytes = sum(\.bytes)
    boundNS = sum(\.boundNS)
    tailNS = sum(\.tailNS)
    waves = mean(\.waves)
    warpShare = mean(\.warpShare)
    let byLimiter = Occupancy.Limiter.allCases.map { limiter in
      sum { $0.occupancy.limiter == limiter ? $0.durationNS : 0 }
    }
    let most = byLimiter.indices.max { byLimiter[$0] < byLimiter[$1] } ?? 0
    limiter = Occupancy.Limiter.allCases[most]
    partialCount = launches.count { $0.isPartial }
    partialShare = mean { $0.isPartial ? 1 : 0 }
    idleCount = launches.count { $0.smShare < 1 }
    idleShare = mean { $0.smShare < 1 ? 1 : 0 }
    predictedCount = launches.count { $0.isPredicted }
  }

  /// Operations in 10^12 a second.
  package var teraflopPerSecond: Double { durationNS > 0 ? flop / durationNS / 1e3 : 0 }
  /// DRAM traffic in 10^9 bytes/s.
  package var gigabytesPerSecond: Double { durationNS > 0 ? bytes / durationNS : 0 }
}
