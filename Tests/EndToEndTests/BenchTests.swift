import TestSupport
import Testing

/// `gpuloom bench`: what is held is its form and what it computes, never a speed.
struct BenchTests {
  private let folder = TemporaryFolder()

  @Test("Every load of the contract has a row, in its order and unit, and agrees with theory")
  func rows() {
    let line = ["bench", "--scale", "0.002", "--repeat", "2", "--format", "csv"]
    let result = CommandLineRun(line, in: folder.path)
    #expect(result.status == 0, "\(result.error)")
    let rows = WrittenRows.of(result.output)
    #expect(rows.map { $0["name"] ?? "" } == Self.units.map(\.name))
    #expect(rows.map { $0["unit"] ?? "" } == Self.units.map(\.unit))
    for row in rows { #expect((row["value"].flatMap(Double.init) ?? 0) > 0, "\(row)") }
  }

  private static let units: [(name: String, unit: String)] = [
    ("mm1", "M/s"), ("hold_100", "M/s"), ("hold_10000", "M/s"), ("hold_1000000", "M/s"),
    ("reschedule", "M/s"), ("launches_1", "launches/s"), ("launches_4", "launches/s"),
    ("launches_16", "launches/s"), ("requests_time_only", "requests/s"),
    ("requests_batched", "requests/s"),
  ]
}
