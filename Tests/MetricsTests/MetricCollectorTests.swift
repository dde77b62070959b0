import Hardware
import Metrics
import Policies
import Scheduling
import SimBasics
import TestSupport
import Testing

@testable import Simulation
@testable import Studies

/// A run's figures against their definitions, counted out without the collector's means.
struct MetricCollectorTests {
  private func experiment(sloMS: [Double?], replicas: [Int]) throws -> Experiment {
    let tenants = zip(sloMS, replicas).enumerated().map { t, tenant in
      let slo = tenant.0.map { ", \"slo_ms\": \($0)" } ?? ""
      return "{\"name\": \"t\(t)\", \"model\": \"gemv_512\", \"replicas\": \(tenant.1)\(slo), "
        + "\"arrivals\": {\"closed_loop\": {}}}"
    }
    let text =
      "{\"format\": \"gpuloom.experiment/1\", \"name\": \"e\", \"gpu\": \"v100-sxm2-16gb\", "
      + "\"testbed\": \"ideal\", \"tenants\": [\(tenants.joined(separator: ","))], "
      + "\"policies\": [\"time-only\"], \"duration_s\": 10}"
    return try ExperimentReader.read(
      text: text, library: ModelLibrary(folder: SharedFiles.repositoryRoot + "/models"),
      policies: .builtIn
    ).experiment
  }

  @Test(arguments: [UInt64(1), 2, 3, 4, 5])
  func figuresFollowTheirDefinitions(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed, stream: "collector")
    let experiment = try experiment(sloMS: [2, nil, 0.5], replicas: [2, 1, 3])
    let tenantOf = [0, 0, 1, 2, 2, 2]
    let solo: [Int64] = [300_000, 1_000_000, 70_001]
    var collector = MetricCollector(experiment)
    var totals = RunTotals(tenants: 3)
    var records: [RequestRecord] = []
    for _ in 0..<Int.random(in: 1...400, using: &random) {
      let replica = Int.random(in: 0..<6, using: &random)
      let arrival = Int64.random(in: 0...9_000_000_000, using: &random)
      let first = arrival + Int64.random(in: 0...3_000_000, using: &random)
      let record = RequestRecord(
        tenant: tenantOf[replica], replica: replica, number: records.count, arrivalNS: arrival,
        firstLaunchNS: first, completionNS: first + Int64.random(in: 1...3_000_000, using: &random))
      records.append(record)
      collector.requestCompleted(record)
      totals.arrived[record.tenant] += 1
      totals.completed[record.tenant] += 1
    }
    totals.arrived[0] += 5
    totals.dropped[0] = 2
    totals.flop = [1_000_000_000, 2_000_000_000, 3_000_000_000]
    totals.spanNS = 10_000_000_000
    totals.gpus = 1
    let summary = collector.summary(
      experiment, policy: "p", seed: seed, totals: totals, soloNS: solo)
    for t in 0..<3 {
      let own = records.filter { $0.tenant == t }
      check(summary.tenants[t], own, solo, sloNS: experiment.tenants[t].sloNS, "seed \(seed)")
      #expect(summary.tenants[t][.inFlight] == (t == 0 ? 3 : 0))
      #expect(summary.tenants[t][.gflops] == Double(t + 1) / 10)
    }
    check(summary.device, records, solo, sloNS: nil, "seed \(seed), device")
    let inTime = records.filter { record in
      experiment.tenants[record.tenant].sloNS.map {
        record.completionNS - record.arrivalNS <= $0
      } ?? false
    }
    let arrived = totals.arrived[0] + totals.arrived[2]
    #expect(summary.device[.goodput] == Double(inTime.count) / 10)
    #expect(
      summary.device[.sloAttainment] == (arrived > 0 ? Double(inTime.count) / Double(arrived) : nil)
    )
    #expect(summary.device[.gflops].map { abs($0 - 0.6) < 1e-12 } == true)
    #expect(summary.tenants[1][.sloAttainment] == nil && summary.tenants[1][.goodput] == nil)
  }

  private func check(
    _ row: SummaryRow, _ records: [RequestRecord], _ solo: [Int64], sloNS: Int64?, _ note: String
  ) {
    let latencies = records.map { $0.completionNS - $0.arrivalNS }.sorted()
    let slowdowns = records.map {
      Double($0.completionNS - $0.arrivalNS) / Double(solo[$0.tenant])
    }.sorted()
    func rank<T>(_ sorted: [T], _ share: Int) -> T? {
      (1...max(1, sorted.count)).first { $0 * 1_000 >= share * sorted.count && !sorted.isEmpty }
        .map { sorted[$0 - 1] }
    }
    func isNear(_ found: Double?, _ expected: Double?) -> Bool {
      guard let found, let expected else { return found == nil && expected == nil }
      return abs(found - expected) <= 1e-12 * max(1, abs(expected))
    }
    func mean(_ values: [Double]) -> Double? {
      values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    for (figure, share) in [
      (SummaryFigure.latencyP50, 500), (.latencyP90, 900), (.latencyP95, 950), (.latencyP99, 990),
      (.latencyP999, 999), (.latencyMax, 1_000),
    ] {
      #expect(row[figure] == rank(latencies, share).map { Double($0) / 1e6 }, "\(note) \(figure)")
    }
    #expect(row[.slowdownP99] == rank(slowdowns, 990), "\(note)")
    #expect(isNear(row[.slowdownMean], mean(slowdowns)), "\(note)")
    #expect(
      isNear(
        row[.queueingMean], mean(records.map { Double($0.firstLaunchNS - $0.arrivalNS) / 1e6 }))
    )
    #expect(
      isNear(
        row[.serviceMean], mean(records.map { Double($0.completionNS - $0.firstLaunchNS) / 1e6 })))
    var means: [Double] = []
    for replica in 0..<6 {
      let own = records.filter { $0.replica == replica }
      if let mean = mean(
        own.map { Double($0.completionNS - $0.arrivalNS) / Double(solo[$0.tenant]) })
      {
        means.append(mean)
      }
    }
    #expect(isNear(row[.stragglerGap], Fairness.stragglerGap(means)), "\(note)")
    #expect(isNear(row[.jainFairness], means.count > 1 ? Fairness.jain(means) : nil), "\(note)")
    if let sloNS {
      #expect(row[.goodput] == Double(latencies.filter { $0 <= sloNS }.count) / 10)
    }
  }

  @Test func utilizationIsOfThePeakOfAllGPUsUsed() throws {
    let experiment = try experiment(sloMS: [nil], replicas: [2])
    var collector = MetricCollector(experiment)
    var totals = RunTotals(tenants: 1)
    totals.spanNS = 1_000_000_000
    totals.gpus = 2
    let peak = experiment.gpu.smRate(.fp32) * 1e9 * 80
    totals.flop = [BatchSum(Int128(peak / 2))]
    totals.dramBytes = [Int128(experiment.gpu.dramGBPerS * 1e9 / 4)]
    totals.integrals.busyTime = 500_000_000
    totals.integrals.activeSMTime = 800_000_000
    totals.integrals.warpTime = 6_400_000_000
    let row = collector.summary(
      experiment, policy: "p", seed: 1, totals: totals, soloNS: [1]
    ).device
    #expect(row[.flopUtilization].map { abs($0 - 0.25) < 1e-9 } == true)
    #expect(row[.dramUtilization].map { abs($0 - 0.125) < 1e-9 } == true)
    #expect(row[.busyFraction] == 0.25)
    #expect(row[.smActivity] == 0.8 / 160)
    #expect(row[.achievedOccupancy] == 0.125)
    // Nothing was asked: what would divide by nothing does not apply.
    #expect(row[.latencyP99] == nil && row[.slowdownP99] == nil && row[.stragglerGap] == nil)
  }
}
