/// Reads column names from a table's definition.
enum SqliteSchema {
  /// The columns of `CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, …)` and the one that stands
  /// for the row's number, or -1.
  static func columns(_ sql: String) -> (names: [String], rowNumber: Int) {
    var names: [String] = []
    var rowNumber = -1
    for part in parts(sql) {
      let words = part.split(whereSeparator: \.isWhitespace)
      guard let first = words.first else { continue }
      let upper = words.map { $0.uppercased() }
      if ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].contains(upper[0]) { continue }
      let isKey = upper.joined(separator: " ").contains("PRIMARY KEY")
      if isKey, upper.count > 1, upper[1] == "INTEGER" { rowNumber = names.count }
      names.append(first.filter { !"\"`[]".contains($0) })
    }
    return (names, rowNumber)
  }

  /// The definitions between the outer parentheses, comments removed.
  private static func parts(_ sql: String) -> [String] {
    var parts = [""]
    var depth = 0
    for line in sql.split(separator: "\n") {
      for character in withoutComment(line) + " " {
        if character == ")" { depth -= 1 }
        if character == ",", depth == 1 {
          parts.append("")
        } else if depth > 0 {
          parts[parts.count - 1].append(character)
        }
        if character == "(" { depth += 1 }
      }
    }
    return parts
  }

  private static func withoutComment(_ line: Substring) -> Substring {
    let pairs = zip(line.indices, line.indices.dropFirst())
    let comment = pairs.first { line[$0] == "-" && line[$1] == "-" }
    return comment.map { line[..<$0.0] } ?? line
  }
}
