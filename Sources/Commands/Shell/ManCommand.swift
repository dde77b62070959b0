import CommandLine

/// `gpuloom man`: prints the manual page.
enum ManCommand: Command {
  static let name = "man"
  static let summary = "prints the manual page, in roff"
  static var usage: CommandUsage {
    CommandUsage(
      formats: ["table"],
      examples: [
        ("gpuloom man | man -l -", "to read it"),
        ("gpuloom man > ~/.local/share/man/man1/gpuloom.1", "to keep it, for 'man gpuloom'"),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    try arguments.finish()
    let page = ManualPage.text(context.commands)
    try context.save("gpuloom.1", page)
    context.print(page)
    return .done
  }
}
