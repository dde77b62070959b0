import CommandLine
import Reports
import Studies
import Tables

/// What `capacity` writes: its figures as tables, the figure, and what they were made from.
struct CapacityOutput {
  /// The files of `--out`.
  static let names = ["capacity.csv", "tried.csv", "capacity.svg", "manifest.json"]

  private let studies: [CapacityStudy]

  init(_ studies: [CapacityStudy]) { self.studies = studies }

  /// A row for each policy and seed; what limits a policy stands in the first seed's.
  var table: ReportTable {
    var table = ReportTable(
      columns: ([
        "experiment", "gpu", "testbed", "policy", "of", "share", "seed", "capacity",
        "requests_per_s", "fails_at", "served_again_at",
        "limited_by",
      ] + CapacityResource.allCases.map { "gain_\($0.rawValue)" }).map { ReportColumn($0) })
    func cell(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .none }
    for study in studies {
      for row in study.rows {
        for (k, (seed, knee)) in zip(study.seeds, row.knees).enumerated() {
          guard let knee else { continue }
          let limits = k == 0 ? row.limits : nil
          table.append(
            head(study, row) + [
              .text(study.question.axis.rawValue), .number(study.question.share),
              .integer(Int64(clamping: seed)), .number(knee.capacity),
              cell(knee.requestsPerSecond), cell(knee.failing), cell(knee.servedAgain),
              limits.map { .text($0.name) } ?? .none,
            ] + CapacityResource.allCases.map { cell(limits?.gains[$0]) })
        }
      }
    }
    return table
  }

  /// A row for each run of the searches.
  private var tried: ReportTable {
    var table = ReportTable(
      columns: [
        "experiment", "gpu", "testbed", "policy", "seed", "at", "served", "worst_tenant",
        "worst_share", "cut_short",
      ].map { ReportColumn($0) })
    for study in studies {
      for row in study.rows {
        for (seed, knee) in zip(study.seeds, row.knees) {
          for trial in knee?.trials ?? [] {
            table.append(
              head(study, row) + [
                .integer(Int64(clamping: seed)), .number(trial.x),
                .text(trial.isServed ? "yes" : "no"),
                trial.worst.map { .text($0.tenant) } ?? .none,
                trial.worst.map { .number($0.share) } ?? .none,
                .text(trial.isCut ? "yes" : "no"),
              ])
          }
        }
      }
    }
    return table
  }

  private func head(_ study: CapacityStudy, _ row: CapacityStudy.Row) -> [ReportCell] {
    let experiment = study.experiment
    return [
      .text(experiment.name), .text(experiment.gpu.name), .text(experiment.testbed.name),
      .text(row.policy.label),
    ]
  }

  /// Writes all files; they appear together.
  ///
  /// - Throws: `OutputError`; `InputError` where an input can no longer be read.
  func write(
    to folder: OutputFolder, _ loaded: [LoadedExperiment], _ description: JSONReport?
  ) throws {
    try folder.write("capacity.csv", table.csv)
    try folder.write("tried.csv", tried.csv)
    try folder.write("capacity.svg", CapacityFigure(studies).figure.svg)
    try folder.write("manifest.json", try manifest(loaded, description).text)
    try folder.commit()
  }

  private func manifest(
    _ loaded: [LoadedExperiment], _ description: JSONReport?
  ) throws(InputError) -> JSONReport {
    var members: [(String, JSONReport)] = [
      ("format", .string(Manifest.format)), ("version", .string(Version.text)),
      ("command", .string("capacity")),
    ]
    if let description { members.append(("description", description)) }
    if let question = studies.first?.question {
      members += [
        ("of", .string(question.axis.rawValue)), ("share", .number(question.share)),
        ("tolerance", .number(question.tolerance)),
        ("tenants", .array(question.tenants.map { .string($0) })),
        ("limits", .bool(question.asksLimits)),
      ]
    }
    var experiments: [JSONReport] = []
    for (one, study) in zip(loaded, studies) {
      let inputs = zip(one.inputs, try Manifest.hashes(one)).map { input, hash in
        JSONReport.object([
          ("role", .string(input.role)), ("name", .string(input.name)), ("sha256", .string(hash)),
        ])
      }
      experiments.append(
        .object([
          ("experiment", .string(one.experiment.name)),
          ("set", .array(one.overrides.map { .string($0) })), ("inputs", .array(inputs)),
          ("seeds", .array(study.seeds.map { .integer(Int64(clamping: $0)) })),
          ("complete", .bool(study.isComplete)),
        ]))
    }
    return .object(members + [("experiments", .array(experiments))])
  }
}
