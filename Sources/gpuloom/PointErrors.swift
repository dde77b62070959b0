import Reports
import Simulation

/// How far a file's simulated points are from its published ones.
struct PointErrors {
  let points: PointsFile

  init(_ points: PointsFile) { self.points = points }

  /// The mean error over all points that have both values; nil without any.
  var mean: Double? { FitError.mean(pairs("*", "*").map(\.pair)) }

  /// The mean error over the points that a fit uses, or over those left out.
  func mean(isFitted: Bool) -> Double? {
    FitError.mean(pairs("*", "*").filter { $0.isFitted == isFitted }.map(\.pair))
  }

  /// The largest error.
  var largest: Double? { Self.largest(pairs("*", "*")) }

  /// By figure and series and over all: the points and their mean error, fitted and left out.
  var table: ReportTable {
    var table = ReportTable(columns: [
      ReportColumn("series"), ReportColumn("points"),
      ReportColumn("mean_error", title: "mean error", unit: "%", decimals: 2, scale: 100),
      ReportColumn("fitted_error", title: "fitted", unit: "%", decimals: 2, scale: 100),
      ReportColumn("left_out_error", title: "left out", unit: "%", decimals: 2, scale: 100),
      ReportColumn("largest_error", title: "largest", unit: "%", decimals: 1, scale: 100),
    ])
    let figures = points.figures
    for figure in figures {
      for name in points.series
      where points.points.contains(where: { $0.figure == figure && $0.series == name }) {
        append(figures.count > 1 ? "\(figure), \(name)" : name, pairs(figure, name), to: &table)
      }
    }
    append("*", pairs("*", "*"), to: &table)
    return table
  }

  private typealias Pair = (pair: (simulated: Double, published: Double), isFitted: Bool)

  private func append(_ name: String, _ all: [Pair], to table: inout ReportTable) {
    func cell(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .none }
    table.append([
      .text(name), .integer(Int64(all.count)),
      cell(FitError.mean(all.map(\.pair))),
      cell(FitError.mean(all.filter(\.isFitted).map(\.pair))),
      cell(FitError.mean(all.filter { !$0.isFitted }.map(\.pair))),
      cell(Self.largest(all)),
    ])
  }

  private static func largest(_ all: [Pair]) -> Double? {
    all.map { abs($0.pair.simulated / $0.pair.published - 1) }.max()
  }

  /// Geometric means of each later series over each earlier one, where both have a point.
  var ratios: ReportTable {
    var table = ReportTable(columns: [
      ReportColumn("ratio"), ReportColumn("points"), ReportColumn("simulated", decimals: 2),
      ReportColumn("published", decimals: 2),
    ])
    let names = points.series
    for (i, below) in names.enumerated() {
      for above in names[(i + 1)...] {
        var simulated: [Double] = []
        var published: [Double] = []
        for point in points.points where point.series == above {
          let other = points.points.first {
            $0.series == below && $0.x == point.x && $0.figure == point.figure
          }
          guard let other else { continue }
          if let a = point.simulated, let b = other.simulated { simulated.append(a / b) }
          if let a = point.published, let b = other.published { published.append(a / b) }
        }
        func cell(_ ratios: [Double]) -> ReportCell {
          FitError.geometricMean(ratios).map { .number($0) } ?? .none
        }
        table.append([
          .text("\(above) / \(below)"), .integer(Int64(simulated.count)), cell(simulated),
          cell(published),
        ])
      }
    }
    return table
  }

  private func pairs(_ figure: String, _ series: String) -> [Pair] {
    zip(points.points, points.isFitted).compactMap { point, isFitted in
      guard figure == "*" || point.figure == figure, series == "*" || point.series == series,
        let simulated = point.simulated, let published = point.published
      else { return nil }
      return ((simulated, published), isFitted)
    }
  }
}
