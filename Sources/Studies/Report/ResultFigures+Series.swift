import Metrics
import Reports

extension ResultFigures {
  /// The most rows of a map of SMs, and columns of time.
  private static let mapRows = 48
  private static let mapColumns = 100
  /// The shades of a map, one for each fifth.
  private static let shades = 5

  /// The named fractions of the GPU's use over time, a line for each policy; nil where that was not
  /// followed.
  package func useOverTime() -> SVGFigure? {
    guard let series, series.windows.contains(where: { !$0.isEmpty }) else { return nil }
    // Many policies have a panel each, before the lines of all others.
    let most = rows.policies.count > FigureRows.mostSeries ? 25 : Self.mapColumns
    let all = series.windows.joined().map(\.seconds)
    let time = FigureAxis(
      "time, s",
      range: (all.map(\.lowerBound).min() ?? 0)...(all.map(\.upperBound).max() ?? 1))
    let panels = Self.fractions.enumerated().map { f, fraction in
      FigurePanel(
        title: fraction.name, x: time, y: FigureAxis("share, %"),
        series: rows.policies.indices.compactMap { p in
          let windows = Self.joined(series.windows[p], most: most)
          guard let end = windows.last?.seconds.upperBound else { return nil }
          var points = windows.map { window in
            FigurePoint(window.seconds.lowerBound, window.values[f].map { 100 * $0 } ?? .nan)
          }
          points.append(FigurePoint(end, points[points.count - 1].y))
          return self.series(p, points, style: .step, marks: true)
        })
    }
    return SVGFigure(
      title: "Use of the GPU over time", panels: panels, columns: 2, plotWidth: 480,
      plotHeight: 150)
  }

  /// Which SMs had blocks when, a map for each policy; nil where that was not followed.
  package func mapOfSMs() -> SVGFigure? {
    guard let series, series.hasSMs else { return nil }
    let panels = rows.policies.indices.compactMap { p -> FigurePanel? in
      let windows = Self.joined(series.windows[p], most: Self.mapColumns)
      guard let first = windows.first, let last = windows.last, !first.sms.isEmpty else {
        return nil
      }
      let label = rows.policies[p]
      let count = first.sms.count
      return FigurePanel(
        title: label,
        x: FigureAxis("time, s", range: first.seconds.lowerBound...last.seconds.upperBound),
        y: FigureAxis("SM", range: 0...Double(count)),
        series: Self.cells(windows, sms: count).enumerated().map { shade, cells in
          var series = FigureSeries(label, policy: label, style: .cells, points: [])
          series.cells = cells
          series.opacity = Double(shade + 1) / Double(Self.shades)
          return series
        })
    }
    return SVGFigure(
      title: "Which SMs had blocks when", panels: panels, columns: 2, plotWidth: 480,
      plotHeight: 180)
  }

  /// The boxes of each shade, neighbours of one shade in a row as one.
  private static func cells(
    _ windows: [RunSeriesFile.Window], sms: Int
  ) -> [[FigureCell]] {
    var cells = [[FigureCell]](repeating: [], count: shades)
    let each = (sms + mapRows - 1) / mapRows
    for low in stride(from: 0, to: sms, by: each) {
      let high = min(sms, low + each)
      var open: (shade: Int, from: Double)?
      var end = windows[0].seconds.lowerBound
      func close() {
        guard let open, open.shade > 0, end > open.from else { return }
        cells[open.shade - 1].append(
          FigureCell(x: open.from...end, y: Double(low)...Double(high)))
      }
      for window in windows {
        let share = window.sms[low..<high].reduce(0, +) / Double(high - low)
        let shade = share <= 0 ? 0 : min(shades, 1 + Int(share * Double(shades)))
        if open?.shade != shade {
          close()
          open = (shade, window.seconds.lowerBound)
        }
        end = window.seconds.upperBound
      }
      close()
    }
    return cells
  }

  /// Windows joined with those beside them, so that there are no more than so many: means over time.
  static func joined(
    _ windows: [RunSeriesFile.Window], most: Int
  ) -> [RunSeriesFile.Window] {
    let each = (windows.count + most - 1) / max(1, most)
    if each < 2 { return windows }
    return stride(from: 0, to: windows.count, by: each).map { start in
      let part = windows[start..<min(windows.count, start + each)]
      func length(_ window: RunSeriesFile.Window) -> Double {
        window.seconds.upperBound - window.seconds.lowerBound
      }
      let whole = part.reduce(0) { $0 + length($1) }
      func mean(_ value: (RunSeriesFile.Window) -> Double?) -> Double? {
        // Of what does not apply in a window, such as the occupancy of no SMs, the others' is left.
        let those = part.compactMap { window in value(window).map { ($0, length(window)) } }
        let sum = those.reduce(0) { $0 + $1.1 }
        return sum > 0 ? those.reduce(0) { $0 + $1.0 * $1.1 } / sum : nil
      }
      let first = part[start]
      return RunSeriesFile.Window(
        seconds: first.seconds.lowerBound...(first.seconds.lowerBound + whole),
        values: first.values.indices.map { i in mean { $0.values[i] } },
        sms: first.sms.indices.map { i in mean { $0.sms[i] } ?? 0 })
    }
  }
}
