import CommandLine
import Hardware
import KernelData
import LanguageModels
import Reports
import Scheduling
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
    .valued(
      "--replicas", "N", "its replicas (8 shared among the models; 1 of a language model)",
      isRepeatable: true),
    .valued(
      "--slo-ms", "MS", "its latency objective (100; of a language model TTFT 1000, TPOT 50)",
      isRepeatable: true),
    .valued("--trace", "FILE", "its requests: a recorded trace", isRepeatable: true),
    .valued("--rate-scale", "X", "times between its requests divided by X", isRepeatable: true),
    .valued("--start-s", "S", "the second of its trace it begins at", isRepeatable: true),
    .plain("--split", "deal a trace that several models share to them in turn"),
    .valued("--poisson-rps", "R", "its requests: Poisson at this rate", isRepeatable: true),
    .valued(
      "--policy", "NAME[:OPTION=VALUE,…]",
      "a policy (the default set); 'all' is the whole catalogue", isRepeatable: true),
    .valued("--duration-s", "S", "when the run ends (a trace's own end)"),
    .valued("--seed", "N", "a seed (1); several as 1,2,3 or 1..5", isRepeatable: true),
    .valued(
      "--set", "PATH=VALUE", "change what is described: tenants.vision.replicas=2",
      isRepeatable: true),
  ]

  /// Flags that concern tenants; without one of them the built-in tenants are meant.
  private static let tenantFlags =
    [
      "--model", "--replicas", "--slo-ms", "--trace", "--rate-scale", "--start-s", "--split",
      "--poisson-rps",
    ] + TraceInputFlags.flags.map(\.name)

  /// The experiment that the flags and defaults describe.
  let description: JSONReport

  /// Reads the flags; `hasTrace` tells whether the built-in trace is there.
  ///
  /// - Throws: as `ArgumentReader.finish()`.
  init(_ arguments: inout ArgumentReader, hasTrace: Bool) throws {
    let isBuiltIn = !Self.tenantFlags.contains { arguments.has($0) }
    var members: [(String, JSONReport)] = [
      ("format", .string(ExperimentReader.format)),
      ("name", .string(isBuiltIn ? "built-in" : "command-line")),
      ("gpu", .string(arguments.string("--gpu") ?? BuiltInExperiment.defaultGPU)),
      ("testbed", .string(arguments.string("--testbed") ?? BuiltInExperiment.defaultTestbed)),
    ]
    let policies = PolicyFlag.policies(&arguments)
    let duration = arguments.double("--duration-s", atLeast: 1e-9, atMost: 1e9)
    let seeds = FlagValues.seeds(&arguments)
    var defaults = BuiltInExperiment.policies(of: RegisteredPolicies.all)
    var tenants: [JSONReport]
    if isBuiltIn {
      tenants = BuiltInExperiment.tenants(hasTrace: hasTrace)
    } else {
      let models = Self.models(&arguments)
      defaults = Self.policies(defaults, for: models)
      tenants = Self.tenants(models, &arguments, hasDuration: arguments.has("--duration-s"))
    }
    members.append(("tenants", .array(tenants)))
    members.append(
      (
        "policies",
        .array(
          policies.isEmpty ? defaults : policies)
      ))
    if let seconds = duration ?? (isBuiltIn ? BuiltInExperiment.defaultDuration : nil) {
      members.append(("duration_s", .number(seconds)))
    }
    if !seeds.isEmpty {
      members.append(("seeds", .array(seeds.map { .integer(Int64($0)) })))
    }
    description = .object(members)
    try arguments.finish()
  }

  /// What the flags set in an experiment's file; tenants and their arrivals are the file's, but for
  /// `--rate-scale`, which holds for all of its traces.
  ///
  /// - Throws: `InputError` of kind `usage` with every fault.
  static func overrides(
    _ arguments: inout ArgumentReader
  ) throws(InputError) -> ExperimentOverrides {
    var overrides = ExperimentOverrides()
    for flag in tenantFlags where flag != "--rate-scale" && arguments.has(flag) {
      arguments.fault(
        "'\(flag)' and an experiment file exclude each other",
        hint: "'--set PATH=VALUE' changes what the file says of a tenant: "
          + "--set tenants.NAME.replicas=2")
      _ = arguments.strings(flag)
    }
    for (flag, key) in [("--gpu", "gpu"), ("--testbed", "testbed")] {
      if let name = arguments.string(flag) {
        try overrides.add(key, .string(name), flag: "\(flag) \(name)")
      }
    }
    let policies = PolicyFlag.policies(&arguments)
    if !policies.isEmpty { try overrides.add("policies", .array(policies), flag: "--policy") }
    if let seconds = arguments.double("--duration-s", atLeast: 1e-9, atMost: 1e9) {
      try overrides.add("duration_s", .number(seconds), flag: "--duration-s")
    }
    let seeds = FlagValues.seeds(&arguments)
    if !seeds.isEmpty {
      try overrides.add(
        "seeds", .array(seeds.map { .integer(Int64($0)) }), flag: "--seed")
    }
    let scales = FlagValues.doubles("--rate-scale", 1e-6, 1e6, &arguments)
    if scales.count > 1 {
      arguments.fault(
        "'--rate-scale' beside an experiment file is one for all of its traces",
        hint: "--set tenants.NAME.arrivals.rate_scale=40 sets one tenant's")
    }
    if let scale = scales.first {
      try overrides.add(
        "tenants.*.arrivals.rate_scale", .number(scale), flag: "--rate-scale", beside: "trace")
    }
    try addAssignments(&overrides, &arguments)
    return overrides
  }

  /// Adds what `--set` says.
  static func addAssignments(
    _ overrides: inout ExperimentOverrides, _ arguments: inout ArgumentReader
  ) throws(InputError) {
    for text in arguments.strings("--set") { try overrides.add(assignment: text) }
  }

  // MARK: Tenants

  /// A tenant's model as the catalogue spells it, and whether that is a language model or a task graph.
  private typealias Model = (name: String, isLanguage: Bool, isGraph: Bool)

  private static func models(_ arguments: inout ArgumentReader) -> [Model] {
    guard arguments.has("--model") else { return [("resnet50", false, false)] }
    let library = ModelLibrary.locate()
    return FlagValues.names("--model", &arguments).map { word in
      let name = library.spelledModel(word)
      return (name, library.isLanguageModel(name), TaskGraph.isOne(name))
    }
  }

  private static func tenants(
    _ models: [Model], _ arguments: inout ArgumentReader, hasDuration: Bool
  ) -> [JSONReport] {
    let replicas = each(
      "--replicas", arguments.integers("--replicas", atLeast: 1), models, &arguments)
    let objectives = each(
      "--slo-ms", FlagValues.doubles("--slo-ms", 1e-6, 3.6e6, &arguments), models, &arguments)
    let traces = each("--trace", FlagValues.names("--trace", &arguments), models, &arguments)
    let scales = each(
      "--rate-scale", FlagValues.doubles("--rate-scale", 1e-6, 1e6, &arguments), models, &arguments)
    let rates = each(
      "--poisson-rps", FlagValues.doubles("--poisson-rps", 1e-6, 1e9, &arguments), models,
      &arguments)
    let starts = each(
      "--start-s", FlagValues.doubles("--start-s", 0, 1e9, &arguments), models, &arguments)
    let isSplit = arguments.bool("--split")
    let reading = TraceInputFlags.read(&arguments)
    let isTraced = arguments.has("--trace")
    let isDrawn = arguments.has("--poisson-rps")
    if isTraced == isDrawn {
      arguments.fault(
        isTraced
          ? "'--trace' and '--poisson-rps' exclude each other"
          : "expected the requests: '--trace FILE' or '--poisson-rps R'")
    }
    for flag in ["--rate-scale", "--start-s", "--split"] where arguments.has(flag) && !isTraced {
      arguments.fault("'\(flag)' applies to '--trace' only")
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
      if let start = starts[i] { arrivals.append(("start_s", .number(start))) }
      if isSplit, isTraced { arrivals.append(("split", .bool(true))) }
      if let rate = rates[i] { arrivals.append(("poisson_rps", .number(rate))) }
      // A replica of a language model serves many requests at once.
      let model = models[i]
      let count = replicas[i] ?? (model.isLanguage ? 1 : max(1, 8 / models.count))
      names.append(name(of: model.name, besides: names))
      var members: [(String, JSONReport)] = [
        ("name", .string(names[i])), ("model", .string(model.name)),
        ("replicas", .integer(Int64(count))),
      ]
      if model.isLanguage, objectives[i] == nil {
        members += [("slo_ttft_ms", .number(1_000)), ("slo_tpot_ms", .number(50))]
      } else {
        members.append(("slo_ms", .number(objectives[i] ?? 100)))
      }
      return .object(members + [("arrivals", .object(arrivals))])
    }
  }

  /// Of the policies compared where none is named, those that the models can be run under.
  private static func policies(_ all: [JSONReport], for models: [Model]) -> [JSONReport] {
    if models.contains(where: \.isGraph) {
      return ["persistent", "discrete", "bsp"].map { mode in
        .object([("policy", .string("atos")), ("mode", .string(mode))])
      }
    }
    guard models.contains(where: \.isLanguage) else { return all }
    if models.count == 1 { return [.string("exclusive"), .string("pd-multiplex")] }
    return all.filter { policy in
      guard case .string(let name) = policy else { return true }
      return RegisteredPolicies.all.policies.contains {
        $0.descriptor.name == name && $0.init(PolicyOptions()).servesIterations
      }
    }
  }

  /// One value for each model: none, one for all, or one for each were given.
  private static func each<Value>(
    _ flag: String, _ values: [Value], _ models: [Model], _ arguments: inout ArgumentReader
  ) -> [Value?] {
    if values.count == models.count { return values }
    if values.count > 1 {
      arguments.fault(
        "expected '\(flag)' once, or once for each of the \(models.count) models, "
          + "found it \(values.count) times")
    }
    return models.map { _ in values.first }
  }

  /// A tenant's name: its model's, without folder and ending, numbered where taken.
  private static func name(of model: String, besides taken: [String]) -> String {
    let file = model.split(separator: "/").last.map(String.init) ?? model
    let ending = [".csv", ".json"].first { file.hasSuffix($0) && file != $0 } ?? ""
    // A dot within is part of the name: llama-3.1-8b.
    let stem = String(file.dropLast(ending.utf8.count))
    var (name, number) = (stem, 1)
    while taken.contains(name) {
      number += 1
      name = "\(stem)-\(number)"
    }
    return name
  }
}
