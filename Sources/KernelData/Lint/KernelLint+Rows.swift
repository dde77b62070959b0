import Hardware
import Tables

extension KernelLint {
  /// CUDA's bounds of a launch, of compute capability 3.0 and later (CUDA programming guide).
  private static let mostBlocksYZ = 65_535
  private static let mostThreadsZ = 64

  /// Limits of the GPU and of CUDA.
  mutating func judgeLimits(_ row: LintRow) {
    let launch = row.launch
    let limits: [(column: String, value: Int, most: Int, what: String)] = [
      ("grid_y", launch.grid.y, Self.mostBlocksYZ, "blocks along y"),
      ("grid_z", launch.grid.z, Self.mostBlocksYZ, "blocks along z"),
      ("block_z", launch.block.z, Self.mostThreadsZ, "threads along z"),
    ]
    for limit in limits where limit.value > limit.most {
      add(
        .launchLimit, .error, row, column: limit.column,
        "\(limit.value) \(limit.what): CUDA launches at most \(limit.most)")
    }
    guard let gpu else { return }
    let occupancy = Occupancy(
      threads: launch.block.count, registers: launch.registersPerThread,
      sharedMemory: launch.sharedMemoryBytes, limits: gpu.limits)
    guard occupancy.blocksPerSM == 0 else { return }
    let (column, why): (String, String)
    switch occupancy.limiter {
    case .registers:
      column = "registers_per_thread"
      why =
        "\(launch.registersPerThread) registers for each of \(launch.block.count) threads; a "
        + "thread has at most \(gpu.limits.maxRegistersPerThread), a block "
        + "\(gpu.limits.maxRegistersPerBlock)"
    case .sharedMemory:
      column = "shared_memory_bytes"
      why =
        "\(launch.sharedMemoryBytes) bytes of shared memory; a block has at most "
        + "\(gpu.limits.maxSharedMemoryPerBlock)"
    case .warps, .blocks:
      column = "block_x"
      why =
        "\(launch.block.count) threads; a block has at most \(gpu.limits.maxThreadsPerBlock), an "
        + "SM \(gpu.limits.maxWarps * 32)"
    }
    add(
      .impossibleOccupancy, .error, row, column: column,
      "no block of '\(Self.clipped(launch.name))' fits an SM of '\(gpu.name)': \(why)")
  }

  /// Durations that the peak rates do not allow.
  mutating func judgeRoofline(_ row: LintRow) {
    guard let gpu, let duration = row.launch.durationNS else { return }
    let rates = PeakRates(gpu, table.precision)
    let peak = rates.wholeGPU
    let flop = row.launch.leastFLOP
    let bytes = Double(row.launch.dramBytes ?? 0)
    let (compute, memory) = (flop / peak, bytes / gpu.dramGBPerS)
    let bound = max(compute, memory)
    // Whole nanoseconds may round below the bound.
    guard Double(duration) < bound - 1 else { return }
    let isCompute = compute >= memory
    let severity: Diagnostic.Severity =
      Double(duration) < bound * Self.clockMargin ? .error : .warning
    var hint: String?
    if isCompute, let faster = rates.faster, flop / faster.rate <= Double(duration) {
      hint = "tensor cores could: if they were used, state the precision \(faster.name)"
    }
    let need =
      isCompute
      ? "\(Self.short(flop / 1e9)) GFLOP take \(Self.short(bound)) ns at \(Self.short(peak / 1e3)) "
        + "TFLOP/s of \(table.precision.rawValue)"
      : "\(Self.short(bytes / 1e6)) MB take \(Self.short(bound)) ns at "
        + "\(Self.short(gpu.dramGBPerS)) GB/s"
    add(
      .belowRoofline, severity, row, column: "duration_ns",
      "\(duration) ns is below the roofline of '\(gpu.name)': \(need)", hint: hint)
  }

  /// Work that does not add up.
  mutating func judgeDemand(_ row: LintRow) {
    let launch = row.launch
    let operations = launch.flop.map(Double.init) ?? launch.computeFraction ?? 0
    let bytes = launch.dramBytes.map(Double.init) ?? launch.dramFraction ?? 0
    if operations == 0, bytes == 0 {
      add(
        .noDemand, .warning, row, column: "flop",
        "'\(Self.clipped(launch.name))' has neither operations nor bytes: it slows nobody down")
    } else if operations == 0, !KernelFamily.mayOnlyMove(launch.name) {
      add(
        .bytesWithoutOperations, .warning, row, column: "flop",
        "'\(Self.clipped(launch.name))' moves bytes and computes nothing",
        hint: "a counter that does not see tensor cores, or a name that hides a copy")
    } else if bytes == 0 {
      add(
        .operationsWithoutBytes, .warning, row, column: "dram_bytes",
        "'\(Self.clipped(launch.name))' computes and moves no bytes")
    }
  }

  /// Kernels compiled for a newer architecture than the GPU's.
  mutating func judgeArchitecture(_ row: LintRow) {
    guard let gpu, let needed = KernelArchitecture.of(row.launch.name),
      let own = KernelArchitecture.number(gpu.computeCapability), needed > own
    else { return }
    add(
      .mixedDevices, .error, row, column: "kernel",
      "'\(Self.clipped(row.launch.name))' is compiled for compute capability \(needed / 10)."
        + "\(needed % 10), '\(gpu.name)' has \(gpu.computeCapability)",
      hint: "rows of two GPUs, or the wrong GPU")
  }

  /// Durations that were not measured launch by launch.
  mutating func judgeDurations(_ batch: Int, _ launches: [KernelProfile], first: Int) {
    let timed = launches.indices.compactMap { i in launches[i].durationNS.map { (i, $0) } }
    for (i, duration) in timed where duration < Self.shortestNS {
      add(
        .shortDuration, .warning, LintRow(index: first + i, batch: batch, launch: launches[i]),
        column: "duration_ns", "\(duration) ns is shorter than any launch",
        hint: "a placeholder, or microseconds taken for nanoseconds")
    }
    // Few launches may agree by chance.
    guard timed.count >= 4 else { return }
    let sorted = timed.map(\.1).sorted()
    let middle = sorted[sorted.count / 2]
    // What fills half of a sorted list stands in its middle.
    let equal = timed.filter { $0.1 == middle }
    var shapes: [KernelProfile] = []
    for (i, _) in equal where shapes.count < 3 {
      if !shapes.contains(launches[i]) { shapes.append(launches[i]) }
    }
    if equal.count * 2 > timed.count, shapes.count >= 3, let at = equal.first?.0 {
      add(
        .placeholderDuration, .warning,
        LintRow(index: first + at, batch: batch, launch: launches[at]), column: "duration_ns",
        "\(equal.count) of the \(timed.count) launches of batch \(batch) last \(middle) ns, "
          + "whatever they do: placeholders?")
    }
    if timed.count >= 8, timed.allSatisfy({ $0.1 % 1000 == 0 }), let at = timed.first?.0 {
      let short = timed.filter { $0.1 < 10_000 }.count
      add(
        .roundedDuration, .warning,
        LintRow(index: first + at, batch: batch, launch: launches[at]), column: "duration_ns",
        "all \(timed.count) durations of batch \(batch) are whole microseconds: the profiler "
          + "rounded them, and \(short) below 10 us may be off by 5 % and more")
    }
  }
}
