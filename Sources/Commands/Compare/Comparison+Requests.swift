import CommandLine
import Reports
import Studies

extension Comparison {
  /// The first line of `requests.csv`.
  static let requestsHeader =
    "policy,seed,tenant,replica,arrival_ns,first_launch_ns,completion_ns\n"

  /// Writes `requests.csv`: every counted request in the order of its end, times in nanoseconds.
  func writeRequests(to file: OutputFile) throws {
    try file.write(Self.requestsHeader)
    for run in runs {
      guard case .finished(let summary, let requests, _)? = run else { continue }
      let start = CSVReport.field(summary.policy) + ",\(summary.seed),"
      let names = experiment.tenants.map { CSVReport.field($0.name) }
      for request in requests {
        try file.write(
          start + names[request.tenant]
            + ",\(request.replica),\(request.arrivalNS),\(request.firstLaunchNS),"
            + "\(request.completionNS)\n")
      }
    }
  }
}
