import SimBasics
import Tables
import Workloads

/// How a generator's traces compare with a recorded one, figure by figure.
package struct TraceLikeness: Sendable {
  /// One figure of both.
  package struct Figure: Sendable {
    /// The figure's name.
    package let name: String
    /// The recorded trace's value; nil where it has none.
    package let trace: Double?
    /// The mean over the generated traces.
    package let generated: Double?
    /// The least and the largest of the generated traces.
    package let range: ClosedRange<Double>?
    /// Whether the figure was fitted, or only looked at.
    package let isFitted: Bool
    /// Whether the mean is near the trace's value: within `tolerance`; nil where neither has one.
    package let isMatched: Bool?
    /// How far off a matched figure may be: a share of the value, or for correlations a distance.
    package let tolerance: Double
  }

  /// The figures, those that were fitted first.
  package let figures: [Figure]

  /// The generated traces that are compared.
  package static let seeds: ClosedRange<UInt64> = 1...10

  /// Generates traces of the recorded one's length and compares.
  ///
  /// - Complexity: O(requests × seeds).
  package init(_ statistics: TraceStatistics, _ spec: GeneratorSpec) throws(InputError) {
    var samples: [TraceStatistics] = []
    for seed in Self.seeds {
      var generator = try ArrivalGenerator(.generator(spec), seed: seed, stream: "likeness")
      var sample = TraceStatistics()
      while let time = generator.next(), time < statistics.span.nanoseconds {
        sample.add(arrivalNS: time)
      }
      sample.finish(endNS: statistics.span.nanoseconds)
      samples.append(sample)
    }
    var figures: [Figure] = []
    func compare(
      _ name: String, tolerance: Double, isFitted: Bool, isDistance: Bool = false,
      _ value: (TraceStatistics) -> Double?
    ) {
      let found = samples.compactMap(value)
      let mean = found.isEmpty ? nil : found.reduce(0, +) / Double(found.count)
      let trace = value(statistics)
      var isMatched = trace == nil && mean == nil ? nil : false
      if let trace, let mean {
        isMatched = abs(mean - trace) <= (isDistance ? tolerance : tolerance * abs(trace))
      }
      let range = found.min().flatMap { low in found.max().map { low...$0 } }
      figures.append(
        Figure(
          name: name, trace: trace, generated: mean, range: range,
          isFitted: isFitted && trace != nil, isMatched: isMatched, tolerance: tolerance))
    }
    compare("rate_rps", tolerance: 0.1, isFitted: true) { $0.requestsPerSecond }
    for scale in TraceStatistics.scales {
      let isFitted = statistics.windows(seconds: scale) >= TraceFit.windowsNeeded
      compare("dispersion_\(scale)s", tolerance: 0.15, isFitted: isFitted) {
        $0.dispersion(seconds: scale)
      }
    }
    for lag in TraceFit.lags {
      compare("autocorrelation_\(lag)s", tolerance: 0.1, isFitted: true, isDistance: true) {
        $0.autocorrelation(lagSeconds: lag)
      }
    }
    compare("cv", tolerance: 0.15, isFitted: true) { $0.variation }
    compare("peak_to_mean_1s", tolerance: 0.25, isFitted: false) { $0.peakToMean(seconds: 1) }
    compare("gamma_shape", tolerance: 0.25, isFitted: false) { $0.gammaShape }
    for (name, share) in [("gap_s_p50", 0.5), ("gap_s_p90", 0.9), ("gap_s_p99", 0.99)] {
      compare(name, tolerance: 0.25, isFitted: false) { $0.gapQuantile(share).map { $0 / 1e9 } }
    }
    compare("longest_gap_s", tolerance: 0.5, isFitted: false) { Double($0.longestGapNS) / 1e9 }
    compare("gaps_over_60s", tolerance: 0.5, isFitted: false) { Double($0.longGaps) }
    self.figures = figures
  }

  /// The names of the figures that do not match.
  package var mismatches: [String] { figures.filter { $0.isMatched == false }.map(\.name) }
}
