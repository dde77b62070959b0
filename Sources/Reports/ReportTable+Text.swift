extension ReportTable {
  /// How a table is laid out for a reader.
  package struct TextStyle: Sendable {
    /// The columns there are; nil in a pipe or a file, where lines may be of any length.
    package var width: Int?
    /// Whether headings and best values are set off by terminal escapes.
    package var hasColor: Bool

    /// Creates a style; the default is that of a pipe.
    package init(width: Int? = nil, hasColor: Bool = false) {
      self.width = width
      self.hasColor = hasColor
    }
  }

  /// One column, its cells as text of one width.
  private struct Laid {
    var heading: String
    var unit: String
    var cells: [String]
    var best: Set<Int>
    var width: Int
    var isText: Bool
  }

  /// The table as aligned text: words to the left, numbers to the right with their points in line,
  /// the best value of a column marked with `*`. Of a table too wide for the terminal the last
  /// columns are left out, as many as must be, and a line below says which; a last column of words
  /// is cut short rather than left out.
  package func text(_ style: TextStyle = TextStyle()) -> String {
    guard !columns.isEmpty else { return "" }
    var laid = columns.indices.map { lay(column: $0, limit: style.width.map { max(16, $0 / 2) }) }
    guard let limit = style.width else { return block(laid, style) }
    var shown = 1
    var width = laid[0].width
    while shown < laid.count, width + 2 + laid[shown].width <= limit {
      width += 2 + laid[shown].width
      shown += 1
    }
    if shown == laid.count { return block(laid, style) }
    let room = limit - width - 2
    if shown == laid.count - 1, laid[shown].isText, room >= 16 {
      laid[shown] = lay(column: shown, limit: room)
      if laid[shown].width <= room { return block(laid, style) }
    }
    let names = columns[shown...].map(\.title).joined(separator: ", ")
    let words = "not shown in \(limit) columns: \(DisplayText.printable(names)) (--wide shows all)"
    return block(Array(laid[..<shown]), style) + Self.lines(words, width: limit)
  }

  /// Words in lines of a terminal's width.
  private static func lines(_ words: String, width: Int) -> String {
    var (text, line) = ("", "")
    for word in words.split(separator: " ") {
      if !line.isEmpty, DisplayText.width(line) + 1 + DisplayText.width(String(word)) > width {
        text += line + "\n"
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return text + line + "\n"
  }

  private func block(_ laid: [Laid], _ style: TextStyle) -> String {
    func line(_ cells: [(text: String, column: Laid, isBest: Bool)], _ isHeading: Bool) -> String {
      var text = ""
      for (i, cell) in cells.enumerated() {
        let room = String(
          repeating: " ", count: max(0, cell.column.width - DisplayText.width(cell.text)))
        var body = cell.text
        if style.hasColor, !body.isEmpty {
          if cell.isBest { body = "\u{1B}[1;32m" + body + "\u{1B}[0m" }
          if isHeading { body = "\u{1B}[1m" + body + "\u{1B}[0m" }
        }
        let isLast = i == cells.count - 1
        text +=
          (i == 0 ? "" : "  ") + (cell.column.isText ? body + (isLast ? "" : room) : room + body)
      }
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }
    var text = line(laid.map { ($0.heading, $0, false) }, true)
    if laid.contains(where: { !$0.unit.isEmpty }) {
      text += line(laid.map { ($0.unit, $0, false) }, false)
    }
    let rule = laid.map { String(repeating: "─", count: $0.width) }.joined(separator: "  ")
    text += rule + "\n"
    for row in rows.indices {
      if groupStarts.contains(row) { text += "\n" }
      text += line(laid.map { ($0.cells[row], $0, $0.best.contains(row)) }, false)
    }
    return text
  }

  /// One column as text of one width.
  private func lay(column c: Int, limit: Int?) -> Laid {
    let column = columns[c]
    let best = bestRows(ofColumn: c)
    let isText = rows.allSatisfy { row in
      switch row[c] {
      case .text, .none: true
      default: false
      }
    }
    // Whole part, fraction and what follows are laid out apart, so that points stand in line.
    var parts: [(whole: String, fraction: String, rest: String)] = []
    for (r, row) in rows.enumerated() {
      let mark = best.contains(r) ? "*" : ""
      switch row[c] {
      case .none: parts.append((isText ? "-" : "-", "", mark))
      case .text(let word): parts.append((DisplayText.printable(word), "", mark))
      case .integer(let count): parts.append(("\(count)", "", mark))
      case .number(let x): parts.append(split(shown(x, column), mark))
      case .interval(let x, let half):
        parts.append(split(shown(x, column), spread(x, half, column) + mark))
      }
    }
    if let limit {
      parts = parts.map { (DisplayText.clipped($0.whole, to: limit), $0.fraction, $0.rest) }
    }
    let fraction = parts.map(\.fraction.utf8.count).max() ?? 0
    let rest = parts.map { DisplayText.width($0.rest) }.max() ?? 0
    let cells = parts.map { part in
      guard !isText else { return part.whole + part.rest }
      return part.whole + part.fraction
        + String(repeating: " ", count: fraction - part.fraction.utf8.count) + part.rest
        + String(repeating: " ", count: rest - DisplayText.width(part.rest))
    }
    let width = (cells + [column.title, column.unit]).map(DisplayText.width).max() ?? 0
    return Laid(
      heading: column.title, unit: column.unit, cells: cells, best: best, width: width,
      isText: isText)
  }

  private func split(_ number: String, _ rest: String) -> (String, String, String) {
    guard let point = number.firstIndex(of: ".") else { return (number, "", rest) }
    return (String(number[..<point]), String(number[point...]), rest)
  }
}
