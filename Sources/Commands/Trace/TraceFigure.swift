import Reports
import Traces
import Workloads

/// Draws a trace: requests per second over time, and the distribution of gaps beside that of
/// Poisson arrivals of the same rate.
struct TraceFigure {
  private let report: TraceReport
  private let left = 70.0
  private let right = 780.0

  init(_ report: TraceReport) { self.report = report }

  /// The whole picture.
  var svg: String {
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="820" height="560" viewBox="0 0 820 560" \
      font-family="sans-serif" font-size="12" fill="#222">
      <rect width="820" height="560" fill="white"/>
      <text x="\(n(left))" y="26" font-size="16" font-weight="bold">\(escaped(title))</text>
      <text x="\(n(left))" y="45" fill="#555">\(escaped(subtitle))</text>

      """
    text += ratePanel(top: 90, bottom: 260)
    text += gapPanel(top: 350, bottom: 510)
    return text + "</svg>\n"
  }

  private var title: String {
    SVGText.clipped(report.shortName, to: 0.95 * (right - left), size: 16)
  }

  private var subtitle: String {
    let statistics = report.statistics
    func show(_ value: Double?) -> String {
      value.map { NumberText.significant($0, 3) } ?? "-"
    }
    let dispersion = TraceStatistics.scales.map { show(statistics.dispersion(seconds: $0)) }
    return "\(statistics.requests) requests, \(show(statistics.requestsPerSecond)) per s, "
      + "cv of gaps \(show(statistics.variation)), dispersion "
      + dispersion.joined(separator: " / ") + " at 1 / 10 / 60 s"
  }

  // MARK: Rate over time

  private func ratePanel(top: Double, bottom: Double) -> String {
    let cells = report.rates(360)
    let cellSeconds = report.cellSpan(360) / 1e9
    let rates = cells.map { $0 / cellSeconds }
    let span = max(report.statistics.span.inSeconds, cellSeconds)
    let unit = Self.timeUnit(span)
    let axis = LinearTicks(upTo: rates.max() ?? 1)
    let times = LinearTicks(upTo: span / unit.seconds, isTight: true)
    func x(_ seconds: Double) -> Double { left + (right - left) * min(1, seconds / span) }
    func y(_ rate: Double) -> Double { bottom - (bottom - top) * rate / axis.top }
    var text = heading(
      "Requests per second, in steps of \(DurationText.short(cellSeconds * 1e9))", y: top - 12)
    text += horizontalGrid(axis.values.map { ($0, y($0)) })
    var path = "M\(n(left)) \(n(bottom))"
    for (index, rate) in rates.enumerated() {
      let (from, to) = (x(Double(index) * cellSeconds), x(Double(index + 1) * cellSeconds))
      path += "L\(n(from)) \(n(y(rate)))L\(n(to)) \(n(y(rate)))"
    }
    path += "L\(n(x(Double(rates.count) * cellSeconds))) \(n(bottom))Z"
    text += "<path d=\"\(path)\" fill=\"#2b6cb0\" fill-opacity=\"0.75\"/>\n"
    if let mean = report.statistics.requestsPerSecond {
      text += dashed(from: (left, y(mean)), to: (right, y(mean)))
      text += label(
        "dashed: mean \(NumberText.significant(mean, 3)) per s", x: right, y: top - 12,
        anchor: "end", color: "#c05621")
    }
    text += baseline(bottom)
    for value in times.values where value * unit.seconds <= span {
      text += tick(Self.number(value), x: x(value * unit.seconds), y: bottom)
    }
    return text
      + label("time in \(unit.name)", x: (left + right) / 2, y: bottom + 34, anchor: "middle")
  }

  // MARK: Gaps

  private func gapPanel(top: Double, bottom: Double) -> String {
    let classes = report.statistics.gapClasses(perDecade: 8)
    let total = Double(classes.reduce(0) { $0 + $1.count })
    guard let first = classes.first, let last = classes.last, total > 0 else {
      return heading("No gaps above zero", y: top - 12)
    }
    let low = Decade.floor(first.fromNS)
    let high = max(low + 1, Decade.ceiling(last.toNS))
    let shares = classes.map { Double($0.count) / total * 100 }
    let poisson = classes.map { (from, to, _) in 100 * expectedShare(from, to) }
    let axis = LinearTicks(upTo: max(shares.max() ?? 1, poisson.max() ?? 0))
    func x(_ nanoseconds: Double) -> Double {
      left + (right - left) * (Decade.position(nanoseconds) - Double(low)) / Double(high - low)
    }
    func y(_ share: Double) -> Double { bottom - (bottom - top) * share / axis.top }
    var text = heading("Gaps between requests, share in each eighth of a decade, %", y: top - 12)
    text += horizontalGrid(axis.values.map { ($0, y($0)) })
    for (gap, share) in zip(classes, shares) where share > 0 {
      let (from, to) = (x(gap.fromNS), x(gap.toNS))
      text += "<rect x=\"\(n(from + 0.5))\" y=\"\(n(y(share)))\" "
      text += "width=\"\(n(max(0.5, to - from - 1)))\" height=\"\(n(bottom - y(share)))\" "
      text += "fill=\"#2b6cb0\" fill-opacity=\"0.75\"/>\n"
    }
    var path = ""
    for (gap, share) in zip(classes, poisson) {
      let middle = (x(gap.fromNS) + x(gap.toNS)) / 2
      path += (path.isEmpty ? "M" : "L") + "\(n(middle)) \(n(y(share)))"
    }
    text += "<path d=\"\(path)\" fill=\"none\" stroke=\"#c05621\" stroke-width=\"1.5\"/>\n"
    text += label(
      "line: Poisson arrivals of the same rate", x: right, y: top - 12, anchor: "end",
      color: "#c05621")
    text += baseline(bottom)
    for exponent in low...high {
      let place = left + (right - left) * Double(exponent - low) / Double(high - low)
      text += tick(Decade.name(exponent), x: place, y: bottom)
    }
    return text + label("gap", x: (left + right) / 2, y: bottom + 34, anchor: "middle")
  }

  /// The share of an exponential law of the trace's mean gap between two lengths.
  private func expectedShare(_ from: Double, _ to: Double) -> Double {
    guard let rate = report.statistics.requestsPerSecond else { return 0 }
    return Decade.exponentialShare(from * rate / 1e9, to * rate / 1e9)
  }

  // MARK: Pieces

  private func heading(_ text: String, y: Double) -> String {
    "<text x=\"\(n(left))\" y=\"\(n(y))\" font-weight=\"bold\">\(escaped(text))</text>\n"
  }

  private func label(
    _ text: String, x: Double, y: Double, anchor: String, color: String = "#222"
  ) -> String {
    "<text x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor)\" fill=\"\(color)\">"
      + "\(escaped(text))</text>\n"
  }

  private func horizontalGrid(_ lines: [(value: Double, y: Double)]) -> String {
    lines.map { line in
      "<path d=\"M\(n(left)) \(n(line.y))H\(n(right))\" stroke=\"#ddd\"/>\n"
        + label(Self.number(line.value), x: left - 8, y: line.y + 4, anchor: "end")
    }.joined()
  }

  private func baseline(_ y: Double) -> String {
    "<path d=\"M\(n(left)) \(n(y))H\(n(right))\" stroke=\"#222\"/>\n"
  }

  private func tick(_ text: String, x: Double, y: Double) -> String {
    "<path d=\"M\(n(x)) \(n(y))v5\" stroke=\"#222\"/>\n"
      + label(text, x: x, y: y + 18, anchor: "middle")
  }

  private func dashed(from: (Double, Double), to: (Double, Double)) -> String {
    "<path d=\"M\(n(from.0)) \(n(from.1))L\(n(to.0)) \(n(to.1))\" stroke=\"#c05621\" "
      + "stroke-dasharray=\"5 4\"/>\n"
  }

  private func n(_ value: Double) -> String { NumberText.fixed(value, 1) }

  private static func number(_ value: Double) -> String {
    NumberText.exact((value * 1e6).rounded() / 1e6)
  }

  private func escaped(_ text: String) -> String {
    XMLText.escaped(DisplayText.printable(text))
  }

  private static func timeUnit(_ seconds: Double) -> (name: String, seconds: Double) {
    if seconds > 3 * 86_400 { return ("days", 86_400) }
    if seconds > 3 * 3_600 { return ("hours", 3_600) }
    return seconds > 300 ? ("minutes", 60) : ("seconds", 1)
  }
}
