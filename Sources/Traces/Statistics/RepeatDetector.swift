/// Finds a block of gaps that repeats: the mark of a file that was made by tiling a pattern.
///
/// For each lag it counts how often a gap equals the one that many requests earlier. A real
/// recording with a coarse clock has equal gaps too, but at every lag alike.
struct RepeatDetector {
  /// The longest block that is found, in requests.
  static let lags = 64
  /// The share of equal gaps from which on a lag is named.
  static let shareNeeded = 0.25
  /// Gaps looked at: enough to see a pattern, and no cost in a long file.
  static let sampleLimit = 20_000

  private var recent = [Int64](repeating: -1, count: lags)
  private var equal = [Int](repeating: 0, count: lags)
  private var seen = 0

  mutating func add(_ gap: Int64) {
    guard seen < Self.sampleLimit else { return }
    for lag in 1...Self.lags where recent[(seen &- lag) & (Self.lags - 1)] == gap {
      equal[lag - 1] += 1
    }
    recent[seen & (Self.lags - 1)] = gap
    seen += 1
  }

  /// The length of the repeating block in requests, or nil; 1 means that all gaps are equal.
  var block: Int? {
    guard seen >= 4 * Self.lags else { return nil }
    let ranked = equal.sorted()
    let usual = Double(ranked[Self.lags / 2])
    guard let most = ranked.last, Double(most) >= Self.shareNeeded * Double(seen) else {
      return nil
    }
    // Equal gaps everywhere: a metronome. Otherwise the lag has to stand out.
    if Double(ranked[0]) > 0.9 * Double(seen) { return 1 }
    guard Double(most) > 3 * usual else { return nil }
    return equal.firstIndex { Double($0) >= 0.9 * Double(most) }.map { $0 + 1 }
  }
}
