import TestSupport
import Testing

@testable import CommandLine
@testable import Commands
@testable import gpuloom

/// Completions and the manual page: made from the commands' own descriptions, and read by the
/// programs they are for, where those are there.
struct ShellTests {
  private let folder = TemporaryFolder()

  static func has(_ program: String) -> Bool {
    CommandLineRun(["-c", "command -v \(program)"], in: "/", program: "/bin/sh").status == 0
  }
  static let hasBash = has("bash")
  static let hasZsh = has("zsh")
  static let hasFish = has("fish")
  static let hasGroff = has("groff")
  static let hasMandoc = has("mandoc")

  /// Makes a shell's script as a file.
  private func make(_ shell: String) -> String {
    let run = CommandLineRun(["completions", shell], in: folder.path)
    #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
    folder.write("script", run.output)
    return run.output
  }

  /// What bash offers for words, the last of which is being typed.
  private func offers(_ words: [String]) -> [String] {
    let list = words.map { "'\($0)'" }.joined(separator: " ")
    let line = """
      source ./script; COMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1); _gpuloom
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let run = CommandLineRun(["-c", line], in: folder.path, program: "/bin/bash")
    #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
    return run.output.split(separator: "\n").map(String.init)
  }

  @Test(.enabled(if: hasBash, "no bash here"))
  func bashCompletes() {
    _ = make("bash")
    #expect(CommandLineRun(["-n", "script"], in: folder.path, program: "/bin/bash").status == 0)
    let first = offers(["gpuloom", ""])
    for command in CommandRegistry.commands {
      let words = command.name.split(separator: " ").map(String.init)
      #expect(first.contains(words[0]))
      if words.count > 1 { #expect(offers(["gpuloom", words[0], words[1]]).contains(words[1])) }
      // Every flag of every command, and none that it has not.
      let flags = offers(["gpuloom"] + words + ["--"])
      #expect(flags.sorted() == command.usage.allFlags.map(\.name).sorted(), "\(command.name)")
    }
    #expect(offers(["gpuloom", "compare", "--policy", "space-t"]) == ["space-time"])
    #expect(offers(["gpuloom", "compare", "--format", "="]) == ["table", "csv", "json"])
    #expect(offers(["gpuloom", "compare", "--format", "=", "c"]) == ["csv"])
    #expect(offers(["gpuloom", "check", "--format", "j"]) == ["junit"])
    #expect(offers(["gpuloom", "compare", "--seed", "1"]).isEmpty)
    folder.write("a file.json", "")
    #expect(offers(["gpuloom", "compare", "a"]) == ["a file.json"])
    #expect(offers(["gpuloom", "gpus", "v100-sxm2-1"]) == ["v100-sxm2-16gb"])
    #expect(offers(["gpuloom", "trace", ""]).contains("stats"))
    #expect(!offers(["gpuloom", "trace", "--"]).contains("--format"))
  }

  @Test(.enabled(if: hasZsh, "no zsh here"))
  func zshReadsItsScript() {
    let script = make("zsh")
    #expect(script.hasPrefix("#compdef gpuloom\n"))
    let run = CommandLineRun(
      [
        "-fc",
        "zsh -n script && autoload -Uz compinit && compinit -u -D && source ./script"
          + " && print -r -- $_comps[gpuloom] && whence -w _gpuloom",
      ], in: folder.path, program: "/usr/bin/zsh", environment: ["HOME=" + folder.path])
    #expect(run.output == "_gpuloom\n_gpuloom: function\n", "\(run.output)\(run.error)")
    for flag in CompareCommand.usage.allFlags { #expect(script.contains(flag.name + "[")) }
  }

  @Test(.enabled(if: hasFish, "no fish here"))
  func fishCompletes() {
    _ = make("fish")
    func offers(_ line: String) -> [String] {
      let run = CommandLineRun(
        ["--no-config", "-c", "source ./script; complete -C '\(line)'"], in: folder.path,
        program: "/usr/bin/fish", environment: ["HOME=" + folder.path])
      #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
      return run.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
    }
    #expect(offers("gpuloom trace st") == ["stats"])
    #expect(offers("gpuloom compare --policy space-t") == ["space-time"])
    #expect(offers("gpuloom check --format j") == ["junit"])
    for command in CommandRegistry.commands {
      let flags = offers("gpuloom \(command.name) --")
      #expect(flags.sorted() == command.usage.allFlags.map(\.name).sorted(), "\(command.name)")
    }
  }

  @Test func anUnknownShellIsTold() {
    let run = CommandLineRun(["completions", "bsh"], in: folder.path)
    #expect(run.status == 65 && run.output.isEmpty)
    #expect(run.error.contains("expected one of bash, zsh, fish") && run.error.contains("'bash'?"))
    #expect(CommandLineRun(["completions"], in: folder.path).status == 64)
    let out = CommandLineRun(["completions", "zsh", "--out", "o"], in: folder.path)
    #expect(out.status == 0 && folder.text("o/_gpuloom") == out.output)
  }

  // MARK: The manual

  @Test func theManualTellsEveryCommandAndFlag() {
    let run = CommandLineRun(["man", "--out", "o"], in: folder.path)
    #expect(run.status == 0 && run.output.hasPrefix(".\\\" Made by"))
    #expect(folder.text("o/gpuloom.1") == run.output)
    #expect(run.output.utf8.allSatisfy { $0 < 0x7F })
    for command in CommandRegistry.commands {
      let name = command.name.replacing("-", with: "\\-")
      #expect(run.output.contains(".SS \"gpuloom \(name)"))
      for flag in command.usage.allFlags {
        #expect(run.output.contains("\\fB\(flag.name.replacing("-", with: "\\-"))\\fR"))
      }
    }
    // No word at the beginning of a line is taken for a request by chance.
    let requests = ["TH", "SH", "SS", "TP", "PP", "B", "I", "nf", "fi", "RS", "RE", "\\\""]
    for line in run.output.split(separator: "\n") where line.hasPrefix(".") {
      #expect(requests.contains(String(line.dropFirst().prefix { $0 != " " })), "\(line)")
    }
  }

  @Test(.enabled(if: hasGroff, "no groff here"))
  func groffSetsTheManual() {
    let line = "'\(CommandLineRun.program)' man > page && groff -man -ww -Tutf8 -P-cbou page"
    let run = Shell.run(line, in: folder)
    #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
    #expect(run.output.contains("compare") && run.output.contains("EXIT STATUS"))
  }

  @Test(.enabled(if: hasMandoc, "no mandoc here"))
  func mandocFindsNoFault() {
    let line = "'\(CommandLineRun.program)' man > page && mandoc -T lint -W warning page"
    let run = Shell.run(line, in: folder)
    // A page without a date is meant: it must not change with the day.
    let faults = (run.output + run.error).split(separator: "\n").filter {
      !$0.contains("missing date")
    }
    #expect(faults.isEmpty, "\(faults)")
  }

  // MARK: A terminal

  @Test(.enabled(if: has("script"), "no script(1) here"))
  func tablesFitTheTerminal() {
    let program = CommandLineRun.program
    func lines(_ flags: String) -> [Substring] {
      let line = "script -qec \"stty cols 80; '\(program)' gpus --no-color \(flags)\" /dev/null"
      return Shell.run(line, in: folder).output.split { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    }
    let narrow = lines("")
    #expect(narrow.count > 20 && narrow.allSatisfy { $0.count <= 80 }, "\(narrow)")
    #expect(narrow.last == "not shown in 80 columns: DRAM, memory, MIG slices (--wide shows all)")
    let wide = lines("--wide")
    #expect(wide.contains { $0.count > 80 } && wide[0].hasSuffix("MIG slices"))
    // In a pipe there is no limit.
    let pipe = CommandLineRun(["gpus"], in: folder.path).output.split(separator: "\n")
    #expect(pipe == wide)
    #expect(
      CommandLineRun(["gpus", "--wide"], in: folder.path).output.split(separator: "\n") == pipe)
  }
}
