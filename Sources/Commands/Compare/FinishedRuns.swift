import CommandLine
import Reports
import Simulation
import Studies
import Tables

/// Writes what a comparison has to the folder of `--out`: all of it at the end, and while it goes on
/// the runs that are finished, so that what ends the process ends no more than the runs under way.
struct FinishedRuns {
  private let folder: String
  private let description: JSONReport?
  private let logsRequests: Bool
  private let followsUse: Bool
  /// How many runs are in the folder, and since when.
  private var kept = 0
  private var keptAt: ContinuousClock.Instant?
  /// The inputs' hashes: worked out once, and before the runs are over where one is kept.
  private var hashes: [String]?
  /// What kept finished runs from being written.
  private(set) var fault: (any Error)?

  private static let requestsName = "requests.csv"
  private static let seriesName = "series.csv"

  /// - Parameter description: of an experiment without a file.
  init(folder: String, description: JSONReport?, logsRequests: Bool, followsUse: Bool) {
    self.followsUse = followsUse
    self.folder = folder
    self.description = description
    self.logsRequests = logsRequests
  }

  /// The files that will be there.
  static func names(logsRequests: Bool, followsUse: Bool) -> [String] {
    ["summary.csv", "comparison.svg", "manifest.json"] + (logsRequests ? [requestsName] : [])
      + (followsUse ? [seriesName] : [])
  }

  /// Writes the finished runs, where there are new ones and the last were not written just now;
  /// false where they cannot be written, which `fault` tells.
  mutating func keep(_ comparison: Comparison) -> Bool {
    let now = ContinuousClock.now
    if comparison.finishedCount == kept { return true }
    if let keptAt, now - keptAt < .seconds(1) { return true }
    // Short runs are over before they are worth a file.
    if keptAt == nil {
      keptAt = now
      return true
    }
    do {
      if hashes == nil { hashes = try Manifest.hashes(comparison.loaded) }
      try write(comparison, to: OutputFolder(folder))
    } catch {
      fault = error
      return false
    }
    (kept, keptAt) = (comparison.finishedCount, ContinuousClock.now)
    return true
  }

  /// Writes what there is; the files appear together.
  ///
  /// - Throws: `OutputError`; `InputError` where an input can no longer be read.
  func write(_ comparison: Comparison, to folder: OutputFolder) throws {
    try folder.write("summary.csv", comparison.summaryTable.csv)
    if logsRequests {
      let file = try folder.open(Self.requestsName)
      try comparison.writeRequests(to: file)
      try file.complete()
    }
    if followsUse {
      let file = try folder.open(Self.seriesName)
      try comparison.writeSeries(to: file)
      try file.complete()
    }
    try folder.write("comparison.svg", CompareFigure(comparison).figure.svg)
    let manifest = Manifest(
      comparison, description: description,
      hashes: try hashes ?? Manifest.hashes(comparison.loaded))
    try folder.write("manifest.json", manifest.json.text)
    try folder.commit(
      removing: (logsRequests
        ? [] : leftovers(Self.requestsName, Comparison.requestsHeader, folder))
        + (followsUse ? [] : leftovers(Self.seriesName, Comparison.seriesHeader, folder)))
  }

  /// What an earlier run left of this name, which would pass for this one's beside its summary; a file
  /// that begins with anything but its header is the user's own.
  private func leftovers(_ name: String, _ header: String, _ folder: OutputFolder) -> [String] {
    let header = Array(header.utf8)
    let start = try? ByteStream(path: folder.file(name), mayBePipe: true).peek(header.count)
    return start == header ? [name] : []
  }
}
