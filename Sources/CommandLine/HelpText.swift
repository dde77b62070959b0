import Reports

/// What `--help` prints.
package enum HelpText {
  /// What exit codes mean.
  package static let exitCodes: [(codes: String, meaning: String)] = [
    ("0", "done"), ("1", "a check failed"), ("64", "usage"), ("65", "bad data"),
    ("66", "missing file"), ("70", "a fault of ours"), ("73", "an output cannot be made"),
    ("74", "writing failed"), ("129", "hung up"), ("130", "interrupted"),
    ("143", "terminated (what was finished is kept)"),
  ]

  /// What the tool does, in one sentence.
  package static let purpose = "GPULoom simulates how GPU-sharing policies serve recorded requests."

  /// The page of the whole tool, or of the commands that begin with one word.
  package static func overview(of commands: [any Command.Type], group: String) -> String {
    let shown = commands.filter { group.isEmpty || $0.name.hasPrefix(group + " ") }
    var text = ""
    if group.isEmpty {
      text += purpose + "\n\n"
      text += "Usage: gpuloom COMMAND [ARGUMENTS]\n"
    } else {
      text += "Usage: gpuloom \(group) COMMAND [ARGUMENTS]\n"
    }
    text += "\nCommands\n" + aligned(shown.map { ($0.name, $0.summary) })
    text += "\nFlags of every command\n"
    text += aligned(flagRows(CommandUsage.commonFlags(formats: ["table", "csv", "json"])))
    let scope = group.isEmpty ? "COMMAND" : group + " COMMAND"
    text += "\n'gpuloom \(scope) --help' tells more about one.\n"
    if group.isEmpty {
      text += wrapped(
        "Exit codes: " + exitCodes.map { "\($0.codes) \($0.meaning)" }.joined(separator: ", "))
    }
    return text
  }

  /// The page of one command.
  package static func page(for command: any Command.Type) -> String {
    let usage = command.usage
    var text = "gpuloom \(command.name): \(command.summary)\n\nUsage: gpuloom \(command.name)"
    if !usage.positionals.isEmpty { text += " " + usage.positionals }
    text += " [FLAGS]\n"
    if !usage.flags.isEmpty { text += "\nFlags\n" + aligned(flagRows(usage.flags)) }
    text += "\nFlags of every command\n"
    text += aligned(flagRows(CommandUsage.commonFlags(formats: usage.formats)))
    for note in usage.notes { text += "\n" + wrapped(note) }
    if !usage.examples.isEmpty {
      text += "\nExamples\n"
      for example in usage.examples { text += "  \(example.line)\n      \(example.does)\n" }
    }
    return text
  }

  /// A paragraph, however its lines were broken, in lines of at most 80 columns.
  package static func wrapped(_ paragraph: String, indent: String = "") -> String {
    var (text, row) = ("", indent)
    for word in paragraph.split(whereSeparator: { $0 == " " || $0.isNewline }) {
      if row != indent, DisplayText.width(row) + DisplayText.width(String(word)) + 1 > 80 {
        text += row + "\n"
        row = indent
      }
      row += (row == indent ? "" : " ") + word
    }
    return text + row + "\n"
  }

  private static func flagRows(_ flags: [FlagSpec]) -> [(String, String)] {
    flags.map { flag in
      let name = flag.value.map { "\(flag.name) \($0)" } ?? flag.name
      return (name, flag.help + (flag.isRepeatable ? "; may be repeated" : ""))
    }
  }

  /// Two columns, the second wrapped at 80 columns; a long name takes a line of its own.
  package static func aligned(_ rows: [(String, String)]) -> String {
    let widths = rows.map(\.0.count).filter { $0 <= 28 }
    let column = (widths.max() ?? 0) + 4
    var text = ""
    for (name, help) in rows {
      let indent = String(repeating: " ", count: column)
      var line = "  " + name
      if line.count + 2 > column {
        text += line + "\n"
        line = indent
      } else {
        line += String(repeating: " ", count: column - line.count)
      }
      var isFirst = true
      for word in help.split(separator: " ") {
        if !isFirst, line.count + word.count + 1 > 80 {
          text += line + "\n"
          line = indent
          isFirst = true
        }
        line += (isFirst ? "" : " ") + word
        isFirst = false
      }
      text += line + "\n"
    }
    return text
  }
}
