/// Where a panel's plot area is, in pixels.
struct PanelFrame {
  var left: Double
  var top: Double
  var width: Double
  var height: Double

  var right: Double { left + width }
  var bottom: Double { top + height }
}

/// Draws one panel of a figure.
struct PanelDrawing {
  let panel: FigurePanel
  let styles: FigureStyles
  let frame: PanelFrame
  /// The room left of the plot.
  let labels: Double
  let id: String
  /// Whether it is for a page with a script: what belongs to a policy says so.
  let isEmbedded: Bool
  let xScale: FigureScale
  let yScale: FigureScale
  /// Whether names along the vertical axis are written.
  var hasRowNames = true
  /// Words that found no room.
  private(set) var leftOver: [String] = []

  /// Whether names stand along the vertical axis, values along the horizontal one.
  var hasRows: Bool { panel.y.categories != nil }

  init(
    panel: FigurePanel, styles: FigureStyles, frame: PanelFrame, labels: Double, id: String,
    isEmbedded: Bool
  ) {
    self.panel = panel
    self.styles = styles
    self.frame = frame
    self.labels = labels
    self.id = id
    self.isEmbedded = isEmbedded
    (xScale, yScale) = Self.scales(panel, width: frame.width, height: frame.height)
  }

  private static func scales(
    _ panel: FigurePanel, width: Double, height: Double
  ) -> (x: FigureScale, y: FigureScale) {
    let points = panel.series.flatMap(\.points).filter(\.isFinite)
    let hasRows = panel.y.categories != nil
    func ends(_ point: FigurePoint, _ value: Double) -> [Double] {
      [value, point.low ?? value, point.high ?? value]
    }
    var ys = points.flatMap { hasRows ? [$0.y] : ends($0, $0.y) }
    var xs = points.flatMap { hasRows ? ends($0, $0.x) : [$0.x] }
    let sums = stackEnds(panel)
    if hasRows { xs += sums } else { ys += sums }
    for rule in panel.rules where rule.value.isFinite {
      if rule.direction == .horizontal { ys.append(rule.value) } else { xs.append(rule.value) }
    }
    if panel.series.contains(where: { $0.style == .bars || $0.style == .stacked }) {
      if hasRows, panel.x.scale != .log { xs.append(0) }
      if !hasRows, panel.y.scale != .log { ys.append(0) }
    }
    return (
      FigureScale(panel.x, values: xs, length: width, isVertical: false),
      FigureScale(panel.y, values: ys, length: height, isVertical: true)
    )
  }

  /// The room that a panel's vertical axis needs left of the plot.
  static func leftLabels(_ panel: FigurePanel, width: Double, height: Double) -> Double {
    let ticks = scales(panel, width: width, height: height).y.ticks
    let widest = ticks.map { SVGText.room($0.text, size: TickRoom.size) }.max() ?? 0
    return max(58, widest + 12 + (panel.y.label.isEmpty ? 0 : 20))
  }

  /// Draws the panel.
  mutating func draw(on canvas: inout FigureCanvas) {
    canvas.add(
      "<clipPath id=\"\(id)\"><rect x=\"\(number(frame.left - 1))\""
        + " y=\"\(number(frame.top - 1))\" width=\"\(number(frame.width + 2))\""
        + " height=\"\(number(frame.height + 2))\"/></clipPath>\n")
    drawAxes(on: &canvas)
    canvas.add("<g clip-path=\"url(#\(id))\">\n")
    for series in panel.series where series.style == .cells {
      group(series, on: &canvas) { drawCells(series) }
    }
    let bars = panel.series.filter { $0.style == .bars }
    let lanes = Self.lanes(bars, hasRows: hasRows)
    for (series, lane) in zip(bars, lanes) {
      group(series, on: &canvas) { drawBars(series, lane: lane, of: (lanes.max() ?? 0) + 1) }
    }
    for (series, start) in Self.stackStarts(panel) {
      group(series, on: &canvas) { drawStacked(series, from: start) }
    }
    // Lines first, so that no published mark is hidden under one.
    for series in panel.series where series.style == .line || series.style == .step {
      group(series, on: &canvas) { drawLine(series) }
    }
    canvas.add("</g>\n")
    // Marks at an edge are whole.
    for series in panel.series where series.style == .line || series.style == .step {
      group(series, on: &canvas) { drawMarks(series) }
    }
    for series in panel.series where series.style == .points {
      group(series, on: &canvas) { drawPoints(series) }
    }
    for rule in panel.rules { draw(rule, on: &canvas) }
  }

  /// Adds what is drawn of a series; on a page with a script, as a group with its policy's label.
  private func group(
    _ series: FigureSeries, on canvas: inout FigureCanvas, _ draw: () -> String
  ) {
    let text = draw()
    if text.isEmpty { return }
    guard isEmbedded, !series.isGhost else { return canvas.add(text) }
    canvas.add("<g data-series=\"\(XMLText.escaped(series.key))\">\n" + text + "</g>\n")
  }

  /// Which of the bars at one place each series has: the first that is free at all its places.
  private static func lanes(_ bars: [FigureSeries], hasRows: Bool) -> [Int] {
    var taken: [Double: Int] = [:]
    return bars.map { series in
      let places = series.points.map { hasRows ? $0.y : $0.x }
      let lane = places.map { taken[$0] ?? 0 }.max() ?? 0
      for place in places { taken[place] = lane + 1 }
      return lane
    }
  }

  /// The stacked series, each with where its bars begin, by place.
  private static func stackStarts(
    _ panel: FigurePanel
  ) -> [(series: FigureSeries, start: [Double])] {
    var ends: [Double: Double] = [:]
    return panel.series.filter { $0.style == .stacked }.map { series in
      let start = series.points.map { point -> Double in
        let (place, value) =
          panel.y.categories == nil ? (point.x, point.y) : (point.y, point.x)
        let start = ends[place] ?? 0
        if value.isFinite { ends[place] = start + value }
        return start
      }
      return (series, start)
    }
  }

  /// Where the bars of stacked series end.
  static func stackEnds(_ panel: FigurePanel) -> [Double] {
    stackStarts(panel).flatMap { series, start in
      zip(series.points, start).map { point, start in
        start + (panel.y.categories == nil ? point.y : point.x)
      }
    }.filter(\.isFinite)
  }

  // MARK: Places

  func number(_ x: Double) -> String { SVGText.number(x) }

  /// How far down a place along the vertical axis is; rows go down from the top.
  func down(_ place: Double) -> Double {
    frame.top + (hasRows ? place : 1 - place) * frame.height
  }

  /// A point in pixels; nil where an axis has no place for it.
  func pixel(_ x: Double, _ y: Double) -> (x: Double, y: Double)? {
    guard let across = xScale.place(x), let up = yScale.place(y) else { return nil }
    // Far outside is cut near the plot, so that coordinates stay short.
    return (frame.left + min(max(across, -2), 3) * frame.width, down(min(max(up, -2), 3)))
  }

  /// Whether a place is on the plot.
  func holds(_ at: (x: Double, y: Double)) -> Bool {
    at.x >= frame.left - 1 && at.x <= frame.right + 1 && at.y >= frame.top - 1
      && at.y <= frame.bottom + 1
  }

  // MARK: Rules

  private mutating func draw(_ rule: FigureRule, on canvas: inout FigureCanvas) {
    let dash = " stroke-dasharray=\"2 3\""
    let size = 11.0
    var places: [(x: Double, y: Double, anchor: FigureCanvas.Anchor)] = []
    switch rule.direction {
    case .horizontal:
      guard let up = yScale.place(rule.value), (0...1).contains(up) else { return }
      let y = down(up)
      canvas.line(
        frame.left, y, frame.right, y, color: FigureTheme.rule, width: 1.2, extra: dash)
      places = [
        (frame.right - 4, y - 5, .end), (frame.right - 4, y + 12, .end),
        (frame.left + 4, y - 5, .start), (frame.left + 4, y + 12, .start),
      ]
    case .vertical:
      guard let across = xScale.place(rule.value), (0...1).contains(across) else { return }
      let x = frame.left + across * frame.width
      canvas.line(
        x, frame.top, x, frame.bottom, color: FigureTheme.rule, width: 1.2, extra: dash)
      for y in [12.0, 26, 40, 54].map({ frame.top + $0 }) {
        places += [(x + 5, y, .start), (x - 5, y, .end)]
      }
    }
    if rule.label.isEmpty { return }
    for place in places {
      let box = FigureCanvas.box(
        rule.label, x: place.x, y: place.y, size: size, anchor: place.anchor)
      let isInside =
        box.x.lowerBound >= frame.left && box.x.upperBound <= frame.right
        && box.y.lowerBound >= frame.top && box.y.upperBound <= frame.bottom
      guard isInside, !canvas.labels.contains(where: { $0.overlaps(box) }) else { continue }
      canvas.text(
        rule.label, x: place.x, y: place.y, size: size, color: FigureTheme.muted,
        anchor: place.anchor)
      return
    }
    leftOver.append("dotted line: \(rule.label)")
  }
}
