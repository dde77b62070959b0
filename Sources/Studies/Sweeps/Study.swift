import Hardware
import Tables

/// A study (`gpuloom.study/1`): an experiment, and axes over which it is run.
///
/// ```json
/// { "format": "gpuloom.study/1", "name": "knee", "experiment": "../isolation-calm",
///   "over": { "load": [20, 40, 60, 80, 100], "gpu": ["v100-sxm2-16gb", "t4"], "seed": ["1..5"] } }
/// ```
///
/// Every combination of values is a point; at every point each policy runs once for each seed, on
/// the same requests as the others.
package struct Study: Sendable {
  package static let format = "gpuloom.study/1"
  /// The most runs of one study.
  package static let mostRuns = 20_000_000

  /// The name: one folder holds one study.
  package let name: String
  /// The experiment, as it is before an axis changes it.
  package let base: ExperimentDescription
  /// The axes, the last of them varying fastest.
  package private(set) var axes: [StudyAxis]
  /// Whether each run also tells where the time of its requests goes.
  package var followsWaits = false
  /// The study's file; empty where the command line describes it.
  package let file: String

  /// Whether a file is a study rather than an experiment: by its format, or, where that is
  /// misspelt, by the keys that only a study has.
  ///
  /// - Throws: as `JSONReader.node(at:)`.
  package static func isOne(_ path: String) throws(InputError) -> Bool {
    let node = try JSONReader.node(at: path)
    return node["format"]?.text?.hasPrefix("gpuloom.study/") ?? false || node["experiment"] != nil
      || node["over"] != nil
  }

  /// Takes an experiment and axes.
  package init(name: String, _ base: ExperimentDescription, _ axes: [StudyAxis]) {
    self.name = name
    self.base = base
    self.axes = axes
    file = ""
  }

  /// Reads a study's file, with what the command line sets in its experiment.
  ///
  /// - Throws: `InputError` with every fault of the study's own keys; as `ExperimentDescription` for
  ///   the experiment.
  package init(path: String, _ overrides: ExperimentOverrides) throws(InputError) {
    let node = try JSONReader.node(at: path)
    var fields = FieldReader(node, file: path, what: "a study")
    try fields.expectFormat(Self.format)
    name = fields.string("name")
    if let node = fields.optional("name"), name.isEmpty, node.text != nil {
      fields.fault(node, "expected a non-empty string in 'name'")
    }
    followsWaits = fields.bool("why", default: false)
    let experiment = fields.required("experiment")
    if let experiment, experiment.text == nil, experiment.members.isEmpty {
      fields.fault(
        experiment,
        "expected an experiment as a path or an object in 'experiment', found \(experiment.found)")
    }
    var axes: [StudyAxis] = []
    var faults: [Diagnostic] = []
    if let over = fields.required("over") {
      if over.members.isEmpty {
        fields.fault(
          over,
          "expected an object of axes in 'over', found "
            + (over.found == "an object" ? "an empty one" : over.found),
          hint: "for example \"over\": {\"load\": [50, 100]}")
      }
      for member in over.members {
        do throws(InputError) {
          axes.append(try Self.axis(member, file: path))
        } catch { faults += error.diagnostics }
      }
    }
    faults = fields.finish() + faults
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    self.axes = axes
    file = path
    base = try Self.experiment(experiment, of: path, overrides)
  }

  /// Adds an axis, or puts its values in the place of those of the axis with its name, whose loads
  /// stay measured as they are; whether there was one.
  package mutating func set(_ axis: StudyAxis) -> Bool {
    if let at = axes.firstIndex(where: { $0.name == axis.name }) {
      let capacity = axis.capacityOf ?? axes[at].capacityOf
      axes[at] = axis
      axes[at].capacityOf = capacity
      return true
    }
    axes.append(axis)
    return false
  }

  /// Has loads measured in the capacity of one policy, by its label; false where there are none.
  package mutating func measureLoads(in policy: String) -> Bool {
    guard let at = axes.firstIndex(where: { $0.kind == .load }) else { return false }
    axes[at].capacityOf = policy
    return true
  }

  /// A list of values, or an object of `values` and, for a load, `of`.
  private static func axis(
    _ member: JSONNode.Member, file: String
  ) throws(InputError) -> StudyAxis {
    let place = NamePlace(file: file, line: member.line, column: member.column)
    if case .array(let items) = member.node.value {
      return try StudyAxis(
        member.name, items.map { located($0, in: file, of: member.name) }, at: place)
    }
    guard case .object = member.node.value else {
      throw InputError(
        file: file, line: member.node.line, column: member.node.column,
        message: "expected a list of values in '\(Excerpt.word(member.name))', found "
          + member.node.found)
    }
    var fields = FieldReader(member.node, file: file, what: "an axis")
    let items = fields.list("values")
    let capacity = fields.has("of") ? fields.string("of") : nil
    let faults = fields.finish()
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    return try StudyAxis(
      member.name, items.map { located($0, in: file, of: member.name) }, of: capacity, at: place)
  }

  /// A value that is a path starts at the study's folder, as every path of the file does.
  private static func located(_ node: JSONNode, in file: String, of axis: String) -> JSONNode {
    let key = axis.split(separator: ".").last.map(String.init) ?? axis
    guard ["gpu", "testbed", "model", "trace"].contains(key), let word = node.text,
      ModelLibrary.isPath(word)
    else { return node }
    let path = NamePlace(file: file).resolve(word)
    guard InputFolder.exists(path) else { return node }
    return JSONNode(value: .string(path), line: node.line, column: node.column)
  }

  private static func experiment(
    _ node: JSONNode?, of path: String, _ overrides: ExperimentOverrides
  ) throws(InputError) -> ExperimentDescription {
    guard let word = node?.text else {
      var own = ExperimentDescription(
        node: node ?? JSONNode(value: .null, line: 0, column: 0), file: path)
      try own.set(overrides)
      return own
    }
    let place = NamePlace(file: path, line: node?.line ?? 0, column: node?.column ?? 0)
    let found = place.resolve(word)
    let inside = found + (found.hasSuffix("/") ? "" : "/") + "experiment.json"
    let file = InputFolder.exists(inside) ? inside : found
    guard InputFolder.exists(file), !InputFolder.exists(file + "/.") else {
      throw InputError(
        kind: .missingFile, file: path, line: place.line, column: place.column,
        message: "there is no experiment '\(Excerpt.word(word))'",
        hint: "a path here starts at the study's folder")
    }
    return try ExperimentDescription(path: file, overrides)
  }
}
