import Reports
import Tables

/// How results are printed, where a command follows the common choice.
package enum OutputFormat: String, Sendable { case table, csv, json }

/// What a command works with besides its arguments: the common flags and the streams.
package struct CommandContext {
  /// The value of `--format`, or the command's first format.
  package var formatName: String
  /// The folder of `--out`, where given.
  package var outputFolder: String?
  /// How many runs may go side by side.
  package var jobs: Int
  /// Whether tables have all their columns, whatever the terminal's width.
  package var isWide: Bool
  /// Whether progress and notes are unwanted.
  package var isQuiet: Bool
  /// Whether results may carry colour.
  package var hasOutputColor: Bool
  /// Whether diagnostics may carry colour.
  package var hasErrorColor: Bool
  /// What the streams lead to.
  package var terminal: Terminal
  /// Where results go.
  package var output: StandardOutput
  /// Every command there is, in the order of the overview.
  package var commands: [CommandDescription]

  /// `formatName` as one of the common formats; the table where a command has formats of its own.
  package var format: OutputFormat { OutputFormat(rawValue: formatName) ?? .table }

  /// Writes results to standard output; a newline is the caller's.
  package func print(_ text: String) { output.write(text) }

  /// Writes diagnostics to standard error; notes not with `--quiet`, which takes no warning: what
  /// a result rests on is part of it.
  package func report(_ diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics where !isQuiet || diagnostic.severity != .note {
      StandardError.write(DiagnosticText.render(diagnostic, hasColor: hasErrorColor) + "\n")
    }
  }

  /// Writes a line for the reader to standard error, unless `--quiet`.
  package func note(_ line: String) {
    if !isQuiet { StandardError.write(DiagnosticText.printable(line) + "\n") }
  }
}

/// Diagnostics as they are shown.
package enum DiagnosticText {
  /// The diagnostic's lines; control characters of the user's input are shown as escapes.
  package static func render(_ diagnostic: Diagnostic, hasColor: Bool) -> String {
    let text = printable(diagnostic.description)
    guard hasColor else { return text }
    let word = diagnostic.severity.rawValue + ": "
    guard let range = text.firstRange(of: word) else { return text }
    let color = diagnostic.severity == .error ? "\u{1B}[1;31m" : "\u{1B}[1;33m"
    return text[..<range.lowerBound] + color + word + "\u{1B}[0m" + text[range.upperBound...]
  }

  /// The text with control characters (but the newline) as `\u{…}`, so that nothing in a file can
  /// drive the reader's terminal.
  package static func printable(_ text: String) -> String {
    DisplayText.printable(text, keepsNewlines: true)
  }
}
