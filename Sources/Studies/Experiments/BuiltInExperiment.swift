import Reports
import Scheduling
import Simulation
import Tables

/// What `compare` runs without arguments: three models on one V100, loads at which policies differ.
///
/// It needs nothing but the repository: the models' tables that ship, and the bursty trace that
/// ships, in whose place its generator stands where the file is missing.
package enum BuiltInExperiment {
  package static let defaultGPU = "v100-sxm2-16gb"
  package static let defaultTestbed = "modern"
  package static let defaultDuration = 60.0
  package static let trace = "traces/code-onoff.csv"

  /// The policy that is compared by both its mechanisms.
  static let twoMechanisms = "space-only"

  /// The default set of a catalogue in its order, `space-only` by both its mechanisms.
  package static func policies(of catalog: PolicyCatalog) -> [JSONReport] {
    catalog.defaultNames.flatMap { name -> [JSONReport] in
      guard name == twoMechanisms else { return [.string(name)] }
      return [
        .string(name), .object([("policy", .string(name)), ("mechanism", .string("streams"))]),
      ]
    }
  }

  /// The tenants: a vision service in bursts, a light one and a language model at steady rates.
  package static func tenants(hasTrace: Bool) -> [JSONReport] {
    let bursts: JSONReport =
      hasTrace
      ? .object([("trace", .string(trace)), ("rate_scale", .number(20))])
      : .object([
        ("generator", .object([("preset", .string("code-onoff")), ("rps", .number(50))]))
      ])
    return [
      tenant("vision", "resnet50", replicas: 4, slo: 100, bursts),
      tenant(
        "mobile", "mobilenet_v2", replicas: 2, slo: 25, .object([("poisson_rps", .number(80))])),
      tenant(
        "language", "bert_base", replicas: 2, slo: 50, .object([("poisson_rps", .number(60))])),
    ]
  }

  private static func tenant(
    _ name: String, _ model: String, replicas: Int64, slo: Double, _ arrivals: JSONReport
  ) -> JSONReport {
    .object([
      ("name", .string(name)), ("model", .string(model)), ("replicas", .integer(replicas)),
      ("slo_ms", .number(slo)), ("arrivals", arrivals),
    ])
  }
}
