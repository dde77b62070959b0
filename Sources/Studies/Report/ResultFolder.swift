import Metrics
import Reports
import Tables

/// What `compare` or `sweep` left in a folder, read and held together.
package struct ResultFolder {
  /// The folder as the user named it.
  package let path: String
  /// The results.
  package let rows: ResultRows
  /// Whether they are a study's.
  package let isStudy: Bool
  /// The manifest beside them, and its file's name; nil where there is none.
  package let manifest: (name: String, node: JSONNode, text: String)?
  /// The requests, where they were logged.
  package let requests: RequestLatencies?
  /// The use of the GPU over time, where that was followed.
  package let series: RunSeriesFile?
  /// What the reader should know.
  package private(set) var remarks: [Diagnostic] = []

  private static let summary = "summary.csv"
  private static let study = "study.csv"

  /// Reads a folder.
  ///
  /// - Throws: `InputError`: `missingFile` where there are no results, `badData` where they are cut
  ///   short or are not those that the manifest tells of.
  package init(_ path: String) throws(InputError) {
    func file(_ name: String) -> String { path + (path.hasSuffix("/") ? "" : "/") + name }
    guard InputFolder.exists(path) else {
      throw InputError(
        kind: .missingFile, Diagnostic(file: path, message: "there is no such folder"))
    }
    self.path = path
    isStudy = InputFolder.exists(file(Self.study))
    let name = isStudy ? Self.study : Self.summary
    guard InputFolder.exists(file(name)) else {
      throw InputError(
        kind: .missingFile,
        Diagnostic(
          file: file(name), message: "there are no results in this folder",
          hint: "'gpuloom compare --out DIR' writes some"))
    }
    if isStudy, InputFolder.exists(file(Self.summary)) {
      remarks.append(
        Diagnostic(
          file: file(Self.summary), severity: .warning,
          message: "not reported: the folder has a study, which is"))
    }
    rows = try ResultRows(file(name))
    let manifestName = isStudy ? "study.json" : "manifest.json"
    if InputFolder.exists(file(manifestName)) {
      let text = try InputFile.text(at: file(manifestName))
      manifest = (manifestName, try JSONReader.node(of: text, file: file(manifestName)), text)
    } else {
      manifest = nil
      remarks.append(
        Diagnostic(
          file: file(manifestName), severity: .warning,
          message: "missing: what the results were made from cannot be told"))
    }
    let log = file("requests.csv")
    requests =
      !isStudy && InputFolder.exists(log)
      ? try RequestLatencies(
        log, policies: rows.policies, tenants: rows.tenants.map(\.name)) : nil
    let windows = file("series.csv")
    series = !isStudy && InputFolder.exists(windows) ? try RunSeriesFile(windows, rows) : nil
    try check(file(name))
  }

  /// Holds the results against what the manifest says of them.
  private mutating func check(_ results: String) throws(InputError) {
    guard let manifest else { return }
    if isStudy {
      if let told = manifest.node["results_sha256"]?.text,
        told != (try SHA256.hex(ofFile: results))
      {
        throw InputError(
          Diagnostic(
            file: results, message: "is not the file that \(manifest.name) tells of",
            hint: "run the sweep again with the same '--out': what is finished is kept"))
      }
      return
    }
    var faults: [Diagnostic] = []
    for run in manifest.node["runs"]?.elements ?? [] {
      guard let policy = run["policy"]?.text, let seed = run["seed"]?.integer else { continue }
      if rows.hasRun(policy: policy, seed: "\(seed)") { continue }
      faults.append(
        Diagnostic(
          file: results,
          message: "lacks the run of '\(Excerpt.word(policy))' under seed \(seed) that "
            + "\(manifest.name) (line \(run.line)) tells of: it was cut short"))
      if faults.count >= 20 { break }
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    if case .bool(false)? = manifest.node["complete"]?.value {
      remarks.append(
        Diagnostic(
          file: results, severity: .warning,
          message: "the run was interrupted: some policies or seeds are missing"))
    }
  }

  /// The tenants' objectives in ms, where the manifest has them and no axis changes them.
  package func objectives() -> [Double?] {
    let names = rows.tenants.map(\.name)
    return manifest?.node.objectives(of: names, axes: rows.axes) ?? names.map { _ in nil }
  }
}

extension JSONNode {
  /// The objectives in ms of tenants, as a manifest or the description of an experiment or a study
  /// tells them; nil where it does not, or where an axis changes them.
  package func objectives(of tenants: [String], axes: [String]) -> [Double?] {
    let lists = [self["description"], self].compactMap { $0 }.flatMap {
      [$0["tenants"], $0["experiment"]?["tenants"]]
    }
    let list = lists.compactMap { $0 }.first { !$0.elements.isEmpty }
    let isFixed = !axes.contains { $0.contains("slo") }
    return tenants.map { tenant in
      guard isFixed, let own = list?.elements.first(where: { $0["name"]?.text == tenant }) else {
        return nil
      }
      return own["slo_ms"]?.double
    }
  }
}
