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
  ) throws -> (LoadedExperiment, JSONReport?) {
    let (description, report) = try describe(arguments.optionalPositional(), &arguments)
    return (try read(description), report)
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
  ) throws -> ([LoadedExperiment], JSONReport?) {
    let paths = arguments.remainingPositionals()
    var described: [ExperimentDescription] = []
    var report: JSONReport?
    if paths.isEmpty {
      let (description, text) = try describe(nil, &arguments)
      (described, report) = ([description], text)
    } else {
      let overrides = try ExperimentFlags.overrides(&arguments)
      try arguments.finish()
      for path in paths {
        described.append(try ExperimentDescription(path: file(path, command: command), overrides))
      }
    }
    var all: [LoadedExperiment] = []
    for description in described {
      if gpus.isEmpty { all.append(try read(description)) }
      for gpu in gpus {
        var overrides = ExperimentOverrides()
        try overrides.add("gpu", .string(gpu), flag: "\(flag) \(gpu)")
        var own = description
        try own.set(overrides)
        all.append(try read(own))
      }
    }
    return (all, report)
  }

  private static func read(
    _ description: ExperimentDescription
  ) throws(InputError) -> LoadedExperiment {
    try ExperimentReader.read(
      description, library: ModelLibrary.locate(), policies: RegisteredPolicies.all)
  }

  /// What a file and the flags say of an experiment; without a file also as they say it.
  ///
  /// - Parameter path: an experiment's file or folder; nil where flags describe it.
  static func describe(
    _ path: String?, _ arguments: inout ArgumentReader
  ) throws -> (ExperimentDescription, JSONReport?) {
    if let path {
      let overrides = try ExperimentFlags.overrides(&arguments)
      try arguments.finish()
      return (try ExperimentDescription(path: file(path), overrides), nil)
    }
    let root = ModelLibrary.locate().folder.map { $0 + "/../" } ?? ""
    let hasTrace =
      InputFolder.exists(BuiltInExperiment.trace)
      || InputFolder.exists(root + BuiltInExperiment.trace)
    var overrides = ExperimentOverrides()
    try ExperimentFlags.addAssignments(&overrides, &arguments)
    let flags = try ExperimentFlags(&arguments, hasTrace: hasTrace)
    return (
      try ExperimentDescription(text: flags.description.text, overrides), flags.description
    )
  }

  /// The experiment's file behind a path: itself, or the one in a folder.
  ///
  /// - Throws: `InputError` for a folder without one, and for what is plainly no experiment.
  static func file(
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
