import Hardware
import Reports
import Scheduling
import Tables

/// A folder's measurements (`measurements.csv`) as they are simulated now, beside what is written
/// down.
package struct TruthCheck {
  package let folder: String
  private let file: MeasurementsFile
  private var now: MeasurementsFile

  /// Whether a folder holds measurements; one with an experiment is the experiment's.
  package static func isTruth(_ folder: String) -> Bool {
    InputFolder.exists(folder + "/" + MeasurementsFile.name)
      && !InputFolder.exists(folder + "/experiment.json")
  }

  /// Runs what the folder's rows ask for; nil where an interrupt kept it from being finished.
  ///
  /// - Throws: `InputError` with every fault of the file, of a name in it, or of a run that the
  ///   GPU's memory does not suffice for.
  package init?(
    _ folder: String, library: ModelLibrary, policies: PolicyCatalog, _ control: WorkControl
  ) throws(InputError) {
    self.folder = folder
    let path = folder + "/" + MeasurementsFile.name
    file = try MeasurementsFile(path)
    now = file
    // What is wrong with the page is told before the runs.
    _ = try TruthPage(folder, file)
    let catalogue = try Self.catalogue(file, library)
    guard
      let bench = try LoopBench(
        file.rows.map(\.run), catalogue, policies: policies, control)
    else { return nil }
    var faults: [Diagnostic] = []
    for (i, row) in file.rows.enumerated() {
      do throws(InputError) {
        now.rows[i].simulated = try row.value(of: bench)
      } catch {
        faults += error.placed(Self.place(row, "model", in: path)).diagnostics
      }
      if faults.count >= 20 { break }
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    now.inputs = ["measurements rows \(SHA256.hex(Array(file.rowsText.utf8)))"]
    for input in catalogue.inputs {
      now.inputs.append("\(input.role) \(input.name) \(try SHA256.hex(ofFile: input.path))")
    }
  }

  private static func place(_ row: Measurement, _ column: String, in path: String) -> NamePlace {
    NamePlace(file: path, line: row.line, column: row.columns[column] ?? 0)
  }

  /// All that the rows name.
  private static func catalogue(
    _ file: MeasurementsFile, _ library: ModelLibrary
  ) throws(InputError) -> LoopCatalogue {
    var catalogue = LoopCatalogue(library)
    var faults: [Diagnostic] = []
    var areMissing = true
    for row in file.rows {
      func place(_ column: String) -> NamePlace { Self.place(row, column, in: file.path) }
      do throws(InputError) {
        try catalogue.addGPU(row.gpu, at: place("gpu"))
        try catalogue.addStack(row.stack, at: place("stack"))
        try catalogue.addTestbed(row.testbed, at: place("testbed"))
        for (loop, column) in [(row.loop, "model")] + (row.beside.map { [($0, "beside")] } ?? []) {
          try catalogue.addTable(
            model: loop.model, batch: loop.batch, gpu: row.gpu, stack: row.stack, at: place(column))
        }
      } catch {
        faults += error.diagnostics.filter { !faults.contains($0) }
        areMissing = areMissing && error.kind == .missingFile
      }
      if faults.count >= 20 { break }
    }
    if faults.isEmpty { return catalogue }
    throw InputError(kind: areMissing ? .missingFile : .badData, diagnostics: faults)
  }

  /// Compares with what is written down.
  ///
  /// - Throws: `InputError` where a page or a points file that it rests on cannot be read.
  package func compare() throws(InputError) -> CheckResult {
    var result = CheckResult(path: folder)
    let rule = CheckTolerance.relative(1e-9)
    for (old, new) in zip(file.rows, now.rows) {
      result.count += 1
      if let a = old.simulated, let b = new.simulated, rule.allows(b, expected: a) { continue }
      var detail = ""
      if let a = old.simulated, let b = new.simulated { detail = ExpectedFile.percent(b / a - 1) }
      result.misses.append(
        .init(
          figure: "\(MeasurementsFile.name):\(old.line): \(old.place)",
          expected: old.simulated.map(NumberText.exact) ?? "",
          found: new.simulated.map(NumberText.exact) ?? "", detail: detail,
          place: (file.path, old.line)))
    }
    var (before, after) = (ExpectedFile(), ExpectedFile())
    (before.inputs, after.inputs) = (file.inputs, now.inputs)
    result.changes = before.changes(to: after)
    // Where figures moved, that their page is an old one is no news.
    let page = folder + "/" + FiguresPage.name
    if result.misses.isEmpty, InputFolder.exists(page) {
      result.hold(page, try InputFile.text(at: page), to: try TruthPage(folder, now).text)
    }
    return result
  }

  /// The files that hold the figures as they are now.
  ///
  /// - Throws: as `TruthPage`.
  package func files() throws(InputError) -> [(name: String, text: String)] {
    [
      (FiguresPage.name, try TruthPage(folder, now).text), (MeasurementsFile.name, now.text),
    ]
  }
}
