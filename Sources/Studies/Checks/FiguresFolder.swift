import Tables

/// Folders whose figures `gpuloom check` holds: what is run is in an experiment's file or in
/// measurements.
package enum FiguresFolder {
  /// The files that say what is run, one to a folder.
  package static let definitions = ["experiment.json", "measurements.csv"]

  /// Whether a folder has figures.
  package static func isOne(_ path: String) -> Bool {
    definitions.contains { InputFolder.exists(path + "/" + $0) }
  }

  /// The folders with figures right below a folder, sorted.
  package static func names(in path: String) -> [String] {
    InputFolder.names(at: path).filter { isOne(path + "/" + $0) }.sorted()
  }
}
