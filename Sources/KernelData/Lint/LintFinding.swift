import Tables

/// What the lint of a kernel table looks for; the raw value is the rule's name in results.
package enum LintRule: String, CaseIterable, Sendable {
  /// No block of the kernel fits an SM of the GPU.
  case impossibleOccupancy = "impossible-occupancy"
  /// A grid or block beyond what CUDA launches.
  case launchLimit = "launch-limit"
  /// A duration shorter than the GPU's peak rates allow for the operations or bytes.
  case belowRoofline = "below-roofline"
  /// Different launches of one and the same duration.
  case placeholderDuration = "placeholder-duration"
  /// Durations in whole microseconds.
  case roundedDuration = "rounded-duration"
  /// A duration shorter than any launch takes.
  case shortDuration = "short-duration"
  /// DRAM bytes and no operations in a kernel that computes.
  case bytesWithoutOperations = "bytes-without-operations"
  /// Operations and no DRAM bytes.
  case operationsWithoutBytes = "operations-without-bytes"
  /// Neither operations nor bytes.
  case noDemand = "no-demand"
  /// Kernels of another architecture than the GPU's, or of several makers.
  case mixedDevices = "mixed-devices"
  /// A table that names another GPU than the one it is judged for.
  case otherGPU = "other-gpu"
  /// A GPU of which nothing is known, so that its limits are not checked.
  case unknownGPU = "unknown-gpu"
  /// Weights and workspace beyond the GPU's memory.
  case memoryLimit = "memory-limit"
  /// A precision for which the GPU states no rate.
  case unknownRate = "unknown-rate"
}

/// One thing the lint found in a kernel table.
package struct LintFinding: Hashable, Sendable {
  /// The rule that found it.
  package var rule: LintRule
  /// Where it is and what is wrong.
  package var diagnostic: Diagnostic
  /// The batch of the launch; nil for the table as a whole.
  package var batch: Int?
  /// The launch's kernel; nil for the table as a whole.
  package var kernel: String?
}

extension [LintFinding] {
  /// The findings as diagnostics that name their rules, at most `limit` of a rule, and then a note
  /// with the count of the others.
  package func diagnostics(upTo limit: Int) -> [Diagnostic] {
    var shown: [Diagnostic] = []
    for rule in LintRule.allCases {
      let own = filter { $0.rule == rule }
      for finding in own.prefix(limit) {
        var diagnostic = finding.diagnostic
        diagnostic.message += " [\(rule.rawValue)]"
        shown.append(diagnostic)
      }
      if own.count > limit, let file = own.first?.diagnostic.file {
        shown.append(
          Diagnostic(
            file: file, severity: .note,
            message: "\(own.count - limit) more of [\(rule.rawValue)]"))
      }
    }
    return shown
  }
}
