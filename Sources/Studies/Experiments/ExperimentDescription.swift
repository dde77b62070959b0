import Tables

/// An experiment as it is described, before its names are looked up: what a file or flags say, with
/// what was set beside it. `ExperimentReader` makes an experiment of it.
package struct ExperimentDescription: Sendable {
  /// The description.
  package var node: JSONNode
  /// The file it stands in, for errors and for paths that start there; empty for the command line.
  package var file: String
  /// Whether that file holds this experiment and nothing else, so that it is one of its inputs.
  package var isWholeFile = false
  /// What was set, in words.
  package var overrides: [String] = []

  /// Takes a description that stands in a file of something else, or in none.
  package init(node: JSONNode, file: String) {
    self.node = node
    self.file = file
  }

  /// Reads an experiment's file, with what the command line sets in it; paths there start at the
  /// working directory.
  ///
  /// - Throws: as `JSONReader.node(at:)`; `usage` with every path of the overrides that leads nowhere.
  package init(path: String, _ overrides: ExperimentOverrides) throws(InputError) {
    node = try JSONReader.node(at: path)
    file = path
    isWholeFile = true
    try set(overrides)
  }

  /// Reads a description from text; without a file name, paths start at the working directory and
  /// faults carry no position.
  ///
  /// - Throws: as `init(path:_:)`.
  package init(
    text: String, file: String = "", _ overrides: ExperimentOverrides
  ) throws(InputError) {
    node = try JSONReader.node(of: text, file: file)
    self.file = file
    try set(overrides)
  }

  /// Changes the description and notes what was set.
  ///
  /// - Throws: `usage` with every path that leads nowhere.
  package mutating func set(_ changes: ExperimentOverrides) throws(InputError) {
    overrides += try changes.apply(to: &node)
  }
}
