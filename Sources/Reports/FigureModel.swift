/// A figure: panels with axes and series, drawn as SVG by `svg`.
public struct SVGFigure: Sendable {
  /// The heading; empty for none.
  public var title: String
  /// A line below it that says what the reader looks at; empty for none.
  public var subtitle: String
  /// The panels, left to right and then down.
  public var panels: [FigurePanel]
  /// How many panels stand side by side.
  public var columns: Int
  /// A panel's plot area in pixels, without labels.
  public var plotWidth: Double
  /// A panel's plot area in pixels, without labels.
  public var plotHeight: Double

  /// Creates a figure.
  public init(
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
public struct FigurePanel: Sendable {
  /// The panel's heading; empty for none.
  public var title: String
  /// The horizontal axis.
  public var x: FigureAxis
  /// The vertical axis.
  public var y: FigureAxis
  /// What is drawn, the first at the bottom.
  public var series: [FigureSeries]
  /// Lines across the panel, such as an SLO.
  public var rules: [FigureRule]

  /// Creates a panel.
  public init(
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
public struct FigureAxis: Sendable {
  /// How values are laid out.
  public enum Scale: Hashable, Sendable {
    /// Evenly.
    case linear
    /// By their logarithm; values not above 0 are left out.
    case log
    /// By name, for bars: a value is the index of its category.
    case categories([String])
  }

  /// What is measured and in what unit: "latency, ms".
  public var label: String
  /// How values are laid out.
  public var scale: Scale
  /// The range shown; nil takes the data's, widened to whole ticks (from 0 where that is near).
  public var range: ClosedRange<Double>?

  /// Creates an axis.
  public init(_ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
    self.label = label
    self.scale = scale
    self.range = range
  }
}

/// A point of a series, with an interval where it has one.
public struct FigurePoint: Hashable, Sendable {
  /// The place along the horizontal axis.
  public var x: Double
  /// The value.
  public var y: Double
  /// The interval's lower end.
  public var low: Double?
  /// The interval's upper end.
  public var high: Double?

  /// Creates a point.
  public init(_ x: Double, _ y: Double, low: Double? = nil, high: Double? = nil) {
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
public struct FigureSeries: Sendable {
  /// How a series is drawn.
  public enum Style: Sendable {
    /// A line through the points: what the simulator says.
    case line
    /// A line that keeps its value until the next point.
    case step
    /// Rings without a line: what was published or measured.
    case points
    /// Bars, side by side with other series of bars.
    case bars
  }

  /// The name in the legend; series of one name (in several panels, or a line and its published
  /// points) share a colour.
  public var name: String
  /// How it is drawn.
  public var style: Style
  /// Whether the line is dashed, for a second reading of the same thing.
  public var isDashed: Bool
  /// Whether a dot stands at each of a line's points.
  public var hasMarkers: Bool
  /// The points; those that are not finite are gaps.
  public var points: [FigurePoint]

  /// Creates a series.
  public init(
    _ name: String, style: Style = .line, points: [FigurePoint], isDashed: Bool = false,
    hasMarkers: Bool = false
  ) {
    self.name = name
    self.style = style
    self.points = points
    self.isDashed = isDashed
    self.hasMarkers = hasMarkers
  }
}

/// A line across a panel, with a word at its end.
public struct FigureRule: Sendable {
  /// Which way it runs.
  public enum Direction: Sendable { case horizontal, vertical }

  /// Which way it runs.
  public var direction: Direction
  /// Where it crosses the other axis.
  public var value: Double
  /// What it stands for.
  public var label: String

  /// Creates a rule.
  public init(_ direction: Direction, at value: Double, label: String) {
    self.direction = direction
    self.value = value
    self.label = label
  }
}
