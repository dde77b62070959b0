import Simulation
import Tables

/// What an experiment must be like for its runs to be followed.
enum FollowedRuns {
  /// Holds that there is one run, of what can be followed.
  ///
  /// - Throws: `InputError`.
  static func checkOne(
    _ experiment: Experiment, for asked: String, does: String
  ) throws(InputError) {
    let (policies, seeds) = (experiment.policies, experiment.seeds)
    guard policies.count == 1, seeds.count == 1 else {
      let labels = policies.prefix(8).map { "'\(Excerpt.word($0.label))'" }
      throw InputError(
        kind: .usage,
        Diagnostic(
          message: "'\(asked)' \(does) one run, and there are \(policies.count) policies × "
            + "\(seeds.count) seeds: \(labels.joined(separator: ", "))"
            + (policies.count > 8 ? ", …" : ""),
          hint: "choose one with --policy \(policies[0].name) --seed \(seeds[0])"))
    }
    if case .bound = policies[0].make().mechanism {
      throw InputError(
        kind: .usage,
        Diagnostic(
          message: "'\(policies[0].label)' is a bound: nothing runs that '\(asked)' could show"))
    }
    try check(experiment, for: asked)
  }

  /// Holds that what runs can be followed.
  ///
  /// - Throws: `InputError`.
  static func check(_ experiment: Experiment, for asked: String) throws(InputError) {
    if let tenant = experiment.tenants.first(where: { $0.graph != nil }) {
      throw InputError(
        Diagnostic(
          message: "'\(asked)' does not follow task graphs, and '\(Excerpt.word(tenant.name))' "
            + "runs one"))
    }
  }
}
