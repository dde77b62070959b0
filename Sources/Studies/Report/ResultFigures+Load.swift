import Metrics
import Reports

extension ResultFigures {
  /// A line of points along the axis that is drawn, the values of all other axes fixed.
  package struct Sweep {
    /// The other axes' values in words; empty where there are none.
    package var name: String
    /// The points, by ascending value of the axis.
    package var points: [(value: Double, point: Int)]
  }

  /// The axis that is drawn along: the one of numbers with the most values, at least two; nil where
  /// there is none.
  package var loadAxis: Int? {
    rows.axes.indices.filter { a in
      let values = Set(rows.points.map { $0[a] })
      return values.count > 1 && values.allSatisfy { Double($0)?.isFinite == true }
    }.max { a, b in
      let (x, y) = (Set(rows.points.map { $0[a] }).count, Set(rows.points.map { $0[b] }).count)
      return (x, -a) < (y, -b)
    }
  }

  /// The lines along an axis, in the order of points.
  package func sweeps(along axis: Int) -> [Sweep] {
    var found: [Sweep] = []
    for (i, point) in rows.points.enumerated() {
      guard let value = Double(point[axis]) else { continue }
      let name = rows.axes.indices.filter { $0 != axis }
        .map { "\(rows.axes[$0]) \(point[$0])" }.joined(separator: ", ")
      if let at = found.firstIndex(where: { $0.name == name }) {
        found[at].points.append((value, i))
      } else {
        found.append(Sweep(name: name, points: [(value, i)]))
      }
    }
    for i in found.indices { found[i].points.sort { $0.value < $1.value } }
    return found
  }

  /// Of the tenant that is served worst: the share of arrived requests done in time.
  package func worstAttainment(point: Int, policy: Int) -> Double? {
    rows.tenants.indices.compactMap {
      rows.statistics(.sloAttainment, point: point, policy: policy, tenant: $0)?.mean
    }.min()
  }

  /// Where a policy stops to meet every objective: the largest value of the axis up to which it does
  /// at every point, nil where it never does; and whether it does again beyond.
  package func knee(_ sweep: Sweep, policy: Int) -> (value: Double?, isOnceMore: Bool) {
    var (last, isBroken, isOnceMore) = (nil as Double?, false, false)
    for (value, point) in sweep.points {
      let isMet = (worstAttainment(point: point, policy: policy) ?? 0) >= PolicyRanking.share
      if isMet, isBroken { isOnceMore = true }
      if !isMet { isBroken = true }
      if isMet, !isBroken { last = value }
    }
    return (last, isOnceMore)
  }

  /// p99, what is done in time and goodput along an axis, with the knees.
  package func load(_ sweep: Sweep, axis: Int) -> SVGFigure {
    let isLog =
      (sweep.points.first?.value ?? 0) > 0
      && (sweep.points.last?.value ?? 0) / (sweep.points.first?.value ?? 1) >= 100
    let x = FigureAxis(rows.axes[axis], scale: isLog ? .log : .linear)
    func lines(_ value: (_ point: Int, _ policy: Int) -> FigurePoint?) -> [FigureSeries] {
      rows.policies.indices.map { p in
        series(
          p,
          sweep.points.compactMap { at, point in
            value(point, p).map { FigurePoint(at, $0.y, low: $0.low, high: $0.high) }
          }, marks: true)
      }
    }
    func mean(_ figure: SummaryFigure, scale: Double = 1) -> (Int, Int) -> FigurePoint? {
      { point, policy in
        guard let found = self.rows.statistics(figure, point: point, policy: policy, tenant: nil)
        else { return nil }
        let (mean, half) = (found.mean * scale, (found.confidenceHalfWidth ?? 0) * scale)
        // An interval that reaches nothing has no place on an axis of logarithms.
        let low = max(mean - half, mean / 10)
        return half > 0
          ? FigurePoint(0, mean, low: low, high: mean + half) : FigurePoint(0, mean)
      }
    }
    var panels = [
      FigurePanel(
        title: "99th percentile, all tenants", x: x, y: FigureAxis("latency, ms", scale: .log),
        series: lines(mean(.latencyP99)))
    ]
    if rows.has(SummaryFigure.sloAttainment.rawValue) {
      let knees = rows.policies.indices.compactMap { p -> FigureRule? in
        guard let value = knee(sweep, policy: p).value, value < sweep.points.last?.value ?? 0
        else { return nil }
        return FigureRule(.vertical, at: value, label: "knee of \(rows.policies[p])")
      }
      panels.append(
        FigurePanel(
          title: "Done in time, the worst tenant", x: x,
          y: FigureAxis("share of arrived, %", range: 0...100),
          series: lines { point, p in
            worstAttainment(point: point, policy: p).map { FigurePoint(0, 100 * $0) }
          }, rules: rows.policies.count > FigureRows.mostSeries ? [] : knees))
    }
    let word = workFigure == .goodput ? "Goodput" : "Throughput"
    panels.append(
      FigurePanel(
        title: "\(word), all tenants", x: x, y: FigureAxis("requests per s"),
        series: lines(mean(workFigure))))
    panels.append(
      FigurePanel(
        title: "FLOP utilization", x: x, y: FigureAxis("share of peak, %"),
        series: lines(mean(.flopUtilization, scale: 100))))
    return SVGFigure(
      title: sweep.name.isEmpty ? "Along \(rows.axes[axis])" : sweep.name, panels: panels,
      columns: 2, plotWidth: 480, plotHeight: 240)
  }
}
