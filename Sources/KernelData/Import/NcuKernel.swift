import Tables

/// What an `ncu` page says of one kernel, as text until the file's way of writing numbers is known.
struct NcuKernel {
  /// The metrics that matter.
  enum Metric: String, CaseIterable {
    case duration, registers, staticMemory, dynamicMemory, gridSize, blockSize, smCount
    case dramPercent, computePercent, dramRate, dramBytes, fadd, fmul, ffma
  }

  var line: Int
  var name = ""
  var stream = ""
  var block = ""
  var grid = ""
  var device = ""
  var capability = ""
  var values: [(metric: Metric, value: String, unit: String)] = []

  /// The metric of a name in either page, and a unit that tells apart those of one name.
  static func metric(_ name: String, unit: String) -> Metric? {
    switch name {
    case "Duration", "gpu__time_duration.sum": .duration
    case "Registers Per Thread", "launch__registers_per_thread": .registers
    case "Static Shared Memory Per Block", "launch__shared_mem_per_block_static": .staticMemory
    case "Dynamic Shared Memory Per Block", "launch__shared_mem_per_block_dynamic": .dynamicMemory
    case "Grid Size", "launch__grid_size": .gridSize
    case "Block Size", "launch__block_size": .blockSize
    case "# SMs": .smCount
    case "DRAM Throughput", "SOL DRAM", "gpu__dram_throughput.avg.pct_of_peak_sustained_elapsed",
      "dram__throughput.avg.pct_of_peak_sustained_elapsed":
      unit == "%" ? .dramPercent : nil
    case "Compute (SM) Throughput", "SOL SM", "Compute (SM) [%]",
      "sm__throughput.avg.pct_of_peak_sustained_elapsed":
      unit == "%" ? .computePercent : nil
    case "Memory Throughput": unit.hasSuffix("/s") || unit.hasSuffix("/second") ? .dramRate : nil
    case "dram__bytes.sum.per_second": .dramRate
    case "dram__bytes.sum": .dramBytes
    case "smsp__sass_thread_inst_executed_op_fadd_pred_on.sum": .fadd
    case "smsp__sass_thread_inst_executed_op_fmul_pred_on.sum": .fmul
    case "smsp__sass_thread_inst_executed_op_ffma_pred_on.sum": .ffma
    default: nil
    }
  }

  /// The metric's value and unit; the first where a page repeats it.
  func value(_ metric: Metric) -> (value: String, unit: String)? {
    values.first { $0.metric == metric }.map { ($0.value, $0.unit) }
  }

  /// Hands the kernel to the collector.
  func add(
    _ into: ImportCollector, _ locale: ImportNumbers.Locale, countsRow: Bool
  ) throws(InputError) {
    var fault: String?
    func number(_ metric: Metric) -> ExactDecimal? {
      guard let (text, _) = value(metric), !text.isEmpty else { return nil }
      let decimal = ImportNumbers.decimal(text, locale: locale)
      if decimal == nil {
        fault = fault ?? "expected a number in '\(metric)', found \"\(text.prefix(40))\""
      }
      return decimal
    }
    func bytes(_ metric: Metric) -> Double? {
      guard let number = number(metric), let unit = value(metric)?.unit else { return nil }
      if let scale = Units.bytes(of: unit) ?? (unit.isEmpty ? 1 : nil) {
        return number.double * scale
      }
      fault = fault ?? "unknown unit '\(unit)' of '\(metric)'"
      return nil
    }
    var kernel = ProfileKernel()
    if let time = number(.duration), let unit = value(.duration)?.unit {
      if let power = Units.nanosecondPower(of: unit) {
        kernel.duration = time.scaled(by: power) ?? -1
      } else {
        fault = fault ?? "unknown unit '\(unit)' of the duration"
      }
    } else {
      fault =
        fault ?? "kernel '\(name.prefix(60))' has no duration: profile with --section SpeedOfLight"
    }
    if let shape = shape(grid, number(.gridSize)) {
      (kernel.gridX, kernel.gridY, kernel.gridZ) = shape
    }
    if let shape = shape(block, number(.blockSize)) {
      (kernel.blockX, kernel.blockY, kernel.blockZ) = shape
    }
    if kernel.gridX == 0 || kernel.blockX == 0 {
      fault = fault ?? "expected extents such as (256, 1, 1) for grid and block"
    }
    if let count = number(.registers)?.scaled(by: 0), (0...1024).contains(count) {
      kernel.registers = Int32(count)
    }
    let memory = [bytes(.staticMemory), bytes(.dynamicMemory)].compactMap(\.self)
    if !memory.isEmpty {
      kernel.sharedMemory = Int32(clamping: Int64(memory.reduce(0, +).rounded().clamped(0, 1e9)))
    }
    let (demand, unitFault) = demand(kernel.duration, number: number, bytes: bytes)
    fault = fault ?? unitFault
    kernel.nameIndex = into.names.index(of: name)
    kernel.streamIndex = into.streams.index(of: stream)
    let place = Diagnostic(file: into.file, line: line, message: fault ?? "")
    if fault != nil { return try into.fault(place, countsRow: countsRow) }
    try into.add(
      kernel, device: device.isEmpty ? nil : device, demand: demand, countsRow: countsRow,
      at: { place })
  }

  private func demand(
    _ duration: Int64, number: (Metric) -> ExactDecimal?, bytes: (Metric) -> Double?
  ) -> (ProfileDemand, fault: String?) {
    func fraction(_ metric: Metric) -> Double? {
      guard var percent = number(metric) else { return nil }
      percent.exponent -= 2
      return percent.double.clamped(0, 1)
    }
    var demand = ProfileDemand()
    var fault: String?
    demand.computeFraction = fraction(.computePercent)
    demand.dramFraction = fraction(.dramPercent)
    if let total = bytes(.dramBytes) {
      demand.dramBytes = total.clamped(0, 1e17)
    } else if let rate = number(.dramRate), let unit = value(.dramRate)?.unit {
      if let scale = Units.bytesPerSecond(of: unit) {
        demand.dramBytes = (rate.double * scale * Double(duration) / 1e9).clamped(0, 1e17)
      } else {
        fault = "unknown unit '\(unit)' of the memory throughput"
      }
    }
    // Tensor cores' operations are in none of these counters.
    if let add = number(.fadd), let mul = number(.fmul), let fma = number(.ffma) {
      demand.flop = (add.double + mul.double + 2 * fma.double).clamped(0, 1e18)
    }
    return (demand, fault)
  }

  private func shape(
    _ text: String, _ total: ExactDecimal?
  ) -> (UInt32, UInt32, UInt32)? {
    if let (x, y, z) = ImportNumbers.extents(text), max(x, y, z) <= Int64(Int32.max) {
      return (UInt32(x), UInt32(y), UInt32(z))
    }
    if let count = total?.scaled(by: 0), count > 0, count <= Int64(Int32.max) {
      return (UInt32(count), 1, 1)
    }
    return nil
  }
}

extension Double {
  /// The nearest number within bounds; the lower one for what is no number.
  func clamped(_ low: Double, _ high: Double) -> Double { self > low ? min(self, high) : low }
}
