import Hardware
import KernelData
import Reports
import Simulation
import Tables

/// Kernel tables whose numbers and the GPU in use do not belong together.
extension ExperimentJudge {
  mutating func judgeTables() {
    var told: [String] = []
    for tenant in tenants where !told.contains(tenant.model) {
      told.append(tenant.model)
      let table = tenant.table
      for part in table.conditions.assumed {
        warn("the table '\(tenant.model)' rests on an assumption: \(part)")
      }
      guard table.batches.contains(where: { $0.launches.contains { $0.durationNS != nil } }) else {
        continue
      }
      judgeConditions(tenant)
      judgeRoofline(tenant)
    }
  }

  /// Durations that were taken on a GPU with other facts than those of the GPU in use.
  private mutating func judgeConditions(_ tenant: TenantSpec) {
    let gpu = experiment.gpu
    var taken = tenant.table.conditions
    var origin = "its header says"
    if let known = loaded.tableGPUs[tenant.model] {
      let stated = TableConditions(known)
      if taken.clockMHz == nil, taken.smCount == nil, taken.dramGBPerS == nil {
        origin = "as the catalogue has '\(known.name)'"
      }
      taken.clockMHz = taken.clockMHz ?? stated.clockMHz
      taken.smCount = taken.smCount ?? stated.smCount
      taken.dramGBPerS = taken.dramGBPerS ?? stated.dramGBPerS
    }
    let facts: [(was: Double?, now: Double, unit: String)] = [
      (taken.clockMHz, gpu.clockMHz, "MHz"),
      (taken.smCount.map(Double.init), Double(gpu.smCount), "SMs"),
      (taken.dramGBPerS, gpu.dramGBPerS, "GB/s of DRAM"),
    ]
    // Measured clocks and bandwidths are no round numbers: a hundredth is the same fact.
    let other = facts.filter { fact in
      fact.was.map { abs($0 - fact.now) > 0.01 * max($0, fact.now) } ?? false
    }
    if other.isEmpty { return }
    func words(_ numbers: [(Double, String)]) -> String {
      numbers.map { "\(NumberText.exact($0.0)) \($0.1)" }.joined(separator: ", ")
    }
    warn(
      "the durations of '\(tenant.model)' were taken at "
        + "\(words(other.map { ($0.was ?? 0, $0.unit) })) (\(origin)), the GPU '\(gpu.name)' in "
        + "use has \(words(other.map { ($0.now, $0.unit) })): durations stay as they are, "
        + "utilization and sharing follow the GPU in use",
      hint: "take the table anew under these facts, or leave its 'duration_ns' empty to have them "
        + "predicted")
  }

  /// Durations that the peak rates of the GPU in use do not allow.
  private mutating func judgeRoofline(_ tenant: TenantSpec) {
    let (table, gpu) = (tenant.table, experiment.gpu)
    let peak = PeakRates(gpu, table.precision).wholeGPU
    var (count, all) = (0, 0)
    var worst: (launch: KernelProfile, bound: Double, isCompute: Bool)?
    for launch in table.batches.flatMap(\.launches) {
      all += 1
      guard let duration = launch.durationNS else { continue }
      let operations = launch.leastFLOP
      let compute = operations / peak
      let memory = Double(launch.dramBytes ?? 0) / gpu.dramGBPerS
      let bound = max(compute, memory)
      guard Double(duration) < bound - 1 else { continue }
      count += 1
      let ratio = worst.map { $0.bound / Double($0.launch.durationNS ?? 1) } ?? 0
      if bound / Double(duration) > ratio { worst = (launch, bound, compute >= memory) }
    }
    guard let worst else { return }
    let name =
      worst.launch.name.count > 60 ? worst.launch.name.prefix(59) + "…" : worst.launch.name[...]
    let need =
      worst.isCompute
      ? "operations at \(NumberText.significant(peak / 1e3, 3)) TFLOP/s of \(table.precision.rawValue)"
      : "bytes at \(NumberText.significant(gpu.dramGBPerS, 3)) GB/s"
    warn(
      "\(count) of \(all) launches of '\(tenant.model)' are shorter than '\(gpu.name)' allows: "
        + "'\(name)' takes \(worst.launch.durationNS ?? 0) ns, its \(need) need "
        + "\(Int64(worst.bound.rounded(.up))) ns",
      hint: "'gpuloom kernels lint' names each of them")
  }
}
