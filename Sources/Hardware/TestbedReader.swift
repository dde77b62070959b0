import Tables

extension Testbed {
  /// The format's name and version.
  package static let format = "gpuloom.testbed/1"

  /// Reads a testbed's file: every key is required but `co_runner_slowdown` (0 where it is left
  /// out) and `super_kernel_convolution_time_factor` (that of products), every number needs its entry in `sources`.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` with every fault found.
  package static func read(_ path: String) throws(InputError) -> Testbed {
    try read(JSONReader.node(at: path), file: path)
  }

  /// Reads a testbed from parsed JSON; `file` names it in errors.
  ///
  /// - Throws: `badData` with every fault found.
  package static func read(_ node: JSONNode, file: String) throws(InputError) -> Testbed {
    var fields = FieldReader(node, file: file, what: "a testbed")
    try fields.expectFormat(format)
    var numbers = NumberReader(fields: fields)
    var testbed = Testbed(name: numbers.fields.string("name"))
    for (key, path) in times {
      testbed[keyPath: path] = numbers.nanoseconds(key)
    }
    testbed.mpsDelaySlope = numbers.double("mps_delay_slope_us", 0, 1e6) * 1e3
    testbed.mpsDelayOffset = numbers.double("mps_delay_offset_us", -1e6, 1e6) * 1e3
    testbed.contextMiB = numbers.double("context_mib", 0, 1e7)
    testbed.replicaMiB = numbers.double("replica_mib", 0, 1e7)
    testbed.hardwareQueues = numbers.integer("hardware_queues", 1, 1024)
    testbed.pcieGBPerS = numbers.double("pcie_gb_per_s", 0, 1e6)
    testbed.superKernel.timeFactor = numbers.double("super_kernel_time_factor", 0.01, 100)
    testbed.superKernel.variableSizeTimeFactor = numbers.double(
      "variable_size_time_factor", 0.01, 100)
    testbed.superKernel.convolutionTimeFactor = numbers.optional(
      "super_kernel_convolution_time_factor", 0.01, 100)
    testbed.coRunnerSlowdown = numbers.optional("co_runner_slowdown", 0, 100) ?? 0
    if testbed.timeSlice < 1, let node = numbers.fields.optional("time_slice_us"),
      node.double != nil
    {
      numbers.fields.fault(
        node, "expected a time of at least 0.001 in 'time_slice_us', found \(node.found)")
    }
    let (sources, found) = SourceReader.read(
      numbers.fields.required("sources"), file: file, numbers: numbers.names)
    testbed.sources = sources
    let faults = numbers.fields.finish() + found
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    return testbed
  }

  /// The keys that hold times in microseconds, in the file's order.
  static var times: [(key: String, path: WritableKeyPath<Testbed, Int64>)] {
    [
      ("launch_cpu_us", \.launchCPU), ("launch_lock_us", \.launchLock),
      ("launch_gap_us", \.launchGap), ("completion_sync_us", \.completionSync),
      ("request_cpu_us", \.requestCPU), ("time_slice_us", \.timeSlice),
      ("switch_busy_us", \.switchBusy), ("switch_idle_us", \.switchIdle),
      ("idle_yield_us", \.idleYield), ("copy_latency_us", \.copyLatency),
      ("super_kernel_fixed_us", \.superKernel.fixed),
      ("super_kernel_per_problem_us", \.superKernel.perProblem),
      ("super_kernel_cold_us", \.superKernel.cold),
    ]
  }
}

extension NumberReader {
  /// A time given in microseconds, up to an hour, rounded to whole nanoseconds.
  mutating func nanoseconds(_ name: String) -> Int64 {
    Int64((double(name, 0, 3.6e9) * 1e3).rounded())
  }
}
