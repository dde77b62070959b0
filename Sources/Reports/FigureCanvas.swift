/// A word of a figure and the box it takes, in pixels from the upper left corner.
package struct FigureLabel: Sendable {
  /// The word.
  package var text: String
  /// From its left end to its right.
  package var x: ClosedRange<Double>
  /// From its top to its bottom.
  package var y: ClosedRange<Double>

  /// Whether two boxes share more than an edge.
  package func overlaps(_ other: FigureLabel) -> Bool {
    x.lowerBound < other.x.upperBound && other.x.lowerBound < x.upperBound
      && y.lowerBound < other.y.upperBound && other.y.lowerBound < y.upperBound
  }
}

/// What is drawn of a figure so far, and where its words stand.
struct FigureCanvas {
  /// Where a word's given place is within it.
  enum Anchor: String { case start, middle, end }

  /// The drawing.
  private(set) var svg = ""
  /// Every word drawn.
  private(set) var labels: [FigureLabel] = []

  /// Adds what has no words.
  mutating func add(_ text: String) { svg += text }

  /// Adds another canvas, moved down.
  mutating func add(_ other: FigureCanvas, down y: Double) {
    svg += "<g transform=\"translate(0 \(SVGText.number(y)))\">\n" + other.svg + "</g>\n"
    labels += other.labels.map { label in
      var label = label
      label.y = (label.y.lowerBound + y)...(label.y.upperBound + y)
      return label
    }
  }

  /// The box of a word.
  static func box(
    _ words: String, x: Double, y: Double, size: Double, anchor: Anchor, isTurned: Bool = false
  ) -> FigureLabel {
    let width = SVGText.room(words, size: size)
    let back = anchor == .start ? 0 : anchor == .middle ? width / 2 : width
    if isTurned {
      return FigureLabel(
        text: words, x: (x - 0.8 * size)...(x + 0.25 * size), y: (y - back)...(y - back + width))
    }
    return FigureLabel(
      text: words, x: (x - back)...(x - back + width), y: (y - 0.8 * size)...(y + 0.25 * size))
  }

  /// Adds a word; `isTurned` has it run upwards.
  mutating func text(
    _ words: String, x: Double, y: Double, size: Double = 12, color: String = FigureTheme.text,
    anchor: Anchor = .start, isBold: Bool = false, isTurned: Bool = false
  ) {
    guard !words.isEmpty else { return }
    labels.append(Self.box(words, x: x, y: y, size: size, anchor: anchor, isTurned: isTurned))
    let place = "\(SVGText.number(x)) \(SVGText.number(y))"
    svg += SVGText.text(
      words, x: x, y: y, size: size, color: color, anchor: anchor.rawValue, isBold: isBold,
      extra: isTurned ? " transform=\"rotate(-90 \(place))\"" : "")
  }

  /// Adds a straight line.
  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String, width: Double = 1,
    extra: String = ""
  ) {
    svg += SVGText.line(x1, y1, x2, y2, color: color, width: width, extra: extra)
  }
}
