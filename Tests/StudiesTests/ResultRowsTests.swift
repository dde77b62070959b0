import Metrics
import Reports
import Tables
import TestSupport
import Testing

@testable import Studies

/// Results read back: what they are of, and what is wrong with them, at its line.
struct ResultRowsTests {
  private let folder = TemporaryFolder()

  /// A line of a summary with the figures given, the others empty.
  static func line(
    _ policy: String, _ seed: Int, _ tenant: String, axes: [String] = [],
    _ figures: [SummaryFigure: Double], more: [String] = []
  ) -> String {
    let model = tenant == "*" ? "" : "m-\(tenant)"
    let words = axes + ["e", "g", "t", policy, "\(seed)", tenant, model, "2"]
    let cells = SummaryFigure.plain.map { figures[$0].map(NumberText.exact) ?? "" }
    return (words + cells + more).joined(separator: ",")
  }

  static func header(axes: [String] = [], more: [String] = []) -> String {
    (axes + SummaryTable.columnNames + more).joined(separator: ",")
  }

  /// Rows of policies at points: the p99 of a policy at a point is what `p99` says.
  static func study(
    _ policies: [String], _ points: [Double], axis: String = "rate_scale",
    p99: (_ policy: Int, _ point: Double) -> Double,
    attainment: (_ policy: Int, _ point: Double) -> Double
  ) -> String {
    var lines = [header(axes: [axis])]
    for point in points {
      for (p, policy) in policies.enumerated() {
        for seed in 1...2 {
          for tenant in ["*", "a", "b"] {
            let figures: [SummaryFigure: Double] = [
              .arrived: 1000, .completed: 1000, .latencyP99: p99(p, point) + Double(seed) / 1000,
              .latencyP50: 1, .sloAttainment: attainment(p, point), .goodput: point,
              .slowdownMean: 1 + point / 10, .slowdownP99: 3, .flopUtilization: 0.1,
              .busyFraction: 0.5,
            ]
            lines.append(line(policy, seed, tenant, axes: [NumberText.exact(point)], figures))
          }
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func read(_ text: String) throws(InputError) -> ResultRows {
    folder.write("s.csv", text)
    return try ResultRows(folder.path + "/s.csv")
  }

  private func faults(_ text: String) -> [String] {
    do throws(InputError) {
      _ = try read(text)
      return []
    } catch {
      return error.diagnostics.map { "\($0.line):\($0.column): \($0.message)" }
    }
  }

  @Test func everyFigureIsFound() throws {
    let text =
      Self.header(more: ["wait_queue_ms"]) + "\n"
      + Self.line("p", 1, "*", [.latencyP99: 4], more: ["0.5"]) + "\n"
      + Self.line("\"p(x=1,y=2)\"", 1, "'=a", [.latencyP99: 2], more: [""]) + "\n"
      + Self.line("p", 2, "*", [.latencyP99: 6], more: ["1.5"]) + "\n"
    let rows = try read(text)
    #expect(rows.policies == ["p", "p(x=1,y=2)"] && rows.seeds == ["1", "2"])
    #expect(rows.tenants == [.init(name: "=a", model: "m-'=a")] && rows.points == [[]])
    #expect(rows.moreColumns == ["wait_queue_ms"] && rows.has("wait_queue_ms"))
    #expect(!rows.has("latency_ms_p50") && !rows.has("nothing"))
    #expect(rows.samples("wait_queue_ms", point: 0, policy: 0, tenant: nil) == [0.5, 1.5])
    #expect(rows.statistics(.latencyP99, point: 0, policy: 0, tenant: nil)?.mean == 5)
    #expect(rows.value("latency_ms_p99", point: 0, policy: 1, tenant: 0, seed: 0) == 2)
    #expect(rows.value("latency_ms_p99", point: 0, policy: 1, tenant: nil, seed: 0) == nil)
    #expect(rows.hasRun(policy: "p", seed: "2") && !rows.hasRun(policy: "p(x=1,y=2)", seed: "2"))
  }

  @Test func faultsAreToldAtTheirLine() {
    let good = Self.line("p", 1, "*", [.latencyP99: 4])
    let head = Self.header()
    #expect(faults(head + "\n" + good + "\n") == [])
    #expect(faults("") == ["0:0: expected a header row, found an empty file"])
    #expect(faults(head + "\n") == ["1:0: there are no rows: no run was finished"])
    // Cut within a number, whose field is there: the line's end is missing.
    let cut = faults(head + "\n" + good + "\n" + Self.line("q", 1, "*", [.latencyP99: 4]))
    #expect(cut.count == 1 && cut[0].hasPrefix("3:") && cut[0].contains("ends within this line"))
    let short = faults(head + "\n" + good + "\n" + good.prefix(20) + "\n" + good + "\n")
    #expect(
      short.count == 2 && short[0].hasPrefix("3:")
        && short[0].contains("expected \(SummaryTable.columnNames.count) fields"))
    #expect(short[1].hasPrefix("4:") && short[1].contains("second row"))
    let word = faults(head + "\n" + Self.line("p", 1, "*", [:]) + "x\n")
    #expect(word.count == 1 && word[0].contains("expected a number, found \"x\""))
    let other = faults(head.replacing("latency_ms_p50", with: "median") + "\n" + good + "\n")
    #expect(
      other.count == 1 && other[0].contains("expected the column 'latency_ms_p50', found 'median'"))
    #expect(faults("a,b\n1,2\n")[0].contains("expected the column 'experiment', found 'a'"))
  }

  // MARK: What is worked out of them

  private func figures(_ text: String) throws(InputError) -> ResultFigures {
    folder.write("f/study.csv", text)
    return ResultFigures(try ResultFolder(folder.path + "/f"))
  }

  @Test func kneesAreTheLastPointBeforeTheFirstMiss() throws {
    let text = Self.study(["x", "y", "z", "w"], [10, 20, 30, 40]) { _, point in
      point
    } attainment: { policy, point in
      switch policy {
      case 0: point <= 20 ? 1 : 0.5
      case 1: 0.5
      case 2: 1
      default: point == 20 ? 0.9 : 0.995
      }
    }
    let figures = try figures(text)
    let axis = try #require(figures.loadAxis)
    let sweeps = figures.sweeps(along: axis)
    #expect(sweeps.count == 1 && sweeps[0].points.map(\.value) == [10, 20, 30, 40])
    let knees = (0..<4).map { figures.knee(sweeps[0], policy: $0) }
    #expect(knees.map(\.value) == [20, nil, 40, 10])
    // The last meets its objectives again: capacity is not monotone there, which is said.
    #expect(knees.map(\.isOnceMore) == [false, false, false, true])
    #expect(figures.shownPoints == [0, 2, 3])
    let svg = figures.load(sweeps[0], axis: axis).svg
    #expect(svg.contains("knee of x") && !svg.contains("knee of y") && !svg.contains("knee of z"))
  }

  @Test func whatANeighbourDoesIsTold() throws {
    let text = Self.study(["x", "y"], [10, 20, 40], axis: "tenants.a.replicas") { _, point in
      point
    } attainment: { _, _ in
      1
    }
    folder.write("n/study.csv", text)
    let page = ResultReport(try ResultFolder(folder.path + "/n")) { _ in true }.page
    #expect(page.contains("What a does to the others"))
    #expect(page.contains("tenants.a.replicas goes from 10 to 40"))
    // Slowdowns are 2 and 5.
    #expect(page.contains("<td class=\"n\" data-v=\"2.5\">2.50</td>"))
    #expect(page.contains("First of 3 points: x and y (equal) at 3."))
  }

  @Test func theFrontHoldsWhatNoneBeats() {
    let places: [(x: Double, y: Double)] = [(3, 5), (1, 1), (2, 4), (2, 3), (4, 5), (5, 6), (1, 2)]
    let front = ResultFigures.front(places)
    #expect(front.map(\.x) == [1, 2, 3, 5] && front.map(\.y) == [2, 4, 5, 6])
    #expect(ResultFigures.front([]).isEmpty)
  }

  @Test func aDistributionHoldsExactOrderStatistics() throws {
    let text =
      Self.header() + "\n" + Self.line("p", 1, "*", [:]) + "\n" + Self.line("p", 1, "a", [:]) + "\n"
    let rows = try read(text)
    var log = "policy,seed,tenant,replica,arrival_ns,first_launch_ns,completion_ns\n"
    // A thousand of 1...1000 us in another order, and ten that were never done.
    for i in 0..<1000 {
      let arrival = i * 10
      log += "p,1,a,0,\(arrival),,\(arrival + ((i * 7) % 1000 + 1) * 1000)\n"
    }
    for i in 0..<10 { log += "p,1,a,,\(i),,\n" }
    folder.write("requests.csv", log)
    let latencies = try RequestLatencies(
      folder.path + "/requests.csv", policies: rows.policies, tenants: rows.tenants.map(\.name))
    let curve = latencies.curve(policy: 0, tenant: 0, count: 60)
    #expect(curve.first?.latencyMS == 0.001 && curve.last?.latencyMS == 1)
    #expect(curve.last?.share == 1000.0 / 1010)
    for (ms, share) in curve { #expect((ms * 1000).rounded() == (share * 1010).rounded()) }
    for (a, b) in zip(curve, curve.dropFirst()) { #expect(a.latencyMS < b.latencyMS) }
    #expect(
      curve.suffix(10).map { 1000 - ($0.latencyMS * 1000).rounded() }.reversed()
        == Array(0..<10).map(Double.init))
    #expect(curve.count < 140)
    folder.write("bad.csv", log + "p,1,a,0,10,,5\nq,1,a,0,10,,50\np,1,a,0")
    #expect {
      _ = try RequestLatencies(
        folder.path + "/bad.csv", policies: rows.policies, tenants: rows.tenants.map(\.name))
    } throws: { error in
      let lines = (error as? InputError)?.diagnostics.map(\.line)
      return lines == [1012, 1013, 1014]
    }
  }
}
