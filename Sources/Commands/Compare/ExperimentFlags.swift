import CommandLine
import Reports
import Simulation
import Studies
import Tables

/// The flags that describe an experiment; they become the same description a file holds, so that
/// both are read, checked and recorded alike.
struct ExperimentFlags {
  static let flags = ownFlags + TraceInputFlags.flags

  private static let ownFlags: [FlagSpec] = [
    .valued("--gpu", "NAME|FILE", "the GPU (\(BuiltInExperiment.defaultGPU))"),
    .valued("--testbed", "NAME|FILE", "the software stack (\(BuiltInExperiment.defaultTestbed))"),
    .valued(
      "--model", "NAME|FILE", "a tenant's model (resnet50); NAME:fp16 in another precision",
      isRepeatable: true),
    .valued("--replicas", "N", "its replicas (8 shared among the models)", isRepeatable: true),
    .valued("--slo-ms", "MS", "its latency objective (100)", isRepeatable: true),
    .valued("--trace", "FILE", "its requests: a recorded trace", isRepeatable: true),
    .valued("--rate-scale", "X", "times between its requests divided by X", isRepeatable: true),
    .valued("--poisson-rps", "R", "its requests: Poisson at this rate", isRepeatable: true),
    .valued(
      "--policy", "NAME[:OPTION=VALUE,…]", "a policy (all of them)", isRepeatable: true),
    .valued("--duration-s", "S", "when the run ends (a trace's own end)"),
    .valued("--seed", "N", "a seed (1)", isRepeatable: true),
  ]

  /// Flags that concern tenants; without one of them the built-in tenants are meant.
  private static let tenantFlags =
    ["--model", "--replicas", "--slo-ms", "--trace", "--rate-scale", "--poisson-rps"]
    + TraceInputFlags.flags.map(\.name)

  /// The experiment that the flags and defaults describe.
  let description: JSONReport

  /// Reads the flags; `hasTrace` tells whether the built-in trace is there.
  ///
  /// - Throws: `InputError` of kind `usage` with every fault.
  init(_ arguments: inout ArgumentReader, hasTrace: Bool) throws(InputError) {
    let isBuiltIn = !Self.tenantFlags.contains { arguments.has($0) }
    var members: [(String, JSONReport)] = [
      ("format", .string(ExperimentReader.format)),
      ("name", .string(isBuiltIn ? "built-in" : "command-line")),
      ("gpu", .string(arguments.string("--gpu") ?? BuiltInExperiment.defaultGPU)),
      ("testbed", .string(arguments.string("--testbed") ?? BuiltInExperiment.defaultTestbed)),
    ]
    var policies: [JSONReport] = []
    for text in arguments.strings("--policy") {
      if let policy = Self.policy(text, &arguments) { policies.append(policy) }
    }
    let duration = arguments.double("--duration-s", atLeast: 1e-9, atMost: 1e9)
    let seeds = arguments.integers("--seed")
    for (i, seed) in seeds.enumerated() where seeds[..<i].contains(seed) {
      arguments.fault("the seed \(seed) is given twice")
    }
    let tenants =
      isBuiltIn
      ? BuiltInExperiment.tenants(hasTrace: hasTrace)
      : Self.tenants(&arguments, hasDuration: arguments.has("--duration-s"))
    members.append(("tenants", .array(tenants)))
    members.append(("policies", .array(policies.isEmpty ? BuiltInExperiment.policies : policies)))
    if let seconds = duration ?? (isBuiltIn ? BuiltInExperiment.defaultDuration : nil) {
      members.append(("duration_s", .number(seconds)))
    }
    members.append(("seeds", .array((seeds.isEmpty ? [1] : seeds).map { .integer(Int64($0)) })))
    description = .object(members)
    try arguments.finish()
  }

  /// The flags given, for the complaint that they stand beside a file.
  static func given(_ arguments: ArgumentReader) -> [String] {
    flags.map(\.name).filter { arguments.has($0) }
  }

  // MARK: Tenants

  private static func tenants(
    _ arguments: inout ArgumentReader, hasDuration: Bool
  ) -> [JSONReport] {
    let models = arguments.has("--model") ? arguments.strings("--model") : ["resnet50"]
    let replicas = each(
      "--replicas", arguments.integers("--replicas", atLeast: 1), models, &arguments)
    let objectives = each(
      "--slo-ms", doubles("--slo-ms", 1e-6, 3.6e6, &arguments), models, &arguments)
    let traces = each("--trace", arguments.strings("--trace"), models, &arguments)
    let scales = each(
      "--rate-scale", doubles("--rate-scale", 1e-6, 1e6, &arguments), models, &arguments)
    let rates = each(
      "--poisson-rps", doubles("--poisson-rps", 1e-6, 1e9, &arguments), models, &arguments)
    let reading = TraceInputFlags.read(&arguments)
    let isTraced = arguments.has("--trace")
    let isDrawn = arguments.has("--poisson-rps")
    if isTraced == isDrawn {
      arguments.fault(
        isTraced
          ? "'--trace' and '--poisson-rps' exclude each other"
          : "expected the requests: '--trace FILE' or '--poisson-rps R'")
    }
    if arguments.has("--rate-scale"), !isTraced {
      arguments.fault("'--rate-scale' applies to '--trace' only")
    }
    for flag in TraceInputFlags.flags.map(\.name) where arguments.has(flag) && !isTraced {
      arguments.fault("'\(flag)' applies to '--trace' only")
    }
    if isDrawn, !hasDuration {
      arguments.fault("'--poisson-rps' needs '--duration-s': drawn arrivals have no end")
    }
    var names: [String] = []
    return models.indices.map { i in
      var arrivals: [(String, JSONReport)] = []
      if let trace = traces[i] {
        arrivals.append(("trace", .string(trace)))
        arrivals += TraceInputFlags.members(reading)
      }
      if let scale = scales[i] { arrivals.append(("rate_scale", .number(scale))) }
      if let rate = rates[i] { arrivals.append(("poisson_rps", .number(rate))) }
      let count = replicas[i] ?? max(1, 8 / models.count)
      names.append(name(of: models[i], besides: names))
      return .object([
        ("name", .string(names[i])), ("model", .string(models[i])),
        ("replicas", .integer(Int64(count))), ("slo_ms", .number(objectives[i] ?? 100)),
        ("arrivals", .object(arrivals)),
      ])
    }
  }

  /// One value for each model: none, one for all, or one for each were given.
  private static func each<Value>(
    _ flag: String, _ values: [Value], _ models: [String], _ arguments: inout ArgumentReader
  ) -> [Value?] {
    if values.count == models.count { return values }
    if values.count > 1 {
      arguments.fault(
        "expected '\(flag)' once, or once for each of the \(models.count) models, "
          + "found it \(values.count) times")
    }
    return models.map { _ in values.first }
  }

  private static func doubles(
    _ flag: String, _ low: Double, _ high: Double, _ arguments: inout ArgumentReader
  ) -> [Double] {
    var numbers: [Double] = []
    for text in arguments.strings(flag) {
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        if let number = decimal(part), number >= low, number <= high {
          numbers.append(number)
        } else {
          let bounds = "\(NumberText.exact(low)) to \(NumberText.exact(high))"
          arguments.fault("expected a number from \(bounds) after '\(flag)', found \"\(part)\"")
        }
      }
    }
    return numbers
  }

  /// A finite number in decimal digits; Double alone reads "inf" and "0x1p3" too.
  private static func decimal(_ text: some StringProtocol) -> Double? {
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }

  /// A tenant's name: its model's, without folder and ending, numbered where taken.
  private static func name(of model: String, besides taken: [String]) -> String {
    let file = model.split(separator: "/").last.map(String.init) ?? model
    let stem = file.split(separator: ".").first.map(String.init) ?? file
    var (name, number) = (stem, 1)
    while taken.contains(name) {
      number += 1
      name = "\(stem)-\(number)"
    }
    return name
  }

  // MARK: Policies

  /// `name`, `name:option=value,…` or, as reports show it, `name(option=value,…)`.
  private static func policy(
    _ text: String, _ arguments: inout ArgumentReader
  ) -> JSONReport? {
    var body = text[...]
    if body.hasSuffix(")"), body.contains("(") { body = body.dropLast() }
    guard let cut = body.firstIndex(where: { $0 == ":" || $0 == "(" }) else {
      return .string(text)
    }
    var members: [(String, JSONReport)] = [("policy", .string(String(body[..<cut])))]
    for part in body[body.index(after: cut)...].split(
      separator: ",", omittingEmptySubsequences: false)
    {
      guard let equals = part.firstIndex(of: "="), equals > part.startIndex else {
        arguments.fault(
          "expected OPTION=VALUE in '--policy', found \"\(part)\"",
          hint: "for example --policy space-time:window_us=200")
        return nil
      }
      let name = String(part[..<equals])
      let value = part[part.index(after: equals)...]
      if members.contains(where: { $0.0 == name }) {
        arguments.fault("the option '\(name)' is given twice in '--policy'")
        return nil
      }
      switch value {
      case "true": members.append((name, .bool(true)))
      case "false": members.append((name, .bool(false)))
      default: members.append((name, decimal(value).map { .number($0) } ?? .string(String(value))))
      }
    }
    return .object(members)
  }
}
