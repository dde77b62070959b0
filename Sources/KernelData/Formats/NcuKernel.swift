import Tables

/// The metrics of `ncu` that matter.
enum NcuMetric: String {
  case duration, registers, staticMemory, dynamicMemory, gridSize, blockSize, smCount
  case dramPercent, computePercent, dramRate, dramBytes, fadd, fmul, ffma

  /// The metric of a name in either page, and a unit that tells apart those of one name.
  init?(named name: String, unit: String) {
    switch name {
    case "Duration", "gpu__time_duration.sum": self = .duration
    case "Registers Per Thread", "launch__registers_per_thread": self = .registers
    case "Static Shared Memory Per Block", "launch__shared_mem_per_block_static":
      self = .staticMemory
    case "Dynamic Shared Memory Per Block", "launch__shared_mem_per_block_dynamic":
      self = .dynamicMemory
    case "Grid Size", "launch__grid_size": self = .gridSize
    case "Block Size", "launch__block_size": self = .blockSize
    case "# SMs": self = .smCount
    case "DRAM Throughput", "SOL DRAM", "gpu__dram_throughput.avg.pct_of_peak_sustained_elapsed",
      "dram__throughput.avg.pct_of_peak_sustained_elapsed":
      guard unit == "%" else { return nil }
      self = .dramPercent
    case "Compute (SM) Throughput", "SOL SM", "Compute (SM) [%]",
      "sm__throughput.avg.pct_of_peak_sustained_elapsed":
      guard unit == "%" else { return nil }
      self = .computePercent
    case "Memory Throughput":
      guard unit.hasSuffix("/s") || unit.hasSuffix("/second") else { return nil }
      self = .dramRate
    case "dram__bytes.sum.per_second": self = .dramRate
    case "dram__bytes.sum": self = .dramBytes
    case "smsp__sass_thread_inst_executed_op_fadd_pred_on.sum": self = .fadd
    case "smsp__sass_thread_inst_executed_op_fmul_pred_on.sum": self = .fmul
    case "smsp__sass_thread_inst_executed_op_ffma_pred_on.sum": self = .ffma
    default: return nil
    }
  }
}

/// What an `ncu` page says of one kernel, as text until the file's way of writing numbers is known.
struct NcuKernel {
  let line: Int
  let name, stream, block, grid, device, capability: String
  var values: [(metric: NcuMetric, value: String, unit: String)] = []

  /// Takes what the columns of both pages say in the current row.
  init(_ row: ProfileRows) {
    line = row.rows.lineNumber
    (name, stream, device) = (row.text("kernel name"), row.text("stream"), row.text("device"))
    (block, grid, capability) = (row.text("block size"), row.text("grid size"), row.text("cc"))
  }

  /// The metric's value and unit; the first where a page repeats it.
  func value(_ metric: NcuMetric) -> (value: String, unit: String)? {
    values.first { $0.metric == metric }.map { ($0.value, $0.unit) }
  }

  /// Hands the kernel to the collector.
  func add(_ into: ImportCollector, _ style: NcuNumbers.Style, countsRow: Bool) throws(InputError) {
    var numbers = Numbers(kernel: self, style: style)
    var kernel = ProfileKernel()
    if let (time, unit) = numbers.number(.duration) {
      if let power = Units.nanosecondPower(of: unit) {
        kernel.duration = time.scaled(by: power) ?? -1
      } else {
        numbers.note("unknown unit '\(unit)' of the duration")
      }
    } else {
      numbers.note(
        "kernel '\(name.prefix(60))' has no duration: profile with --section SpeedOfLight")
    }
    let grid = extents(grid, numbers.number(.gridSize)?.value)
    let block = extents(block, numbers.number(.blockSize)?.value)
    kernel.setShape(grid + block)
    if grid.isEmpty || block.isEmpty {
      numbers.note("expected extents such as (256, 1, 1) for grid and block")
    }
    if let count = numbers.number(.registers)?.value.scaled(by: 0), (0...1024).contains(count) {
      kernel.registers = Int32(count)
    }
    let memory = [numbers.bytes(.staticMemory), numbers.bytes(.dynamicMemory)].compactMap(\.self)
    if !memory.isEmpty {
      kernel.sharedMemory = Int32(clamping: Int64(memory.reduce(0, +).rounded().clamped(0, 1e9)))
    }
    let demand = numbers.demand(kernel.duration)
    kernel.nameIndex = into.names.index(of: name)
    kernel.streamIndex = into.streams.index(of: stream)
    let place = Diagnostic(file: into.file, line: line, message: numbers.fault ?? "")
    if numbers.fault != nil { return try into.fault(place, countsRow: countsRow) }
    try into.add(
      kernel, device: device.isEmpty ? -1 : into.device(device), demand: demand,
      countsRow: countsRow, at: { place })
  }

  /// `(256, 1, 1)` or `256` as extents, or the total along x; none for anything else.
  private func extents(_ text: String, _ total: ExactDecimal?) -> [Int64] {
    var body = Substring(text)
    if body.hasPrefix("("), body.hasSuffix(")") { body = body.dropFirst().dropLast() }
    let parts = body.split(separator: ",", omittingEmptySubsequences: false)
    let sizes = parts.map { ExactDecimal(String($0))?.scaled(by: 0) ?? 0 }
    func isGood(_ sizes: [Int64]) -> Bool {
      sizes.allSatisfy { $0 > 0 && $0 <= Int64(Int32.max) }
    }
    if sizes.count <= 3, isGood(sizes) { return (sizes + [1, 1]).prefix(3).map(\.self) }
    if let count = total?.scaled(by: 0), isGood([count]) { return [count, 1, 1] }
    return []
  }
}

extension NcuKernel {
  /// Reads a kernel's metrics as numbers, noting the first fault.
  private struct Numbers {
    let kernel: NcuKernel
    let style: NcuNumbers.Style
    var fault: String?

    mutating func note(_ message: String) { fault = fault ?? message }

    mutating func number(_ metric: NcuMetric) -> (value: ExactDecimal, unit: String)? {
      // A metric that could not be collected is written so.
      guard let (text, unit) = kernel.value(metric),
        !["", "n/a", "nan"].contains(text.lowercased())
      else { return nil }
      if let decimal = style.decimal(text) { return (decimal, unit) }
      note("expected a number in '\(metric)', found \"\(text.prefix(40))\"")
      return nil
    }

    mutating func bytes(_ metric: NcuMetric) -> Double? {
      guard let (number, unit) = number(metric) else { return nil }
      if let scale = unit.isEmpty ? 1 : Units.bytes(of: unit) { return number.double * scale }
      note("unknown unit '\(unit)' of '\(metric)'")
      return nil
    }

    private mutating func fraction(_ metric: NcuMetric) -> Double? {
      guard var percent = number(metric)?.value else { return nil }
      percent.exponent -= 2
      return percent.double.clamped(0, 1)
    }

    mutating func demand(_ duration: Int64) -> ProfileDemand {
      var demand = ProfileDemand()
      demand.computeFraction = fraction(.computePercent)
      demand.dramFraction = fraction(.dramPercent)
      if let total = bytes(.dramBytes) {
        demand.dramBytes = total.clamped(0, 1e17)
      } else if let (rate, unit) = number(.dramRate) {
        if let scale = Units.bytesPerSecond(of: unit) {
          demand.dramBytes = (rate.double * scale * Double(duration) / 1e9).clamped(0, 1e17)
        } else {
          note("unknown unit '\(unit)' of the memory throughput")
        }
      }
      // Tensor cores' operations are in none of these counters.
      if let add = number(.fadd)?.value, let mul = number(.fmul)?.value,
        let fma = number(.ffma)?.value
      {
        demand.flop = (add.double + mul.double + 2 * fma.double).clamped(0, 1e18)
      }
      return demand
    }
  }
}

extension Double {
  /// The nearest number within bounds; the lower one for what is no number.
  func clamped(_ low: Double, _ high: Double) -> Double { self > low ? min(self, high) : low }
}
