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

  /// Hashes the inputs, in their order.
  ///
  /// - Throws: `InputError` where an input can no longer be read.
  static func hashes(_ loaded: LoadedExperiment) throws(InputError) -> [String] {
    var hashes: [String] = []
    for input in loaded.inputs { hashes.append(try SHA256.hex(ofFile: input.path)) }
    return hashes
  }

  /// - Parameter hashes: as `hashes(_:)` gives them.
  init(_ comparison: Comparison, description: JSONReport?, hashes: [String]) {
    let experiment = comparison.experiment
    let inputs: [JSONReport] = zip(comparison.loaded.inputs, hashes).map { input, hash in
      .object([
        ("role", .string(input.role)), ("name", .string(input.name)), ("sha256", .string(hash)),
      ])
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
    members.append(("tenants", .array(experiment.tenants.map(Self.tenant))))
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

  /// What a reader of the summary must know of a tenant: its objective is no figure of a run.
  private static func tenant(_ tenant: TenantSpec) -> JSONReport {
    .object([
      ("name", .string(tenant.name)), ("model", .string(tenant.model)),
      ("replicas", .integer(Int64(tenant.replicas))),
      ("slo_ms", tenant.sloNS.map { .number(Double($0) / 1e6) } ?? .null),
    ])
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
