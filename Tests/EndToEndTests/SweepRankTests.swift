import Policies
import Testing

@testable import Commands
@testable import Metrics
@testable import Studies

/// Ranks of a study's tables: those that `compare` and `report` would give.
struct SweepRankTests {
  init() { RegisteredPolicies.set(.builtIn) }

  /// A policy's share in time and p99 in ms: of the device, of tenant `many` and of tenant `few`.
  private typealias Served = (policy: String, shares: [Double], p99: [Double])

  private func ranks(_ runs: [Served], description: String, axes: [String] = ["load"]) throws
    -> [Int?]
  {
    let names = SummaryTable.names(hasServing: false, hasWaits: false)
    let listing = StudyListing(
      version: "0", study: "s", axes: axes, description: description, catalogue: "", inputs: [],
      columns: axes, summary: names,
      rows: runs.indices.map {
        .init(values: ["1"], policy: runs[$0].policy, seed: 1, run: "r\($0)")
      }, count: runs.count)
    var results = StudyResults(listing)
    for (i, run) in runs.enumerated() {
      var rows = ["*", "many", "few"].map { SummaryRow(tenant: $0, model: "m\($0)", replicas: 1) }
      for r in rows.indices {
        rows[r][.arrived] = 100
        rows[r][.sloAttainment] = run.shares[r]
        rows[r][.latencyP99] = run.p99[r]
      }
      let summary = RunSummary(
        policy: run.policy, seed: 1, device: rows[0], tenants: Array(rows[1...]), digest: 1)
      let record = RunRecord(
        run: "r\(i)", version: "0", about: [], digest: 1, refusal: nil, remarks: [],
        summary: SummaryTable.table(experiment: "e", gpu: "g", testbed: "t", [summary]))
      _ = try results.add(record, file: "r")
    }
    return StudyText.ranks(results.entries, listing)
  }

  private let tenants =
    #"{"tenants": [{"name": "many", "slo_ms": 10}, {"name": "few", "slo_ms": 100}]}"#

  @Test func theWorstTenantDecidesNotTheMeanOfAllRequests() throws {
    let runs: [Served] = [
      ("space-only", [0.98, 1, 0.5], [5, 4, 200]),
      ("time-only", [0.96, 0.96, 0.97], [9, 11, 101]),
      ("exclusive", [1, 1, 1], [1, 1, 1]), ("batched", [0.99, 0.97, 0.96], [9, 11, 101]),
    ]
    #expect(try ranks(runs, description: tenants) == [3, 1, nil, 1])
  }

  @Test func ofThoseThatMeetAllTheOneWithTheMostToSpareIsFirst() throws {
    let runs: [Served] = [
      ("space-only", [1, 1, 1], [4, 4, 90]), ("time-only", [1, 1, 1], [8, 8, 20]),
      ("batched", [1, 0.98, 1], [1, 1, 1]),
    ]
    #expect(try ranks(runs, description: tenants) == [2, 1, 3])
    let whole = "{\"experiment\": \(tenants)}"
    #expect(try ranks(runs, description: whole) == [2, 1, 3])
    // Where an axis changes objectives, shares alone are known.
    #expect(try ranks(runs, description: tenants, axes: ["tenants.*.slo_ms"]) == [1, 1, 3])
  }
}
