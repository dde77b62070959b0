import CommandLine
import Hardware
import Reports
import Scheduling
import Studies
import Tables

/// The folder of one study: `plan.csv`, the runs, and what they come to (`study.csv`, `study.json`).
struct StudyFolder {
  static let results = "study.csv"
  static let manifest = "study.json"
  /// From this many runs on, they share files.
  static let mostFiles = 10_000

  let path: String
  /// What the folder's plan says of itself; nil where there is none.
  let head: StudyListing?

  private func file(_ name: String) -> String { path + (path.hasSuffix("/") ? "" : "/") + name }
  private var planPath: String { file(StudyListing.fileName) }

  /// Looks at a folder; a plan that is damaged is as none, for it is written anew.
  init(_ path: String) {
    self.path = path
    head = try? StudyListing.head(
      at: path + (path.hasSuffix("/") ? "" : "/") + StudyListing.fileName)
  }

  /// Holds that the folder is of this study: one folder holds one study.
  ///
  /// - Throws: `badData` naming both.
  func check(study: String, axes: [String]) throws(InputError) {
    guard let head, head.study != study || head.axes != axes else { return }
    func words(_ study: String, _ axes: [String]) -> String {
      "'\(Excerpt.word(study))' over \(axes.joined(separator: ", "))"
    }
    throw InputError(
      file: path,
      message: "the folder holds the study \(words(head.study, head.axes)), "
        + "not \(words(study, axes))", hint: "give each study a folder of its own")
  }

  /// The plan of before, where the study, its inputs and the catalogue are what they were, so that
  /// nothing need be read again.
  func unchangedPlan(
    _ study: Study, _ library: ModelLibrary, _ policies: PolicyCatalog
  ) -> StudyListing? {
    guard let head, head.version == Version.text, head.study == study.name,
      head.axes == study.axes.map(\.name), head.description == study.canonical,
      head.catalogue == StudyPlan.catalogue(library, policies)
    else { return nil }
    for input in head.inputs {
      // Where a name may lead: whatever is there must be what it was.
      let bases = [study.base.file, study.file, ""]
      var places = bases.map { NamePlace(file: $0).resolve(input.name) }
      if let models = library.folder {
        let root = models.hasSuffix("models") ? String(models.dropLast(6)) : models + "/../"
        places.append(root + input.name)
      }
      let there = places.filter { InputFolder.exists($0) }
      if there.isEmpty { return nil }
      for (i, place) in there.enumerated() where !there[..<i].contains(place) {
        guard let hash = try? SHA256.hex(ofFile: place), hash == input.sha256 else { return nil }
      }
    }
    return try? StudyListing.read(at: planPath)
  }

  /// Writes the plan where it is not there yet. Results of another plan are removed: they would pass
  /// for this one's, and the runs they were made from stay.
  ///
  /// - Throws: as `OutputFolder`.
  func write(_ listing: StudyListing) throws {
    if let head, head.key == listing.key, (try? StudyListing.read(at: planPath)) != nil { return }
    let folder = try OutputFolder(path)
    let file = try folder.open(StudyListing.fileName)
    try listing.write { try file.write($0) }
    try folder.commit(removing: head == nil ? [] : [Self.results, Self.manifest])
  }

  /// What came of putting a study's runs together.
  enum Assembly {
    case whole(StudyResults, csv: String)
    /// Rows whose runs are not there, or are damaged, which is an error then.
    case lacking([(row: Int, error: InputError?)])
  }

  /// Puts the runs together and writes the results; nothing is written where some are missing.
  ///
  /// - Parameter withText: whether the results are wanted as text too.
  /// - Throws: as `OutputFolder`.
  func writeResults(
    _ listing: StudyListing, _ store: RunStore, withText: Bool
  ) throws -> Assembly {
    let folder = try OutputFolder(path)
    let file = try folder.open(Self.results)
    var results = StudyResults(listing)
    var hash = SHA256()
    var csv = ""
    func put(_ text: String) throws {
      var text = text
      try file.write(text)
      text.withUTF8 { hash.update(UnsafeRawBufferPointer($0)) }
      if withText { csv += text }
    }
    try put(results.header)
    var lacking: [(row: Int, error: InputError?)] = []
    for (row, listed) in listing.rows.enumerated() {
      var lines = ""
      do throws(InputError) {
        if let record = try store.record(listed.run) {
          if lacking.isEmpty { lines = try results.add(record, file: store.place(of: listed.run)) }
        } else {
          lacking.append((row, nil))
        }
      } catch {
        lacking.append((row, error))
      }
      if lacking.isEmpty { try put(lines) }
    }
    if !lacking.isEmpty { return .lacking(lacking) }
    try file.complete()
    try folder.write(Self.manifest, results.manifest(digest: hash.finish()).text)
    try folder.commit()
    return .whole(results, csv: csv)
  }
}
