import Hardware
import Reports
import Scheduling
import Simulation
import Tables

/// What an experiment's description comes to in a study: its policies, its seeds, its inputs, and
/// the hash of all that runs of it have in common.
struct PlannedDescription: Sendable {
  let labels: [String]
  let seeds: [UInt64]
  let inputs: [StudyListing.Input]
  /// Whether a tenant is a language model, whose figures have columns of their own.
  let hasServing: Bool
  private let common: SHA256

  /// Reads the experiment at a point.
  ///
  /// - Throws: as `ExperimentReader`; faults of what an axis set stand at the axis.
  init(
    _ study: Study, _ digits: [Int], _ library: ModelLibrary, _ policies: PolicyCatalog,
    version: String, _ files: inout InputHashes
  ) throws(InputError) {
    let description = try study.description(digits)
    let loaded = try Self.load(study, description, library, policies)
    labels = loaded.experiment.policies.map(\.label)
    seeds = loaded.experiment.seeds
    if let clock = study.axes.first(where: \.isClock) {
      // Arrivals that leave no clock to set are the study's fault, not a policy's.
      do throws(InputError) {
        for seed in seeds { _ = try LoadSweep(loaded.experiment, seed: seed) }
      } catch {
        throw study.located(error, [clock])
      }
    }
    var inputs: [StudyListing.Input] = []
    for input in loaded.inputs where input.role != "experiment" {
      inputs.append(
        StudyListing.Input(
          role: input.role, name: input.name, sha256: try files.hash(input.path),
          path: input.path))
    }
    self.inputs = inputs
    hasServing = loaded.experiment.hasLanguageModels
    let columns = SummaryTable.names(hasServing: hasServing, hasWaits: study.followsWaits)
    common = Self.common(description, inputs, columns, version: version)
  }

  /// The experiment of a description.
  static func load(
    _ study: Study, _ description: ExperimentDescription, _ library: ModelLibrary,
    _ policies: PolicyCatalog
  ) throws(InputError) -> LoadedExperiment {
    do throws(InputError) {
      return try ExperimentReader.read(description, library: library, policies: policies)
    } catch {
      throw study.located(error, study.axes)
    }
  }

  /// Hashes what all runs of the description have in common. Where files lie does not count, what
  /// they hold does; models are in the results by the names they have, which therefore count too.
  private static func common(
    _ description: ExperimentDescription, _ inputs: [StudyListing.Input], _ columns: [String],
    version: String
  ) -> SHA256 {
    var node = description.node
    if case .object(let members) = node.value {
      node.value = .object(members.filter { !["policies", "seeds"].contains($0.name) })
    }
    var meanings: [String: String] = [:]
    for input in inputs where ["gpu", "testbed", "trace"].contains(input.role) {
      meanings[input.name] = input.sha256
    }
    var hash = SHA256()
    hash.add("\(RunRecord.format)\n\(version)\n")
    hash.add(columns.joined(separator: ",") + "\n")
    hash.add(node.canonical(meanings) + "\n")
    for input in inputs {
      let name = meanings[input.name] == nil ? input.name : ""
      hash.add("\(input.role) \(name) \(input.sha256)\n")
    }
    return hash
  }

  /// What all runs under one policy on one clock have in common.
  func hash(_ policy: String, _ clock: (axis: String, value: Double, of: String?)?) -> SHA256 {
    var hash = common
    hash.add("policy \(policy)\n")
    if let clock { hash.add("\(clock.axis) \(clock.value) of \(clock.of ?? policy)\n") }
    return hash
  }

  /// A run's name: half of the hash, which no two runs of any study have in common.
  static func name(_ hash: SHA256, _ seed: UInt64) -> String {
    var hash = hash
    hash.add("seed \(seed)\n")
    return String(hash.finish().prefix(32))
  }
}

extension SHA256 {
  /// Adds a text's bytes.
  fileprivate mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }
}

/// The hashes of files, each worked out once.
struct InputHashes {
  private var known: [String: String] = [:]

  mutating func hash(_ path: String) throws(InputError) -> String {
    if let hash = known[path] { return hash }
    let hash = try SHA256.hex(ofFile: path)
    known[path] = hash
    return hash
  }
}
