/// A flag a command takes.
package struct FlagSpec: Sendable {
  /// The flag with its dashes: "--out".
  package var name: String
  /// What stands for the value in help ("DIR"); nil where the flag takes none.
  package var value: String?
  /// One sentence for help, lower case, no final period.
  package var help: String
  /// Whether the flag may be given several times.
  package var isRepeatable = false
  /// What its value names, where results go there: held before any work that it can be written.
  package var output: OutputPlace?

  /// A flag with a value.
  package static func valued(
    _ name: String, _ value: String, _ help: String, isRepeatable: Bool = false
  ) -> FlagSpec {
    FlagSpec(name: name, value: value, help: help, isRepeatable: isRepeatable)
  }

  /// A flag that says where results go.
  package static func output(
    _ name: String, _ value: String, _ help: String, _ place: OutputPlace = .file
  ) -> FlagSpec {
    FlagSpec(name: name, value: value, help: help, output: place)
  }

  /// A flag without a value.
  package static func plain(_ name: String, _ help: String) -> FlagSpec {
    FlagSpec(name: name, value: nil, help: help)
  }
}

/// What a command is, for help, completion and manual alike.
package struct CommandDescription: Sendable {
  /// The words that call it.
  package var name: String
  /// One sentence, lower case, no final period.
  package var summary: String
  /// What it takes.
  package var usage: CommandUsage

  package init(name: String, summary: String, usage: CommandUsage) {
    self.name = name
    self.summary = summary
    self.usage = usage
  }
}

/// What a command takes, for parsing and help alike.
package struct CommandUsage: Sendable {
  /// The positional arguments as shown in help: "[EXPERIMENT]", "FILE…".
  package var positionals = ""
  /// The command's own flags; the common ones are added.
  package var flags: [FlagSpec] = []
  /// The values `--format` takes, the default first.
  package var formats = ["table", "csv", "json"]
  /// What `--out` names.
  package var outputPlace = OutputPlace.folder
  /// Paragraphs for help after the flags, each a few lines.
  package var notes: [String] = []
  /// Whole command lines to imitate, each with what it does.
  package var examples: [(line: String, does: String)] = []

  package init(
    positionals: String = "", flags: [FlagSpec] = [], formats: [String] = ["table", "csv", "json"],
    outputPlace: OutputPlace = .folder,
    notes: [String] = [], examples: [(line: String, does: String)] = []
  ) {
    self.positionals = positionals
    self.flags = flags
    self.formats = formats
    self.outputPlace = outputPlace
    self.notes = notes
    self.examples = examples
  }

  /// The command's flags and the common ones.
  package var allFlags: [FlagSpec] {
    flags + CommandUsage.commonFlags(formats: formats, outputPlace: outputPlace)
  }

  /// The flags every command takes.
  package static func commonFlags(
    formats: [String], outputPlace: OutputPlace = .folder
  ) -> [FlagSpec] {
    [
      .output("--out", "DIR", "also write the results as files into this folder", outputPlace),
      .valued(
        "--format", formats.joined(separator: "|"), "how results are printed (\(formats[0]))"),
      .valued("--jobs", "N", "how many runs go side by side (as many as processors)"),
      .plain(
        "--wide",
        "all columns of tables; else the last are left out where a terminal has no room"),
      .plain("--quiet", "no progress and no notes; warnings stay"),
      .plain("--no-color", "no colour; also with NO_COLOR set, and never in a pipe"),
      .plain("--help", "what the command does and takes"),
      .plain("--version", "the version"),
    ]
  }
}
