import Reports
import Simulation

/// How far a file's simulated points are from its published ones.
package struct PointErrors {
  package let points: PointsFile
  /// Whether some of the points were used by a fit.
  package let isSplit: Bool

  package init(_ points: PointsFile, isSplit: Bool? = nil) {
    self.points = points
    self.isSplit = isSplit ?? !points.constants.isEmpty
  }

  /// The mean error over all points that have both values; nil without any.
  package var mean: Double? { FitError.mean(pairs("*", "*").map(\.pair)) }

  /// The mean error over the points that a fit uses, or over those left out.
  package func mean(isFitted: Bool) -> Double? {
    FitError.mean(pairs("*", "*").filter { $0.isFitted == isFitted }.map(\.pair))
  }

  /// The largest error.
  package var largest: Double? { Self.largest(pairs("*", "*")) }

  /// By figure and series and over all: the points that have both values and their mean error;
  /// apart for those that a fit uses and those left out, where the file names constants.
  package var table: ReportTable {
    var columns = [
      ReportColumn("series"), ReportColumn("points"),
      ReportColumn("mean_error", title: "mean error", unit: "%", decimals: 2, scale: 100),
    ]
    if isSplit {
      columns += [
        ReportColumn("fitted_error", title: "fitted", unit: "%", decimals: 2, scale: 100),
        ReportColumn("left_out_error", title: "left out", unit: "%", decimals: 2, scale: 100),
      ]
    }
    columns.append(
      ReportColumn("largest_error", title: "largest", unit: "%", decimals: 1, scale: 100))
    var table = ReportTable(columns: columns)
    let figures = points.figures
    for figure in figures {
      for name in points.series {
        append(figures.count > 1 ? "\(figure), \(name)" : name, pairs(figure, name), to: &table)
      }
    }
    append("*", pairs("*", "*"), to: &table)
    return table
  }

  private typealias Pair = (pair: (simulated: Double, published: Double), isFitted: Bool)

  private func append(_ name: String, _ all: [Pair], to table: inout ReportTable) {
    if all.isEmpty { return }
    func cell(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .none }
    var cells: [ReportCell] = [
      .text(name), .integer(Int64(all.count)), cell(FitError.mean(all.map(\.pair))),
    ]
    if isSplit {
      cells += [
        cell(FitError.mean(all.filter(\.isFitted).map(\.pair))),
        cell(FitError.mean(all.filter { !$0.isFitted }.map(\.pair))),
      ]
    }
    table.append(cells + [cell(Self.largest(all))])
  }

  private static func largest(_ all: [Pair]) -> Double? {
    all.map { abs($0.pair.simulated / $0.pair.published - 1) }.max()
  }

  /// Geometric means of one series over another where both have a point, so turned that what is
  /// simulated is at least 1; none where points are of unlike figures, whose ratios have no mean that
  /// would say anything.
  package var ratios: ReportTable {
    var table = ReportTable(columns: [
      ReportColumn("ratio"), ReportColumn("points"), ReportColumn("simulated", decimals: 2),
      ReportColumn("published", decimals: 2),
    ])
    if points.column == nil, Set(points.points.map(\.column)).count > 1 { return table }
    let names = points.series
    for (i, below) in names.enumerated() {
      for above in names[(i + 1)...] {
        let (high, low) = (points.points(of: above), points.points(of: below))
        let simulated = Self.ratios(high, over: low, \.simulated)
        let published = Self.ratios(high, over: low, \.published)
        let isTurned = FitError.geometricMean(simulated).map { $0 < 1 } ?? false
        func cell(_ ratios: [Double]) -> ReportCell {
          FitError.geometricMean(ratios).map { .number(isTurned ? 1 / $0 : $0) } ?? .none
        }
        table.append([
          .text(isTurned ? "\(below) / \(above)" : "\(above) / \(below)"),
          .integer(Int64(simulated.count)), cell(simulated), cell(published),
        ])
      }
    }
    return table
  }

  /// A value of points over that of others in the same places, where both have one.
  package static func ratios(
    _ above: [PointsFile.Point], over below: [PointsFile.Point],
    _ side: KeyPath<PointsFile.Point, Double?>
  ) -> [Double] {
    above.compactMap { point in
      let other = below.first { $0.x == point.x && $0.figure == point.figure }
      guard let a = point[keyPath: side], let b = other?[keyPath: side] else { return nil }
      return a / b
    }
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
