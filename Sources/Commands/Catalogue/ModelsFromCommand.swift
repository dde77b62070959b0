import CommandLine
import Hardware
import LanguageModels
import Tables

/// `gpuloom models from`: a language model's file from its publisher's configuration.
enum ModelsFromCommand: Command {
  static let name = "models from"
  static let summary = "describe a language model from its publisher's config.json"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "config.json",
      flags: [
        .valued("--name", "NAME", "the model's name (the configuration's, else the file's)"),
        .output("--to", "MODEL.json", "write the file here, not to standard output"),
      ],
      formats: ["json"],
      notes: [
        "Architectures: " + PublishedConfig.architectures.joined(separator: ", ")
          + ".\nNotes tell what of a configuration is not modelled."
      ],
      examples: [
        ("gpuloom models from config.json --to mine.json", "a file that tenants may name"),
        ("gpuloom models from config.json --name llama-3.1-8b", "the same under a name of yours"),
      ])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let file = arguments.positional("config.json")
    let name = FlagValues.fileName("--name", &arguments)
    let target = arguments.string("--to")
    try arguments.finish()
    let (model, notes) = try PublishedConfig.read(file, name: name)
    context.report(notes)
    let text = model.jsonText
    try context.save("\(model.name).json", text)
    try context.deliver(text, to: target)
    if let target { context.note("wrote \(target)") }
    return .done
  }
}
