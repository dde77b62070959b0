extension SVGFigure {
  /// The figure as an SVG document, for light ground and dark; the same figure gives the same bytes.
  package var svg: String { drawing().document(title) }

  /// The figure as an element of a page that has `FigureTheme.darkRules` itself.
  ///
  /// - Parameter id: a word that no other figure of the page has.
  package func element(id: String) -> String { drawing(id: id).element(title, id: id) }

  private func drawing(id: String? = nil) -> FigureDrawing { FigureDrawing(self, id: id) }
}

/// A figure laid out and drawn.
struct FigureDrawing {
  private static let margin = 20.0
  private static let gap = 28.0
  private static let bottomLabels = 50.0

  private(set) var canvas = FigureCanvas()
  private(set) var width: Double
  private(set) var height: Double

  init(_ figure: SVGFigure, id: String?) {
    let parts = FigureRows(figure)
    let shown = parts.rows.flatMap(\.panels)
    let styles = FigureStyles(figure.panels.flatMap(\.series))
    let columns = Self.columns(parts.rows)
    var names = parts.names
    let legend = FigureLegend(shown, &names)

    width = 560
    for row in parts.rows {
      let room = columns.prefix(row.panels.count).reduce(0) { $0 + $1 + row.plotWidth }
      width = max(width, 2 * Self.margin + room + Double(row.panels.count - 1) * Self.gap)
    }

    // The panels first: what finds no room in them goes to the key above.
    var body = FigureCanvas()
    var leftOver: [String] = []
    var (y, count) = (0.0, 0)
    for row in parts.rows {
      if !row.heading.isEmpty {
        body.text(
          SVGText.clipped(row.heading, to: (width - 2 * Self.margin) / 1.1, size: 14),
          x: Self.margin, y: y + 22, size: 14, isBold: true)
        y += 30
      }
      y += row.panels.contains { !$0.title.isEmpty } ? 26 : 8
      var x = Self.margin
      for (c, panel) in row.panels.enumerated() {
        x += columns[c]
        var drawing = PanelDrawing(
          panel: panel, styles: styles,
          frame: PanelFrame(left: x, top: y, width: row.plotWidth, height: row.plotHeight),
          labels: columns[c], id: "\(id ?? "plot")\(count)", isEmbedded: id != nil)
        drawing.hasRowNames = !Self.sharesRows(row.panels, c)
        drawing.draw(on: &body)
        for word in drawing.leftOver where !leftOver.contains(word) { leftOver.append(word) }
        x += row.plotWidth + Self.gap
        count += 1
      }
      y += row.plotHeight + Self.bottomLabels + Self.gap * 0.4
    }
    // On a page the last tick's word may stand beyond the margin; a figure by itself has its bytes.
    if id != nil { width = max(width, 4 + (body.labels.map(\.x.upperBound).max() ?? 0)) }
    let key = figure.key + leftOver + names.key
    let head = Self.head(figure, legend, styles, key: key, width: width, on: &canvas)
    canvas.add(body, down: head)
    height = head + y - Self.gap * 0.4 + 8
  }

  /// Whether a panel's rows have the names of the panel before it, which stand there once.
  private static func sharesRows(_ panels: [FigurePanel], _ c: Int) -> Bool {
    guard c > 0, let own = panels[c].y.categories else { return false }
    return panels[c - 1].y.categories == own
  }

  /// The room left of the panels of each column for words of their vertical axes.
  private static func columns(_ rows: [FigureRow]) -> [Double] {
    let count = rows.map(\.panels.count).max() ?? 1
    return (0..<count).map { c in
      rows.compactMap { row -> Double? in
        guard c < row.panels.count else { return nil }
        if sharesRows(row.panels, c) { return 12 }
        return PanelDrawing.leftLabels(row.panels[c], width: row.plotWidth, height: row.plotHeight)
      }.max() ?? 0
    }
  }

  /// Headings, legend and key; how high they are.
  private static func head(
    _ figure: SVGFigure, _ legend: FigureLegend, _ styles: FigureStyles, key: [String],
    width: Double, on canvas: inout FigureCanvas
  ) -> Double {
    let (end, limit) = (width - margin, (width - 2 * margin) / 1.1)
    var y = 14.0
    if !figure.title.isEmpty {
      y += 18
      let title = SVGText.clipped(figure.title, to: limit, size: 17)
      canvas.text(title, x: margin, y: y, size: 17, isBold: true)
    }
    for (i, line) in SVGText.lines(figure.subtitle, to: limit, size: 12.5).enumerated() {
      y += i == 0 ? 20 : 16
      canvas.text(line, x: margin, y: y, size: 12.5, color: FigureTheme.muted)
    }
    if legend.isShown {
      var x = margin
      y += 26
      for entry in legend.entries {
        if x > margin, x + entry.width > end {
          x = margin
          y += 20
        }
        FigureLegend.draw(entry, style: styles[entry.series], x: x, y: y - 4, on: &canvas)
        canvas.text(entry.name, x: x + 34, y: y)
        x += entry.width
      }
      if legend.hasRings {
        let note = "line: simulated · marks: published"
        if x + SVGText.room(note, size: 11.5) > end { y += 20 }
        canvas.text(note, x: end, y: y, size: 11.5, color: FigureTheme.muted, anchor: .end)
      }
    }
    flow(key, to: end, &y, on: &canvas)
    return y + 12
  }

  /// Words beside and below each other, as wide as the figure lets them be; a word that is longer
  /// has lines of its own.
  private static func flow(
    _ words: [String], to end: Double, _ y: inout Double, on canvas: inout FigureCanvas
  ) {
    if words.isEmpty { return }
    var x = margin
    y += 24
    for line in words.flatMap({ SVGText.lines($0, to: (end - margin) / 1.1, size: 12) }) {
      let width = SVGText.room(line, size: 12)
      if x > margin, x + width > end {
        x = margin
        y += 18
      }
      canvas.text(line, x: x, y: y, color: FigureTheme.muted)
      x += width + 18
    }
  }

  // MARK: Text

  func document(_ title: String) -> String {
    let (width, height) = (SVGText.number(width), SVGText.number(height))
    var text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
    text +=
      " viewBox=\"0 0 \(width) \(height)\" font-family=\"\(FigureTheme.fonts)\" role=\"img\">\n"
    text += "<title>\(XMLText.escaped(title.isEmpty ? "Figure" : title))</title>\n"
    text += "<style>@media (prefers-color-scheme: dark){\n\(FigureTheme.darkRules())\n}</style>\n"
    text += hatch + "<rect width=\"100%\" height=\"100%\" fill=\"\(FigureTheme.paper)\"/>\n"
    return text + canvas.svg + "</svg>\n"
  }

  func element(_ title: String, id: String) -> String {
    let (width, height) = (SVGText.number(width), SVGText.number(height))
    return "<svg class=\"figure\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\""
      + " height=\"\(height)\" role=\"img\" aria-labelledby=\"\(id)-title\">\n"
      + "<title id=\"\(id)-title\">\(XMLText.escaped(title.isEmpty ? "Figure" : title))</title>\n"
      + (hatch + canvas.svg).replacing("\"hatch\"", with: "\"\(id)-hatch\"")
      .replacing("url(#hatch)", with: "url(#\(id)-hatch)") + "</svg>\n"
  }

  /// The pattern of hatched bars, where there are any. All figures' are the same.
  private var hatch: String {
    guard canvas.svg.contains("url(#hatch)") else { return "" }
    return "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\""
      + " patternTransform=\"rotate(45)\"><rect width=\"2.4\" height=\"6\""
      + " fill=\"\(FigureTheme.paper)\"/></pattern>\n"
  }
}
