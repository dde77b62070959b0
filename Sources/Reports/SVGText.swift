/// Pieces of SVG text, the same bytes everywhere: fixed decimals, escaped words.
package enum SVGText {
  /// A coordinate with at most two decimals.
  static func number(_ x: Double) -> String {
    var text = NumberText.fixed(x, 2)
    guard text.contains(".") else { return text }
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }

  /// About how wide a text is, in pixels: the mean of common sans-serif faces, enough to lay out.
  package static func width(_ text: String, size: Double) -> Double {
    text.reduce(0) { sum, character in
      let em: Double
      switch character {
      case "i", "j", "l", ".", ",", ":", "'", "|", "!": em = 0.28
      case "f", "t", "r", " ", "(", ")", "-", "/": em = 0.35
      case "m", "w", "M", "W": em = 0.85
      case "A"..."Z": em = 0.68
      default: em = 0.56
      }
      return sum + em * size
    }
  }

  /// The text's beginning in at most `width` pixels, with "…" where something was cut.
  package static func clipped(_ text: String, to width: Double, size: Double) -> String {
    guard Self.width(text, size: size) > width else { return text }
    var cut = text
    while !cut.isEmpty, Self.width(cut + "…", size: size) > width { cut.removeLast() }
    return cut + "…"
  }

  /// A text element.
  static func text(
    _ words: String, x: Double, y: Double, size: Double = 12, color: String = FigureTheme.text,
    anchor: String = "start", isBold: Bool = false, extra: String = ""
  ) -> String {
    guard !words.isEmpty else { return "" }
    let weight = isBold ? " font-weight=\"600\"" : ""
    let side = anchor == "start" ? "" : " text-anchor=\"\(anchor)\""
    return "<text x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(number(size))\""
      + " fill=\"\(color)\"\(side)\(weight)\(extra)>\(XMLText.escaped(words))</text>\n"
  }

  /// A straight line.
  static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String, width: Double = 1,
    extra: String = ""
  ) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\""
      + " stroke=\"\(color)\" stroke-width=\"\(number(width))\"\(extra)/>\n"
  }
}

/// Colours and sizes of all figures: light ground, quiet axes, series that stay apart for
/// colour-blind readers (Okabe and Ito 2008, darkened where thin lines need it).
enum FigureTheme {
  static let text = "#1f2933"
  static let muted = "#5f6b7a"
  static let grid = "#e8ebef"
  static let axis = "#9aa5b1"
  static let rule = "#7b8794"
  static let series = [
    "#0072b2", "#d55e00", "#009e73", "#b65a92", "#e69f00", "#3f9bd1", "#4b5563", "#8a6d3b",
  ]
  static let fonts = "system-ui, 'Helvetica Neue', Helvetica, Arial, sans-serif"

  /// The colour of the n-th name.
  static func color(_ n: Int) -> String { series[n % series.count] }

  /// The shape of the n-th name's published points, a second cue beside colour.
  static func marker(
    _ n: Int, x: Double, y: Double, radius r: Double, fill: String, stroke: String
  ) -> String {
    func num(_ v: Double) -> String { SVGText.number(v) }
    let thin = r < 2.5 ? "1.1" : "1.5"
    // Rings let the line below shine through: where both agree, both are seen.
    let see = fill == "#ffffff" ? " fill-opacity=\"0.6\"" : ""
    let paint = "fill=\"\(fill)\"\(see) stroke=\"\(stroke)\" stroke-width=\"\(thin)\""
    switch n % 4 {
    case 1:
      return "<rect x=\"\(num(x - r * 0.9))\" y=\"\(num(y - r * 0.9))\" width=\"\(num(1.8 * r))\""
        + " height=\"\(num(1.8 * r))\" \(paint)/>\n"
    case 2:
      let top = "\(num(x)),\(num(y - 1.2 * r))"
      let feet = "\(num(x + 1.1 * r)),\(num(y + 0.8 * r)) \(num(x - 1.1 * r)),\(num(y + 0.8 * r))"
      return "<polygon points=\"\(top) \(feet)\" \(paint)/>\n"
    case 3:
      let a = "\(num(x)),\(num(y - 1.3 * r)) \(num(x + 1.3 * r)),\(num(y))"
      let b = "\(num(x)),\(num(y + 1.3 * r)) \(num(x - 1.3 * r)),\(num(y))"
      return "<polygon points=\"\(a) \(b)\" \(paint)/>\n"
    default:
      return "<circle cx=\"\(num(x))\" cy=\"\(num(y))\" r=\"\(num(r))\" \(paint)/>\n"
    }
  }
}
