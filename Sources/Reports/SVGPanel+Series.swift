extension PanelDrawing {
  private func color(_ series: FigureSeries) -> String {
    series.isGhost ? FigureTheme.ghost : FigureTheme.color(styles[series])
  }

  private func mark(
    _ series: FigureSeries, _ at: (x: Double, y: Double), radius: Double, isRing: Bool
  ) -> String {
    SVGMark.svg(
      styles[series], x: at.x, y: at.y, radius: radius, isRing: isRing, color: color(series))
  }

  /// A mark, on a page with its values for the pointer.
  private func mark(
    _ series: FigureSeries, _ point: FigurePoint, _ at: (x: Double, y: Double), radius: Double,
    isRing: Bool
  ) -> String {
    let shape = mark(series, at, radius: radius, isRing: isRing)
    if !isEmbedded { return shape }
    let values = [point.x, point.y].map { NumberText.significant($0, 3) }
    let told = hasRows ? values[0] : values.joined(separator: ", ")
    return "<g>\(title("\(series.name): \(told)"))\n\(shape)</g>\n"
  }

  func drawLine(_ series: FigureSeries) -> String {
    var (text, path) = ("", "")
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
    var dash = series.isGhost ? "" : FigureTheme.dash(styles[series])
    if series.isDashed, dash.isEmpty { dash = " stroke-dasharray=\"5 4\"" }
    if path.contains("L") {
      text += "<path d=\"\(path)\" fill=\"none\" stroke=\"\(color(series))\""
      text += " stroke-width=\"\(series.isGhost ? "1" : "2")\""
      text += " stroke-linejoin=\"round\" stroke-linecap=\"round\"\(dash)/>\n"
    }
    if series.isGhost { return text }
    for point in series.points where point.isFinite {
      text += errorBar(point, color: color(series))
    }
    return text
  }

  /// The marks of a line; they stand apart, however many points there are.
  func drawMarks(_ series: FigureSeries) -> String {
    if series.isGhost || !series.hasMarkers { return "" }
    var text = ""
    var marked: (x: Double, y: Double)?
    for point in series.points where point.isFinite {
      guard let at = pixel(point.x, point.y), holds(at) else { continue }
      if let marked, max((at.x - marked.x).magnitude, (at.y - marked.y).magnitude) < 22 { continue }
      text += mark(series, point, at, radius: 3.2, isRing: false)
      marked = at
    }
    return text
  }

  func drawCells(_ series: FigureSeries) -> String {
    let path = series.cells.reduce(into: "") { path, cell in
      guard let a = pixel(cell.x.lowerBound, cell.y.upperBound),
        let b = pixel(cell.x.upperBound, cell.y.lowerBound)
      else { return }
      path += "M\(number(a.x)) \(number(a.y))H\(number(b.x))V\(number(b.y))H\(number(a.x))z"
    }
    if path.isEmpty { return "" }
    return "<path d=\"\(path)\" fill=\"\(color(series))\""
      + " fill-opacity=\"\(SVGText.number(series.opacity))\"/>\n"
  }

  func drawPoints(_ series: FigureSeries) -> String {
    let places = series.points.filter(\.isFinite).compactMap { point in
      pixel(point.x, point.y).map { (point, $0) }
    }
    // Many points are drawn smaller, so that a dense figure keeps its shape.
    let radius = places.count > 40 ? 2.3 : 3.6
    return places.reduce(into: "") { text, place in
      let (point, at) = place
      guard holds(at) else { return }
      text += errorBar(point, color: color(series))
      text += mark(series, point, at, radius: radius, isRing: true)
    }
  }

  func drawBars(_ series: FigureSeries, lane: Int, of lanes: Int) -> String {
    let bars = panel.series.filter { $0.style == .bars }.flatMap(\.points)
    let places = bars.map { hasRows ? $0.y : $0.x }.filter(\.isFinite).sorted()
    var slot = 1.0
    for (a, b) in zip(places, places.dropFirst()) where b > a { slot = min(slot, b - a) }
    let share = slot * 0.74 / Double(lanes)
    var text = ""
    for point in series.points where point.isFinite {
      let start = (hasRows ? point.y : point.x) - slot * 0.37 + share * Double(lane)
      let base = hasRows ? xScale.base : yScale.base
      guard let a = hasRows ? pixel(point.x, start) : pixel(start, point.y),
        let b = hasRows ? pixel(base, start + share) : pixel(start + share, base)
      else { continue }
      let (left, top) = (min(a.x, b.x), min(a.y, b.y))
      var (width, height) = ((b.x - a.x).magnitude, (b.y - a.y).magnitude)
      // A narrow gap between neighbours, of which thin bars have less.
      let gap = min(1.5, (hasRows ? height : width) * 0.1)
      if hasRows { height = max(0.5, height - 2 * gap) } else { width = max(0.5, width - 2 * gap) }
      text += "<rect x=\"\(number(left + (hasRows ? 0 : gap)))\""
      text += " y=\"\(number(top + (hasRows ? gap : 0)))\" width=\"\(number(width))\""
      let value = NumberText.significant(hasRows ? point.x : point.y, 3)
      let told = isEmbedded ? ">" + title("\(series.name): \(value)") + "</rect>" : "/>"
      text += " height=\"\(number(height))\" fill=\"\(color(series))\"\(told)\n"
      var middle = point
      if hasRows { middle.y = start + share / 2 } else { middle.x = start + share / 2 }
      text += errorBar(middle, color: FigureTheme.text)
    }
    return text
  }

  /// Bars that begin where those before end; of more names than colours the later have hatches.
  func drawStacked(_ series: FigureSeries, from starts: [Double]) -> String {
    var text = ""
    for (point, start) in zip(series.points, starts) where point.isFinite {
      let (place, value) = hasRows ? (point.y, point.x) : (point.x, point.y)
      let (low, high) = (place - 0.37, place + 0.37)
      guard value > 0, let a = hasRows ? pixel(start, low) : pixel(low, start),
        let b = hasRows ? pixel(start + value, high) : pixel(high, start + value)
      else { continue }
      let box =
        "<rect x=\"\(number(min(a.x, b.x)))\" y=\"\(number(min(a.y, b.y)))\""
        + " width=\"\(number((b.x - a.x).magnitude))\""
        + " height=\"\(number((b.y - a.y).magnitude))\""
      let told = isEmbedded ? title("\(series.name): \(NumberText.significant(value, 3))") : ""
      text += box + " fill=\"\(color(series))\">\(told)</rect>\n"
      if styles[series].dash > 0 { text += box + " fill=\"url(#hatch)\"/>\n" }
    }
    return text
  }

  /// What a pointer over a mark is told.
  func title(_ text: String) -> String { "<title>\(XMLText.escaped(text))</title>" }

  private func errorBar(_ point: FigurePoint, color: String) -> String {
    guard let low = point.low, let high = point.high, low != high else { return "" }
    if hasRows {
      guard let a = pixel(low, point.y) ?? pixel(xScale.base, point.y),
        let b = pixel(high, point.y)
      else { return "" }
      return SVGText.line(a.x, a.y, b.x, b.y, color: color, width: 1.2)
        + SVGText.line(a.x, a.y - 4, a.x, a.y + 4, color: color, width: 1.2)
        + SVGText.line(b.x, b.y - 4, b.x, b.y + 4, color: color, width: 1.2)
    }
    guard let a = pixel(point.x, low) ?? pixel(point.x, yScale.base), let b = pixel(point.x, high)
    else { return "" }
    return SVGText.line(a.x, a.y, b.x, b.y, color: color, width: 1.2)
      + SVGText.line(a.x - 3, a.y, a.x + 3, a.y, color: color, width: 1.2)
      + SVGText.line(b.x - 3, b.y, b.x + 3, b.y, color: color, width: 1.2)
  }
}
