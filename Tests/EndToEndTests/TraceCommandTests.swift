import Reports
import Tables
import TestSupport
import Testing
import Traces
import Workloads

@testable import CommandLine
@testable import Commands
@testable import gpuloom

/// The trace commands' words and pictures.
@Suite struct TraceCommandTests {
  static let commands: [any Command.Type] = [
    TraceImportCommand.self, TraceStatsCommand.self, TraceGenerateCommand.self,
    TraceTransformCommand.self,
  ]

  @Test func flagsAreNamedOnce() {
    for command in Self.commands {
      let names = command.usage.allFlags.map(\.name)
      #expect(Set(names).count == names.count, "\(command.name)")
    }
  }

  @Test func commandsAreListed() {
    let listed = CommandRegistry.commands.map { $0.name }
    for command in Self.commands { #expect(listed.contains(command.name)) }
  }

  static func report(_ times: [Int64]) throws -> TraceReport {
    let text = "arrival_ns\n" + times.map { "\($0)\n" }.joined()
    let trace = try TraceImport.open(.bytes(Array(text.utf8), name: "a<b&.csv"))
    var statistics = TraceStatistics()
    try trace.forEachRow { row throws(InputError) in statistics.add(arrivalNS: row.arrivalNS) }
    statistics.finish(endNS: trace.summary.spanNS)
    return TraceReport(trace.summary, statistics, tenants: 0)
  }

  static let shapes: [[Int64]] = [
    [0], [0, 0, 0], [5, 7], (0..<500).map { $0 * $0 * 9_000_000 },
  ]

  @Test(arguments: shapes)
  func reportsAndPicturesAreWhole(times: [Int64]) throws {
    let report = try Self.report(times)
    let text = report.text(width: 80)
    let words = text.split { " ,;\n".contains($0) }
    #expect(words.contains("requests") && !words.contains("nan") && !words.contains("inf"))
    let svg = TraceFigure(report).svg
    #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"))
    #expect(svg.contains("a&lt;b&amp;") && !svg.contains("nan") && !svg.contains("\"-\""))
    #expect(
      svg.split(separator: "<text").count == svg.split(separator: "</text>").count)
  }

  /// The columns that scripts rely on, in order.
  @Test func statsColumnsAreStable() throws {
    var table = TraceStatsTable()
    table.append(try Self.report([0, 1_000_000_000, 1_000_000_000, 3_000_000_000]))
    let lines = table.table.csv.split(separator: "\n").map(String.init)
    #expect(
      lines[0]
        == "file,format,requests,left_out,span_s,mean_rps,cv,peak_to_mean_1s,dispersion_1s,"
        + "dispersion_10s,dispersion_60s,ties,tick_ns,warnings")
    #expect(lines[1].hasPrefix("a<b&.csv,gpuloom-csv,4,0,3,1.3333333333333333,"))
    #expect(lines[1].hasSuffix(",1,1000000000,W_TIES;W_QUANTISED;W_SHORT"))
  }

  @Test func spansAreReadable() {
    #expect(DurationText.short(5) == "5 ns")
    #expect(DurationText.short(999.999_9) == "1 us")
    #expect(DurationText.short(999_400) == "999 us")
    #expect(DurationText.short(63_700_000) == "63.7 ms")
    #expect(DurationText.short(217e9) == "217 s")
    #expect(DurationText.short(3_000e9) == "50 min")
    #expect(DurationText.short(86_400e9) == "1 d")
  }

  @Test func axesAreRound() {
    for most in [0.0003, 0.9, 1, 7.3, 26, 1_000, 123_456] {
      let axis = LinearTicks(upTo: most)
      #expect(axis.top >= most * (1 - 1e-9) && axis.top <= most * 2)
      #expect((3...10).contains(axis.values.count), "\(most): \(axis.values)")
    }
  }

  @Test func blocksScaleToTheLargest() {
    #expect(BlockLine.draw([0, 1, 4, 8]) == " ▂▅█")
    #expect(BlockLine.draw([0, 0]) == "  ")
  }
}
