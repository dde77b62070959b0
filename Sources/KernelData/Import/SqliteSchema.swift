/// Reads column names from a table's definition.
enum SqliteSchema {
  /// The columns of `CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, …)` and the one that stands
  /// for the row's number, or -1.
  static func columns(_ sql: String) -> (names: [String], rowNumber: Int) {
    var names: [String] = []
    var rowNumber = -1
    for part in parts(sql) {
      let words = part.split(whereSeparator: \.isWhitespace).map(String.init)
      guard let first = words.first else { continue }
      let upper = words.map { $0.uppercased() }
      if ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].contains(upper[0]) { continue }
      if upper.count > 1, upper[1] == "INTEGER", part.uppercased().contains("PRIMARY KEY") {
        rowNumber = names.count
      }
      names.append(String(first.filter { $0 != "\"" && $0 != "`" && $0 != "[" && $0 != "]" }))
    }
    return (names, rowNumber)
  }

  /// The definitions between the outer parentheses, comments removed, one space between words.
  private static func parts(_ sql: String) -> [String] {
    var result: [String] = []
    var current = ""
    var depth = 0
    for line in sql.split(separator: "\n") {
      let text = withoutComment(line)
      for word in text.split(whereSeparator: \.isWhitespace) {
        for character in word {
          switch character {
          case "(":
            depth += 1
            if depth > 1 { current.append(character) }
          case ")":
            depth -= 1
            if depth > 0 { current.append(character) }
          case "," where depth == 1:
            result.append(current)
            current = ""
          default: if depth > 0 { current.append(character) }
          }
        }
        if depth > 0 { current.append(" ") }
      }
    }
    if !current.allSatisfy(\.isWhitespace) { result.append(current) }
    return result
  }

  private static func withoutComment(_ line: Substring) -> Substring {
    var previous: Character = " "
    for i in line.indices {
      if line[i] == "-", previous == "-" { return line[..<line.index(before: i)] }
      previous = line[i]
    }
    return line
  }
}
