import SimBasics
import Simulation

extension MetricCollector {
  /// The run's figures.
  ///
  /// - Parameters:
  ///   - soloNS: each tenant's latency alone (`ProgramSet.soloLatencyNS`).
  /// - Complexity: O(requests · log) for the exact percentiles.
  package mutating func summary(
    _ experiment: Experiment, policy: String, seed: UInt64, totals: RunTotals, soloNS: [Int64]
  ) -> RunSummary {
    // What a graph takes alone is a matter of the workers that a policy gives it.
    let soloNS = soloNS.indices.map { experiment.tenants[$0].graph == nil ? soloNS[$0] : 0 }
    let rows = experiment.tenants.indices.map { t in
      row(ofTenant: t, experiment, totals, soloNS)
    }
    return RunSummary(
      policy: policy, seed: seed, device: deviceRow(experiment, totals, soloNS, tenants: rows),
      tenants: rows, digest: totals.digest)
  }

  private mutating func row(
    ofTenant t: Int, _ experiment: Experiment, _ totals: RunTotals, _ soloNS: [Int64]
  ) -> SummaryRow {
    let tenant = experiment.tenants[t]
    var row = SummaryRow(tenant: tenant.name, model: tenant.model, replicas: tenant.replicas)
    let span = Double(totals.spanNS) / 1e9
    row.count(totals.arrived[t], totals.completed[t], totals.dropped[t], span)
    if tenant.hasObjective {
      row[.goodput] = Self.over(Double(tenants[t].inTime), span)
      row[.sloAttainment] = Self.over(Double(tenants[t].inTime), Double(totals.arrived[t]))
    }
    Self.latencies(&tenants[t].latencies, &row)
    row.waitMeansMS = waitMeansMS(of: t)
    let done = Double(tenants[t].latencies.count)
    row[.queueingMean] = Self.over(Double(tenants[t].queueingNS) / 1e6, done)
    row[.serviceMean] = Self.over(Double(tenants[t].serviceNS) / 1e6, done)
    if soloNS[t] > 0, tenant.language == nil, let mean = tenants[t].latencies.mean {
      row[.slowdownMean] = mean / Double(soloNS[t])
      row[.slowdownP99] = tenants[t].latencies.quantile(.p99).map { Double($0) / Double(soloNS[t]) }
    }
    let slowdowns = replicaSlowdowns(of: t, soloNS: soloNS)
    row[.stragglerGap] = Fairness.stragglerGap(slowdowns)
    row[.jainFairness] = slowdowns.count > 1 ? Fairness.jain(slowdowns) : nil
    let gpus = Double(totals.gpus)
    row[.flopUtilization] = Self.over(
      totals.flop[t].value, Self.peak(t, experiment) * span * gpus)
    row[.dramUtilization] = Self.over(
      Double(totals.dramBytes[t]), experiment.gpu.dramGBPerS * 1e9 * span * gpus)
    row[.launches] = Double(totals.launches[t])
    row[.gflops] = Self.over(totals.flop[t].value / 1e9, span)
    if tenants[t].serving != nil { serving(t, totals, &row) }
    if totals.bound == nil, !Self.hasTaskGraphs(experiment) {
      let idle = totals.idlePJ(on: experiment.gpu)
      row.cost([totals.accounts[t]], finished: totals.finished[t], idlePJ: idle.map { _ in 0 })
    }
    return row
  }

  private mutating func deviceRow(
    _ experiment: Experiment, _ totals: RunTotals, _ soloNS: [Int64], tenants rows: [SummaryRow]
  ) -> SummaryRow {
    let models = experiment.tenants.map(\.model)
    let isOneModel = models.allSatisfy { $0 == models.first }
    var row = SummaryRow(
      tenant: "*", model: isOneModel ? models.first ?? "" : "",
      replicas: experiment.tenants.reduce(0) { $0 + $1.replicas })
    let span = Double(totals.spanNS) / 1e9
    func sum(_ counts: [Int]) -> Int { counts.reduce(0, +) }
    let answered = totals.bound?.completed ?? sum(totals.completed)
    row.count(sum(totals.arrived), answered, sum(totals.dropped), span)
    let withSLO = experiment.tenants.indices.filter { experiment.tenants[$0].hasObjective }
    if !withSLO.isEmpty {
      let inTime = Double(inTime(withSLO, experiment, totals))
      row[.goodput] = Self.over(inTime, span)
      row[.sloAttainment] = Self.over(
        inTime, Double(withSLO.reduce(0) { $0 + totals.arrived[$1] }))
    }
    var all = SampleStore()
    if let bound = totals.bound {
      for latency in bound.latenciesNS.prefix(bound.completed) { all.append(latency) }
    } else {
      for tenant in tenants { all.append(contentsOf: tenant.latencies) }
    }
    Self.latencies(&all, &row)
    if totals.bound != nil { return boundRow(row, rows, span) }
    row.waitMeansMS = waitMeansMS(of: nil)
    let done = Double(all.count)
    let queueing = tenants.reduce(Int128(0)) { $0 + $1.queueingNS }
    let service = tenants.reduce(Int128(0)) { $0 + $1.serviceNS }
    row[.queueingMean] = Self.over(Double(queueing) / 1e6, done)
    row[.serviceMean] = Self.over(Double(service) / 1e6, done)
    slowdowns(soloNS, &row)
    let means = replicaSlowdowns(of: nil, soloNS: soloNS)
    row[.stragglerGap] = Fairness.stragglerGap(means)
    row[.jainFairness] = means.count > 1 ? Fairness.jain(means) : nil
    Self.activity(experiment, totals, &row)
    func total(_ figure: SummaryFigure) -> Double { rows.map { $0[figure] ?? 0 }.sumInAnyOrder }
    if span > 0 {
      row[.flopUtilization] = total(.flopUtilization)
      row[.dramUtilization] = total(.dramUtilization)
      row[.gflops] = total(.gflops)
    }
    row[.launches] = Double(totals.deviceLaunches)
    row[.superkernels] = Double(totals.superKernels)
    row[.contextSwitches] = Double(totals.contextSwitches)
    if Self.hasTaskGraphs(experiment) { return row }
    row.cost(
      totals.accounts, finished: sum(totals.finished), idlePJ: totals.idlePJ(on: experiment.gpu))
    return row
  }

  /// Requests that met their objectives; of a bound no more than meet the longest of them.
  private func inTime(
    _ counted: [Int], _ experiment: Experiment, _ totals: RunTotals
  ) -> Int {
    let sum = counted.reduce(0) { $0 + tenants[$1].inTime }
    guard let bound = totals.bound, counted.count == tenants.count,
      let longest = counted.compactMap({ experiment.tenants[$0].sloNS }).max()
    else { return sum }
    return min(sum, bound.latenciesNS.prefix(bound.completed).count { $0 <= longest })
  }

  /// A bound has no activity of a device, and no replicas to be fair among; its tenants may each
  /// have all of the GPU, all of them together no more than that.
  private func boundRow(_ row: SummaryRow, _ tenants: [SummaryRow], _ span: Double) -> SummaryRow {
    var row = row
    guard span > 0 else { return row }
    row[.flopUtilization] = min(1, tenants.map { $0[.flopUtilization] ?? 0 }.sumInAnyOrder)
    return row
  }

  private static func activity(
    _ experiment: Experiment, _ totals: RunTotals, _ row: inout SummaryRow
  ) {
    let span = Double(totals.spanNS) * Double(totals.gpus)
    let active = Double(totals.integrals.activeSMTime)
    row[.busyFraction] = over(
      Double(totals.integrals.busyTime),
      Double(totals.spanNS) * Double(totals.instances ?? totals.gpus))
    row[.smActivity] = over(active, span * Double(experiment.gpu.smCount))
    row[.achievedOccupancy] = over(
      Double(totals.integrals.warpTime), active * Double(experiment.gpu.limits.maxWarps))
  }

  /// The mean and the exact 99th percentile of slowdown over tenants whose units differ.
  private mutating func slowdowns(_ soloNS: [Int64], _ row: inout SummaryRow) {
    let counted = tenants.indices.filter {
      (soloNS[$0] > 0 || tenants[$0].serving != nil) && tenants[$0].latencies.count > 0
    }
    let count = counted.reduce(0) { $0 + tenants[$1].latencies.count }
    guard let rank = Quantile.p99.rank(among: count) else { return }
    row[.slowdownMean] =
      counted.map {
        tenants[$0].serving?.slowdownSum ?? tenants[$0].latencies.sum / Double(soloNS[$0])
      }.sumInAnyOrder / Double(count)
    // Positive numbers lie in the order of their bits: halving those finds the smallest slowdown
    // with more than `rank` requests at or below it.
    func slowdown(_ latency: Int64?, _ t: Int) -> Double {
      Double(latency ?? 0) / Double(soloNS[t])
    }
    /// The bits of the least slowdown, or of the most.
    func bits(_ end: KeyPath<SampleStore, Int64?>, _ t: Int) -> UInt64 {
      guard let serving = tenants[t].serving else {
        return slowdown(tenants[t].latencies[keyPath: end], t).bitPattern
      }
      return UInt64(serving.slowdowns[keyPath: end] ?? 0)
    }
    var low = counted.map { bits(\.minimum, $0) }.min() ?? 0
    var high = counted.map { bits(\.maximum, $0) }.max() ?? 0
    while low < high {
      let middle = low + (high - low) / 2
      let bound = Double(bitPattern: middle)
      var below = 0
      for t in counted {
        if tenants[t].serving != nil {
          below += tenants[t].serving?.slowdowns.count(atMost: Int64(middle)) ?? 0
          continue
        }
        var limit = Int64(min(bound * Double(soloNS[t]), 9e18))
        while limit > 0, slowdown(limit, t) > bound { limit -= 1 }
        while limit < .max / 2, slowdown(limit + 1, t) <= bound { limit += 1 }
        below += tenants[t].latencies.count(atMost: limit)
      }
      if below > rank { high = middle } else { low = middle + 1 }
    }
    row[.slowdownP99] = Double(bitPattern: low)
  }

  private static func latencies(_ store: inout SampleStore, _ row: inout SummaryRow) {
    func milliseconds(_ ns: Int64?) -> Double? { ns.map { Double($0) / 1e6 } }
    row[.latencyMean] = store.mean.map { $0 / 1e6 }
    row[.latencyP50] = milliseconds(store.quantile(.p50))
    row[.latencyP90] = milliseconds(store.quantile(.p90))
    row[.latencyP95] = milliseconds(store.quantile(.p95))
    row[.latencyP99] = milliseconds(store.quantile(.p99))
    row[.latencyP999] = milliseconds(store.quantile(.p999))
    row[.latencyMax] = milliseconds(store.maximum)
  }

  /// One GPU's peak in FLOP/s at the tenant's precision.
  private static func peak(_ tenant: Int, _ experiment: Experiment) -> Double {
    experiment.gpu.smRate(experiment.tenants[tenant].table.precision) * 1e9
      * Double(experiment.gpu.smCount)
  }

  /// Tasks are told by how long they take: what they cost is not known.
  private static func hasTaskGraphs(_ experiment: Experiment) -> Bool {
    experiment.tenants.contains { $0.graph != nil }
  }

  /// What a window of a run was used for: `figures`, in their order.
  package static func use(
    in window: SeriesWindow, of totals: RunTotals, _ experiment: Experiment
  ) -> [Double?] {
    var part = totals
    part.integrals = window.integrals
    part.spanNS = window.toNS - window.fromNS
    var row = SummaryRow(tenant: "", model: "", replicas: 0)
    activity(experiment, part, &row)
    let span = Double(part.spanNS) / 1e9 * Double(totals.gpus)
    let shares = experiment.tenants.indices.map { t in
      window.flop[t].value / (peak(t, experiment) * span)
    }
    row[.flopUtilization] = shares.sumInAnyOrder
    return WindowUse.figures.map { row[$0] }
  }

  private static func over(_ part: Double, _ whole: Double) -> Double? {
    whole > 0 ? part / whole : nil
  }
}

extension SummaryRow {
  /// - Parameter idlePJ: what the board takes beside; nil where its energy is not known.
  fileprivate mutating func cost(_ accounts: [WorkAccount], finished: Int, idlePJ: Int128?) {
    let all = accounts.reduce(LaunchCost()) { $0 + $1.executed }
    let wasted = accounts.map(\.wastedSMTime).sumInAnyOrder
    self[.wastedSMTime] = wasted / 1e6
    self[.wastedFraction] = all.smTime > 0 ? wasted / Double(all.smTime) : nil
    guard let idlePJ else { return }
    let joules = Double(all.energyPJ + idlePJ) / 1e12
    self[.energy] = joules
    self[.energyPerRequest] = finished > 0 ? joules / Double(finished) : nil
  }

  fileprivate mutating func count(
    _ arrived: Int, _ completed: Int, _ dropped: Int, _ span: Double
  ) {
    self[.arrived] = Double(arrived)
    self[.completed] = Double(completed)
    self[.dropped] = Double(dropped)
    self[.inFlight] = Double(arrived - completed - dropped)
    self[.throughput] = span > 0 ? Double(completed) / span : nil
  }
}
