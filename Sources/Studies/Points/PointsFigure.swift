import Reports
import Simulation

/// Simulated and published points on the same axes.
package struct PointsFigure {
  package let points: PointsFile

  package init(_ points: PointsFile) { self.points = points }

  /// A series in the legend: the policy's name, with its options where another has the same.
  private func legendName(of label: String) -> String {
    let short = label.prefix { $0 != "(" }
    let isAlone = points.series.count { $0.prefix { $0 != "(" } == short } == 1
    return isAlone ? String(short) : label
  }

  /// Times span orders of magnitude.
  private func scale(of figure: String) -> FigureAxis.Scale {
    let column = points.column?.rawValue ?? figure
    return column.hasPrefix("latency") || column.hasPrefix("slowdown") ? .log : .linear
  }

  /// One panel for each figure of the file.
  package var figure: SVGFigure {
    let names = points.figures
    let panels = names.map { title in
      let own = points.points.filter { $0.figure == title }
      var series: [FigureSeries] = []
      for label in points.series {
        let part = own.filter { $0.series == label }
        let line = part.compactMap { p in p.simulated.map { FigurePoint(Double(p.x), $0) } }
        let rings = part.compactMap { p in p.published.map { FigurePoint(Double(p.x), $0) } }
        let short = legendName(of: label)
        if !line.isEmpty {
          // A filled mark tells lines apart; where marks stand for what was published, none does.
          series.append(
            FigureSeries(short, policy: label, points: line, hasMarkers: rings.isEmpty))
        }
        if !rings.isEmpty {
          series.append(FigureSeries(short, policy: label, style: .points, points: rings))
        }
      }
      return FigurePanel(
        title: names.count > 1 ? title : "",
        x: FigureAxis(points.comment("x_label") ?? points.axis.rawValue),
        // A panel that has the figure's name above it needs none beside it.
        y: FigureAxis(
          points.comment("y_label") ?? points.column?.rawValue ?? (names.count > 1 ? "" : title),
          scale: scale(of: title)),
        series: series)
    }
    return SVGFigure(
      title: points.comment("title") ?? names.joined(separator: ", "),
      subtitle: points.comment("note") ?? "", panels: panels, columns: min(2, panels.count))
  }
}
