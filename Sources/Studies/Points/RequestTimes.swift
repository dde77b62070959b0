import Metrics
import Simulation

/// A figure of one request; the raw value is its name in points files.
package enum RequestFigure: String, CaseIterable, Sendable {
  /// From arrival to the answer.
  case latency = "latency_ms"
  /// From arrival to the answer's first token.
  case ttft = "ttft_ms"
  /// The mean gap of the answer's tokens after the first.
  case tpot = "tpot_ms"
}

/// Hears a run for its summary, and notes what each request of its one tenant came to.
struct RequestTimes: RunObserver {
  var collector: MetricCollector
  private let isKept: Bool
  /// By the request's number.
  private var records: [RequestRecord?] = []

  init(_ collector: MetricCollector, isKept: Bool) {
    self.collector = collector
    self.isKept = isKept
  }

  mutating func requestCompleted(_ record: RequestRecord) {
    collector.requestCompleted(record)
    guard isKept else { return }
    while records.count <= record.number { records.append(nil) }
    records[record.number] = record
  }

  mutating func requestDropped(tenant: Int, arrivalNS: Int64) {
    collector.requestDropped(tenant: tenant, arrivalNS: arrivalNS)
  }

  mutating func tokenFollowed(tenant: Int, gapNS: Int64) {
    collector.tokenFollowed(tenant: tenant, gapNS: gapNS)
  }

  /// A figure of a request in milliseconds; nil where it was not done or has none.
  func milliseconds(_ figure: RequestFigure, of number: Int) -> Double? {
    guard number < records.count, let record = records[number] else { return nil }
    switch figure {
    case .latency: return Double(record.completionNS - record.arrivalNS) / 1e6
    case .ttft: return record.tokens.map { Double($0.firstNS - record.arrivalNS) / 1e6 }
    case .tpot: return record.tokens?.meanGapNS.map { $0 / 1e6 }
    }
  }
}
