import Tables

extension GPUSpec {
  /// The format's name and version.
  package static let format = "gpuloom.gpu/1"

  /// Reads a GPU's file.
  ///
  /// Every key is required, so that nothing is assumed silently, except `also_known_as`, `mig`,
  /// `instruction_factor` (1 where it is left out), `power_cap_w`, `fp32_gflop_per_joule` and
  /// `dram_pj_per_byte` together (no limit), and beside them `idle_w` (no energies); every number
  /// needs its entry in `sources`.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` with every fault found.
  package static func read(_ path: String) throws(InputError) -> GPUSpec {
    try read(JSONReader.node(at: path), file: path)
  }

  /// Reads a GPU from parsed JSON; `file` names it in errors.
  ///
  /// - Throws: `badData` with every fault found.
  package static func read(_ node: JSONNode, file: String) throws(InputError) -> GPUSpec {
    var fields = FieldReader(node, file: file, what: "a GPU")
    try fields.expectFormat(format)
    var numbers = NumberReader(fields: fields)
    let name = numbers.fields.string("name")
    let aliases = readAliases(&numbers.fields)
    let architecture = numbers.fields.string("architecture")
    let capability = numbers.fields.string("compute_capability")
    let rates = readRates(&numbers)
    var spec = GPUSpec(
      name: name, architecture: architecture, computeCapability: capability,
      smCount: numbers.integer("sm_count", 1, GPUSpec.mostSMs),
      smsPerTPC: numbers.integer("sms_per_tpc", 1, 64),
      clockMHz: numbers.double("clock_mhz", 1, 100_000), flopPerCyclePerSM: rates,
      dramGBPerS: numbers.double("dram_gb_per_s", 0.001, 1_000_000),
      dramEfficiency: numbers.double("dram_efficiency", 0.01, 1),
      l2MiB: numbers.double("l2_mib", 0, 1_000_000),
      memoryMiB: numbers.integer("memory_mib", 1, 1 << 30), limits: readLimits(&numbers),
      dramLatencyNS: numbers.double("dram_latency_ns", 1, 1_000_000),
      bytesInFlightPerWarp: numbers.double("bytes_in_flight_per_warp", 1, 1_000_000),
      saturatingWarps: numbers.double("saturating_warps", 0.1, 1024),
      blockOverheadNS: numbers.double("block_overhead_ns", 0, 1_000_000),
      maxResidentGrids: numbers.integer("max_resident_grids", 1, 65536),
      maxMPSClients: numbers.integer("max_mps_clients", 0, 65536))
    spec.alsoKnownAs = aliases
    spec.timing.instructionFactor = numbers.optional("instruction_factor", 1, 100) ?? 1
    spec.power = readPower(&numbers)
    var faults: [Diagnostic] = []
    for item in numbers.fields.list("mig", isRequired: false) {
      let (slice, found) = readSlice(item, file: file, smCount: spec.smCount)
      spec.migSlices.append(slice)
      faults += found
    }
    if !spec.migSlices.isEmpty { numbers.names.append("mig") }
    let (sources, found) = SourceReader.read(
      numbers.fields.required("sources"), file: file, numbers: numbers.names)
    spec.sources = sources
    faults = numbers.fields.finish() + faults + found
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    return spec
  }

  private static func readPower(_ numbers: inout NumberReader) -> PowerLimit? {
    let keys = ["power_cap_w", "fp32_gflop_per_joule", "dram_pj_per_byte", "idle_w"]
    guard keys.contains(where: { numbers.fields.has($0) }) else { return nil }
    let cap = numbers.double("power_cap_w", 1, 1e6)
    return PowerLimit(
      capW: cap, fp32PerJoule: numbers.double("fp32_gflop_per_joule", 0.1, 1e6),
      dramPJPerByte: numbers.double("dram_pj_per_byte", 0, 1e6),
      idleW: numbers.optional("idle_w", 0, cap))
  }

  private static func readAliases(_ fields: inout FieldReader) -> [String] {
    var names: [String] = []
    for item in fields.list("also_known_as", isRequired: false) {
      if case .string(let name) = item.value {
        names.append(name)
      } else {
        fields.fault(item, "expected a string in 'also_known_as', found \(item.found)")
      }
    }
    return names
  }

  private static func readRates(_ numbers: inout NumberReader) -> [Precision: Double] {
    let key = "flop_per_cycle_per_sm"
    numbers.names.append(key)
    guard let node = numbers.fields.required(key) else { return [:] }
    guard case .object(let members) = node.value else {
      numbers.fields.fault(node, "expected an object in '\(key)', found \(node.found)")
      return [:]
    }
    var rates: [Precision: Double] = [:]
    for member in members {
      guard let precision = Precision(rawValue: member.name) else {
        numbers.fields.fault(
          member.node,
          "unknown precision '\(member.name)'",
          hint: NearestName.hint(for: member.name, in: Precision.allCases.map(\.rawValue)))
        continue
      }
      if let rate = member.node.double, rate > 0, rate <= 1e7 {
        rates[precision] = rate
      } else {
        numbers.fields.fault(
          member.node, "expected a positive number in '\(member.name)', found \(member.node.found)")
      }
    }
    if rates[.fp32] == nil, members.allSatisfy({ $0.name != "fp32" }) {
      numbers.fields.fault(node, "'\(key)' needs the key 'fp32'")
    }
    return rates
  }

  private static func readLimits(_ numbers: inout NumberReader) -> SMLimits {
    SMLimits(
      maxWarps: numbers.integer("max_warps_per_sm", 1, 1024),
      maxBlocks: numbers.integer("max_blocks_per_sm", 1, 1024),
      maxThreadsPerBlock: numbers.integer("max_threads_per_block", 32, 1024),
      registers: numbers.integer("registers_per_sm", 1024, 1 << 24),
      maxRegistersPerThread: numbers.integer("max_registers_per_thread", 1, 512),
      maxRegistersPerBlock: numbers.integer("max_registers_per_block", 1024, 1 << 24),
      registerUnit: numbers.integer("register_unit", 1, 4096),
      subPartitions: numbers.integer("sub_partitions", 1, 16),
      sharedMemory: numbers.integer("shared_memory_per_sm_bytes", 0, 1 << 24),
      maxSharedMemoryPerBlock: numbers.integer("max_shared_memory_per_block_bytes", 0, 1 << 24),
      sharedMemoryUnit: numbers.integer("shared_memory_unit_bytes", 1, 65536),
      sharedMemoryReserve: numbers.integer("shared_memory_reserve_bytes", 0, 65536))
  }

  private static func readSlice(
    _ node: JSONNode, file: String, smCount: Int
  ) -> (MIGSlice, [Diagnostic]) {
    var fields = FieldReader(node, file: file, what: "a MIG slice")
    let slice = MIGSlice(
      name: fields.string("profile"),
      smCount: fields.integer("sm_count", atLeast: 1, atMost: max(1, smCount)),
      memoryFraction: fields.double("memory_fraction", atLeast: 0.001, atMost: 1),
      memoryMiB: fields.integer("memory_mib", atLeast: 1, atMost: 1 << 30),
      maxInstances: fields.integer("max_instances", atLeast: 1, atMost: 64))
    return (slice, fields.finish())
  }
}

/// Reads numbers and notes their keys, so that each can be asked for its source.
package struct NumberReader {
  package var fields: FieldReader
  package var names: [String] = []

  package init(fields: FieldReader) { self.fields = fields }

  package mutating func integer(_ name: String, _ low: Int, _ high: Int) -> Int {
    names.append(name)
    return fields.integer(name, atLeast: low, atMost: high)
  }

  package mutating func double(_ name: String, _ low: Double, _ high: Double) -> Double {
    names.append(name)
    return fields.double(name, atLeast: low, atMost: high)
  }

  /// A number that may be left out, and then needs no source.
  package mutating func optional(_ name: String, _ low: Double, _ high: Double) -> Double? {
    fields.has(name) ? double(name, low, high) : nil
  }
}
