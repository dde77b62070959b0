import CommandLine
import Hardware
import Scheduling

/// `gpuloom completions SHELL`: prints a shell's completion script.
enum CompletionsCommand: Command {
  static let name = "completions"
  static let summary = "prints a completion script for bash, zsh or fish"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "bash|zsh|fish", formats: ["table"],
      notes: [
        "The script offers commands, flags and what flags take; the names of policies, GPUs,\n"
          + "testbeds and models are those there are when it is made."
      ],
      examples: [
        ("source <(gpuloom completions bash)", "in ~/.bashrc"),
        ("gpuloom completions zsh > ~/.zfunc/_gpuloom", "in a folder of $fpath"),
        ("gpuloom completions fish > ~/.config/fish/completions/gpuloom.fish", "for fish"),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let shells = CompletionScript.shells
    let names = shells.map(\.name)
    let name = arguments.positionalChoice("a shell", of: names)
    try arguments.finish()
    guard let shell = shells.first(where: { $0.name == name }) else { return .done }
    let script = shell.script(CompletionWords(context.commands, names: known))
    try context.save(shell.file, script)
    context.print(script)
    return .done
  }

  /// What flags and commands take by name.
  private static var known: [String: [String]] {
    let library = ModelLibrary.locate()
    let policies = RegisteredPolicies.all.allNames
    return [
      "--policy": policies, "--gpu": library.gpuNames, "--testbed": library.testbedNames,
      "--model": library.modelNames, "policies": policies, "gpus": library.gpuNames,
      "testbeds": library.testbedNames, "models": library.modelNames,
    ]
  }
}
