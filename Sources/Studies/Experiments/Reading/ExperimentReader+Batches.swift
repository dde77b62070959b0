import Simulation
import Tables

/// What a run says of batches that its kernel tables do not hold.
extension ExperimentReader {
  mutating func noteBatches(_ experiment: Experiment) {
    let largest = experiment.policies.map { $0.make().largestBatch }.max() ?? 1
    var models: [String] = []
    for tenant in experiment.tenants where !models.contains(tenant.model) {
      models.append(tenant.model)
      let table = tenant.table
      if let first = table.batches.first?.batch, first > 1 {
        note(
          .warning,
          "the table '\(tenant.model)' begins with batch \(first): fewer requests run padded to it")
      }
      let made = table.programs(upTo: largest).map(\.batch).filter { size in
        !table.batches.contains { $0.batch == size }
      }
      if !made.isEmpty {
        note(
          .note,
          "batches of '\(tenant.model)' interpolated between those of its table: "
            + Self.ranges(made))
      }
    }
  }

  private mutating func note(_ severity: Diagnostic.Severity, _ message: String) {
    notes.append(Diagnostic(file: file, severity: severity, message: message))
  }

  /// Ascending numbers, those in a row as the first and the last of them.
  static func ranges(_ numbers: [Int]) -> String {
    var runs: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = runs.last, last.upperBound + 1 == number {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
    return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
      .joined(separator: ", ")
  }
}
