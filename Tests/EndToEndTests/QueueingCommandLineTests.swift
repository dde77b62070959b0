import Foundation
import TestSupport
import Testing

/// Queueing theory as a user meets it: `gpuloom compare` on Poisson arrivals.
@Suite("Law 10, through the command line")
struct QueueingCommandLineTests {
  private static let meanNS = 100_000

  /// A launch that fills every SM for so long.
  private static func kernel(_ durationNS: Int) -> LawFiles.Kernel {
    .init(blocks: 80, flop: 1_280_000, durationNS: durationNS)
  }

  /// Whether the mean of equally long runs is the expected one; Student's t at 99.9 %.
  private func expectMean(_ values: [Double], _ expected: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let quantiles: [Int: Double] = [6: 6.869, 8: 5.408]
    let margin = (quantiles[values.count] ?? .nan) * (variance / count).squareRoot()
    #expect(abs(mean - expected) <= margin, "\(mean) ± \(margin) against \(expected)")
    #expect(margin < 0.6 * expected, "\(margin) shows nothing of \(expected)")
  }

  private func waits(_ result: LawFiles.Result) -> [Double] {
    result.summary.filter { $0["tenant"] == "*" }.compactMap {
      $0["latency_ms_mean"].flatMap(Double.init)
    }.map { $0 * 1e6 - Double(Self.meanNS) }
  }

  @Test(
    "M/D/1",
    arguments: [
      (0.3, "exclusive"), (0.7, "exclusive"), (0.9, "exclusive"), (0.95, "exclusive"),
      (0.7, "time-only"), (0.7, "space-only"),
    ])
  func deterministic(load: Double, policy: String) {
    let rate = load / Double(Self.meanNS)
    let result = LawFiles(
      tenants: [
        .init("a", [Self.kernel(Self.meanNS)], arrivals: "{\"poisson_rps\": \(rate * 1e9)}")
      ], policies: ["\"\(policy)\""],
      rest: ", \"duration_s\": 3, \"warmup_s\": 0.1, \"seeds\": [1, 2, 3, 4, 5, 6, 7, 8]"
    ).run()
    expectMean(waits(result), load * Double(Self.meanNS) / (2 * (1 - load)))
  }

  @Test("M/D/c is the recursion of Kiefer and Wolfowitz, to the nanosecond", arguments: [2, 5])
  func servers(count: Int) {
    let rate = 0.9 * Double(count) / Double(Self.meanNS)
    let result = LawFiles(
      tenants: [
        .init(
          "a", [Self.kernel(Self.meanNS)], arrivals: "{\"poisson_rps\": \(rate * 1e9)}",
          replicas: count)
      ], policies: ["\"exclusive\""], rest: ", \"duration_s\": 0.2, \"seeds\": [3]"
    ).run()
    let rows = result.requests.map {
      (arrival: result.number($0, "arrival_ns"), end: result.number($0, "completion_ns"))
    }.sorted { ($0.arrival, $0.end) < ($1.arrival, $1.end) }
    var free = Array(repeating: 0, count: count)
    #expect(rows.count > 1000)
    for row in rows {
      let server = free.indices.min { free[$0] < free[$1] } ?? 0
      free[server] = max(free[server], row.arrival) + Self.meanNS
      #expect(row.end == free[server])
    }
  }

  // One hardware queue serves the launches of all tenants in order of arrival: twenty tenants whose
  // times are the means of twenty equally likely parts of an exponential distribution are M/M/1 but
  // for what is lost inside a part, which the formula of Pollaczek and Khinchine accounts for.
  @Test(
    "M/M/1 of twenty tenants",
    arguments: SharedFiles.isDeepRun ? [0.3, 0.7, 0.9, 0.95] : [0.3, 0.7])
  func exponential(load: Double) {
    let mean = Double(Self.meanNS)
    let count = 20
    // The mean of -log(1 - u) over the part, by its antiderivative.
    func part(_ i: Int) -> Double {
      func area(_ x: Double) -> Double { x >= 1 ? 0 : (1 - x) * (log(1 - x) - 1) }
      return Double(count)
        * (area(Double(i + 1) / Double(count)) - area(Double(i) / Double(count)))
    }
    let times = (0..<count).map { Int((mean * part($0)).rounded()) }
    #expect(abs(Double(times.reduce(0, +)) / Double(count) / mean - 1) < 1e-3)
    let squares = times.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)
    let rate = load / mean
    let expected = rate * squares / (2 * (1 - load))
    // Within 8 % of M/M/1's own figure.
    #expect(abs(expected / (mean * load / (1 - load)) - 1) < 0.08)
    let arrivals = "{\"poisson_rps\": \(rate * 1e9 / Double(count))}"
    let duration = load > 0.8 ? 6 : 1
    let result = LawFiles(
      tenants: times.enumerated().map { index, time in
        .init("t\(index)", [Self.kernel(time)], arrivals: arrivals, replicas: 12)
      },
      policies: [
        "{\"policy\": \"space-only\", \"mechanism\": \"streams\", \"hardware_queues\": 1}"
      ],
      rest: ", \"duration_s\": \(duration), \"warmup_s\": 0.1, \"seeds\": [1, 2, 3, 4, 5, 6]"
    ).run()
    expectMean(waits(result), expected)
  }
}
