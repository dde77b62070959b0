/// The manual page, made from what `--help` is made from, in the `man` macros of roff.
package enum ManualPage {
  /// The page of the whole tool: gpuloom(1).
  package static func text(_ commands: [CommandDescription]) -> String {
    var text = ".\\\" Made by 'gpuloom man'.\n"
    text += ".TH GPULOOM 1 \"\" \"gpuloom \(escaped(Version.text))\" \"User Commands\"\n"
    text += ".SH NAME\ngpuloom \\- how GPU\\-sharing policies serve recorded requests\n"
    text += ".SH SYNOPSIS\n.B gpuloom\n.I COMMAND\n[\\fIARGUMENTS\\fR]\n"
    text += ".SH DESCRIPTION\n" + line(HelpText.purpose)
    text += line("Commands read and write files as the pages of the repository describe them.")
    text += ".SH COMMANDS\n"
    for command in commands { text += page(command) }
    text += ".SH FLAGS OF EVERY COMMAND\n"
    text += flags(CommandUsage.commonFlags(formats: ["table", "csv", "json"]))
    text += ".SH EXIT STATUS\n"
    for (codes, meaning) in HelpText.exitCodes { text += ".TP\n.B \(codes)\n" + line(meaning) }
    text += ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\n" + line("where set, output has no colour")
    text += ".TP\n.B GPULOOM_HOME\n" + line("the folder that has models and traces")
    return text
  }

  private static func page(_ command: CommandDescription) -> String {
    let usage = command.usage
    var text = ".SS \"gpuloom \(escaped(command.name))"
    if !usage.positionals.isEmpty { text += " \(escaped(usage.positionals))" }
    text +=
      "\"\n" + line(command.summary.prefix(1).uppercased() + command.summary.dropFirst() + ".")
    text += flags(usage.flags)
    let own = usage.formats
    if own != ["table", "csv", "json"] {
      text += ".TP\n\\fB\\-\\-format\\fR \\fI\(escaped(own.joined(separator: "|")))\\fR\n"
      text += line("how results are printed (\(own[0]))")
    }
    for note in usage.notes {
      text += ".PP\n" + line(note.split(separator: "\n").joined(separator: " "))
    }
    for example in usage.examples {
      text += ".PP\n.nf\n.RS 4\n\\fB" + escaped(example.line) + "\\fR\n.RE\n.fi\n.RS 8\n"
      text += line(example.does) + ".RE\n"
    }
    return text
  }

  private static func flags(_ flags: [FlagSpec]) -> String {
    flags.map { flag in
      let value = flag.value.map { " \\fI\(escaped($0))\\fR" } ?? ""
      return ".TP\n\\fB\(escaped(flag.name))\\fR\(value)\n"
        + line(flag.help + (flag.isRepeatable ? "; may be repeated" : ""))
    }.joined()
  }

  /// A line of text: no word at its beginning is taken for a request.
  private static func line(_ text: String) -> String {
    let shown = escaped(text)
    return (shown.first == "." || shown.first == "'" ? "\\&" : "") + shown + "\n"
  }

  /// A text as roff prints it: ASCII alone, whatever the reader's locale.
  private static func escaped(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": shown += "\\e"
      case "-": shown += "\\-"
      case "'": shown += "\\(aq"
      case "\"": shown += "\\(dq"
      case "`": shown += "\\(ga"
      case "^": shown += "\\(ha"
      case "~": shown += "\\(ti"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: shown += " "
      case _ where scalar.value > 0x7E:
        let hex = String(scalar.value, radix: 16, uppercase: true)
        shown += "\\[u" + String(repeating: "0", count: max(0, 4 - hex.utf8.count)) + hex + "]"
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }
}
