/// A figure: panels with axes and series, drawn as SVG by `svg`.
package struct SVGFigure: Sendable {
  /// The heading; empty for none.
  package var title: String
  /// A line below it that says what the reader looks at; empty for none.
  package var subtitle: String
  /// Remarks one after the other below the legend, before what numbers stand for; empty for none.
  package var key: [String] = []
  /// The panels, left to right and then down.
  package var panels: [FigurePanel]
  /// How many panels stand side by side.
  package var columns: Int
  /// A panel's plot area in pixels, without labels.
  package var plotWidth: Double
  /// A panel's plot area in pixels, without labels.
  package var plotHeight: Double

  /// Creates a figure.
  package init(
    title: String, subtitle: String = "", panels: [FigurePanel], columns: Int = 1,
    plotWidth: Double = 560, plotHeight: Double = 300
  ) {
    self.title = title
    self.subtitle = subtitle
    self.panels = panels
    self.columns = max(1, columns)
    self.plotWidth = max(80, plotWidth)
    self.plotHeight = max(60, plotHeight)
  }
}

/// One pair of axes and what is drawn between them.
package struct FigurePanel: Sendable {
  /// The panel's heading; empty for none.
  package var title: String
  /// The horizontal axis.
  package var x: FigureAxis
  /// The vertical axis.
  package var y: FigureAxis
  /// What is drawn, the first at the bottom.
  package var series: [FigureSeries]
  /// Lines across the panel, such as an SLO.
  package var rules: [FigureRule]

  /// Creates a panel.
  package init(
    title: String = "", x: FigureAxis, y: FigureAxis, series: [FigureSeries],
    rules: [FigureRule] = []
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.rules = rules
  }
}

/// An axis: its label with the unit, its scale, and its range where the data should not decide.
package struct FigureAxis: Sendable {
  /// How values are laid out.
  package enum Scale: Hashable, Sendable {
    /// Evenly.
    case linear
    /// By their logarithm; values not above 0 are left out.
    case log
    /// By name, for bars: a value is the index of its category.
    case categories([String])
  }

  /// What is measured and in what unit: "latency, ms".
  package var label: String
  /// How values are laid out.
  package var scale: Scale
  /// Values the axis must reach beside those drawn along it: what panels side by side share.
  var reaches: [Double] = []
  /// The range shown; nil takes the data's, widened to whole ticks (from 0 where that is near).
  package var range: ClosedRange<Double>?

  /// The names along the axis, where it has such.
  var categories: [String]? {
    if case .categories(let names) = scale { return names }
    return nil
  }

  /// Creates an axis.
  package init(_ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
    self.label = label
    self.scale = scale
    self.range = range
  }
}

/// A point of a series, with an interval where it has one.
package struct FigurePoint: Hashable, Sendable {
  /// The place along the horizontal axis; the value where names stand along the vertical one.
  package var x: Double
  /// The value; the place where names stand along the vertical axis.
  package var y: Double
  /// The interval's lower end, along the axis of values.
  package var low: Double?
  /// The interval's upper end.
  package var high: Double?

  /// Creates a point.
  package init(_ x: Double, _ y: Double, low: Double? = nil, high: Double? = nil) {
    self.x = x
    self.y = y
    self.low = low
    self.high = high
  }

  /// Whether every coordinate is finite.
  var isFinite: Bool {
    x.isFinite && y.isFinite && (low?.isFinite ?? true) && (high?.isFinite ?? true)
  }
}

/// A named series of points.
package struct FigureSeries: Sendable {
  /// How a series is drawn.
  package enum Style: Sendable {
    /// A line through the points: what the simulator says.
    case line
    /// A line that keeps its value until the next point.
    case step
    /// Rings without a line: what was published or measured.
    case points
    /// Bars, side by side with those of other series at the same place.
    case bars
    /// Bars, each on top of those of series before it at the same place.
    case stacked
    /// Boxes of one shade, such as a map's.
    case cells
  }

  /// The name in the legend; series of one name (in several panels, or a line and its published
  /// points) share a colour.
  package var name: String
  /// The label of the policy whose series it is, where the name is shorter: it decides how the
  /// series looks, in every figure. A name that is a known policy's needs none.
  package var policy: String?
  /// How it is drawn.
  package var style: Style
  /// Whether the line is dashed, for a second reading of the same thing.
  package var isDashed: Bool
  /// Whether marks stand at a line's points, as many as there is room for.
  package var hasMarkers: Bool
  /// Whether it is drawn behind another that its panel is about, without a colour.
  var isGhost = false
  /// The points; those that are not finite are gaps.
  package var points: [FigurePoint]
  /// The boxes of cells, whose axes have ranges, and how much of the ground they cover, 0...1.
  package var cells: [FigureCell] = []
  package var opacity = 1.0

  /// Creates a series.
  package init(
    _ name: String, policy: String? = nil, style: Style = .line, points: [FigurePoint],
    isDashed: Bool = false, hasMarkers: Bool = false
  ) {
    self.name = name
    self.policy = policy
    self.style = style
    self.points = points
    self.isDashed = isDashed
    self.hasMarkers = hasMarkers
  }
}

/// A box between two places on each axis.
package struct FigureCell: Hashable, Sendable {
  /// From left to right.
  package var x: ClosedRange<Double>
  /// From bottom to top.
  package var y: ClosedRange<Double>

  /// Creates a box.
  package init(x: ClosedRange<Double>, y: ClosedRange<Double>) {
    self.x = x
    self.y = y
  }
}

/// A line across a panel, with a word at its end.
package struct FigureRule: Sendable {
  /// Which way it runs.
  package enum Direction: Sendable { case horizontal, vertical }

  /// Which way it runs.
  package var direction: Direction
  /// Where it crosses the other axis.
  package var value: Double
  /// What it stands for.
  package var label: String

  /// Creates a rule.
  package init(_ direction: Direction, at value: Double, label: String) {
    self.direction = direction
    self.value = value
    self.label = label
  }
}
