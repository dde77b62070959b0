import Tables

/// Where a name was written, so that an error about it can point there.
package struct NamePlace: Sendable {
  /// The file the name stands in; empty for the command line. Relative paths start at its folder.
  package var file: String
  /// The line from 1; 0 where there is none.
  package var line: Int
  /// The column from 1; 0 where there is none.
  package var column: Int

  /// Creates a place.
  package init(file: String = "", line: Int = 0, column: Int = 0) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// A path as seen from here: absolute ones stay, others start at the file's folder.
  package func resolve(_ path: String) -> String {
    guard !path.hasPrefix("/"), let cut = file.lastIndex(of: "/") else { return path }
    return file[...cut] + path
  }
}

/// The catalogue of GPUs, testbeds and kernel tables under `models/`.
///
/// A catalogue name is looked up there; anything with a `/` or a known extension is a path of the
/// user's, relative to the file it is written in.
package struct ModelLibrary: Sendable {
  /// The folder `models`, or nil where none was found.
  package var folder: String?

  /// Creates a library over a folder.
  package init(folder: String?) { self.folder = folder }

  /// Finds `models/`: under `GPULOOM_HOME` if that is set, else in the working directory or one of
  /// its ancestors, else in the executable's folder or one of its ancestors.
  package static func locate() -> ModelLibrary {
    locate(
      home: InputFolder.environment("GPULOOM_HOME"),
      starts: [InputFolder.workingDirectory, InputFolder.executableFolder ?? ""])
  }

  /// As `locate()`, the places given; a home that is set is final even if it holds no `models/`.
  package static func locate(home: String?, starts: [String]) -> ModelLibrary {
    if let home {
      return ModelLibrary(folder: isLibrary(home + "/models") ? home + "/models" : nil)
    }
    for start in starts where start.hasPrefix("/") {
      var parts = start.split(separator: "/")
      while true {
        let candidate = "/" + (parts + ["models"]).joined(separator: "/")
        if isLibrary(candidate) { return ModelLibrary(folder: candidate) }
        if parts.popLast() == nil { break }
      }
    }
    return ModelLibrary(folder: nil)
  }

  /// The catalogue's GPUs, sorted.
  package var gpuNames: [String] { names(in: "gpus", ending: ".json") }

  /// The catalogue's testbeds, sorted.
  package var testbedNames: [String] { names(in: "testbeds", ending: ".json") }

  /// The catalogue's models, sorted; each has a table per GPU it is known on.
  package var modelNames: [String] {
    names(in: "kernels", ending: "").filter { !tableGPUs(of: $0).isEmpty }
  }

  /// The GPUs a model of the catalogue has tables for, sorted.
  package func tableGPUs(of model: String) -> [String] {
    names(in: "kernels/" + model, ending: ".csv")
  }

  /// The GPU of a catalogue name, another name of it, or a path.
  ///
  /// - Throws: `missingFile` for an unknown name, else as `GPUSpec.read`.
  package func gpu(_ name: String, at place: NamePlace = NamePlace()) throws(InputError) -> GPUSpec
  {
    if Self.isPath(name) { return try GPUSpec.read(place.resolve(name)) }
    let known = gpuNames
    if let own = Self.spelled(name, in: known) {
      return try GPUSpec.read(path("gpus", own + ".json"))
    }
    for candidate in known {
      let spec = try GPUSpec.read(path("gpus", candidate + ".json"))
      if Self.spelled(name, in: spec.alsoKnownAs) != nil { return spec }
    }
    throw unknown("GPU", name, known, place)
  }

  /// The testbed of a catalogue name or a path.
  ///
  /// - Throws: `missingFile` for an unknown name, else as `Testbed.read`.
  package func testbed(
    _ name: String, at place: NamePlace = NamePlace()
  ) throws(InputError) -> Testbed {
    if Self.isPath(name) { return try Testbed.read(place.resolve(name)) }
    let known = testbedNames
    if let own = Self.spelled(name, in: known) {
      return try Testbed.read(path("testbeds", own + ".json"))
    }
    throw unknown("testbed", name, known, place)
  }

  /// The kernel table of a model of the catalogue on a GPU, or of a path.
  ///
  /// - Throws: `missingFile` for an unknown model or one without a table for this GPU, else as
  ///   `KernelTable.read`.
  package func kernelTable(
    _ model: String, gpu: String, at place: NamePlace = NamePlace()
  ) throws(InputError) -> KernelTable {
    if Self.isPath(model) { return try KernelTable.read(place.resolve(model)) }
    let known = modelNames
    guard let model = Self.spelled(model, in: known) else {
      throw unknown("model", model, known, place)
    }
    let tables = tableGPUs(of: model)
    if tables.contains(gpu) { return try KernelTable.read(path("kernels/" + model, gpu + ".csv")) }
    throw InputError(
      kind: .missingFile,
      Diagnostic(
        file: place.file, line: place.line, column: place.column,
        message: "the model '\(model)' has no table for the GPU '\(gpu)'",
        hint: "it has tables for: " + tables.joined(separator: ", ")
          + "; 'gpuloom kernels lower' makes one"))
  }

  /// Whether a name is a path of the user's rather than a name of the catalogue.
  package static func isPath(_ name: String) -> Bool {
    name.contains("/") || name.hasSuffix(".json") || name.hasSuffix(".csv")
  }

  /// The known name that a word means: itself, or the one that differs in case alone.
  package static func spelled(_ word: String, in known: [String]) -> String? {
    if known.contains(word) { return word }
    let folded = word.lowercased()
    return known.first { $0.lowercased() == folded }
  }

  private static func isLibrary(_ path: String) -> Bool { InputFolder.exists(path + "/gpus") }

  private func path(_ folder: String, _ file: String) -> String {
    (self.folder ?? "models") + "/" + folder + "/" + file
  }

  private func names(in subfolder: String, ending: String) -> [String] {
    guard let folder else { return [] }
    return InputFolder.names(at: folder + "/" + subfolder).filter {
      $0.hasSuffix(ending) && !$0.hasPrefix(".")
    }.map { String($0.dropLast(ending.count)) }
  }

  private func unknown(
    _ kind: String, _ name: String, _ known: [String], _ place: NamePlace
  ) -> InputError {
    let hint =
      folder == nil
      ? "the folder 'models' was not found; set GPULOOM_HOME to the folder that holds it"
      : NearestName.hint(for: name, in: known)
    return InputError(
      kind: .missingFile,
      Diagnostic(
        file: place.file, line: place.line, column: place.column,
        message: "unknown \(kind) '\(name)'", hint: hint))
  }
}
