import CommandLine
import Hardware
import Reports
import Studies
import Tables

/// Where commands get an experiment from: a file, with what the flags set in it, or the flags.
enum ExperimentSource {
  /// The experiment, and its description where no file holds it.
  static func load(
    _ arguments: inout ArgumentReader
  ) throws(InputError) -> (LoadedExperiment, JSONReport?) {
    if let path = arguments.optionalPositional() {
      let overrides = try ExperimentFlags.overrides(&arguments)
      try arguments.finish()
      return (try read(file(path), overrides), nil)
    }
    let (flags, overrides) = try described(&arguments)
    return (try read(flags, overrides), flags.description)
  }

  /// Several experiments, each on several GPUs where these are named: the experiments, and the
  /// description where no file holds it.
  ///
  /// - Parameters:
  ///   - gpus: names or files that take the place of each experiment's GPU; none leaves it.
  ///   - flag: what named them, for errors.
  ///   - command: the command's name, for errors.
  static func loadAll(
    _ arguments: inout ArgumentReader, gpus: [String], flag: String, command: String
  ) throws(InputError) -> ([LoadedExperiment], JSONReport?) {
    func each(
      _ overrides: ExperimentOverrides,
      _ load: (ExperimentOverrides) throws(InputError) -> LoadedExperiment
    ) throws(InputError) -> [LoadedExperiment] {
      if gpus.isEmpty { return [try load(overrides)] }
      var loaded: [LoadedExperiment] = []
      for gpu in gpus {
        var own = overrides
        try own.add("gpu", .string(gpu), flag: "\(flag) \(gpu)")
        loaded.append(try load(own))
      }
      return loaded
    }
    let paths = arguments.remainingPositionals()
    guard !paths.isEmpty else {
      let (flags, overrides) = try described(&arguments)
      let loaded = try each(overrides) { (own) throws(InputError) in try read(flags, own) }
      return (loaded, flags.description)
    }
    let overrides = try ExperimentFlags.overrides(&arguments)
    try arguments.finish()
    var all: [LoadedExperiment] = []
    for path in paths {
      let file = try file(path, command: command)
      all += try each(overrides) { (own) throws(InputError) in try read(file, own) }
    }
    return (all, nil)
  }

  /// What flags without a file describe, and what `--set` changes in it.
  private static func described(
    _ arguments: inout ArgumentReader
  ) throws(InputError) -> (ExperimentFlags, ExperimentOverrides) {
    let root = ModelLibrary.locate().folder.map { $0 + "/../" } ?? ""
    let hasTrace =
      InputFolder.exists(BuiltInExperiment.trace)
      || InputFolder.exists(root + BuiltInExperiment.trace)
    var overrides = ExperimentOverrides()
    try ExperimentFlags.addAssignments(&overrides, &arguments)
    return (try ExperimentFlags(&arguments, hasTrace: hasTrace), overrides)
  }

  private static func read(
    _ file: String, _ overrides: ExperimentOverrides
  ) throws(InputError) -> LoadedExperiment {
    try ExperimentReader.read(
      path: file, library: ModelLibrary.locate(), policies: RegisteredPolicies.all,
      overrides: overrides)
  }

  private static func read(
    _ flags: ExperimentFlags, _ overrides: ExperimentOverrides
  ) throws(InputError) -> LoadedExperiment {
    try ExperimentReader.read(
      text: flags.description.text, library: ModelLibrary.locate(),
      policies: RegisteredPolicies.all, overrides: overrides)
  }

  /// The experiment's file behind a path: itself, or the one in a folder.
  ///
  /// - Throws: `InputError` for a folder without one, and for what is plainly no experiment.
  private static func file(
    _ path: String, command: String = "compare"
  ) throws(InputError) -> String {
    let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
    let inside = folder + "/experiment.json"
    if InputFolder.exists(inside) { return inside }
    if InputFolder.exists(folder + "/.") {
      let below = InputFolder.names(at: folder).filter {
        InputFolder.exists("\(folder)/\($0)/experiment.json")
      }.sorted()
      let named = InputFolder.names(at: folder).filter { $0.hasSuffix(".json") }.sorted()
      let others = named.prefix(6).map { "\(folder)/\($0)" }.joined(separator: ", ")
      throw InputError(
        kind: .missingFile, file: path, message: "there is no experiment.json in this folder",
        hint: below.isEmpty
          ? named.isEmpty ? nil : "a file of another name is given itself: \(others)"
          : "'\(command)' runs one: "
            + below.prefix(6).map { "\(folder)/\($0)" }.joined(separator: ", ")
            + (below.count > 6 ? ", …" : ""))
    }
    guard InputFolder.exists(path), !path.hasSuffix(".json"),
      let first = try? ByteStream(path: path, mayBePipe: true).peek(64),
      first.first(where: { $0 > 0x20 }) != UInt8(ascii: "{")
    else { return path }
    let isTable = first.starts(with: "# format: gpuloom.kernels".utf8)
    throw InputError(
      file: path, message: "expected an experiment in JSON, found something else",
      hint: isTable
        ? "a kernel table is a model: 'gpuloom \(command) --model \(path)' with '--trace' or "
          + "'--poisson-rps'"
        : "a trace is a tenant's requests: 'gpuloom \(command) --trace \(path)'")
  }
}
