/// Panels of one size side by side.
struct FigureRow {
  /// Above them; empty for none.
  var heading = ""
  var panels: [FigurePanel]
  var plotWidth: Double
  var plotHeight: Double
}

/// A figure's panels as they are drawn: what one panel cannot hold becomes small multiples, names
/// that are too long have numbers.
package struct FigureRows {
  /// The most series of one panel; of more, each has a panel, before the others in grey.
  package static let mostSeries = 8
  /// The most groups of one panel; more are shared out among panels of one scale.
  static let mostGroups = 12
  /// The plot of one of many small panels, in pixels.
  private static let small = (width: 190.0, height: 120.0)
  private static let smallColumns = 4

  private(set) var rows: [FigureRow] = []
  private(set) var names = FigureNames()
  private let figure: SVGFigure

  init(_ figure: SVGFigure) {
    self.figure = figure
    var row: [FigurePanel] = []
    for (i, panel) in figure.panels.enumerated() {
      if Self.hasTooManySeries(panel) {
        add(row)
        row = []
        addMultiples(of: panel)
      } else {
        row.append(panel)
      }
      if row.count == figure.columns || i == figure.panels.count - 1 {
        add(row)
        row = []
      }
    }
    var named: [FigureRow] = []
    for row in rows { named.append(nameCategories(row)) }
    rows = named
  }

  private static func seriesNames(_ panel: FigurePanel) -> [String] {
    panel.series.reduce(into: []) { names, series in
      if !names.contains(series.name) { names.append(series.name) }
    }
  }

  /// Where names stand along the vertical axis, each row tells whose it is.
  private static func hasTooManySeries(_ panel: FigurePanel) -> Bool {
    panel.y.categories == nil && !panel.series.contains { $0.style == .stacked }
      && seriesNames(panel).count > mostSeries
  }

  // MARK: Small multiples

  private mutating func addMultiples(of panel: FigurePanel) {
    let own = Self.seriesNames(panel)
    // All have all the data, so their axes are the same.
    var parts: [FigurePanel] = []
    for name in own {
      var part = panel
      part.title = names.short(name, to: Self.small.width, size: 13)
      part.series = panel.series.compactMap { series in
        if series.name == name { return nil }
        guard series.style == .line || series.style == .step else { return nil }
        var ghost = series
        ghost.isGhost = true
        return ghost
      }
      part.series += panel.series.filter { $0.name == name }
      for point in panel.series.flatMap(\.points) where point.isFinite {
        part.x.reaches.append(point.x)
        part.y.reaches += [point.y, point.low ?? point.y, point.high ?? point.y]
      }
      parts.append(part)
    }
    var first = true
    for start in stride(from: 0, to: parts.count, by: Self.smallColumns) {
      let end = min(parts.count, start + Self.smallColumns)
      let heading = first ? panel.title : ""
      first = false
      add(
        Array(parts[start..<end]), heading: heading, width: Self.small.width,
        height: Self.small.height)
    }
  }

  // MARK: Groups

  /// Adds a row, or as many as its panels' groups need.
  private mutating func add(
    _ panels: [FigurePanel], heading: String = "", width: Double? = nil, height: Double? = nil
  ) {
    if panels.isEmpty { return }
    let counts = panels.map { ($0.y.categories ?? $0.x.categories ?? []).count }
    let parts = max(1, ((counts.max() ?? 0) + Self.mostGroups - 1) / Self.mostGroups)
    for part in 0..<parts {
      rows.append(
        FigureRow(
          heading: part == 0 ? heading : "",
          panels: panels.map { parts == 1 ? $0 : Self.part($0, part, of: parts) },
          plotWidth: width ?? figure.plotWidth, plotHeight: height ?? figure.plotHeight))
    }
  }

  /// The k-th of the equal parts of a panel's groups, on the whole panel's scale.
  private static func part(_ panel: FigurePanel, _ k: Int, of parts: Int) -> FigurePanel {
    let isUpright = panel.y.categories == nil
    guard let all = isUpright ? panel.x.categories : panel.y.categories else { return panel }
    let range = (k * all.count / parts)..<((k + 1) * all.count / parts)
    let scale = FigureAxis.Scale.categories(Array(all[range]))
    var part = panel
    if isUpright { part.x.scale = scale } else { part.y.scale = scale }
    var values = PanelDrawing.stackEnds(panel)
    for s in panel.series.indices {
      part.series[s].points = panel.series[s].points.compactMap { point in
        guard point.isFinite else { return nil }
        let value = isUpright ? point.y : point.x
        values += [value, point.low ?? value, point.high ?? value]
        var moved = point
        let place = isUpright ? point.x : point.y
        guard range.contains(Int(place.rounded())) else { return nil }
        if isUpright {
          moved.x -= Double(range.lowerBound)
        } else {
          moved.y -= Double(range.lowerBound)
        }
        return moved
      }
    }
    if isUpright { part.y.reaches += values } else { part.x.reaches += values }
    return part
  }

  // MARK: Names

  /// Names along a vertical axis are shortened, those along a horizontal one numbered where one of
  /// them would run into another.
  private mutating func nameCategories(_ row: FigureRow) -> FigureRow {
    var row = row
    for p in row.panels.indices {
      if let all = row.panels[p].y.categories {
        var shown: [String] = []
        for name in all { shown.append(names.short(name)) }
        row.panels[p].y.scale = .categories(shown)
      }
      guard let all = row.panels[p].x.categories, !all.isEmpty else { continue }
      let room = row.plotWidth / Double(all.count) - 6
      if all.contains(where: { SVGText.room($0, size: TickRoom.size) > room }) {
        var shown: [String] = []
        for name in all { shown.append(names.number(name)) }
        row.panels[p].x.scale = .categories(shown)
      }
    }
    return row
  }
}

/// Names as they are written in a figure, and the key of those that are too long.
struct FigureNames {
  /// The room for a name, in pixels.
  static let room = 215.0

  /// The names that have numbers, in the order of these.
  private(set) var numbered: [String] = []

  /// A name's number in brackets; it has one from now on.
  mutating func number(_ name: String) -> String {
    let at = numbered.firstIndex(of: name) ?? numbered.count
    if at == numbered.count { numbered.append(name) }
    return "[\(at + 1)]"
  }

  /// The name where it is short enough, else what stands before its options, and its number.
  ///
  /// - Parameters:
  ///   - room: how wide it may be, in pixels.
  ///   - size: the height of its letters, in pixels.
  mutating func short(_ name: String, to room: Double = Self.room, size: Double = 12) -> String {
    if SVGText.room(name, size: size) <= room { return name }
    let number = number(name)
    let stem = String(name.prefix { $0 != "(" })
    let left = room / 1.1 - SVGText.width(" " + number, size: size)
    return SVGText.clipped(stem, to: left, size: size) + " " + number
  }

  /// What the numbers stand for.
  var key: [String] { numbered.enumerated().map { "[\($0 + 1)] \($1)" } }
}
