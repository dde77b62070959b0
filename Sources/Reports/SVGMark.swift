/// The shapes of marks, a second cue beside colour.
enum SVGMark {
  /// A mark of the n-th shape around a point: filled with its colour, or with the paper's where
  /// it stands for what was published (a ring).
  static func svg(
    _ style: SeriesStyle, x: Double, y: Double, radius r: Double, isRing: Bool, color: String
  ) -> String {
    let thin = r < 2.5 ? "1.1" : "1.5"
    // Rings let the line below shine through: where both agree, both are seen.
    let fill = isRing ? "fill=\"\(FigureTheme.paper)\" fill-opacity=\"0.6\"" : "fill=\"\(color)\""
    let paint = "\(fill) stroke=\"\(color)\" stroke-width=\"\(thin)\""
    func polygon(_ corners: [(Double, Double)]) -> String {
      let text = corners.map {
        SVGText.number(x + $0.0 * r) + "," + SVGText.number(y + $0.1 * r)
      }.joined(separator: " ")
      return "<polygon points=\"\(text)\" \(paint)/>\n"
    }
    switch style.mark % SeriesStyle.marks {
    case 1: return polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
    case 2: return polygon([(0, -1.2), (1.1, 0.8), (-1.1, 0.8)])
    case 3: return polygon([(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)])
    case 4: return polygon([(0, 1.2), (1.1, -0.8), (-1.1, -0.8)])
    case 5:  // a plus
      let (a, b) = (0.45, 1.25)
      return polygon([
        (-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a),
        (-b, -a), (-a, -a),
      ])
    case 6:  // a cross
      let (a, b) = (0.5, 1.15)
      return polygon([
        (0, -a), (b - a, -b), (b, a - b), (a, 0), (b, b - a), (b - a, b), (0, a), (a - b, b),
        (-b, b - a), (-a, 0), (-b, a - b), (a - b, -b),
      ])
    case 7: return polygon([(-1.3, -0.7), (1.3, -0.7), (1.3, 0.7), (-1.3, 0.7)])
    default:
      return "<circle cx=\"\(SVGText.number(x))\" cy=\"\(SVGText.number(y))\""
        + " r=\"\(SVGText.number(r))\" \(paint)/>\n"
    }
  }
}
