import Tables

/// Writes cells as CSV: the shortest exact numbers, words as `CSVText` has them.
package enum CSVReport {
  /// A cell's exact text; of an interval, its middle.
  package static func field(_ cell: ReportCell) -> String {
    switch cell {
    case .none: ""
    case .text(let text): CSVText.field(text)
    case .integer(let count): "\(count)"
    case .number(let x), .interval(let x, _): NumberText.exact(x)
    }
  }
}

extension ReportTable {
  /// The table as CSV: a header of the columns' names, a line for each row.
  package var csv: String {
    var text = columns.map { CSVText.field($0.name) }.joined(separator: ",") + "\n"
    for row in rows { text += row.map { CSVReport.field($0) }.joined(separator: ",") + "\n" }
    return text
  }

  /// The table as JSON: a list with an object for each row, members in the columns' order.
  package var json: JSONReport {
    .array(
      rows.map { row in
        .object(
          zip(columns, row).map { column, cell in
            switch cell {
            case .none: (column.name, .null)
            case .text(let text): (column.name, .string(text))
            case .integer(let count): (column.name, .integer(count))
            case .number(let x), .interval(let x, _): (column.name, .number(x))
            }
          })
      })
  }

  /// The table as GitHub-flavoured Markdown, numbers to the right, the best in bold.
  package var markdown: String {
    func escaped(_ text: String) -> String {
      DisplayText.printable(text).reduce(into: "") { $0 += $1 == "|" ? "\\|" : String($1) }
    }
    var text = ""
    let titles = columns.map { escaped($0.unit.isEmpty ? $0.title : "\($0.title) [\($0.unit)]") }
    text += "| " + titles.joined(separator: " | ") + " |\n"
    let isNumeric = columns.indices.map { c in rows.contains { $0[c].value != nil } }
    text += "| " + isNumeric.map { $0 ? "---:" : ":---" }.joined(separator: " | ") + " |\n"
    let best = columns.indices.map { bestRows(ofColumn: $0) }
    for (r, row) in rows.enumerated() {
      let cells = row.enumerated().map { c, cell in
        let body: String
        switch cell {
        case .none: body = "-"
        case .text(let word): body = escaped(word)
        case .integer(let count): body = "\(count)"
        case .number(let x): body = shown(x, columns[c])
        case .interval(let x, let half):
          body = shown(x, columns[c]) + spread(x, half, columns[c])
        }
        return best[c].contains(r) ? "**\(body)**" : body
      }
      text += "| " + cells.joined(separator: " | ") + " |\n"
    }
    return text
  }
}
