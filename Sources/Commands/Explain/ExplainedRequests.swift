import Metrics
import Reports
import Simulation
import Studies
import Tables

/// Requests of a run with where their time went: the run is done once more, followed.
struct ExplainedRequests {
  /// In the order in which they were asked for.
  let requests: [(target: ExplainTarget, explanation: RequestExplanation)]

  /// - Parameter digest: the run's, as it was without being followed.
  /// - Throws: `InputError` where the run is refused.
  init(
    _ judged: JudgedExperiment, _ targets: [ExplainTarget], digest: UInt64
  ) throws(InputError) {
    let experiment = judged.loaded.experiment
    let run = try Simulation.run(
      experiment, judged.programs, experiment.policies[0], seed: experiment.seeds[0],
      observer: ExplainListener(targets),
      following: RunFollowing(splits: true, blames: true))
    precondition(run.totals.digest == digest, "following a run changed it")
    guard let heard = run.observer as? ExplainListener else {
      preconditionFailure("a run hands back the observer it was given")
    }
    requests = targets.indices.compactMap { i in
      heard.explanations[i].map { (targets[i], $0) }
    }
  }

  /// A row for each request: its parts in milliseconds, and who was in the way.
  func table(_ experiment: Experiment) -> ReportTable {
    let names =
      [
        "request", "tenant", "replica", "batch", "arrival_ns", "begun_ns", "first_launch_ns",
        "completion_ns", "latency_ms",
      ] + WaitReason.allCases.map(\.column) + ["in_the_way"]
    var table = ReportTable(columns: names.map { ReportColumn($0) })
    for (target, explanation) in requests {
      let record = explanation.record
      let ways = Self.inTheWay(explanation, experiment).map { name, ns in
        "\(name)=\(NumberText.fixed(ns / 1e6, 6))"
      }
      var cells: [ReportCell] = [
        .integer(Int64(target.number)), .text(experiment.tenants[record.tenant].name),
        .integer(Int64(record.replica)), .integer(Int64(explanation.batch)),
        .integer(record.arrivalNS), .integer(explanation.begunNS),
        .integer(record.firstLaunchNS), .integer(record.completionNS),
        .number(Double(record.completionNS - record.arrivalNS) / 1e6),
      ]
      for reason in WaitReason.allCases {
        cells.append(.number(Double(explanation.parts[reason]) / 1e6))
      }
      cells.append(ways.isEmpty ? .none : .text(ways.joined(separator: ";")))
      table.append(cells)
    }
    return table
  }

  /// The tenants whose launches were in the way, with nanoseconds, the longest first.
  static func inTheWay(
    _ explanation: RequestExplanation, _ experiment: Experiment
  ) -> [(name: String, ns: Double)] {
    let ways = explanation.inTheWay.enumerated().filter { $0.element >= 0.5 }
    return ways.sorted { (-$0.element, $0.offset) < (-$1.element, $1.offset) }
      .map { (experiment.tenants[$0.offset].name, $0.element) }
  }
}

/// Keeps what it hears of some requests.
private struct ExplainListener: RunObserver {
  private let targets: [ExplainTarget]
  var explanations: [RequestExplanation?]

  init(_ targets: [ExplainTarget]) {
    self.targets = targets
    explanations = Array(repeating: nil, count: targets.count)
  }

  mutating func requestCompleted(_ record: RequestRecord) {}
  mutating func requestDropped(tenant: Int, arrivalNS: Int64) {}

  mutating func requestExplained(_ explanation: RequestExplanation) {
    let record = explanation.record
    for (i, target) in targets.enumerated() where explanations[i] == nil {
      let request = target.request
      // Two requests alike in all of this are alike in everything.
      guard request.tenant == record.tenant, request.arrivalNS == record.arrivalNS,
        request.replica == record.replica, request.completionNS == record.completionNS,
        request.firstLaunchNS == record.firstLaunchNS
      else { continue }
      explanations[i] = explanation
    }
  }
}
