import Reports
import SimBasics
import Traces
import Workloads

/// A trace's statistics in words.
struct TraceReport {
  let summary: TraceSummary
  let statistics: TraceStatistics
  let tenants: Int
  let warnings: [(name: String, message: String)]

  init(_ summary: TraceSummary, _ statistics: TraceStatistics, tenants: Int) {
    self.summary = summary
    self.statistics = statistics
    self.tenants = tenants
    warnings = TraceAdvice.warnings(summary, statistics)
  }

  /// The bin of a counted format, else the clock's tick.
  var tickNS: Int64? { summary.binNS > 0 ? summary.binNS : statistics.tickNS }

  /// The file's name without folder and ending.
  var shortName: String {
    let base = summary.file.split(separator: "/").last.map(String.init) ?? summary.file
    guard let dot = base.lastIndex(of: "."), dot > base.startIndex else { return base }
    return String(base[..<dot])
  }

  /// The whole report.
  func text(width: Int?) -> String {
    var lines: [(String, String)] = []
    addCounts(&lines)
    addBursts(&lines)
    addClock(&lines)
    addSizes(&lines)
    let column = (lines.map(\.0.count).max() ?? 0) + 2
    var text = "\(DisplayText.printable(summary.file))\n"
    for (name, value) in lines {
      text += "  " + name + String(repeating: " ", count: column - name.count) + value + "\n"
    }
    let cells = min(72, max(20, (width ?? 80) - 4))
    text += "\n  requests over time, \(DurationText.short(cellSpan(cells))) each\n"
    text += "  " + BlockLine.draw(rates(cells).map(\.self)) + "\n"
    let classes = statistics.gapClasses(perDecade: 4)
    if let first = classes.first, let last = classes.last {
      text += "  gaps from \(DurationText.short(first.fromNS)) to "
      text += "\(DurationText.short(last.toNS)), four classes a decade\n"
      text += "  " + BlockLine.draw(classes.map { Double($0.count) }) + "\n"
    }
    for warning in warnings {
      text += "\n  \(warning.name): \(DisplayText.printable(warning.message))\n"
      if let advice = TraceAdvice.advice(for: warning.name, in: summary) {
        text += "    \(advice)\n"
      }
    }
    // A cut last record is among the warnings already.
    let cut = TraceFault.truncated.rawValue
    for example in summary.examples.filter({ $0.hint != cut }).prefix(5) {
      text += "  " + DisplayText.printable(example.description) + "\n"
    }
    return text
  }

  private func addCounts(_ lines: inout [(String, String)]) {
    lines.append(("format", summary.format.rawValue))
    let records = "\(summary.recordsRead) \(summary.format.recordNoun)s read"
    let left = summary.leftOut.map { "\($0.count) by \($0.reason.rawValue)" }
    lines.append(
      (
        "requests",
        "\(statistics.requests) (\(records), "
          + (left.isEmpty ? "none left out)" : "left out: \(left.joined(separator: ", ")))")
      ))
    if tenants > 0 { lines.append(("tenants", "\(tenants)")) }
    lines.append(("span", NumberText.fixed(statistics.span.inSeconds, 3) + " s"))
    lines.append(("mean rate", show(statistics.requestsPerSecond) + " per s"))
  }

  private func addBursts(_ lines: inout [(String, String)]) {
    lines.append(("cv of gaps", show(statistics.variation)))
    lines.append(
      ("gamma shape", show(statistics.gammaShape) + " (the body of the gaps, not its tail)"))
    let scales = TraceStatistics.scales
    let label = scales.map { "\($0)" }.joined(separator: ", ") + " s"
    lines.append(
      (
        "peak over mean",
        scales.map { show(statistics.peakToMean(seconds: $0)) }.joined(separator: ", ")
          + " at " + label
      ))
    lines.append(
      (
        "dispersion",
        scales.map { show(statistics.dispersion(seconds: $0)) }.joined(separator: ", ")
          + " at " + label
      ))
    let lags = [1, 2, 5, 10, 30, 60]
    lines.append(
      (
        "autocorrelation",
        lags.map { signed(statistics.autocorrelation(lagSeconds: $0)) }.joined(separator: ", ")
          + " at lags " + lags.map { "\($0)" }.joined(separator: ", ") + " s"
      ))
    if let period = statistics.dominantPeriod {
      lines.append(
        (
          "periodicity",
          "counts repeat every \(DurationText.short(Double(period.lengthNS))) "
            + "(correlation \(NumberText.fixed(period.correlation, 2)))"
        ))
    }
    if let block = statistics.repeatingBlock {
      lines.append(("repeated gaps", block == 1 ? "all equal" : "a block of \(block) requests"))
    }
  }

  private func addClock(_ lines: inout [(String, String)]) {
    let tick = tickNS.map { DurationText.short(Double($0)) } ?? "-"
    let kind = summary.binNS > 0 ? " bins" : statistics.isTickLoose ? " (near, not on)" : ""
    lines.append(("clock tick", tick + kind))
    lines.append(("ties", "\(statistics.ties) at the instant of the one before"))
    let order = summary.outOfOrder
    lines.append(
      (
        "order",
        order == 0
          ? "by time"
          : "\(order) rows late, by up to \(DurationText.short(Double(summary.maximumLatenessNS)))"
      ))
    let quantiles = [0.5, 0.9, 0.99].map { statistics.gapQuantile($0) }
    lines.append(
      (
        "gaps",
        "median, p90, p99: "
          + quantiles.map { $0.map(DurationText.short) ?? "-" }.joined(separator: ", ")
      ))
    let gaps = statistics.longestGaps.prefix(3).map {
      DurationText.short(Double($0.lengthNS)) + " after " + DurationText.short(Double($0.startNS))
    }
    lines.append(("longest gaps", gaps.isEmpty ? "-" : gaps.joined(separator: "; ")))
    lines.append(("gaps of 60 s and more", "\(statistics.longGaps)"))
  }

  private func addSizes(_ lines: inout [(String, String)]) {
    for (name, sizes) in [
      ("prompt tokens", statistics.inputSizes), ("answer tokens", statistics.outputSizes),
    ] where sizes.count > 0 {
      let quantiles = [0.5, 0.9, 0.99].map { show(sizes.quantile($0)) }.joined(separator: ", ")
      var text =
        "median, p90, p99: \(quantiles); largest \(sizes.largest), mean \(show(sizes.mean))"
      if sizes.zeros > 0 { text += ", \(sizes.zeros) zero" }
      if let mean = sizes.logMean, let deviation = sizes.logDeviation {
        text += "; lognormal \(NumberText.fixed(mean, 2)), \(NumberText.fixed(deviation, 2))"
      }
      lines.append((name, text))
    }
  }

  /// Requests in each of at most `cells` stretches of equal length.
  func rates(_ cells: Int) -> [Double] {
    let counts = statistics.timeline.counts
    let group = max(1, (counts.count + cells - 1) / cells)
    return stride(from: 0, to: counts.count, by: group).map { start in
      Double(counts[start..<min(start + group, counts.count)].reduce(0, +))
    }
  }

  /// The length of the stretches of `rates`, in nanoseconds.
  func cellSpan(_ cells: Int) -> Double {
    let counts = statistics.timeline.counts.count
    let group = max(1, (counts + cells - 1) / cells)
    return Double(group) * Double(statistics.timeline.cellNS)
  }

  private func show(_ value: Double?) -> String {
    value.map { NumberText.significant($0, 4) } ?? "-"
  }

  private func signed(_ value: Double?) -> String {
    value.map { NumberText.fixed($0, 3) } ?? "-"
  }
}

/// Spans in the unit that suits them.
enum DurationText {
  /// Three significant digits and a unit from ns to days.
  static func short(_ nanoseconds: Double) -> String {
    let units: [(name: String, size: Double)] = [
      ("d", 86_400e9), ("h", 3_600e9), ("min", 60e9), ("s", 1e9), ("ms", 1e6), ("us", 1e3),
    ]
    // What rounds to a whole unit is written in it: never 1000 ns.
    for unit in units where nanoseconds >= unit.size * 0.9995 {
      // Minutes and hours read badly as fractions below ten: 217 s, not 3.62 min.
      if unit.size > 1e9, nanoseconds < 10 * unit.size, nanoseconds != unit.size { continue }
      return trimmed(NumberText.significant(nanoseconds / unit.size, 3)) + " " + unit.name
    }
    return trimmed(NumberText.significant(nanoseconds, 3)) + " ns"
  }

  private static func trimmed(_ number: String) -> String {
    guard number.contains(".") else { return number }
    var text = number[...]
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return String(text)
  }
}

/// Numbers as a line of blocks.
enum BlockLine {
  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// One block for each number, the tallest for the largest; a blank for zero.
  static func draw(_ values: [Double]) -> String {
    guard let most = values.max(), most > 0 else {
      return String(repeating: " ", count: values.count)
    }
    return String(
      values.map { value in
        if value <= 0 { return " " }
        return blocks[min(blocks.count - 1, Int(value / most * Double(blocks.count)))]
      })
  }
}
