import EventEngine
import TestSupport
import Testing

@testable import Commands
@testable import gpuloom

/// `gpuloom bench`: what is held is its form and what it computes, never a speed.
struct BenchTests {
  private let folder = TemporaryFolder()

  @Test(
    "Every load of the contract has a row, in its order and unit, and agrees with theory",
    arguments: [("0.002", "2"), ("0.0001", "3")])
  func rows(scale: String, repeats: String) {
    let line = ["bench", "--scale", scale, "--repeat", repeats, "--format", "csv"]
    let result = CommandLineRun(line, in: folder.path)
    #expect(result.status == 0, "\(result.error)")
    let rows = WrittenRows.of(result.output)
    #expect(rows.map { $0["name"] ?? "" } == Self.units.map(\.name))
    #expect(rows.map { $0["unit"] ?? "" } == Self.units.map(\.unit))
    for row in rows { #expect((row["value"].flatMap(Double.init) ?? 0) > 0, "\(row)") }
  }

  @Test("The least that is run is enough for a check that can fail")
  func leastRuns() throws {
    let engine = EngineBench.all(scale: 1e-6, clock: { 0 })
    #expect(engine.allSatisfy { $0.matchesTheory && $0.tolerance < 0.5 }, "\(engine)")
    RegisteredPolicies.set(.builtIn)
    let bench = try SimulationBench(scale: 1e-6)
    for tenants in [1, 16] {
      let row = try bench.launches(tenants: tenants, { 0 })
      #expect(row.holds && row.tolerance < 0.05, "\(row)")
    }
    let fused = try bench.launches("f", "space-time", tenants: 4, { 0 })
    #expect(fused.holds && fused.tolerance < 0.05, "\(fused)")
    let requests = try bench.requests("r", "batched", { 0 })
    #expect(requests.holds && requests.tolerance < 0.5, "\(requests)")
  }

  private static let units: [(name: String, unit: String)] = [
    ("mm1", "M/s"), ("hold_100", "M/s"), ("hold_10000", "M/s"), ("hold_1000000", "M/s"),
    ("reschedule", "M/s"), ("launches_1", "launches/s"), ("launches_4", "launches/s"),
    ("launches_16", "launches/s"), ("launches_space_time", "launches/s"),
    ("requests_time_only", "requests/s"), ("requests_batched", "requests/s"),
    ("prepare_64", "tenants/s"),
  ]
}
