import Tables

extension ModelLibrary {
  /// A GPU made from what a driver or profiler reports and the catalogue's nearest relative.
  ///
  /// The relative is the GPU of that name, else the one of equal compute capability whose SM count,
  /// then memory, is nearest. What is reported replaces the relative's numbers and says so in
  /// `sources`; what is not stays, and the notes tell what was taken over.
  ///
  /// - Throws: `missingFile` where nothing in the catalogue is of its kind, `badData` where the
  ///   reported values cannot be simulated.
  package func gpu(
    from facts: GPUFacts, at place: NamePlace = NamePlace()
  ) throws(InputError) -> (gpu: GPUSpec, notes: [Diagnostic]) {
    try Self.gpu(from: facts, among: gpus(), at: place)
  }

  /// Every GPU of the catalogue, in the order of their names.
  ///
  /// - Throws: as `GPUSpec.read`.
  package func gpus() throws(InputError) -> [GPUSpec] {
    var all: [GPUSpec] = []
    for name in gpuNames { all.append(try gpu(name)) }
    return all
  }

  /// As `gpu(from:at:)`, the catalogue given.
  static func gpu(
    from facts: GPUFacts, among all: [GPUSpec], at place: NamePlace = NamePlace()
  ) throws(InputError) -> (gpu: GPUSpec, notes: [Diagnostic]) {
    func diagnostic(
      _ severity: Diagnostic.Severity, _ message: String, hint: String? = nil
    ) -> Diagnostic {
      Diagnostic(
        file: place.file, line: place.line, column: place.column, severity: severity,
        message: message, hint: hint)
    }
    if let size = facts.warpSize, size != 32 {
      throw InputError(
        diagnostic(.error, "expected warps of 32 threads, found \(size) on '\(facts.name)'"))
    }
    let wanted = facts.catalogueName
    var notes: [Diagnostic] = []
    var spec: GPUSpec
    if let same = all.first(where: { $0.name == wanted || $0.alsoKnownAs.contains(wanted) }) {
      spec = same
    } else if let near = nearest(to: facts, in: all) {
      spec = near
      spec.name = wanted
      spec.alsoKnownAs = []
      spec.migSlices = []
      spec.sources.removeAll { $0.key == "mig" }
      notes.append(
        diagnostic(
          .warning, "'\(facts.name)' is not in the catalogue",
          hint: "clock, rates, DRAM and latencies are those of '\(near.name)'; describe it in a "
            + "file of its own to change them"))
    } else {
      throw InputError(
        kind: .missingFile,
        diagnostic(
          .error, "no GPU of the catalogue is like '\(facts.name)'",
          hint: "describe it in a file like those in models/gpus"))
    }
    for (key, old, new) in spec.apply(facts) {
      notes.append(
        diagnostic(.note, "'\(key)' is \(new) as \(facts.origin) says, not \(old)"))
    }
    if let clock = facts.maxClockMHz, clock != spec.clockMHz {
      notes.append(
        diagnostic(
          .note, "the clock stays at \(spec.clockMHz) MHz, sustained; the highest is \(clock) MHz"))
    }
    guard (1...GPUSpec.mostSMs).contains(spec.smCount) else {
      throw InputError(
        diagnostic(.error, "expected 1 to \(GPUSpec.mostSMs) SMs, found \(spec.smCount)"))
    }
    return (spec, notes)
  }

  private static func nearest(to facts: GPUFacts, in all: [GPUSpec]) -> GPUSpec? {
    guard let capability = facts.computeCapability else { return nil }
    var best: (spec: GPUSpec, sms: Int, memory: Int)?
    for spec in all where spec.computeCapability == capability {
      let sms = abs(spec.smCount - (facts.smCount ?? spec.smCount))
      let memory = abs(spec.memoryMiB - (facts.memoryMiB ?? spec.memoryMiB))
      if best.map({ (sms, memory) < ($0.sms, $0.memory) }) ?? true { best = (spec, sms, memory) }
    }
    return best?.spec
  }
}

extension GPUSpec {
  /// Takes over reported numbers; tells which changed.
  mutating func apply(_ facts: GPUFacts) -> [(key: String, old: Int, new: Int)] {
    var changes: [(key: String, old: Int, new: Int)] = []
    func take(_ key: String, _ new: Int?, _ path: WritableKeyPath<GPUSpec, Int>) {
      guard let new, new > 0, new != self[keyPath: path] else { return }
      changes.append((key, self[keyPath: path], new))
      self[keyPath: path] = new
      if let i = sources.firstIndex(where: { $0.key == key }) {
        sources[i].source = "measured: \(facts.origin) of '\(facts.name)'"
      }
    }
    take("sm_count", facts.smCount, \.smCount)
    take("memory_mib", facts.memoryMiB, \.memoryMiB)
    take("max_warps_per_sm", facts.threadsPerSM.map { $0 / 32 }, \.limits.maxWarps)
    take("registers_per_sm", facts.registersPerSM, \.limits.registers)
    take("shared_memory_per_sm_bytes", facts.sharedMemoryPerSM, \.limits.sharedMemory)
    take(
      "max_shared_memory_per_block_bytes", facts.sharedMemoryPerBlock,
      \.limits.maxSharedMemoryPerBlock)
    return changes
  }

  /// The GPU that a MIG slice of this one is: its SMs, its part of DRAM, L2 and memory.
  ///
  /// - Returns: nil where there is no such profile.
  package func slice(_ profile: String) -> GPUSpec? {
    guard let slice = migSlices.first(where: { $0.name == profile }) else { return nil }
    var part = self
    part.name = "\(name)/\(profile)"
    part.alsoKnownAs = []
    part.smCount = slice.smCount
    part.dramGBPerS = dramGBPerS * slice.memoryFraction
    part.l2MiB = l2MiB * slice.memoryFraction
    part.memoryMiB = slice.memoryMiB
    part.migSlices = []
    return part
  }
}
