import Hardware
import Scheduling
import SimBasics
import Simulation
import Tables
import Workloads

/// Reads experiments (`gpuloom.experiment/1`), collecting every fault before stopping.
///
/// Names are looked up in the catalogue; what is a path starts at the experiment's folder. A trace
/// that is not there is also looked for beside `models/`, so that experiments can name the traces
/// that ship. In `ExperimentReader+….swift` are tenants, arrivals, traces and policies.
package struct ExperimentReader {
  /// The format's name and version.
  package static let format = "gpuloom.experiment/1"
  /// The longest run, in seconds: some 31 years, far from where nanoseconds overflow.
  static let longestSeconds = 1e9
  /// The most arrivals a generator is asked for.
  static let mostArrivals = 2e8

  let library: ModelLibrary
  let policies: PolicyCatalog
  let file: String
  var faults: [Diagnostic] = []
  var kinds: [InputError.Kind] = []
  var inputs: [LoadedExperiment.Input] = []
  var notes: [Diagnostic] = []
  /// The traces opened so far.
  var traces: [OpenedTrace] = []
  /// Kernel tables by the word that names them: read once, however many tenants have them.
  var tables: [String: KernelTable] = [:]
  /// The models, as they are named, whose tables are lowered.
  var lowered: [String] = []
  var gpu: GPUSpec?
  var durationNS: Int64?
  /// What the arrivals read last use of a trace, and what each tenant's do.
  var use: TraceUse?
  var uses: [TraceUse?] = []
  /// Whether the tenant that is read is a language model, whose requests have lengths.
  var wantsTokens = false
  /// The lengths that the arrivals read last have in their trace.
  var recorded: TokenLengths?
  var tableGPUs: [String: GPUSpec] = [:]
  /// What the command line set, in words.
  var overrides: [String] = []
  var hasSeeds = false
  /// Whether a duration is given, be it a faulty one.
  var isTimed = false

  /// Reads an experiment's file, with what the command line sets in it; paths there start at the
  /// working directory.
  ///
  /// - Throws: as `read(_:library:policies:)`.
  package static func read(
    path: String, library: ModelLibrary, policies: PolicyCatalog,
    overrides: ExperimentOverrides = ExperimentOverrides()
  ) throws(InputError) -> LoadedExperiment {
    let description = try ExperimentDescription(path: path, overrides)
    return try read(description, library: library, policies: policies)
  }

  /// Reads an experiment from text; without a file name, paths start at the working directory and
  /// faults carry no position.
  ///
  /// - Throws: as `read(_:library:policies:)`.
  package static func read(
    text: String, file: String = "", library: ModelLibrary, policies: PolicyCatalog,
    overrides: ExperimentOverrides = ExperimentOverrides()
  ) throws(InputError) -> LoadedExperiment {
    let description = try ExperimentDescription(text: text, file: file, overrides)
    return try read(description, library: library, policies: policies)
  }

  /// Looks up what a description names and checks the whole.
  ///
  /// - Throws: `InputError` with every fault found; `missingFile` where all that is wrong is that
  ///   files or named things are not there.
  package static func read(
    _ description: ExperimentDescription, library: ModelLibrary, policies: PolicyCatalog
  ) throws(InputError) -> LoadedExperiment {
    var reader = ExperimentReader(library, policies, file: description.file)
    reader.overrides = description.overrides
    if description.isWholeFile {
      let file = description.file
      reader.note(LoadedExperiment.Input(role: "experiment", name: file, path: file))
    }
    return try reader.read(description.node)
  }

  private init(_ library: ModelLibrary, _ policies: PolicyCatalog, file: String) {
    self.library = library
    self.policies = policies
    self.file = file
  }

  private mutating func read(_ node: JSONNode) throws(InputError) -> LoadedExperiment {
    var fields = FieldReader(node, file: file, what: "an experiment")
    try fields.expectFormat(Self.format)
    let name = word("name", &fields)?.text ?? ""
    gpu = readGPU(&fields)
    let testbed = readTestbed(&fields)
    let warmupNS = readTimes(&fields)
    let seeds = readSeeds(&fields)
    var (tenants, texts) = ([TenantSpec](), [String]())
    let tenantNodes = fields.list("tenants")
    if tenantNodes.isEmpty, let list = fields.optional("tenants"), case .array = list.value {
      fields.fault(list, "expected at least one tenant in 'tenants'")
    }
    var names: [String] = []
    for item in tenantNodes {
      use = nil
      let (tenant, text) = readTenant(item, earlier: &names)
      if let tenant { tenants.append(tenant) }
      texts.append(text)
      uses.append(use)
    }
    if tenants.count == texts.count { dealTraces(&tenants, &texts) }
    let policies = readPolicies(&fields, tenants: names, specs: tenants)
    checkWarmup(warmupNS, tenants, &fields)
    faults += fields.finish()
    guard faults.isEmpty, let gpu, let testbed else { throw failure() }
    var experiment = Experiment(
      name: name, gpu: gpu, testbed: testbed, tenants: tenants, policies: policies,
      durationNS: durationNS, warmupNS: warmupNS, seeds: seeds)
    lowerBatches(&experiment)
    // Only now are all its numbers known, whose products count.
    for fault in ExperimentLimits.faults(experiment) {
      let node = fault.tenant.map { tenantNodes[$0] } ?? node
      faults.append(at(node, fault.message, hint: fault.hint))
    }
    if !faults.isEmpty { throw failure() }
    noteBatches(experiment)
    return LoadedExperiment(
      experiment: experiment, arrivalTexts: texts, inputs: inputs, notes: notes, file: file,
      uses: uses, tableGPUs: tableGPUs, hasSeeds: hasSeeds, overrides: overrides)
  }

  /// All faults: those of the experiment's own file in its order, then those of other files.
  private func failure() -> InputError {
    let order = faults.indices.sorted { a, b in
      let (x, y) = (faults[a], faults[b])
      let (isOwnX, isOwnY) = (x.file == file, y.file == file)
      if isOwnX != isOwnY { return isOwnX }
      if isOwnX, (x.line, x.column) != (y.line, y.column) {
        return (x.line, x.column) < (y.line, y.column)
      }
      return a < b
    }
    let missing = kinds.filter { $0 == .missingFile }.count
    let isMissing = missing > 0 && missing == kinds.count && kinds.count == faults.count
    return InputError(
      kind: isMissing ? .missingFile : .badData,
      diagnostics: order.map { i in
        var fault = faults[i]
        guard fault.line == JSONNode.commandLine else { return fault }
        // What the command line set stands in no file.
        (fault.file, fault.line, fault.column) = ("", 0, 0)
        return fault
      })
  }

  // MARK: Parts

  /// Sets the duration and answers the warm-up.
  private mutating func readTimes(_ fields: inout FieldReader) -> Int64 {
    if let node = fields.optional("duration_s") {
      isTimed = true
      if let seconds = node.double, seconds >= 1e-9, seconds <= Self.longestSeconds {
        durationNS = Self.nanoseconds(seconds)
      } else {
        fields.fault(
          node,
          "expected a number above 0 and at most 1000000000 in 'duration_s', found "
            + node.found)
      }
    }
    let warmup = Self.nanoseconds(
      fields.double("warmup_s", default: 0, atLeast: 0, atMost: Self.longestSeconds))
    if let durationNS, warmup >= durationNS, let node = fields.optional("warmup_s") {
      fields.fault(node, "expected a 'warmup_s' below 'duration_s', found \(node.found)")
    }
    return warmup
  }

  private mutating func readSeeds(_ fields: inout FieldReader) -> [UInt64] {
    guard let list = fields.optional("seeds") else { return [1] }
    hasSeeds = true
    var seeds: [UInt64] = []
    for item in fields.list("seeds") {
      guard let seed = item.integer, seed >= 0 else {
        fields.fault(item, "expected a non-negative integer in 'seeds', found \(item.found)")
        continue
      }
      if seeds.contains(UInt64(seed)) { fields.fault(item, "the seed \(seed) is given twice") }
      seeds.append(UInt64(seed))
    }
    if case .array(let items) = list.value, items.isEmpty {
      fields.fault(list, "expected at least one seed in 'seeds'")
    }
    return seeds
  }

  /// Without a duration the last arrival ends the run: some must come after the warm-up.
  private func checkWarmup(
    _ warmupNS: Int64, _ tenants: [TenantSpec], _ fields: inout FieldReader
  ) {
    guard durationNS == nil, warmupNS > 0, let node = fields.optional("warmup_s") else { return }
    var last = Int64.min
    for tenant in tenants {
      switch tenant.arrivals {
      case .trace(let times): last = max(last, times.last ?? 0)
      // Later requests of a session come when they come.
      case .sessions(let sessions) where sessions.allSatisfy(\.delaysNS.isEmpty):
        last = max(last, sessions.last?.startNS ?? 0)
      default: return
      }
    }
    if last > .min, last < warmupNS {
      fields.fault(node, "no request arrives after 'warmup_s', which is \(node.found)")
    }
  }

  // MARK: Helpers

  /// A member that must be a non-empty string, with its place.
  func word(_ key: String, _ fields: inout FieldReader) -> (text: String, place: NamePlace)? {
    guard let node = fields.required(key) else { return nil }
    guard case .string(let text) = node.value, !text.isEmpty else {
      fields.fault(node, "expected a non-empty string in '\(key)', found \(node.found)")
      return nil
    }
    if let objection = InvalidText.objection(toName: text) {
      fields.fault(node, "\(objection) in '\(key)'")
      return nil
    }
    return (text, place(of: node))
  }

  /// Where a name stands, and so where a path that is one starts.
  func place(of node: JSONNode) -> NamePlace {
    if node.line == JSONNode.commandLine { return NamePlace() }
    return NamePlace(file: file, line: node.line, column: node.column)
  }

  /// Does what may fail, keeping its faults; a file that is missing is told at the place that names
  /// it.
  mutating func attempt<T>(
    at place: NamePlace, _ body: () throws(InputError) -> T
  ) -> T? {
    do throws(InputError) {
      return try body()
    } catch {
      faults += error.diagnostics.map { fault in
        guard error.kind == .missingFile, fault.line == 0, !fault.file.isEmpty, !place.file.isEmpty
        else { return fault }
        return Diagnostic(
          file: place.file, line: place.line, column: place.column,
          message: "\(fault.message) '\(fault.file)'", hint: fault.hint)
      }
      kinds += error.diagnostics.map { _ in error.kind }
      return nil
    }
  }

  /// Notes a file once.
  mutating func note(_ input: LoadedExperiment.Input) {
    if !inputs.contains(input) { inputs.append(input) }
  }

  /// The file behind a name of the catalogue or a path.
  func input(
    _ role: String, _ name: String, folder: String, _ place: NamePlace
  ) -> LoadedExperiment.Input {
    if ModelLibrary.isPath(name) {
      return LoadedExperiment.Input(role: role, name: name, path: place.resolve(name))
    }
    return LoadedExperiment.Input(
      role: role, name: "models/" + folder, path: (library.folder ?? "models") + "/" + folder)
  }

  static func nanoseconds(_ seconds: Double) -> Int64 { Int64((seconds * 1e9).rounded()) }
}
