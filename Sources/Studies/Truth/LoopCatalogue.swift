import Hardware
import KernelData
import Simulation
import Tables

/// What runs of loops are made from: GPUs, testbeds and tables lowered for one batch each, by the
/// words that name them.
package struct LoopCatalogue: Sendable {
  private struct TableKey: Hashable {
    var gpu: String
    var stack: String
    var model: String
    var batch: Int
  }

  private let library: ModelLibrary
  // Looked up by key alone.
  private var gpus: [String: GPUSpec] = [:]
  private var testbeds: [String: Testbed] = [:]
  private var tables: [TableKey: KernelTable] = [:]
  /// The files behind the names, in the order they were first named.
  package private(set) var inputs: [LoadedExperiment.Input] = []

  package init(_ library: ModelLibrary) { self.library = library }

  // MARK: Names

  /// Finds a GPU.
  ///
  /// - Throws: as `ModelLibrary.gpu`.
  package mutating func addGPU(_ name: String, at place: NamePlace) throws(InputError) {
    if gpus[name] != nil { return }
    let gpu: GPUSpec
    do throws(InputError) { gpu = try library.gpu(name, at: place) } catch {
      throw error.placed(place)
    }
    gpus[name] = gpu
    note("gpu", name, "gpus/\(gpu.name).json", place)
  }

  /// Finds a testbed.
  ///
  /// - Throws: as `ModelLibrary.testbed`.
  package mutating func addTestbed(_ name: String, at place: NamePlace) throws(InputError) {
    if testbeds[name] != nil { return }
    let testbed: Testbed
    do throws(InputError) { testbed = try library.testbed(name, at: place) } catch {
      throw error.placed(place)
    }
    testbeds[name] = testbed
    note("testbed", name, "testbeds/\(testbed.name).json", place)
  }

  /// Holds that there is a stack.
  ///
  /// - Throws: `missingFile` where there is none of the name.
  package mutating func addStack(_ name: String, at place: NamePlace) throws(InputError) {
    let known = Lowering.stackNames(library)
    if !ModelLibrary.isPath(name), !known.contains(name) {
      throw Lowering.unknown("stack", name, known, at: place)
    }
    if ModelLibrary.isPath(name), !InputFolder.exists(place.resolve(name)) {
      throw InputError(kind: .missingFile, file: place.resolve(name), message: "no such file")
        .placed(place)
    }
    note("stack", name, "stacks/\(name).json", place)
  }

  /// Lowers a model for one batch; GPU and stack are known.
  ///
  /// - Throws: `missingFile` for an unknown model, else as `Lowering.table`, told where the model
  ///   stands.
  package mutating func addTable(
    model: String, batch: Int, gpu: String, stack: String, at place: NamePlace
  ) throws(InputError) {
    let key = TableKey(gpu: gpu, stack: stack, model: model, batch: batch)
    guard tables[key] == nil, let spec = gpus[gpu] else { return }
    guard Lowering.batches(of: model) != nil else {
      throw Lowering.unknown("model", model, Lowering.modelNames, at: place)
    }
    do throws(InputError) {
      var table = try Lowering.table(
        model: model, gpu: spec, batches: [batch],
        stack: ModelLibrary.isPath(stack) ? place.resolve(stack) : stack, library: library)
      // A request is a whole batch.
      table.batches = [(1, table.batches[0].launches)]
      table.inputBytes *= Int64(batch)
      table.outputBytes *= Int64(batch)
      table.workspaceMiB *= Double(batch)
      tables[key] = table
    } catch {
      throw error.placed(place)
    }
  }

  private mutating func note(_ role: String, _ name: String, _ file: String, _ place: NamePlace) {
    let isPath = ModelLibrary.isPath(name)
    let input = LoadedExperiment.Input(
      role: role, name: isPath ? name : "models/" + file,
      path: isPath ? place.resolve(name) : (library.folder ?? "models") + "/" + file)
    if !inputs.contains(input) { inputs.append(input) }
  }

  // MARK: Experiments

  /// A run as an experiment that lasts no time yet and has no policy.
  ///
  /// - Precondition: all that the run names was added.
  func experiment(_ run: LoopRun) -> Experiment {
    guard let gpu = gpus[run.gpu], let testbed = testbeds[run.testbed] else {
      preconditionFailure("a run of what was not looked up")
    }
    let tenants = run.loops.enumerated().map { i, loop in
      let key = TableKey(gpu: run.gpu, stack: run.stack, model: loop.model, batch: loop.batch)
      guard let table = tables[key] else { preconditionFailure("a run of what was not lowered") }
      return TenantSpec(
        name: "loop\(i + 1)", model: loop.model, table: table, replicas: run.replicas, sloNS: nil,
        priority: 0, arrivals: .closedLoop(clients: 1, thinkNS: 0))
    }
    return Experiment(
      name: "loops", gpu: gpu, testbed: testbed, tenants: tenants, policies: [], durationNS: nil,
      warmupNS: 0, seeds: [1])
  }
}

extension InputError {
  /// The same, where a fault has no file, or is that there is none, told at the place that names it.
  func placed(_ place: NamePlace) -> InputError {
    InputError(
      kind: kind,
      diagnostics: diagnostics.map { fault in
        let isMissing = kind == .missingFile && fault.line == 0 && !place.file.isEmpty
        guard fault.file.isEmpty || isMissing else { return fault }
        return Diagnostic(
          file: place.file, line: place.line, column: place.column,
          message: fault.message + (fault.file.isEmpty ? "" : " '\(fault.file)'"), hint: fault.hint)
      })
  }
}
