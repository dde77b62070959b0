import CommandLine
import Reports
import Tables
import Traces
import Workloads

/// A trace to be made: what the user asked for, or what a fit found.
struct TraceRequest {
  var spec: GeneratorSpec
  var durationNS: Int64
  var limit: Int
  var seed: UInt64
  /// The most requests that are drawn without a number asked for: gigabytes of rows.
  private static let mostRequests = 2e8

  /// The lengths as named on the command line, and their laws.
  var tokens: String
  var laws: TokenSizes.Laws?
  var path: String?

  init(_ arguments: inout ArgumentReader) throws {
    let name = arguments.positional("a GENERATOR")
    let parameters = Self.parameters(&arguments)
    let duration = arguments.double("--duration-s", atLeast: 1e-9, atMost: 9e9)
    let requests = arguments.integer("--requests", atLeast: 1)
    let seed = arguments.integer("--seed") ?? 1
    let given = Self.tokens(&arguments)
    path = arguments.string("--to")
    try arguments.finish()
    spec = try GeneratorSpec(name, parameters: parameters)
    // With a number of requests and no duration the number alone decides.
    let seconds = duration ?? (requests == nil ? 600 : 9e9)
    let expected = ArrivalProcess.generator(spec).requestsPerSecond * seconds
    if requests == nil, expected > Self.mostRequests {
      throw InputError(
        kind: .usage,
        message: "some \(NumberText.significant(expected, 3)) requests in "
          + "\(NumberText.exact(seconds)) s are more than \(NumberText.exact(Self.mostRequests))",
        hint: "a shorter '--duration-s', a lower '--rps', or '--requests N' to stop after so many")
    }
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

  /// Makes the trace, to the file it names or to standard output.
  func write(_ context: CommandContext) throws {
    var sizes = laws.map { TokenSizes($0, seed: seed, stream: "trace") }
    let sink = try TraceSink(
      TraceText(hasSizes: sizes != nil),
      provenance: [TraceProvenance("made_by", commandLine)],
      path: path, name: spec.name, context)
    var arrivals = try ArrivalGenerator(
      .generator(spec), seed: seed, stream: "trace")
    while sink.rows < limit, let time = arrivals.next(), time < durationNS {
      let length = sizes?.next() ?? (input: -1, output: -1)
      try sink.write(
        TraceRow(arrivalNS: time, inputTokens: length.input, outputTokens: length.output))
    }
    try sink.finish()
  }
}
