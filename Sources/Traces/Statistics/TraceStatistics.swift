import SimBasics
import Workloads

/// What a trace's arrivals look like, gathered in one pass and in memory that does not grow.
///
/// Feed every request to `add`, in order, then call `finish`. Times are nanoseconds from the
/// trace's start.
package struct TraceStatistics: Sendable {
  /// A stretch without arrivals.
  package struct Gap: Hashable, Sendable {
    /// The arrival before it, in nanoseconds.
    package var startNS: Int64
    /// Its length in nanoseconds.
    package var lengthNS: Int64
  }

  /// The widths, in seconds, at which counts are compared.
  package static let scales: [Int64] = [1, 10, 60]
  /// How many of the longest gaps are kept.
  package static let longestGapLimit = 10
  /// A gap this long is named, in nanoseconds: a minute.
  package static let longGapNS: Int64 = 60_000_000_000

  /// Requests.
  package private(set) var requests: Int64 = 0
  /// The first arrival.
  package private(set) var firstNS: Int64 = 0
  /// The last arrival.
  package private(set) var lastNS: Int64 = 0
  /// Requests that arrive at the same instant as the one before.
  package private(set) var ties: Int64 = 0
  /// Requests that arrive before the one given last.
  package private(set) var outOfOrder: Int64 = 0
  /// Gaps of at least a minute.
  package private(set) var longGaps: Int64 = 0
  /// The longest gaps, longest first.
  package private(set) var longestGaps: [Gap] = []
  /// Arrivals over time.
  package private(set) var timeline = RateTimeline()
  /// Prompt lengths.
  package private(set) var inputSizes = SizeStatistics()
  /// Answer lengths.
  package private(set) var outputSizes = SizeStatistics()

  private var endNS: Int64 = 0
  private var gaps = GapSums()
  private var seconds = WindowCounts(width: 1_000_000_000, lags: 300)
  private var tens = WindowCounts(width: 10_000_000_000, lags: 0)
  private var minutes = WindowCounts(width: 60_000_000_000, lags: 1_500)
  private var ticks = TickDetector()
  private var repeats = RepeatDetector()

  /// Starts with nothing.
  package init() {}

  /// Adds a request; lengths of -1 mean that the trace has none.
  package mutating func add(arrivalNS: Int64, inputTokens: Int64 = -1, outputTokens: Int64 = -1) {
    if requests == 0 {
      firstNS = arrivalNS
    } else {
      addGap(arrivalNS - lastNS)
    }
    requests += 1
    lastNS = max(lastNS, arrivalNS)
    seconds.add(arrivalNS)
    tens.add(arrivalNS)
    minutes.add(arrivalNS)
    timeline.add(arrivalNS)
    ticks.add(arrivalNS)
    if inputTokens >= 0 { inputSizes.add(inputTokens) }
    if outputTokens >= 0 { outputSizes.add(outputTokens) }
  }

  /// Closes the last window; call once, after the last request.
  ///
  /// - Parameter endNS: where the trace ends when it goes on after its last arrival, as counted
  ///   formats do.
  package mutating func finish(endNS: Int64 = 0) {
    guard requests > 0 else { return }
    self.endNS = max(lastNS, endNS)
    seconds.finish(end: self.endNS)
    tens.finish(end: self.endNS)
    minutes.finish(end: self.endNS)
    timeline.extend(through: self.endNS)
  }

  private mutating func addGap(_ gap: Int64) {
    if gap < 0 {
      outOfOrder += 1
      return
    }
    if gap == 0 { ties += 1 }
    gaps.add(gap)
    repeats.add(gap)
    if gap >= Self.longGapNS { longGaps += 1 }
    if longestGaps.count < Self.longestGapLimit || gap > (longestGaps.last?.lengthNS ?? 0) {
      let at = longestGaps.firstIndex { $0.lengthNS < gap } ?? longestGaps.count
      longestGaps.insert(Gap(startNS: lastNS, lengthNS: gap), at: at)
      if longestGaps.count > Self.longestGapLimit { longestGaps.removeLast() }
    }
  }

  /// From the trace's start to its end.
  package var span: SimDuration { SimDuration(nanoseconds: max(lastNS, endNS)) }

  /// Requests per second over the span; nil for a span of zero.
  package var requestsPerSecond: Double? {
    span > .zero ? Double(requests) / span.inSeconds : nil
  }

  /// The coefficient of variation of the gaps; nil below two requests or where all coincide.
  package var variation: Double? {
    let count = Double(gaps.histogram.total)
    guard count > 0, gaps.sum > 0 else { return nil }
    let mean = gaps.sum / count
    return max(0, gaps.squares / count - mean * mean).squareRoot() / mean
  }

  /// The shape of the gamma law that fits the gaps above zero best by likelihood; nil for fewer than
  /// ten of them and where they are equal but for the clock. It describes the body of the gaps and
  /// not their tail: do not read the variation off it.
  package var gammaShape: Double? {
    guard gaps.positive >= 10 else { return nil }
    let count = Double(gaps.positive)
    let mean = gaps.sum / count
    // Two roundings to a tick make equal gaps vary by half of one at most.
    let deviation = max(0, gaps.squares / count - mean * mean).squareRoot()
    guard deviation > 0.501 * Double(ticks.exact ?? 0) else { return nil }
    // A shape above 10 000 means a deviation below a hundredth: no law but a metronome.
    let s = PortableMath.log(mean) - gaps.logSum / count
    return s > 5e-5 ? GammaShape.maximizingLikelihood(logRatio: s) : nil
  }

  /// Variance over mean of the counts in whole windows of a second, ten, or sixty; nil for other
  /// widths, and below two windows.
  package func dispersion(seconds width: Int64) -> Double? { counts(width)?.dispersion }

  /// The fullest whole window over the mean one; nil as `dispersion`.
  package func peakToMean(seconds width: Int64) -> Double? { counts(width)?.peakToMean }

  /// The number of whole windows of a width.
  package func windows(seconds width: Int64) -> Int64 { counts(width)?.windows ?? 0 }

  /// The autocorrelation of the counts per second, for lags from 1 to 300 s.
  package func autocorrelation(lagSeconds lag: Int) -> Double? {
    (1...seconds.lags).contains(lag) ? seconds.autocorrelation(lag) : nil
  }

  /// The autocorrelation of the counts per minute, for lags from 1 to 1500 min.
  package func autocorrelation(lagMinutes lag: Int) -> Double? {
    (1...minutes.lags).contains(lag) ? minutes.autocorrelation(lag) : nil
  }

  /// The longest gap in nanoseconds.
  package var longestGapNS: Int64 { longestGaps.first?.lengthNS ?? 0 }

  /// The gaps above zero counted in classes that are equally wide on a logarithmic axis.
  ///
  /// - Parameter perDecade: classes for each factor of ten.
  /// - Returns: the classes from the shortest to the longest gap, with their bounds in nanoseconds;
  ///   a gap within 0.8 % of a bound may be counted on its other side.
  package func gapClasses(perDecade: Int) -> [(fromNS: Double, toNS: Double, count: Int64)] {
    let width = PortableMath.log(10) / Double(perDecade)
    var first: Int?
    var counts: [Int64] = []
    for (bucket, count) in gaps.histogram.counts.enumerated() where count > 0 && bucket > 0 {
      let low = Double(LogHistogram.lowerBound(bucket))
      let high = Double(LogHistogram.lowerBound(min(bucket + 1, gaps.histogram.counts.count - 1)))
      let at = Int((PortableMath.log((low + max(low, high - 1)) / 2) / width).rounded(.down))
      let start = first ?? at
      first = start
      while counts.count <= at - start { counts.append(0) }
      counts[at - start] += count
    }
    return counts.enumerated().map { index, count in
      let from = Double(index + (first ?? 0)) * width
      return (PortableMath.exp(from), PortableMath.exp(from + width), count)
    }
  }

  /// A quantile of the gaps in nanoseconds, within 0.8 %.
  package func gapQuantile(_ share: Double) -> Double? { gaps.histogram.quantile(share) }

  /// The clock's tick in nanoseconds: a coarse one near which nearly all arrivals lie, else the
  /// greatest common divisor of the gaps; nil where that would be a gap and no clock's doing.
  package var tickNS: Int64? { ticks.coarse ?? ticks.exact }

  /// Whether arrivals lie near the ticks and not exactly on them.
  package var isTickLoose: Bool { ticks.coarse != nil }

  /// The length, in requests, of a block of gaps that repeats.
  package var repeatingBlock: Int? { repeats.block }

  private func counts(_ width: Int64) -> WindowCounts? {
    switch width {
    case 1: return seconds
    case 10: return tens
    case 60: return minutes
    default: return nil
    }
  }
}

/// Sums over the gaps between requests.
private struct GapSums {
  var sum = 0.0
  var squares = 0.0
  var positive: Int64 = 0
  var histogram = LogHistogram()
  private var logSumSoFar = 0.0
  /// The product of the gaps whose logarithms are not in the sum yet: one logarithm for a score of
  /// them, since a gap takes longer to take the logarithm of than to read.
  private var product = 1.0

  /// The sum of the positive gaps' logarithms.
  var logSum: Double { logSumSoFar + PortableMath.log(product) }

  @inline(__always) mutating func add(_ gap: Int64) {
    let length = Double(gap)
    sum += length
    squares += length * length
    histogram.add(gap)
    guard gap > 0 else { return }
    positive += 1
    product *= length
    if product > 1e280 {
      logSumSoFar += PortableMath.log(product)
      product = 1
    }
  }
}
