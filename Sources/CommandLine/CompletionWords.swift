/// What may follow words on the command line, for the completion scripts of all shells.
package struct CompletionWords: Sendable {
  /// What a flag's value, or a positional argument, may be.
  package enum Values: Equatable, Sendable {
    /// Anything: nothing is offered.
    case anything
    /// Files and folders.
    case files
    /// Words, and files too where `alsoFiles`.
    case words([String], alsoFiles: Bool)
  }

  /// Names by the placeholder of help or by flag, such as the policies for "--policy".
  private let names: [String: [String]]
  /// The commands.
  package let commands: [CommandDescription]

  /// - Parameter names: what flags take by name, by flag; what commands take as their positional
  ///   argument, by the command's name.
  package init(_ commands: [CommandDescription], names: [String: [String]]) {
    self.commands = commands
    self.names = names
  }

  /// What a flag's value may be.
  package func values(of flag: FlagSpec) -> Values {
    guard let shown = flag.value else { return .anything }
    return values(names[flag.name], shown)
  }

  /// What a command's positional arguments may be.
  package func positionals(of command: CommandDescription) -> Values {
    let shown = command.usage.positionals
    return shown.isEmpty ? .anything : values(names[command.name], shown)
  }

  private func values(_ known: [String]?, _ shown: String) -> Values {
    let isFile = ["FILE", "DIR", "PATH…", "EXPERIMENT", ".csv", ".json", "POINTS"].contains {
      shown.contains($0)
    }
    // A path of keys is no path of files.
    if let known { return .words(known, alsoFiles: isFile) }
    let parts = shown.split(separator: "|").map(String.init)
    let areWords = parts.allSatisfy { part in
      part.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }
    }
    if areWords, parts.count > 1 { return .words(parts, alsoFiles: false) }
    return isFile ? .files : .anything
  }

  /// The first words of commands of two words, each once.
  package var groups: [String] {
    commands.reduce(into: []) { groups, command in
      let words = command.name.split(separator: " ")
      if words.count > 1, !groups.contains(String(words[0])) { groups.append(String(words[0])) }
    }
  }

  /// The words that go on from words already there ("" or a group), with what each is.
  package func next(after group: String) -> [(word: String, summary: String)] {
    var found: [(word: String, summary: String)] = []
    for command in commands {
      let words = command.name.split(separator: " ").map(String.init)
      if group.isEmpty {
        if found.contains(where: { $0.word == words[0] }) { continue }
        let isGroup = words.count > 1 && !commands.contains { $0.name == words[0] }
        let of = commands.compactMap { other -> String? in
          other.name.hasPrefix(words[0] + " ")
            ? String(other.name.dropFirst(words[0].count + 1)) : nil
        }
        found.append((words[0], isGroup ? of.joined(separator: ", ") : command.summary))
      } else if words.count > 1, words[0] == group {
        found.append((words[1], command.summary))
      }
    }
    return found
  }
}
