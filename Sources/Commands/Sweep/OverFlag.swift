import CommandLine
import Hardware
import Reports
import Studies
import Tables

/// The values of `--over`: `AXIS=VALUE,VALUE,…`, where a value is JSON or a word, `1..5` are five,
/// and policies are written as `--policy` has them.
struct OverFlag {
  let name: String
  let values: [JSONNode]

  /// The axes given; what has another form is a fault.
  static func all(_ arguments: inout ArgumentReader) -> [OverFlag] {
    var axes: [OverFlag] = []
    for text in arguments.strings("--over") {
      guard let cut = text.firstIndex(of: "="), cut > text.startIndex else {
        arguments.fault(
          "expected AXIS=VALUE,… after '--over', found \"\(text)\"",
          hint: "for example --over load=20,40,60")
        continue
      }
      let name = String(text[..<cut])
      let list = String(text[text.index(after: cut)...])
      if axes.contains(where: { $0.name == name }) {
        arguments.fault("the axis '\(name)' is given twice")
      }
      let values =
        name == "policy"
        ? PolicyFlag.policies(of: list, flag: "--over", &arguments).compactMap {
          try? JSONReader.node(of: $0.text, file: "")
        } : Self.values(list, &arguments)
      axes.append(OverFlag(name: name, values: values))
    }
    return axes
  }

  private static func values(_ list: String, _ arguments: inout ArgumentReader) -> [JSONNode] {
    split(list).compactMap { part in
      if part.isEmpty {
        arguments.fault("expected a value between the commas of '--over', found nothing")
        return nil
      }
      if let node = try? JSONReader.node(of: part, file: "") { return node }
      if let first = part.first, "[{\"".contains(first) {
        arguments.fault(
          "expected JSON or a word in '--over', found \"\(part)\"",
          hint: "in a shell JSON stands in single quotes")
      }
      return JSONNode(value: .string(part), line: 0, column: 0)
    }
  }

  /// Cuts a list at the commas that stand in no brackets and no quotes.
  private static func split(_ text: String) -> [String] {
    var (parts, depth, isQuoted) = ([""], 0, false)
    var previous: Character = " "
    for character in text {
      if character == "\"", previous != "\\" { isQuoted.toggle() }
      if !isQuoted {
        if "[{".contains(character) { depth += 1 }
        if "]}".contains(character) { depth -= 1 }
      }
      previous = character
      if character == ",", depth <= 0, !isQuoted {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts
  }
}

/// Where `sweep` gets its study from: a study's file, or an experiment and `--over`.
enum StudySource {
  /// Flags that set what an axis may vary.
  private static let flagsOfAxes = [
    ("--policy", "policy"), ("--seed", "seed"), ("--gpu", "gpu"), ("--testbed", "testbed"),
    ("--duration-s", "duration_s"), ("--rate-scale", "rate_scale"),
  ]

  /// Reads all arguments and the study; what flags put in place of the file's, in words.
  ///
  /// - Throws: `InputError` with the faults of the arguments, or of the study.
  static func read(
    _ arguments: inout ArgumentReader
  ) throws -> (study: Study, set: [String]) {
    let over = OverFlag.all(&arguments)
    let reference = arguments.string("--load-of")
    let followsWaits = arguments.bool("--why")
    let given = flagsOfAxes.filter { arguments.has($0.0) }
    let assigned = arguments.strings("--set").map { String($0.prefix { $0 != "=" }) }
    let path = arguments.optionalPositional()
    var study: Study
    if let path, isStudy(path) {
      let overrides = try ExperimentFlags.overrides(&arguments)
      try arguments.finish()
      study = try Study(path: path, overrides)
    } else {
      let (description, _) = try ExperimentSource.describe(path, &arguments)
      study = Study(name: description.node["name"]?.text ?? "", description, [])
    }
    if followsWaits { study.followsWaits = true }
    var words: [String] = []
    if over.isEmpty, study.axes.isEmpty, let points = points(beside: study.base) {
      let axis = try StudyAxis.ofPoints(at: points)
      _ = study.set(axis)
      words.append("over \(text(axis)), as \(points) has it")
    }
    for flag in over {
      let old = study.axes.first { $0.name == flag.name }.map(Self.values)
      let axis = try StudyAxis(flag.name, flag.values, at: NamePlace())
      if study.set(axis), let old { words.append("over \(text(axis)), not \(old)") }
    }
    if let reference, !study.measureLoads(in: reference) {
      throw InputError(
        kind: .usage, message: "'--load-of' needs the axis 'load'", hint: "--over load=20,40,60")
    }
    if study.axes.isEmpty {
      throw InputError(
        kind: .usage, message: "a sweep needs an axis: '--over AXIS=VALUE,…', or a study's file",
        hint: "axes: " + StudyAxis.names.joined(separator: ", ")
          + ", or a path as '--set' has it")
    }
    for (flag, name) in given where study.axes.contains(where: { $0.name == name }) {
      throw InputError(
        kind: .usage, message: "'\(flag)' and the axis '\(name)' exclude each other",
        hint: "'--over \(name)=VALUE,…' gives the axis other values")
    }
    for name in assigned where study.axes.contains(where: { $0.name == name }) {
      throw InputError(
        kind: .usage, message: "'--set \(name)' and the axis '\(name)' exclude each other")
    }
    return (study, words)
  }

  /// The points file of an experiment's folder.
  private static func points(beside experiment: ExperimentDescription) -> String? {
    guard experiment.isWholeFile else { return nil }
    let path = NamePlace(file: experiment.file).resolve("points.csv")
    return InputFolder.exists(path) ? path : nil
  }

  private static func text(_ axis: StudyAxis) -> String { "\(axis.name) = \(values(axis))" }

  private static func values(_ axis: StudyAxis) -> String {
    axis.values.prefix(6).map(\.text).joined(separator: ", ") + (axis.values.count > 6 ? ", …" : "")
  }

  /// Whether a path is plainly a study's file; what is wrong with another file is told by whoever
  /// reads it as an experiment.
  private static func isStudy(_ path: String) -> Bool {
    guard InputFolder.exists(path), !InputFolder.exists(path + "/."), path.hasSuffix(".json") else {
      return false
    }
    return (try? Study.isOne(path)) ?? false
  }
}
