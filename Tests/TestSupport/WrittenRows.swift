/// The rows of a CSV text that the program wrote.
public enum WrittenRows {
  /// A dictionary a row, by the header's names.
  public static func of(_ csv: String) -> [[String: String]] {
    let lines = csv.split(separator: "\n").map(cells)
    guard let header = lines.first else { return [] }
    return lines.dropFirst().map { Dictionary(zip(header, $0), uniquingKeysWith: { a, _ in a }) }
  }

  /// A policy's label may hold commas, and is quoted then.
  private static func cells(_ line: Substring) -> [String] {
    var cells = [""]
    var quoted = false
    for character in line {
      switch character {
      case "\"": quoted.toggle()
      case "," where !quoted: cells.append("")
      default: cells[cells.count - 1].append(character)
      }
    }
    return cells
  }
}
