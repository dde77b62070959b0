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

  /// The room to leave for a text: `width` is an estimate, and a face may be a tenth wider.
  static func room(_ text: String, size: Double) -> Double { 1.1 * width(text, size: size) }

  /// The text's beginning in at most `width` pixels, with "…" where something was cut.
  package static func clipped(_ text: String, to width: Double, size: Double) -> String {
    guard Self.width(text, size: size) > width else { return text }
    var cut = text
    while !cut.isEmpty, Self.width(cut + "…", size: size) > width { cut.removeLast() }
    return cut + "…"
  }

  /// A text in lines of at most `width` pixels, broken between words or after commas; a word that
  /// is longer than a line is broken anywhere.
  package static func lines(_ text: String, to width: Double, size: Double) -> [String] {
    var (lines, line, word) = ([String](), "", "")
    func fits(_ text: String) -> Bool { Self.width(text, size: size) <= width }
    func flush() {
      if !line.isEmpty, !fits(line + word) {
        lines.append(line)
        line = ""
      }
      while !fits(word), word.count > 1 {
        var part = word
        while part.count > 1, !fits(part) { part.removeLast() }
        lines.append(part)
        word.removeFirst(part.count)
      }
      line += word
      word = ""
    }
    for character in text {
      word.append(character)
      if character == " " || character == "," { flush() }
    }
    flush()
    if !line.isEmpty { lines.append(line) }
    return lines.map { line in
      var line = line
      while line.last == " " { line.removeLast() }
      return line
    }
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
