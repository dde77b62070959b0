import CommandLine
import Simulation
import Studies
import Tables

extension Comparison {
  /// The first line of `requests.csv`.
  static let requestsHeader =
    "policy,seed,tenant,replica,arrival_ns,first_launch_ns,completion_ns"
  /// What follows where a tenant is a language model.
  private static let tokensHeader = ",input_tokens,output_tokens,first_token_ns"

  /// Writes `requests.csv`: of each run every counted request in the order of arrival, times in
  /// nanoseconds. What did not come to pass is empty: the completion of a request that was dropped or
  /// in flight at the end, the replica and the first launch of one that never had any. Where a tenant
  /// is a language model, the lengths of its requests and, of those that are done, the instants of
  /// their first tokens stand behind.
  func writeRequests(to file: OutputFile) throws {
    func text(_ number: (some BinaryInteger)?) -> String { number.map { "\($0)" } ?? "" }
    let hasTokens = experiment.hasLanguageModels
    try file.write(Self.requestsHeader + (hasTokens ? Self.tokensHeader : "") + "\n")
    let names = experiment.tenants.map { CSVText.field($0.name) }
    for run in runs {
      guard case .finished(let summary, let requests, _)? = run else { continue }
      let start = CSVText.field(summary.policy) + ",\(summary.seed),"
      for request in requests {
        try file.write(
          start + names[request.tenant]
            + ",\(text(request.replica)),\(request.arrivalNS),\(text(request.firstLaunchNS)),"
            + text(request.completionNS) + (hasTokens ? Self.tokens(request) : "") + "\n")
      }
    }
  }

  private static func tokens(_ request: LoggedRequest) -> String {
    (request.lengths.map { ",\($0.input),\($0.output)," } ?? ",,,")
      + (request.firstTokenNS.map { "\($0)" } ?? "")
  }
}
