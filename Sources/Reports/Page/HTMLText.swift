/// Pieces of HTML; whatever the user's files say is text in them.
package enum HTMLText {
  /// A text as content or as an attribute between double quotes.
  package static func escaped(_ text: String) -> String {
    XMLText.escaped(DisplayText.printable(text, keepsNewlines: true))
  }

  /// A paragraph; `kind` is its class.
  package static func paragraph(_ text: String, kind: String = "") -> String {
    "<p\(kind.isEmpty ? "" : " class=\"\(kind)\"")>\(escaped(text))</p>\n"
  }

  /// Something that opens on demand; its content is there without a script, and in print.
  package static func details(_ summary: String, _ content: String) -> String {
    "<details><summary>\(escaped(summary))</summary>\n\(content)</details>\n"
  }

  /// A figure with what it shows in words.
  package static func figure(_ figure: SVGFigure, id: String, caption: String) -> String {
    "<figure>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\""
      + " aria-label=\"\(escaped(figure.title)), figure\">\n"
      + figure.element(id: id) + "</div>\n<figcaption>\(escaped(caption))</figcaption>\n</figure>\n"
  }
}

extension ReportTable {
  /// The table as HTML: a heading for each column and each row, the best of a column told.
  ///
  /// - Parameters:
  ///   - keys: for each row the policy it is of; empty for none.
  ///   - isSortable: whether a script may sort its rows.
  ///   - shade: a cell's class, where its place says something by its colour.
  package func html(
    caption: String, keys: [String] = [], isSortable: Bool = true,
    shade: (_ row: Int, _ column: Int) -> String? = { _, _ in nil }
  ) -> String {
    let isNumeric = columns.indices.map { c in rows.contains { $0[c].value != nil } }
    let best = columns.indices.map { bestRows(ofColumn: $0) }
    var text = "<div class=\"scroll\" tabindex=\"0\" role=\"region\""
    text += " aria-label=\"\(HTMLText.escaped(caption))\">\n<table"
    text += isSortable ? " class=\"sortable\">\n" : ">\n"
    text += "<caption>\(HTMLText.escaped(caption))</caption>\n<thead><tr>"
    for (c, column) in columns.enumerated() {
      let unit = column.unit.isEmpty ? "" : " <small>\(HTMLText.escaped(column.unit))</small>"
      let side = isNumeric[c] ? " class=\"n\"" : ""
      text += "<th scope=\"col\"\(side)>\(HTMLText.escaped(column.title))\(unit)</th>"
    }
    text += "</tr></thead>\n<tbody>\n"
    for (r, row) in rows.enumerated() {
      let key = r < keys.count ? " data-policy=\"\(HTMLText.escaped(keys[r]))\"" : ""
      text += "<tr\(key)>"
      for (c, cell) in row.enumerated() {
        var classes = isNumeric[c] ? ["n"] : []
        if best[c].contains(r) { classes.append("best") }
        if let shade = shade(r, c) { classes.append(shade) }
        let kind = classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\""
        let value = cell.value.map { " data-v=\"\(NumberText.exact($0))\"" } ?? ""
        let told = best[c].contains(r) ? "<span class=\"sr\"> best</span>" : ""
        let body = HTMLText.escaped(shown(cell, columns[c])) + told
        text +=
          c == 0 ? "<th scope=\"row\"\(kind)>\(body)</th>" : "<td\(kind)\(value)>\(body)</td>"
      }
      text += "</tr>\n"
    }
    return text + "</tbody>\n</table>\n</div>\n"
  }

  private func shown(_ cell: ReportCell, _ column: ReportColumn) -> String {
    switch cell {
    case .none: "-"
    case .text(let word): word
    case .integer(let count): "\(count)"
    case .number(let x): shown(x, column)
    case .interval(let x, let half): shown(x, column) + spread(x, half, column)
    }
  }
}
