/// A fault in something the user gave: where it is, what was expected, and what may help.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
  /// The gravity of a diagnostic.
  package enum Severity: String, Sendable { case error, warning, note }

  /// The file as the user named it; empty when the fault is on the command line.
  package var file: String
  /// The line from 1; 0 when the fault concerns the file as a whole.
  package var line: Int
  /// The column from 1, in bytes; 0 when the fault concerns the line as a whole.
  package var column: Int
  /// Whether the fault stops the command.
  package var severity: Severity
  /// The sentence, without a final period.
  package var message: String
  /// A way out, where one is known.
  package var hint: String?

  /// Creates a diagnostic.
  package init(
    file: String = "", line: Int = 0, column: Int = 0, severity: Severity = .error,
    message: String, hint: String? = nil
  ) {
    self.file = file
    self.line = line
    self.column = column
    self.severity = severity
    self.message = message
    self.hint = hint
  }

  /// `file:line:column: error: message`, and the hint on a line of its own.
  package var description: String {
    var place = ""
    if !file.isEmpty {
      place = file + ":"
      if line > 0 { place += "\(line):" }
      if line > 0, column > 0 { place += "\(column):" }
      place += " "
    } else {
      place = "gpuloom: "
    }
    let text = "\(place)\(severity.rawValue): \(Self.bounded(message))"
    guard let hint else { return text }
    return text + "\n  hint: \(Self.bounded(hint))"
  }

  /// The most bytes of a sentence that are shown.
  private static let longest = 2_000

  /// The sentence; where it would fill a reader's screen, its beginning and its end.
  private static func bounded(_ sentence: String) -> String {
    if sentence.utf8.count <= longest { return sentence }
    return "\(sentence.prefix(longest * 3 / 4)) … \(sentence.suffix(longest / 8))"
  }
}

/// The user's input cannot be used; carries every fault found before stopping.
package struct InputError: Error, Sendable, CustomStringConvertible {
  /// What kind of fault it is, which decides the exit code.
  package enum Kind: Int32, Sendable {
    /// The command line is wrong: exit code 64.
    case usage = 64
    /// A file's content is wrong: exit code 65.
    case badData = 65
    /// A file or a named thing is not there: exit code 66.
    case missingFile = 66
    /// No input is wrong, but a part of the program, a policy say, did what it may not: exit code 70.
    case fault = 70
  }

  /// The kind of fault.
  package var kind: Kind
  /// The faults, in the order they were found; never empty.
  package var diagnostics: [Diagnostic]

  /// Creates an error of several faults.
  package init(kind: Kind = .badData, diagnostics: [Diagnostic]) {
    self.kind = kind
    self.diagnostics = diagnostics
  }

  /// Creates an error of one fault.
  package init(kind: Kind = .badData, _ diagnostic: Diagnostic) {
    self.init(kind: kind, diagnostics: [diagnostic])
  }

  /// Creates an error of one fault, told as in `Diagnostic`.
  package init(
    kind: Kind = .badData, file: String = "", line: Int = 0, column: Int = 0, message: String,
    hint: String? = nil
  ) {
    self.init(
      kind: kind,
      Diagnostic(file: file, line: line, column: column, message: message, hint: hint))
  }

  /// The diagnostics, one after the other.
  package var description: String {
    diagnostics.map(\.description).joined(separator: "\n")
  }
}
