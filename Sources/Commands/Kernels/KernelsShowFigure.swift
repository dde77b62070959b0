import KernelData
import Reports
import SimBasics

extension KernelsShowView {
  /// The picture: launches under the roofline, and where the time goes.
  var figure: SVGFigure {
    SVGFigure(
      title: "\(table.model) on \(gpu.name)",
      subtitle: "batch \(batch), \(table.precision.rawValue), "
        + "\(summary.launches.count) launches, "
        + NumberText.significant(summary.total.durationNS / 1e6, 3) + " ms back to back",
      panels: [roofline, timePanel], columns: 2, plotWidth: 460, plotHeight: 300)
  }

  /// Launches by operations per byte and operations per second, under what the GPU allows.
  private var roofline: FigurePanel {
    let peak = PeakRates(gpu, table.precision).wholeGPU / 1e3
    let bandwidth = gpu.dramGBPerS / 1e3
    let intensities = summary.launches.filter { $0.bytes > 0 && $0.flop > 0 }
      .map { $0.flop / $0.bytes }
    let ridge = peak / bandwidth
    let low = Self.decade(below: min(intensities.min() ?? 0.1, ridge))
    let high = Self.decade(above: max(intensities.max() ?? 100, ridge * 3))
    var series = [
      FigureSeries(
        "roofline, \(table.precision.rawValue)",
        points: [
          FigurePoint(low, low * bandwidth), FigurePoint(ridge, peak), FigurePoint(high, peak),
        ])
    ]
    let rates = summary.launches.filter { $0.bytes > 0 && $0.flop > 0 }
      .map { $0.flop / $0.durationNS / 1e3 }
    for group in summary.families {
      let own = summary.launches.filter {
        $0.family.rawValue == group.name && $0.bytes > 0 && $0.flop > 0
      }
      if own.isEmpty { continue }
      series.append(
        FigureSeries(
          group.name, style: .points,
          points: own.map { FigurePoint($0.flop / $0.bytes, $0.flop / $0.durationNS / 1e3) }))
    }
    let bottom = Self.decade(below: min(rates.min() ?? peak / 100, peak / 10))
    return FigurePanel(
      title: "Each launch under the roofline",
      x: FigureAxis("operations per DRAM byte", scale: .log, range: low...high),
      y: FigureAxis("TFLOP/s", scale: .log, range: bottom...Self.decade(above: peak)),
      series: series)
  }

  /// Each family's time, and how much of it a full GPU would not need.
  private var timePanel: FigurePanel {
    let groups = summary.families
    func bars(_ name: String, _ value: (KernelGroup) -> Double) -> FigureSeries {
      FigureSeries(
        name, style: .bars,
        points: groups.enumerated().map { FigurePoint(Double($0.0), value($0.1) / 1e3) })
    }
    return FigurePanel(
      title: "Time by family",
      x: FigureAxis("", scale: .categories(groups.map { Self.short($0.name) })),
      y: FigureAxis("us"),
      series: [
        bars("time", \.durationNS), bars("least the roofline allows", \.boundNS),
      ])
  }

  /// A family's name as it fits below its bars.
  private static func short(_ name: String) -> String {
    ["normalization": "norm", "convolution": "conv", "elementwise": "elem."][name] ?? name
  }

  private static func decade(below value: Double) -> Double {
    var result = 1.0
    while result > value, result > 1e-9 { result /= 10 }
    while result * 10 <= value { result *= 10 }
    return result
  }

  private static func decade(above value: Double) -> Double {
    var result = 1.0
    while result < value, result < 1e15 { result *= 10 }
    while result / 10 >= value, result > 1e-9 { result /= 10 }
    return result
  }
}
