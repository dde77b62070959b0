/// A testbed's constants by the names its file has for them, in the file's units.
extension Testbed {
  /// The constants that a fit may change: times in microseconds, and factors.
  package static var constantNames: [String] {
    times.map(\.key) + [
      "mps_delay_slope_us", "mps_delay_offset_us", "co_runner_slowdown", "super_kernel_time_factor",
      "variable_size_time_factor",
    ]
  }

  /// The constants beside those that no fit to latencies can find, but that may decide what fits a
  /// GPU or runs side by side: memory in MiB, queues, and copies in 10^9 bytes/s.
  package static var otherConstantNames: [String] {
    ["context_mib", "replica_mib", "hardware_queues", "pcie_gb_per_s"]
  }

  /// The values a constant may have.
  package static func bounds(ofConstant name: String) -> ClosedRange<Double> {
    switch name {
    case "super_kernel_time_factor", "variable_size_time_factor": 0.01...100
    case "co_runner_slowdown": 0...100
    case "mps_delay_offset_us": -1e4...1e4
    case "time_slice_us": 1...1e6
    case "context_mib", "replica_mib": 0...1e7
    case "hardware_queues": 1...1024
    case "pcie_gb_per_s": 0...1e6
    default: 0...1e5
    }
  }

  /// A constant's value; nil for a name that is none of `constantNames` and
  /// `otherConstantNames`. Times keep whole
  /// nanoseconds.
  package subscript(constant name: String) -> Double? {
    get {
      switch name {
      case "mps_delay_slope_us": mpsDelaySlope / 1e3
      case "mps_delay_offset_us": mpsDelayOffset / 1e3
      case "co_runner_slowdown": coRunnerSlowdown
      case "super_kernel_time_factor": superKernel.timeFactor
      case "variable_size_time_factor": superKernel.variableSizeTimeFactor
      case "context_mib": contextMiB
      case "replica_mib": replicaMiB
      case "hardware_queues": Double(hardwareQueues)
      case "pcie_gb_per_s": pcieGBPerS
      default:
        Self.times.first { $0.key == name }.map { Double(self[keyPath: $0.path]) / 1e3 }
      }
    }
    set {
      guard let newValue else { return }
      switch name {
      case "mps_delay_slope_us": mpsDelaySlope = newValue * 1e3
      case "mps_delay_offset_us": mpsDelayOffset = newValue * 1e3
      case "co_runner_slowdown": coRunnerSlowdown = newValue
      case "super_kernel_time_factor": superKernel.timeFactor = newValue
      case "variable_size_time_factor": superKernel.variableSizeTimeFactor = newValue
      case "context_mib": contextMiB = newValue
      case "replica_mib": replicaMiB = newValue
      case "hardware_queues": hardwareQueues = Int(newValue.rounded())
      case "pcie_gb_per_s": pcieGBPerS = newValue
      default:
        guard let path = Self.times.first(where: { $0.key == name })?.path else { return }
        self[keyPath: path] = Int64((newValue * 1e3).rounded())
      }
    }
  }
}
