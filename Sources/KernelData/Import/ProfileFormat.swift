/// A kind of file that `ProfileImport` reads, told by its content.
///
/// Each format stands in a file of its own: its name here, what its rows hold as a `TableFormat`.
package struct ProfileFormat: Hashable, Sendable {
  /// The name that options and reports use.
  package let rawValue: String
  /// What the file is, for sentences.
  package let title: String
  /// Whether the rows follow one another as a model launched them, so that an iteration of it can
  /// be looked for.
  package let isLaunchSequence: Bool

  /// Creates a format.
  package init(_ rawValue: String, title: String, isLaunchSequence: Bool = false) {
    self.rawValue = rawValue
    self.title = title
    self.isLaunchSequence = isLaunchSequence
  }
}

/// Why a row of a profile is no kernel of the table.
package enum LeftOutReason: String, CaseIterable, Sendable {
  case copy = "copy or memset"
  case hostEvent = "host event"
  case flow = "flow or instant event"
  case metadata = "metadata"
  case annotation = "annotation"
  case otherDevice = "another device"
  case notChosen = "not chosen by a filter"
  case profilerMessage = "profiler message"
  case otherMetric = "metric not used"
  case furtherCounter = "further counter of a kernel"
  case ruleText = "profiler's advice"
  case unitsRow = "units row"
  case notKernel = "not a kernel"
  case noTime = "layer without time"
  case repeatedBatch = "repeated batch"
  case summary = "summary entry"
  case badRow = "faulty row"
}
