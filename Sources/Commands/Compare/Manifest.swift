import CommandLine
import Reports
import Simulation
import Studies
import Tables

/// What results were made from, so that they can be made again: `manifest.json`.
///
/// It carries no time, host or number of jobs: equal inputs give equal manifests.
struct Manifest {
  /// The format's name and version.
  static let format = "gpuloom.manifest/1"

  /// The manifest as JSON.
  let json: JSONReport

  /// Hashes the inputs.
  ///
  /// - Throws: `InputError` where an input can no longer be read.
  init(_ comparison: Comparison, description: JSONReport?) throws(InputError) {
    let experiment = comparison.experiment
    var inputs: [JSONReport] = []
    for input in comparison.loaded.inputs {
      inputs.append(
        .object([
          ("role", .string(input.role)), ("name", .string(input.name)),
          ("sha256", .string(try SHA256.hex(ofFile: input.path))),
        ]))
    }
    var members: [(String, JSONReport)] = [
      ("format", .string(Self.format)), ("version", .string(Version.text)),
      ("command", .string("compare")), ("experiment", .string(experiment.name)),
    ]
    // An experiment without a file is recorded whole.
    if let description { members.append(("description", description)) }
    if !comparison.loaded.overrides.isEmpty {
      members.append(("set", .array(comparison.loaded.overrides.map { .string($0) })))
    }
    members.append(("inputs", .array(inputs)))
    members.append(("seeds", .array(experiment.seeds.map { .integer(Int64(clamping: $0)) })))
    members.append(("complete", .bool(!comparison.isInterrupted)))
    members.append(("runs", .array(comparison.runs.compactMap(Self.run))))
    members.append(
      (
        "refused",
        .array(
          comparison.refusals.map { refusal in
            .object([
              ("policy", .string(refusal.policy)),
              ("reason", .string(refusal.error.diagnostics.map(\.message).joined(separator: "; "))),
            ])
          })
      ))
    json = .object(members)
  }

  private static func run(_ outcome: Comparison.Outcome?) -> JSONReport? {
    guard case .finished(let summary, _, let events)? = outcome else { return nil }
    let digits = String(summary.digest, radix: 16)
    return .object([
      ("policy", .string(summary.policy)), ("seed", .integer(Int64(clamping: summary.seed))),
      ("events", .integer(Int64(clamping: events))),
      ("digest", .string(String(repeating: "0", count: 16 - digits.utf8.count) + digits)),
    ])
  }
}
