/// What a figure's legend lists: each name once for each way it is drawn, a line and its published
/// points as one.
struct FigureLegend {
  /// An entry.
  struct Entry {
    var series: FigureSeries
    var name: String
    var hasRings = false

    /// The width of the sample and the word, in pixels.
    var width: Double { 34 + SVGText.room(name, size: 12) + 18 }
  }

  private(set) var entries: [Entry] = []

  /// Whether it tells anything that the figure does not.
  var isShown: Bool { entries.count > 1 || hasRings }

  /// Whether something published is drawn with its line.
  var hasRings: Bool { entries.contains { $0.hasRings } }

  init(_ panels: [FigurePanel], _ names: inout FigureNames) {
    for panel in panels {
      for series in panel.series where !series.isGhost {
        // Where names stand along the vertical axis, rows tell whose they are.
        if panel.y.categories != nil, series.style != .stacked { continue }
        // A map's shades are told in words.
        if series.style == .cells { continue }
        let isKnown = entries.contains {
          $0.series.name == series.name && $0.series.style == series.style
            && $0.series.isDashed == series.isDashed
        }
        if !isKnown { entries.append(Entry(series: series, name: names.short(series.name))) }
      }
    }
    var merged: [Entry] = []
    for entry in entries {
      if entry.series.style == .points,
        let i = merged.firstIndex(where: { $0.series.name == entry.series.name })
      {
        merged[i].hasRings = true
      } else {
        merged.append(entry)
      }
    }
    entries = merged
  }

  /// Draws an entry's sample.
  static func draw(
    _ entry: Entry, style: SeriesStyle, x: Double, y: Double, on canvas: inout FigureCanvas
  ) {
    let color = FigureTheme.color(style)
    func mark(_ radius: Double, isRing: Bool) -> String {
      SVGMark.svg(style, x: x + 14, y: y, radius: radius, isRing: isRing, color: color)
    }
    switch entry.series.style {
    case .bars, .stacked, .cells:
      let box =
        "<rect x=\"\(SVGText.number(x + 8))\" y=\"\(SVGText.number(y - 6))\" width=\"12\""
        + " height=\"12\" rx=\"2\""
      canvas.add(box + " fill=\"\(color)\"/>\n")
      if entry.series.style == .stacked, style.dash > 0 {
        canvas.add(box + " fill=\"url(#hatch)\"/>\n")
      }
    case .points:
      canvas.add(mark(4, isRing: true))
    case .line, .step:
      let dash = FigureTheme.dash(style)
      canvas.line(
        x + 2, y, x + 26, y, color: color, width: 2.2,
        extra: entry.series.isDashed && dash.isEmpty ? " stroke-dasharray=\"5 4\"" : dash)
      if entry.hasRings {
        canvas.add(mark(3.6, isRing: true))
      } else if entry.series.hasMarkers {
        canvas.add(mark(3.2, isRing: false))
      }
    }
  }
}
