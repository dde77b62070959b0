/// Draws one panel of a figure.
struct PanelDrawing {
  private let panel: FigurePanel
  private let names: [String]
  private let left: Double
  private let top: Double
  private let width: Double
  private let height: Double
  private let id: Int
  private let xScale: FigureScale
  private let yScale: FigureScale

  init(
    panel: FigurePanel, names: [String], left: Double, top: Double, width: Double, height: Double,
    id: Int
  ) {
    self.panel = panel
    self.names = names
    self.left = left
    self.top = top
    self.width = width
    self.height = height
    self.id = id
    let points = panel.series.flatMap(\.points).filter(\.isFinite)
    var ys = points.flatMap { [$0.y, $0.low ?? $0.y, $0.high ?? $0.y] }
    var xs = points.map(\.x)
    for rule in panel.rules where rule.value.isFinite {
      if rule.direction == .horizontal { ys.append(rule.value) } else { xs.append(rule.value) }
    }
    if panel.series.contains(where: { $0.style == .bars }), panel.y.scale != .log { ys.append(0) }
    xScale = FigureScale(panel.x, values: xs, steps: Int(width / 70))
    yScale = FigureScale(panel.y, values: ys, steps: Int(height / 42))
  }

  var svg: String {
    var text = "<clipPath id=\"plot\(id)\"><rect x=\"\(number(left - 1))\" y=\"\(number(top - 1))\""
    text += " width=\"\(number(width + 2))\" height=\"\(number(height + 2))\"/></clipPath>\n"
    text += axes
    text += "<g clip-path=\"url(#plot\(id))\">\n"
    let bars = panel.series.filter { $0.style == .bars }
    for (i, series) in bars.enumerated() { text += drawBars(series, place: i, of: bars.count) }
    // Lines first, so that no published mark is hidden under one.
    for series in panel.series where series.style == .line || series.style == .step {
      text += drawLine(series)
    }
    text += "</g>\n"
    for series in panel.series where series.style == .points { text += drawPoints(series) }
    for rule in panel.rules { text += draw(rule) }
    return text
  }

  private func number(_ x: Double) -> String { SVGText.number(x) }

  private func color(_ series: FigureSeries) -> String { FigureTheme.color(index(series)) }

  private func index(_ series: FigureSeries) -> Int { names.firstIndex(of: series.name) ?? 0 }

  /// A point in pixels; nil where an axis has no place for it.
  private func pixel(_ x: Double, _ y: Double) -> (x: Double, y: Double)? {
    guard let across = xScale.place(x), let up = yScale.place(y) else { return nil }
    // Far outside is cut near the plot, so that coordinates stay short.
    let (a, u) = (min(max(across, -2), 3), min(max(up, -2), 3))
    return (left + a * width, top + (1 - u) * height)
  }

  private var axes: String {
    var text = SVGText.text(panel.title, x: left, y: top - 10, size: 13, isBold: true)
    let bottom = top + height
    for tick in yScale.ticks {
      let y = top + (1 - tick.place) * height
      if tick.text.isEmpty {
        text += SVGText.line(left - 3, y, left, y, color: FigureTheme.axis)
        continue
      }
      text += SVGText.line(left, y, left + width, y, color: FigureTheme.grid)
      text += SVGText.text(
        tick.text, x: left - 8, y: y + 4, size: 11.5, color: FigureTheme.muted, anchor: "end")
    }
    var isNamed = true
    if case .categories = panel.x.scale { isNamed = false }
    for tick in xScale.ticks {
      let x = left + tick.place * width
      if isNamed {
        let size = tick.text.isEmpty ? 3.0 : 5.0
        text += SVGText.line(x, bottom, x, bottom + size, color: FigureTheme.axis)
      }
      text += SVGText.text(
        tick.text, x: x, y: bottom + 19, size: 11.5, color: FigureTheme.muted, anchor: "middle")
    }
    text += SVGText.line(left, bottom, left + width, bottom, color: FigureTheme.axis, width: 1.2)
    text += SVGText.text(
      panel.x.label, x: left + width / 2, y: bottom + 39, size: 12, anchor: "middle")
    let middle = top + height / 2
    let turn = " transform=\"rotate(-90 \(number(left - 46)) \(number(middle)))\""
    text += SVGText.text(
      panel.y.label, x: left - 46, y: middle, size: 12, anchor: "middle", extra: turn)
    return text
  }

  private func drawLine(_ series: FigureSeries) -> String {
    var text = ""
    var path = ""
    var previous: (x: Double, y: Double)?
    for point in series.points {
      guard point.isFinite, let at = pixel(point.x, point.y) else {
        previous = nil
        continue
      }
      if let last = previous {
        if series.style == .step { path += "L\(number(at.x)) \(number(last.y))" }
        path += "L\(number(at.x)) \(number(at.y))"
      } else {
        path += "M\(number(at.x)) \(number(at.y))"
      }
      previous = at
    }
    let dash = series.isDashed ? " stroke-dasharray=\"5 4\"" : ""
    if !path.isEmpty {
      text += "<path d=\"\(path)\" fill=\"none\" stroke=\"\(color(series))\" stroke-width=\"2\""
      text += " stroke-linejoin=\"round\" stroke-linecap=\"round\"\(dash)/>\n"
    }
    for point in series.points where point.isFinite {
      text += errorBar(point, color: color(series))
      if series.hasMarkers, let at = pixel(point.x, point.y) {
        text += FigureTheme.marker(
          index(series), x: at.x, y: at.y, radius: 2.6, fill: color(series), stroke: color(series))
      }
    }
    return text
  }

  private func drawPoints(_ series: FigureSeries) -> String {
    let places = series.points.filter(\.isFinite).compactMap { point in
      pixel(point.x, point.y).map { (point, $0) }
    }
    // Many points are drawn smaller, so that a dense figure keeps its shape.
    let radius = places.count > 40 ? 2.3 : 3.6
    return places.reduce(into: "") { text, place in
      let (point, at) = place
      let isInside =
        at.x >= left - 1 && at.x <= left + width + 1 && at.y >= top - 1 && at.y <= top + height + 1
      guard isInside else { return }
      text += errorBar(point, color: color(series))
      text += FigureTheme.marker(
        index(series), x: at.x, y: at.y, radius: radius, fill: "#ffffff", stroke: color(series))
    }
  }

  private func drawBars(_ series: FigureSeries, place: Int, of count: Int) -> String {
    var slot = 1.0
    let xs = panel.series.filter { $0.style == .bars }.flatMap(\.points).map(\.x).sorted()
    for (a, b) in zip(xs, xs.dropFirst()) where b > a { slot = min(slot, b - a) }
    let share = slot * 0.74 / Double(count)
    var text = ""
    for point in series.points where point.isFinite {
      let x = point.x - slot * 0.37 + share * Double(place)
      guard let a = pixel(x, point.y), let b = pixel(x + share, yScale.base) else { continue }
      let gap = min(1.5, (b.x - a.x) * 0.1)
      text += "<rect x=\"\(number(a.x + gap))\" y=\"\(number(min(a.y, b.y)))\""
      text += " width=\"\(number(max(0.5, b.x - a.x - 2 * gap)))\""
      text += " height=\"\(number((b.y - a.y).magnitude))\" fill=\"\(color(series))\"/>\n"
      let middle = FigurePoint(x + share / 2, point.y, low: point.low, high: point.high)
      text += errorBar(middle, color: FigureTheme.text)
    }
    return text
  }

  private func errorBar(_ point: FigurePoint, color: String) -> String {
    guard let low = point.low, let high = point.high, low != high,
      let a = pixel(point.x, low) ?? pixel(point.x, yScale.base), let b = pixel(point.x, high)
    else { return "" }
    return SVGText.line(a.x, a.y, b.x, b.y, color: color, width: 1.2)
      + SVGText.line(a.x - 3, a.y, a.x + 3, a.y, color: color, width: 1.2)
      + SVGText.line(b.x - 3, b.y, b.x + 3, b.y, color: color, width: 1.2)
  }

  private func draw(_ rule: FigureRule) -> String {
    let dash = " stroke-dasharray=\"2 3\""
    switch rule.direction {
    case .horizontal:
      guard let up = yScale.place(rule.value), (0...1).contains(up) else { return "" }
      let y = top + (1 - up) * height
      return SVGText.line(
        left, y, left + width, y, color: FigureTheme.rule, width: 1.2, extra: dash)
        + SVGText.text(
          rule.label, x: left + width - 4, y: y - 5, size: 11, color: FigureTheme.muted,
          anchor: "end")
    case .vertical:
      guard let across = xScale.place(rule.value), (0...1).contains(across) else { return "" }
      let x = left + across * width
      let isLate = across > 0.75
      return SVGText.line(x, top, x, top + height, color: FigureTheme.rule, width: 1.2, extra: dash)
        + SVGText.text(
          rule.label, x: isLate ? x - 5 : x + 5, y: top + 12, size: 11, color: FigureTheme.muted,
          anchor: isLate ? "end" : "start")
    }
  }
}
