/// Fields of the CSV files that the project writes (RFC 4180, LF), and what they were before they
/// were written.
///
/// Spreadsheets run a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return. Of the
/// words that begin so, after apostrophes or none, all but numbers get one apostrophe more, which
/// spreadsheets read as "text"; reading takes that one away. What the writer does not change the
/// reader leaves, so every word comes back as it was.
package enum CSVText {
  /// A word as a field that no spreadsheet runs, quoted where that is needed.
  package static func field(_ word: String) -> String { quoted(defused(word)) }

  /// A word as no spreadsheet runs it.
  package static func defused(_ word: String) -> String {
    needsApostrophe(word) ? "'" + word : word
  }

  /// The word that `defused` made this of; any other text as it is.
  package static func plain(_ text: String) -> String {
    guard text.utf8.first == apostrophe else { return text }
    let rest = String(text.unicodeScalars.dropFirst())
    return needsApostrophe(rest) ? rest : text
  }

  /// A text in quotes where it holds a comma, a quote, a line break, or space at its ends.
  private static func quoted(_ text: String) -> String {
    let needsQuotes =
      text.utf8.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
      || text.utf8.first == 0x20 || text.utf8.last == 0x20 || text.utf8.first == UInt8(ascii: "#")
    guard needsQuotes else { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted.unicodeScalars.append(scalar) }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }

  private static let apostrophe = UInt8(ascii: "'")

  /// Whether the word, apostrophes at its front aside, begins like a formula and is no number.
  private static func needsApostrophe(_ word: String) -> Bool {
    let rest = word.utf8.drop { $0 == apostrophe }
    guard let first = rest.first, "=+-@\t\r".utf8.contains(first) else { return false }
    return Double(Substring(rest))?.isFinite != true
  }
}
