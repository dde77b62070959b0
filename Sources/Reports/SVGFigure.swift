extension SVGFigure {
  /// The figure as an SVG document; the same figure gives the same bytes.
  package var svg: String {
    let names = seriesNames
    let layout = FigureLayout(self, legend: legendEntries(names))
    var body = ""
    for (i, panel) in panels.enumerated() {
      let origin = layout.origin(ofPanel: i)
      body +=
        PanelDrawing(
          panel: panel, names: names, left: origin.x, top: origin.y, width: plotWidth,
          height: plotHeight, id: i
        ).svg
    }
    let (width, height) = (SVGText.number(layout.width), SVGText.number(layout.height))
    var text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
    text +=
      " viewBox=\"0 0 \(width) \(height)\" font-family=\"\(FigureTheme.fonts)\" role=\"img\">\n"
    text += "<title>\(XMLText.escaped(title.isEmpty ? "Figure" : title))</title>\n"
    text += "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    text += layout.headings
    text += body
    return text + "</svg>\n"
  }

  /// The names of all series, in the order they first appear.
  private var seriesNames: [String] {
    var names: [String] = []
    for series in panels.flatMap(\.series) where !names.contains(series.name) {
      names.append(series.name)
    }
    return names
  }

  /// What the legend lists: each name once for each way it is drawn.
  private func legendEntries(_ names: [String]) -> [FigureLayout.Entry] {
    var entries: [FigureLayout.Entry] = []
    for series in panels.flatMap(\.series) {
      let entry = FigureLayout.Entry(
        name: series.name, index: names.firstIndex(of: series.name) ?? 0, style: series.style,
        isDashed: series.isDashed, hasMarkers: series.hasMarkers)
      let isKnown = entries.contains {
        $0.name == entry.name && $0.style == entry.style && $0.isDashed == entry.isDashed
      }
      if !isKnown { entries.append(entry) }
    }
    // A line and its published points share one entry with both drawn.
    var merged: [FigureLayout.Entry] = []
    for entry in entries {
      if entry.style == .points, let i = merged.firstIndex(where: { $0.name == entry.name }) {
        merged[i].hasRings = true
      } else {
        merged.append(entry)
      }
    }
    return merged
  }
}

/// Where a figure's parts stand: headings, legend, panels.
struct FigureLayout {
  /// An entry of the legend.
  struct Entry {
    var name: String
    var index: Int
    var style: FigureSeries.Style
    var isDashed: Bool
    var hasMarkers: Bool
    var hasRings = false

    /// The width of the sample and the word, in pixels.
    var width: Double { 34 + SVGText.width(name, size: 12) + 18 }
  }

  private static let margin = 20.0
  private let leftLabels = 58.0
  private let bottomLabels = 50.0
  private let gap = 28.0
  private let figure: SVGFigure
  private var headHeight = 0.0
  private let panelTitle: Double
  /// The headings and the legend as SVG.
  private(set) var headings = ""

  /// The whole figure's width in pixels.
  var width: Double {
    let columns = Double(min(figure.columns, max(1, figure.panels.count)))
    return 2 * Self.margin + columns * (leftLabels + figure.plotWidth) + (columns - 1) * gap
  }

  /// The whole figure's height in pixels.
  var height: Double {
    let rows = ((max(1, figure.panels.count) + figure.columns - 1) / figure.columns)
    return headHeight + Double(rows) * (panelTitle + figure.plotHeight + bottomLabels)
      + Double(rows - 1) * gap * 0.4 + 8
  }

  init(_ figure: SVGFigure, legend: [Entry]) {
    self.figure = figure
    panelTitle = figure.panels.contains { !$0.title.isEmpty } ? 26 : 8
    var y = 14.0
    var text = ""
    if !figure.title.isEmpty {
      y += 18
      text += SVGText.text(
        SVGText.clipped(figure.title, to: 0.95 * (width - 2 * Self.margin), size: 17),
        x: Self.margin, y: y,
        size: 17, isBold: true)
    }
    if !figure.subtitle.isEmpty {
      y += 20
      text += SVGText.text(
        SVGText.clipped(figure.subtitle, to: width - 2 * Self.margin, size: 12.5), x: Self.margin,
        y: y, size: 12.5, color: FigureTheme.muted)
    }
    let isShown = legend.count > 1 || legend.contains { $0.hasRings }
    if isShown {
      let columns = Double(min(figure.columns, max(1, figure.panels.count)))
      let limit = Self.margin + columns * (leftLabels + figure.plotWidth) + (columns - 1) * gap
      var x = Self.margin
      y += 26
      for entry in legend {
        if x > Self.margin, x + entry.width > limit {
          x = Self.margin
          y += 20
        }
        text += Self.sample(entry, x: x, y: y - 4)
        text += SVGText.text(entry.name, x: x + 34, y: y)
        x += entry.width
      }
    }
    text += Self.flow(figure.key, to: width - Self.margin, &y)
    headHeight = y + 12
    headings = text
    if isShown, legend.contains(where: { $0.hasRings }) {
      headings += SVGText.text(
        "line: simulated · marks: published", x: width - Self.margin, y: y, size: 11.5,
        color: FigureTheme.muted, anchor: "end")
    }
  }

  /// Words beside and below each other, as wide as the figure lets them be.
  private static func flow(_ words: [String], to limit: Double, _ y: inout Double) -> String {
    if words.isEmpty { return "" }
    var (text, x) = ("", margin)
    y += 24
    for word in words {
      let shown = SVGText.clipped(word, to: (limit - margin) / 1.1, size: 12)
      // The width is an estimate: a face may be a tenth wider.
      let width = 1.1 * SVGText.width(shown, size: 12)
      if x > margin, x + width > limit {
        x = margin
        y += 18
      }
      text += SVGText.text(shown, x: x, y: y, color: FigureTheme.muted)
      x += width + 18
    }
    return text
  }

  /// The upper left corner of a panel's plot area.
  func origin(ofPanel i: Int) -> (x: Double, y: Double) {
    let (row, column) = i.quotientAndRemainder(dividingBy: figure.columns)
    let x = Self.margin + leftLabels + Double(column) * (figure.plotWidth + leftLabels + gap)
    let step = panelTitle + figure.plotHeight + bottomLabels + gap * 0.4
    return (x, headHeight + panelTitle + Double(row) * step)
  }

  private static func sample(_ entry: Entry, x: Double, y: Double) -> String {
    let color = FigureTheme.color(entry.index)
    switch entry.style {
    case .bars:
      return "<rect x=\"\(SVGText.number(x + 8))\" y=\"\(SVGText.number(y - 6))\" width=\"12\""
        + " height=\"12\" rx=\"2\" fill=\"\(color)\"/>\n"
    case .points:
      return FigureTheme.marker(
        entry.index, x: x + 14, y: y, radius: 4, fill: "#ffffff", stroke: color)
    case .line, .step:
      let dash = entry.isDashed ? " stroke-dasharray=\"5 4\"" : ""
      var text = SVGText.line(x + 2, y, x + 26, y, color: color, width: 2.2, extra: dash)
      if entry.hasRings {
        text += FigureTheme.marker(
          entry.index, x: x + 14, y: y, radius: 3.6, fill: "#ffffff", stroke: color)
      } else if entry.hasMarkers {
        text += FigureTheme.marker(
          entry.index, x: x + 14, y: y, radius: 2.6, fill: color, stroke: color)
      }
      return text
    }
  }
}
