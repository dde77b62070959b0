import CommandLine
import Reports
import Tables
import Traces
import Workloads

/// `gpuloom trace generate`: makes a trace from a preset or a process.
enum TraceGenerateCommand: Command {
  static let name = "trace generate"
  static let summary = "make a trace from a preset, a process, or the likeness of another trace"

  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[GENERATOR]",
      flags: [
        .valued("--set", "NAME=VALUE", "a parameter of the generator", isRepeatable: true),
        .valued("--rps", "R", "mean requests per second; short for --set rps=R"),
        .valued("--duration-s", "S", "how long the trace is (600)"),
        .valued("--requests", "N", "stop after so many requests"),
        .valued("--seed", "N", "the seed (1)"),
        .valued(
          "--tokens", "none|code|chat|lognormal:…",
          "prompt and answer lengths (what the generator's source has)"),
        .valued(
          "--like", "FILE", "fit the generator 'modulated' to a trace and say how near it is"),
        .plain("--list", "the generators, or one's parameters with their sources"),
      ] + TraceSink.flags + TraceInputFlags.flags,
      notes: [
        "Generators: " + GeneratorCatalog.names.joined(separator: ", ") + ".",
        "The same command gives the same bytes on every machine. The trace goes to standard\n"
          + "output as CSV unless --to or --out names a file; --format shapes --list and --like.",
        "--like prints how the fit compares with the trace over ten seeds, what was fitted and\n"
          + "what was not, and makes a trace only where --to or --out is given. Reading FILE\n"
          + "takes the flags from --as on.",
        "Lengths of one's own: --tokens lognormal:MEAN,DEVIATION,LARGEST,MEAN,DEVIATION,LARGEST\n"
          + "of the logarithms, prompts first.",
      ],
      examples: [
        (
          "gpuloom trace generate code-onoff --duration-s 3600 --to bursts.csv",
          "an hour of a code assistant's bursts and pauses"
        ),
        ("gpuloom trace generate hawkes --list", "the parameters of a self-exciting process"),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    if arguments.bool("--list") {
      let name = arguments.optionalPositional()
      try arguments.finish()
      try list(name, context)
      return .done
    }
    if arguments.has("--like") {
      try TraceLikenessReport.run(&arguments, context)
      return .done
    }
    let request = try Request(&arguments)
    try generate(request, context)
    return .done
  }

  /// What the user asked for.
  struct Request {
    var spec: GeneratorSpec
    var durationNS: Int64
    var limit: Int
    var seed: UInt64
    /// The lengths as named on the command line, and their laws.
    var tokens: String
    var laws: TokenSizes.Laws?
    var path: String?

    init(_ arguments: inout ArgumentReader) throws {
      let name = arguments.positional("a GENERATOR")
      let parameters = Request.parameters(&arguments)
      let duration = arguments.double("--duration-s", atLeast: 1e-9, atMost: 9e9)
      let requests = arguments.integer("--requests", atLeast: 1)
      let seed = arguments.integer("--seed") ?? 1
      let given = Request.tokens(&arguments)
      path = arguments.string("--to")
      try arguments.finish()
      spec = try GeneratorSpec(name, parameters: parameters)
      // With a number of requests and no duration the number alone decides.
      let seconds = duration ?? (requests == nil ? 600 : 9e9)
      durationNS = Int64((seconds * 1e9).rounded())
      limit = requests ?? .max
      self.seed = UInt64(seed)
      let usual = GeneratorCatalog.entry(named: name)?.sizes ?? .none
      tokens = given?.text ?? usual.rawValue
      laws = given == nil ? TokenSizes.Laws(usual) : given?.laws
    }

    /// A request that was not typed but found.
    init(
      spec: GeneratorSpec, durationNS: Int64, seed: UInt64, tokens: String,
      laws: TokenSizes.Laws?, path: String?
    ) {
      self.spec = spec
      self.durationNS = durationNS
      limit = .max
      self.seed = seed
      self.tokens = tokens
      self.laws = laws
      self.path = path
    }

    static func tokens(
      _ arguments: inout ArgumentReader
    ) -> (text: String, laws: TokenSizes.Laws?)? {
      guard let text = arguments.string("--tokens") else { return nil }
      if let laws = TokenSizes.Laws(text: text) { return (text, laws) }
      if let name = TokenSizes.Name(rawValue: text) { return (text, TokenSizes.Laws(name)) }
      let names = TokenSizes.Name.allCases.map(\.rawValue)
      arguments.fault(
        "expected \(names.joined(separator: ", ")) or lognormal:… with six numbers after "
          + "'--tokens', found \"\(text)\"",
        hint: NearestName.of(text, in: names).map { "did you mean '\($0)'?" })
      return nil
    }

    private static func parameters(
      _ arguments: inout ArgumentReader
    ) -> [(name: String, value: Double)] {
      var parameters: [(name: String, value: Double)] = []
      for text in arguments.strings("--set") {
        let cut = text.firstIndex(of: "=")
        let digits = cut.map { text[text.index(after: $0)...] } ?? ""
        let isDecimal = digits.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        if let cut, isDecimal, let value = Double(digits), value.isFinite {
          parameters.append((String(text[..<cut]), value))
        } else {
          arguments.fault("expected NAME=NUMBER after '--set', found \"\(text)\"")
        }
      }
      if let rate = arguments.double("--rps") { parameters.append(("rps", rate)) }
      return parameters
    }

    /// The command that makes the same trace, in one canonical form.
    var commandLine: String {
      var words = ["gpuloom trace generate", spec.name]
      let parameters = GeneratorCatalog.entry(named: spec.name)?.parameters ?? []
      for (parameter, value) in zip(parameters, spec.values)
      where value != parameter.defaultValue {
        words.append("--set \(parameter.name)=\(NumberText.exact(value))")
      }
      if durationNS < 9_000_000_000_000_000_000 {
        words.append("--duration-s \(NumberText.exact(Double(durationNS) / 1e9))")
      }
      if limit < .max { words.append("--requests \(limit)") }
      words.append("--seed \(seed)")
      words.append("--tokens \(tokens)")
      return words.joined(separator: " ")
    }
  }

  static func generate(_ request: Request, _ context: CommandContext) throws {
    var sizes = request.laws.map { TokenSizes($0, seed: request.seed, stream: "trace") }
    let sink = try TraceSink(
      TraceText(hasSizes: sizes != nil),
      provenance: [TraceProvenance("made_by", request.commandLine)],
      path: request.path, name: request.spec.name, context)
    var arrivals = try ArrivalGenerator(
      .generator(request.spec), seed: request.seed, stream: "trace")
    while sink.rows < request.limit, let time = arrivals.next(), time < request.durationNS {
      let length = sizes?.next() ?? (input: -1, output: -1)
      try sink.write(
        TraceRow(arrivalNS: time, inputTokens: length.input, outputTokens: length.output))
    }
    try sink.finish()
  }

  private static func list(_ name: String?, _ context: CommandContext) throws {
    guard let name else {
      var table = ReportTable(columns: [
        ReportColumn("generator"), ReportColumn("rps"), ReportColumn("tokens"),
        ReportColumn("summary"),
      ])
      for entry in GeneratorCatalog.entries {
        table.append([
          .text(entry.name), .number(entry.parameters[0].defaultValue),
          .text(entry.sizes.rawValue), .text(entry.summary),
        ])
      }
      try context.emit(table, name: "generators")
      return
    }
    let spec = try GeneratorSpec(name)
    var table = ReportTable(columns: [
      ReportColumn("parameter"), ReportColumn("default"), ReportColumn("least"),
      ReportColumn("most"), ReportColumn("meaning"), ReportColumn("source"),
    ])
    for parameter in GeneratorCatalog.entry(named: spec.name)?.parameters ?? [] {
      table.append([
        .text(parameter.name), .number(parameter.defaultValue),
        .number(parameter.bounds.lowerBound), .number(parameter.bounds.upperBound),
        .text(parameter.meaning), .text(parameter.source),
      ])
    }
    try context.emit(table, name: name)
  }
}
