import SimBasics

/// An axis with its range settled: maps values to 0...1 and knows its ticks.
struct FigureScale {
  /// A tick: where it stands (0...1), and its text (empty for a small one).
  struct Tick {
    var place: Double
    var text: String
  }

  let ticks: [Tick]
  private let low: Double
  private let high: Double
  private let isLog: Bool

  /// Settles an axis of some pixels over the values drawn along it; ticks are as many as there is
  /// room for their texts, which stand above each other along a vertical axis.
  init(_ axis: FigureAxis, values drawn: [Double], length: Double, isVertical: Bool) {
    let values = drawn + axis.reaches
    let room = TickRoom(length: length, isVertical: isVertical)
    switch axis.scale {
    case .categories(let names):
      (low, high, isLog) = (-0.5, max(0.5, Double(names.count) - 0.5), false)
      let count = Double(max(1, names.count))
      ticks = names.enumerated().map { Tick(place: (Double($0) + 0.5) / count, text: $1) }
    case .linear:
      isLog = false
      // A narrow panel may still hold three short words.
      var steps = isVertical ? room.steps : max(3, room.steps)
      var found = Self.linearTicks(axis.range, values, steps: steps, isVertical)
      while steps > 2, !room.holds(found.ticks) {
        steps -= 1
        found = Self.linearTicks(axis.range, values, steps: steps, isVertical)
      }
      (low, high, ticks) = found
    case .log:
      isLog = true
      let positive = values.filter { $0 > 0 }
      let range =
        axis.range.flatMap { $0.lowerBound > 0 ? $0 : nil }
        ?? (positive.min() ?? 1)...(positive.max() ?? 10)
      (low, high, ticks) = Self.logTicks(range, isFixed: axis.range != nil, room)
    }
  }

  /// Where a value stands, 0 at the axis's beginning and 1 at its end; nil where it cannot.
  func place(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    if !isLog { return (value - low) / (high - low) }
    guard value > 0 else { return nil }
    return (Self.log10(value) - Self.log10(low)) / (Self.log10(high) - Self.log10(low))
  }

  /// Where bars stand: 0 where the axis has it, else its lower end.
  var base: Double { isLog ? low : min(max(0, low), high) }

  private static func log10(_ x: Double) -> Double { PortableMath.log(x) / 2.302585092994046 }

  private static func dataRange(_ values: [Double]) -> ClosedRange<Double> {
    guard var low = values.min(), var high = values.max() else { return 0...1 }
    // A scale that could begin at 0 without wasting half the panel does.
    if low > 0, low < 0.5 * high { low = 0 }
    if high < 0, high > 0.5 * low { high = 0 }
    if low == high {
      (low, high) = low == 0 ? (0, 1) : (min(0, low * 1.2), max(0, high * 1.2))
    }
    return low...high
  }

  /// 1, 2 or 5 times a power of ten, so that about `steps` of it make up the span.
  private static func niceStep(_ span: Double, _ steps: Int) -> Double {
    let rough = span / Double(max(2, steps))
    guard rough.isFinite, rough > 0 else { return 1 }
    var power = 1.0
    while power > rough { power /= 10 }
    while power * 10 <= rough { power *= 10 }
    for factor in [1.0, 2, 5] where factor * power >= rough * 0.999 { return factor * power }
    return 10 * power
  }

  /// Tick texts with the decimals the step needs, in thousands or millions where all are large.
  private static func labels(_ values: [Double], step: Double) -> [String] {
    let largest = values.map(\.magnitude).max() ?? 0
    let (unit, suffix) =
      largest >= 1e9
      ? (1e9, "G") : largest >= 1e6 ? (1e6, "M") : largest >= 1e4 ? (1e3, "k") : (1, "")
    var decimals = 0
    var small = step / unit
    while decimals < 9, (small - small.rounded()).magnitude > 1e-6 * small {
      small *= 10
      decimals += 1
    }
    return values.map { value in
      let text = NumberText.fixed(value / unit, decimals)
      return value == 0 ? "0" : text + suffix
    }
  }

  private static func linearTicks(
    _ fixed: ClosedRange<Double>?, _ values: [Double], steps: Int, _ isVertical: Bool
  ) -> (low: Double, high: Double, ticks: [Tick]) {
    let range = fixed ?? Self.dataRange(values)
    let step = Self.niceStep(range.upperBound - range.lowerBound, steps)
    // Whole ticks at both ends, unless the caller has said where the ends are.
    let first = (range.lowerBound / step).rounded(fixed == nil ? .down : .up)
    var last = (range.upperBound / step).rounded(fixed == nil ? .up : .down)
    let low = fixed == nil ? first * step : range.lowerBound
    var high = fixed == nil ? last * step : range.upperBound
    // In a narrow panel the last tick may leave a good part of it without data.
    if !isVertical, fixed == nil, last - first >= 2, high - range.upperBound > 0.2 * (high - low) {
      last -= 1
      high = range.upperBound + 0.04 * (range.upperBound - low)
    }
    let count = min(100, max(0, Int(last - first)))
    let shown = (0...count).map { (first + Double($0)) * step }
    let ticks = zip(shown, Self.labels(shown, step: step)).map {
      Tick(place: ($0 - low) / (high - low), text: $1)
    }
    return (low, high, ticks)
  }

  /// Ticks at 1, 2 and 5 of each decade where their texts have room, else at decades, at every
  /// second one, and so on; the others of a decade are small and have none.
  private static func logTicks(
    _ range: ClosedRange<Double>, isFixed: Bool, _ room: TickRoom
  ) -> (Double, Double, [Tick]) {
    var found = logTicks(range, isFixed: isFixed, named: [1, 2, 5], stride: 1)
    var stride = 1
    while !room.holds(found.2), stride < 400 {
      found = logTicks(range, isFixed: isFixed, named: [1], stride: stride)
      stride += 1
    }
    return found
  }

  private static func logTicks(
    _ range: ClosedRange<Double>, isFixed: Bool, named: [Double], stride: Int
  ) -> (Double, Double, [Tick]) {
    var power = 1.0
    while power > range.lowerBound, power > 1e-290 { power /= 10 }
    while power * 10 <= range.lowerBound, power < 1e290 { power *= 10 }
    var marks: [(value: Double, isNamed: Bool)] = []
    var (index, isCovered) = (0, false)
    while !isCovered || power <= range.upperBound, power < 1e300, marks.count < 6_000 {
      for factor in 1...9 {
        let value = Double(factor) * power
        let isNamed = named.contains(Double(factor)) && index % stride == 0
        marks.append((value, isNamed))
        if isNamed, value >= range.upperBound * (1 - 1e-12) { isCovered = true }
      }
      power *= 10
      index += 1
    }
    var (low, high) = (range.lowerBound, range.upperBound)
    if !isFixed {
      low = marks.last { $0.value <= low * (1 + 1e-12) && $0.isNamed }?.value ?? low
      high = marks.first { $0.value >= high * (1 - 1e-12) && $0.isNamed }?.value ?? high
    }
    if low >= high { high = low * 10 }
    let span = Self.log10(high) - Self.log10(low)
    // Small ticks tell a decade's parts; of many decades they would be a grey bar.
    let ticks = marks.filter { mark in
      mark.value >= low * 0.9999 && mark.value <= high * 1.0001 && (mark.isNamed || span <= 12)
    }.map { mark in
      Tick(
        place: (Self.log10(mark.value) - Self.log10(low)) / span,
        text: mark.isNamed ? logLabel(mark.value) : "")
    }
    return (low, high, ticks)
  }

  private static func logLabel(_ value: Double) -> String {
    if value >= 1e12 || value < 1e-4 { return "1e\(Int((log10(value) + 1e-9).rounded(.down)))" }
    if value >= 1e9 { return NumberText.significant(value / 1e9, 1) + "G" }
    if value >= 1e6 { return NumberText.significant(value / 1e6, 1) + "M" }
    if value >= 1e4 { return NumberText.significant(value / 1e3, 1) + "k" }
    return NumberText.significant(value, 1)
  }
}

/// How much room an axis has for the texts of its ticks.
struct TickRoom {
  /// The size of ticks' texts in pixels.
  static let size = 11.5

  let length: Double
  let isVertical: Bool

  /// About how many ticks are meant.
  var steps: Int { Int(length / (isVertical ? 42 : 70)) }

  /// Whether texts stand apart, at least a word's gap.
  func holds(_ ticks: [FigureScale.Tick]) -> Bool {
    var end = -Double.infinity
    for tick in ticks where !tick.text.isEmpty {
      let size = isVertical ? 1.25 * Self.size : SVGText.room(tick.text, size: Self.size) + 7
      let start = tick.place * length - size / 2
      if start < end { return false }
      end = start + size
    }
    return true
  }
}
