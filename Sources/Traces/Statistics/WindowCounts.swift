/// Counts arrivals in windows of one width, keeping moments and lagged products but no counts.
///
/// Windows lie at multiples of the width from time zero. One that the trace's end cuts short is left
/// out: taken for a whole one, its low count would pass for a lull. Long stretches without arrivals
/// cost no more than `lags` steps.
struct WindowCounts {
  /// The window's width in nanoseconds.
  let width: Int64
  /// The largest lag whose autocorrelation can be asked for.
  let lags: Int

  private(set) var windows: Int64 = 0
  private(set) var largest: Int64 = 0
  private var sum = 0.0
  private var sumOfSquares = 0.0
  /// Sums of products with the counts earlier, from those at the largest lag to those at lag 1.
  private var products: [Double]
  /// The last `lags` finished counts, twice in a row: from `recentHead`, where the oldest one lies,
  /// they stand side by side, so that going through them takes no turn at an end.
  private var recent: [Double]
  private var recentHead = 0
  private var first: [Double] = []
  private var window: Int64 = 0
  private var count: Int64 = 0
  private var windowEnd: Int64

  init(width: Int64, lags: Int) {
    self.width = width
    self.lags = lags
    products = [Double](repeating: 0, count: lags)
    recent = [Double](repeating: 0, count: 2 * lags)
    windowEnd = width
  }

  /// Adds an arrival; one in an earlier window than the last is counted in the last.
  @inline(__always) mutating func add(_ arrival: Int64) {
    if arrival >= windowEnd { move(to: arrival / width) }
    count += 1
  }

  /// Adds the windows up to the trace's end, the last only where it is whole.
  mutating func finish(end: Int64) {
    let last = (max(end, 1) - 1) / width
    if last > window { move(to: last) }
    if end >= windowEnd { close() }
  }

  private mutating func move(to next: Int64) {
    if next == window { return }  // the last window that can be written, which never ends
    close()
    var empty = next - window - 1
    let stepped = min(empty, Int64(lags))
    for _ in 0..<stepped { push(0) }
    empty -= stepped
    windows += empty
    while first.count < lags, empty > 0 {
      first.append(0)
      empty -= 1
    }
    window = next
    let (end, isTooLarge) = (next + 1).multipliedReportingOverflow(by: width)
    windowEnd = isTooLarge ? .max : end
    count = 0
  }

  private mutating func close() {
    let value = Double(count)
    sum += value
    sumOfSquares += value * value
    largest = max(largest, count)
    push(value)
  }

  private mutating func push(_ value: Double) {
    windows += 1
    if first.count < lags { first.append(value) }
    guard lags > 0 else { return }
    if value != 0 {
      let (count, head) = (lags, recentHead)
      recent.withUnsafeBufferPointer { recent in
        products.withUnsafeMutableBufferPointer { products in
          for place in 0..<count { products[place] += value * recent[head &+ place] }
        }
      }
    }
    recent[recentHead] = value
    recent[recentHead + lags] = value
    recentHead += 1
    if recentHead == lags { recentHead = 0 }
  }

  /// The mean count of a window; NaN without windows.
  var mean: Double { sum / Double(windows) }

  /// The population variance of the counts.
  var variance: Double { max(0, sumOfSquares / Double(windows) - mean * mean) }

  /// Variance over mean; nil below two windows and without arrivals in them.
  var dispersion: Double? { windows > 1 && sum > 0 ? variance / mean : nil }

  /// The fullest window over the mean one; nil as `dispersion`.
  var peakToMean: Double? { windows > 1 && sum > 0 ? Double(largest) / mean : nil }

  /// The correlation of the counts with those `lag` windows later, over the variance of all of
  /// them; nil where the counts do not vary or the trace is shorter.
  ///
  /// - Precondition: 1 <= `lag` <= `lags`.
  func autocorrelation(_ lag: Int) -> Double? {
    guard windows > Int64(lag), variance > 0 else { return nil }
    var headSum = 0.0
    for value in first.prefix(lag) { headSum += value }
    var tailSum = 0.0
    for back in 1...lag { tailSum += recent[(recentHead - back + lags) % lags] }
    let pairs = Double(windows - Int64(lag))
    let cross = products[lags - lag] - mean * (2 * sum - headSum - tailSum) + pairs * mean * mean
    return cross / (variance * Double(windows))
  }
}
