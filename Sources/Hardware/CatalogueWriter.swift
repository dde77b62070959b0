import Tables

extension GPUSpec {
  /// The GPU as its file's text; reading it again gives an equal GPU.
  package var jsonText: String {
    var text = JSONObjectText()
    text.add("format", Self.format)
    text.add("name", name)
    if !alsoKnownAs.isEmpty {
      text.lines.append(
        "\"also_known_as\": ["
          + alsoKnownAs.map(JSONText.quoted).joined(separator: ", ") + "]")
    }
    text.add("architecture", architecture)
    text.add("compute_capability", computeCapability)
    text.add("sm_count", Double(smCount))
    text.add("sms_per_tpc", Double(smsPerTPC))
    text.add("clock_mhz", clockMHz)
    let rates = Precision.allCases.compactMap { precision in
      flopPerCyclePerSM[precision].map {
        "\"\(precision.rawValue)\": \(JSONObjectText.number($0))"
      }
    }
    text.lines.append("\"flop_per_cycle_per_sm\": { \(rates.joined(separator: ", ")) }")
    text.add("dram_gb_per_s", dramGBPerS)
    text.add("dram_efficiency", dramEfficiency)
    text.add("l2_mib", l2MiB)
    text.add("memory_mib", Double(memoryMiB))
    for (key, value) in limits.members { text.add(key, Double(value)) }
    text.add("dram_latency_ns", timing.dramLatencyNS)
    text.add("bytes_in_flight_per_warp", timing.bytesInFlightPerWarp)
    text.add("saturating_warps", timing.saturatingWarps)
    text.add("block_overhead_ns", timing.blockOverheadNS)
    if timing.instructionFactor != 1 {
      text.add("instruction_factor", timing.instructionFactor)
    }
    if let power {
      text.add("power_cap_w", power.capW)
      text.add("fp32_gflop_per_joule", power.fp32PerJoule)
      text.add("dram_pj_per_byte", power.dramPJPerByte)
      if let idle = power.idleW { text.add("idle_w", idle) }
    }
    text.add("max_resident_grids", Double(maxResidentGrids))
    text.add("max_mps_clients", Double(maxMPSClients))
    if !migSlices.isEmpty {
      let slices = migSlices.map { slice in
        "    { \"profile\": \(JSONText.quoted(slice.name)), \"sm_count\": \(slice.smCount), "
          + "\"memory_fraction\": \(JSONObjectText.number(slice.memoryFraction)), "
          + "\"memory_mib\": \(slice.memoryMiB), \"max_instances\": \(slice.maxInstances) }"
      }
      text.lines.append("\"mig\": [\n\(slices.joined(separator: ",\n"))\n  ]")
    }
    text.add(sources: sources)
    return text.text
  }
}

extension SMLimits {
  /// The limits by their keys, in the file's order.
  fileprivate var members: [(key: String, value: Int)] {
    [
      ("max_warps_per_sm", maxWarps), ("max_blocks_per_sm", maxBlocks),
      ("max_threads_per_block", maxThreadsPerBlock), ("registers_per_sm", registers),
      ("max_registers_per_thread", maxRegistersPerThread),
      ("max_registers_per_block", maxRegistersPerBlock), ("register_unit", registerUnit),
      ("sub_partitions", subPartitions), ("shared_memory_per_sm_bytes", sharedMemory),
      ("max_shared_memory_per_block_bytes", maxSharedMemoryPerBlock),
      ("shared_memory_unit_bytes", sharedMemoryUnit),
      ("shared_memory_reserve_bytes", sharedMemoryReserve),
    ]
  }
}

extension Testbed {
  /// The testbed as its file's text; reading it again gives an equal testbed.
  package var jsonText: String {
    var text = JSONObjectText()
    text.add("format", Self.format)
    text.add("name", name)
    for (key, path) in Self.times { text.add(key, Double(self[keyPath: path]) / 1e3) }
    text.add("mps_delay_slope_us", mpsDelaySlope / 1e3)
    text.add("mps_delay_offset_us", mpsDelayOffset / 1e3)
    text.add("context_mib", contextMiB)
    text.add("replica_mib", replicaMiB)
    text.add("hardware_queues", Double(hardwareQueues))
    text.add("pcie_gb_per_s", pcieGBPerS)
    text.add("super_kernel_time_factor", superKernel.timeFactor)
    text.add("variable_size_time_factor", superKernel.variableSizeTimeFactor)
    if let factor = superKernel.convolutionTimeFactor {
      text.add("super_kernel_convolution_time_factor", factor)
    }
    if sources.contains(where: { $0.key == "co_runner_slowdown" }) {
      text.add("co_runner_slowdown", coRunnerSlowdown)
    }
    text.add(sources: sources)
    return text.text
  }
}

/// Builds the text of a JSON object, a member a line.
private struct JSONObjectText {
  var lines: [String] = []

  mutating func add(_ key: String, _ value: String) {
    lines.append("\"\(key)\": \(JSONText.quoted(value))")
  }

  mutating func add(_ key: String, _ value: Double) {
    lines.append("\"\(key)\": \(Self.number(value))")
  }

  mutating func add(sources: [(key: String, source: String)]) {
    let entries = sources.map { "    \(JSONText.quoted($0.key)): \(JSONText.quoted($0.source))" }
    lines.append("\"sources\": {\n\(entries.joined(separator: ",\n"))\n  }")
  }

  var text: String { "{\n" + lines.map { "  " + $0 }.joined(separator: ",\n") + "\n}\n" }

  /// The shortest text that reads back equal; integers without a fraction.
  static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }
}
