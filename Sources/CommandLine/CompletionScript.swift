/// The completion scripts of shells, made from what `--help` is made from.
package enum CompletionScript {
  /// A shell: the word that asks for it, the file where it looks for a script, and the script.
  package struct Shell: Sendable {
    package let name: String
    package let file: String
    package let script: @Sendable (CompletionWords) -> String
  }

  /// The shells there are scripts for.
  package static let shells = [
    Shell(name: "bash", file: "gpuloom.bash", script: bash),
    Shell(name: "zsh", file: "_gpuloom", script: zsh),
    Shell(name: "fish", file: "gpuloom.fish", script: fish),
  ]

  /// A text as one word of a shell.
  private static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }

  private static func head(_ shell: String) -> String {
    "# Completion of gpuloom for \(shell), made by 'gpuloom completions \(shell)'.\n"
  }

  // MARK: bash

  @Sendable private static func bash(_ words: CompletionWords) -> String {
    var text = head("bash")
    text += """
      _gpuloom_offer() {
        local word
        COMPREPLY=()
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
        if [ -n "$2" ]; then
          compopt -o filenames 2>/dev/null
          while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
        fi
      }

      _gpuloom() {
        local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command='' i
        COMPREPLY=()
        # '--flag=value' comes as three words.
        if [ "$cur" = '=' ]; then
          cur=''
        elif [ "$prev" = '=' ] && [ "$COMP_CWORD" -ge 2 ]; then
          prev="${COMP_WORDS[COMP_CWORD-2]}"
        fi
        for ((i = 1; i < COMP_CWORD; i++)); do
          case "${command:+$command }${COMP_WORDS[i]}" in
            \((words.groups + words.commands.map(\.name)).map(quoted).joined(separator: "|")))
              command="${command:+$command }${COMP_WORDS[i]}" ;;
            *) break ;;
          esac
        done
        case "$command" in

      """
    for group in [""] + words.groups where !words.commands.contains(where: { $0.name == group }) {
      let next = words.next(after: group).map(\.word)
      let flags = group.isEmpty ? " --help --version" : " --help"
      text +=
        "    \(quoted(group))) _gpuloom_offer \(quoted(next.joined(separator: " ") + flags)) ;;\n"
    }
    for command in words.commands { text += bash(command, words) }
    return text + "  esac\n}\n\ncomplete -F _gpuloom gpuloom\n"
  }

  private static func bash(_ command: CommandDescription, _ words: CompletionWords) -> String {
    var text = "    \(quoted(command.name)))\n      case \"$prev\" in\n"
    let flags = command.usage.allFlags
    for flag in flags where flag.value != nil {
      text += "        \(flag.name)) \(bash(words.values(of: flag))) ; return ;;\n"
    }
    let next = words.next(after: command.name).map(\.word)
    text += "      esac\n      case \"$cur\" in\n        -*) _gpuloom_offer "
    text += quoted(flags.map(\.name).joined(separator: " ")) + " ;;\n        *) "
    switch words.positionals(of: command) {
    case .anything:
      text += "_gpuloom_offer " + quoted((next + flags.map(\.name)).joined(separator: " "))
    case .files: text += "_gpuloom_offer \(quoted(next.joined(separator: " "))) files"
    case .words(let names, let alsoFiles):
      text += "_gpuloom_offer \(quoted((next + names).joined(separator: " ")))"
      text += alsoFiles ? " files" : ""
    }
    return text + " ;;\n      esac ;;\n"
  }

  private static func bash(_ values: CompletionWords.Values) -> String {
    switch values {
    case .anything: ":"
    case .files: "_gpuloom_offer '' files"
    case .words(let names, let alsoFiles):
      "_gpuloom_offer \(quoted(names.joined(separator: " ")))" + (alsoFiles ? " files" : "")
    }
  }

  // MARK: zsh

  @Sendable private static func zsh(_ words: CompletionWords) -> String {
    var text = "#compdef gpuloom\n" + head("zsh")
    text += "_gpuloom() {\n  local curcontext=\"$curcontext\" state line\n  local -a names\n"
    for group in [""] + words.groups {
      let isCommand = words.commands.contains { $0.name == group }
      text += "  if (( CURRENT == \(group.isEmpty ? 2 : 3) ))"
      if !group.isEmpty { text += " && [[ ${words[2]} == \(quoted(group)) ]]" }
      text += "; then\n    names=(\n"
      for (word, summary) in words.next(after: group) {
        text += "      \(quoted(word.replacing(":", with: "\\:") + ":" + summary))\n"
      }
      text += "    )\n    _describe -t commands 'gpuloom command' names\n"
      text += (isCommand ? "" : "    return\n") + "  fi\n"
    }
    text += "  case \"${words[2]} ${words[3]}\" in\n"
    for command in words.commands.filter({ $0.name.contains(" ") }) {
      text += "    \(quoted(command.name)))\n      shift 2 words; (( CURRENT -= 2 ))\n"
      text += zsh(command, words)
    }
    text += "    *)\n      case \"${words[2]}\" in\n"
    for command in words.commands.filter({ !$0.name.contains(" ") }) {
      text += "    \(quoted(command.name)))\n      shift words; (( CURRENT -= 1 ))\n"
      text += zsh(command, words)
    }
    text += "      esac ;;\n  esac\n}\n\n"
    // Sourced or found on the path of functions, it works both ways.
    return text + "if [ \"$funcstack[1]\" = _gpuloom ]; then\n  _gpuloom \"$@\"\nelse\n"
      + "  compdef _gpuloom gpuloom\nfi\n"
  }

  private static func zsh(_ command: CommandDescription, _ words: CompletionWords) -> String {
    func plain(_ text: String) -> String {
      ["\\", ":", "[", "]"].reduce(text) { $0.replacing($1, with: "\\" + $1) }
    }
    func action(_ values: CompletionWords.Values) -> String {
      switch values {
      case .anything: " "
      case .files: "_files"
      case .words(let names, let alsoFiles):
        alsoFiles
          ? "{compadd -- \(names.joined(separator: " ")); _files}"
          : "(\(names.joined(separator: " ")))"
      }
    }
    var lines: [String] = []
    for flag in command.usage.allFlags {
      var spec = (flag.isRepeatable ? "*" : "") + flag.name + "[" + plain(flag.help) + "]"
      if let value = flag.value {
        spec += ":" + plain(value) + ":" + action(words.values(of: flag))
      }
      lines.append("        \(quoted(spec))")
    }
    let positionals = words.positionals(of: command)
    if positionals != .anything {
      lines.append("        \(quoted("*:argument:" + action(positionals)))")
    }
    return "      _arguments \\\n" + lines.joined(separator: " \\\n") + "\n      ;;\n"
  }

  // MARK: fish

  @Sendable private static func fish(_ words: CompletionWords) -> String {
    let known = (words.groups + words.commands.map(\.name)).map(quoted).joined(separator: " ")
    var text = head("fish")
    text += """
      function __gpuloom_is
          set -l found ''
          for word in (commandline -opc)[2..-1]
              set -l next (string trim -- "$found $word")
              contains -- $next \(known); or break
              set found $next
          end
          test "$found" = "$argv[1]"
      end

      complete -c gpuloom -f

      """
    func line(_ command: String, _ rest: String) {
      text += "complete -c gpuloom -n \(quoted("__gpuloom_is " + quoted(command))) \(rest)\n"
    }
    for group in [""] + words.groups {
      for (word, summary) in words.next(after: group) {
        line(group, "-a \(quoted(word)) -d \(quoted(summary))")
      }
    }
    line("", "-l help -d 'what there is'")
    line("", "-l version -d 'the version'")
    for command in words.commands {
      for flag in command.usage.allFlags {
        var rest = "-l \(flag.name.dropFirst(2)) -d \(quoted(flag.help))"
        if flag.value != nil { rest += fish(words.values(of: flag), isFlag: true) }
        line(command.name, rest)
      }
      let values = words.positionals(of: command)
      if values != .anything { line(command.name, fish(values, isFlag: false)) }
    }
    return text
  }

  private static func fish(_ values: CompletionWords.Values, isFlag: Bool) -> String {
    switch values {
    case .anything: isFlag ? " -x" : ""
    case .files: isFlag ? " -r -F" : " -F"
    case .words(let names, let alsoFiles):
      (alsoFiles ? " -F" : "") + (isFlag ? (alsoFiles ? " -r" : " -x") : "")
        + " -a \(quoted(names.joined(separator: " ")))"
    }
  }
}
