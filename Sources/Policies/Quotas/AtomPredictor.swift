import Scheduling

/// What launches at a place of a request take over what their profile says, learnt as they end.
struct AtomPredictor: Sendable {
  /// The weight of the last one. Assumed.
  static let weight = 0.25
  /// How far off a profile may be: a launch that waited for others is not that much slower.
  static let bounds = 0.25...4.0

  private var ratios: [[Double]] = []

  /// The ratio so far; 1 before any.
  func stretch(program: Int, launch: Int) -> Double {
    guard program < ratios.count, launch < ratios[program].count else { return 1 }
    return ratios[program][launch]
  }

  /// Takes in one more.
  mutating func learn(_ ratio: Double, program: Int, launch: Int) {
    while ratios.count <= program { ratios.append([]) }
    while ratios[program].count <= launch { ratios[program].append(1) }
    let bounded = min(max(ratio, Self.bounds.lowerBound), Self.bounds.upperBound)
    ratios[program][launch] += Self.weight * (bounded - ratios[program][launch])
  }
}

extension LaunchView {
  /// The least number of TPCs on which the launch is predicted to be no slower than `slip` times all
  /// of them, by l(t) = m / t + b through the predictions for one TPC and for all.
  func rightSize(slip: Double, smsPerTPC: Int, smCount: Int) -> Int {
    let all = max(1, smCount / smsPerTPC)
    if all == 1 { return 1 }
    let (l1, lAll) = (aloneNS(onSMs: smsPerTPC, of: smCount), Double(soloNS))
    let m = max(0, (l1 - lAll) / (1 - 1 / Double(all)))
    let b = l1 - m
    let room = slip * lAll - b
    if m == 0 { return 1 }
    if room <= 0 { return all }
    return min(all, max(1, Int((m / room - 1e-9).rounded(.up))))
  }
}

/// Neighbouring SMs.
enum TPCRuns {
  /// The longest run of open SMs, the lowest of equals, cut to `most`; nil where none is open.
  static func longest(_ isOpen: [Bool], atMost most: Int) -> Range<Int>? {
    var best: Range<Int>?
    var start = 0
    for sm in 0...isOpen.count {
      if sm < isOpen.count, isOpen[sm] { continue }
      if sm - start > best?.count ?? 0 { best = start..<sm }
      start = sm + 1
    }
    return best.map { $0.lowerBound..<min($0.upperBound, $0.lowerBound + most) }
  }

  /// A range and open SMs beside it, those on the right first, up to so many in all.
  static func extended(_ own: Range<Int>, over isOpen: [Bool], upTo most: Int) -> Range<Int> {
    var (low, high) = (own.lowerBound, own.upperBound)
    while high - low < most, high < isOpen.count, isOpen[high] { high += 1 }
    while high - low < most, low > 0, isOpen[low - 1] { low -= 1 }
    return low..<high
  }
}
