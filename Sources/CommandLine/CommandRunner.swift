import Tables

/// Finds the command the words call, runs it and turns what happens into an exit code.
package enum CommandRunner {
  /// Runs the command line and gives the exit code.
  package static func run(
    _ words: [String], commands: [any Command.Type]
  ) -> Int32 {
    let output = StandardOutput()
    let status = dispatch(words, commands: commands, output: output)
    output.flush()
    if let failure = output.failure {
      StandardError.write("gpuloom: error: \(failure.place): \(failure.message)\n")
      return failure.status.rawValue
    }
    let isDone = status == ExitStatus.done.rawValue
    return output.isAbandoned && isDone ? ExitStatus.writingFailed.rawValue : status
  }

  private static func dispatch(
    _ words: [String], commands: [any Command.Type], output: StandardOutput
  ) -> Int32 {
    let terminal = Terminal.current()
    var call = CommandCall(words)
    let hasColor = !Terminal.environmentForbidsColor && !words.contains("--no-color")
    func failed(_ error: InputError, help: String) -> Int32 {
      let isColored = hasColor && terminal.isErrorTerminal
      for diagnostic in error.diagnostics {
        StandardError.write(DiagnosticText.render(diagnostic, hasColor: isColored) + "\n")
      }
      if error.kind == .usage { StandardError.write("Try '\(help)'.\n") }
      return error.kind.rawValue
    }
    if call.isAskingForVersion {
      output.write("gpuloom \(Version.text)\n")
      return ExitStatus.done.rawValue
    }
    guard let command = call.takeCommand(among: commands) else {
      let group = call.group(among: commands)
      if call.isAskingForHelp || (call.words.isEmpty && group.isEmpty) {
        output.write(HelpText.overview(of: commands, group: group))
        return ExitStatus.done.rawValue
      }
      let help = group.isEmpty ? "gpuloom --help" : "gpuloom \(group) --help"
      return failed(call.unknownCommand(among: commands, group: group), help: help)
    }
    if call.isAskingForHelp {
      output.write(HelpText.page(for: command))
      return ExitStatus.done.rawValue
    }
    let help = "gpuloom \(command.name) --help"
    do {
      var arguments = ArgumentReader(call.words, flags: command.usage.allFlags)
      let context = context(
        &arguments, command: command, terminal: terminal, hasColor: hasColor, output: output,
        commands: commands)
      let status = try command.run(&arguments, context)
      return status == .interrupted ? Interrupt.exitCode : status.rawValue
    } catch let error as InputError {
      output.flush()
      return failed(error, help: help)
    } catch let error as OutputError {
      let hint = error.hint.map { "\n  hint: \($0)" } ?? ""
      StandardError.write(DiagnosticText.printable("\(error)\(hint)\n"))
      return error.status.rawValue
    } catch {
      StandardError.write("gpuloom: error: internal fault: \(error)\n")
      return ExitStatus.fault.rawValue
    }
  }

  /// Reads the common flags; their faults are kept for the command's `finish()`.
  private static func context(
    _ arguments: inout ArgumentReader, command: any Command.Type, terminal: Terminal,
    hasColor: Bool, output: StandardOutput, commands: [any Command.Type]
  ) -> CommandContext {
    let formats = command.usage.formats
    _ = arguments.bool("--no-color")
    return CommandContext(
      formatName: arguments.choice("--format", of: formats) ?? formats[0],
      outputFolder: arguments.string("--out"),
      jobs: arguments.integer("--jobs", atLeast: 1, atMost: 1024) ?? Terminal.processorCount,
      isWide: arguments.bool("--wide"), isQuiet: arguments.bool("--quiet"),
      hasOutputColor: hasColor && terminal.isOutputTerminal,
      hasErrorColor: hasColor && terminal.isErrorTerminal,
      terminal: terminal, output: output,
      commands: commands.map {
        CommandDescription(name: $0.name, summary: $0.summary, usage: $0.usage)
      })
  }
}

/// The words of a command line while the command is being found.
package struct CommandCall {
  /// The words, the command's own removed once it is found.
  package var words: [String]

  /// Takes the words; common flags before the command are moved behind it.
  package init(_ words: [String]) {
    let common = CommandUsage.commonFlags(formats: ["table"])
    var at = 0
    while at < words.count, words[at].hasPrefix("--"), words[at] != "--" {
      let takesNext = common.contains { $0.name == words[at] && $0.value != nil }
      at += takesNext ? 2 : 1
    }
    at = min(at, words.count)
    // After the moved words the rest follows, so a lone "--" there keeps its meaning.
    if at < words.count {
      let name = words[at...].prefix { !$0.hasPrefix("-") }
      self.words = Array(name) + words[..<at] + words[(at + name.count)...]
    } else {
      self.words = words
    }
    if self.words.first == "help" { self.words = Array(self.words.dropFirst()) + ["--help"] }
  }

  /// The words before a lone "--", where flags are looked for.
  private var flagWords: ArraySlice<String> { words.prefix { $0 != "--" } }

  /// Whether help is asked for.
  package var isAskingForHelp: Bool { flagWords.contains { $0 == "--help" || $0 == "-h" } }

  /// Whether the version is asked for.
  package var isAskingForVersion: Bool { flagWords.contains("--version") }

  /// The command whose words come first, the longest name winning; its words are taken off.
  package mutating func takeCommand(among commands: [any Command.Type]) -> (any Command.Type)? {
    let found =
      commands
      .filter { words.starts(with: $0.name.split(separator: " ").map(String.init)) }
      .max { $0.name.utf8.count < $1.name.utf8.count }
    if let found { words.removeFirst(found.name.split(separator: " ").count) }
    return found
  }

  /// The first word where it begins the names of several commands; empty otherwise.
  package func group(among commands: [any Command.Type]) -> String {
    guard let first = words.first else { return "" }
    return commands.contains { $0.name.hasPrefix(first + " ") } ? first : ""
  }

  /// The error for words that call no command.
  package func unknownCommand(among commands: [any Command.Type], group: String) -> InputError {
    let typed = group.isEmpty ? words.first : words.dropFirst().first
    let prefix = group.isEmpty ? "" : group + " "
    var names: [String] = []
    for command in commands where command.name.hasPrefix(prefix) {
      let rest = command.name.dropFirst(prefix.count)
      let word = String(rest.split(separator: " ")[0])
      if !names.contains(word) { names.append(word) }
    }
    let message: String
    if let typed, !typed.hasPrefix("-") {
      message = "unknown command '\(prefix)\(Excerpt.word(typed))'"
    } else if let typed, group.isEmpty {
      let flags = CommandUsage.commonFlags(formats: ["table"]).map(\.name)
      guard !flags.contains(where: { typed == $0 || typed.hasPrefix($0 + "=") }) else {
        return InputError(
          kind: .usage, Diagnostic(message: "expected a command, found only flags"))
      }
      return InputError(
        kind: .usage,
        Diagnostic(
          message: "unknown flag '\(Excerpt.word(typed))'",
          hint: NearestName.hint(for: typed, in: flags)))
    } else {
      message = "expected a command after '\(group)'"
      return InputError(
        kind: .usage,
        Diagnostic(message: message, hint: "known: \(names.joined(separator: ", "))"))
    }
    return InputError(
      kind: .usage,
      Diagnostic(message: message, hint: NearestName.hint(for: typed ?? "", in: names)))
  }
}

extension OutputError {
  /// The exit code.
  fileprivate var status: ExitStatus {
    switch kind {
    case .cannotCreate: .cannotCreate
    case .writingFailed: .writingFailed
    }
  }
}
