import Hardware
import KernelData
import Tables

/// Kernel tables as commands name them: a file, or a model of the catalogue.
enum KernelsTables {
  /// The files a word stands for: a path itself, or a model's tables (that of `gpu` where given).
  ///
  /// - Throws: `InputError` for an unknown model, or one without a table for the GPU.
  static func paths(
    _ word: String, gpu: String?, _ library: ModelLibrary
  ) throws(InputError) -> [String] {
    if ModelLibrary.isPath(word) || !library.modelNames.contains(word) && InputFolder.exists(word) {
      return [word]
    }
    let names = library.tableGPUs(of: word)
    if names.isEmpty || gpu != nil {
      // Says what is wrong with the name, or that there is no such table.
      _ = try library.kernelTable(word, gpu: gpu ?? "")
    }
    return (gpu.map { [$0] } ?? names).map {
      (library.folder ?? "models") + "/kernels/\(word)/\($0).csv"
    }
  }

  /// Whether a word means a model that ships or can be lowered rather than a file: its name, or
  /// anything with a precision.
  static func isModel(_ word: String, _ library: ModelLibrary) -> Bool {
    if ModelLibrary.isPath(word) || library.folder == nil { return false }
    return library.allModelNames.contains(word) || word.contains(":") && !InputFolder.exists(word)
  }

  /// A model's table on a GPU, the first that it has a table for where none is named.
  ///
  /// - Throws: as `ModelLibrary.table`, and `usage` where the model has no table at all.
  static func found(
    _ word: String, on gpu: String?, including batches: [Int] = [], _ library: ModelLibrary
  ) throws(InputError) -> ModelTable {
    let name = try Lowering.parts(of: word).model
    if let first = gpu ?? library.tableGPUs(of: name).first {
      return try library.table(word, on: try library.gpu(first), including: batches)
    }
    guard library.allModelNames.contains(name) else {
      guard library.folder != nil else { return try noLibrary(word, library) }
      throw Lowering.unknown("model", name, library.allModelNames)
    }
    throw InputError(
      kind: .usage,
      Diagnostic(
        message: "no table of '\(name)' ships",
        hint: "name the GPU to lower it for with --gpu; 'gpuloom gpus' lists them"))
  }

  /// Says that there is no catalogue.
  private static func noLibrary(
    _ word: String, _ library: ModelLibrary
  ) throws(InputError) -> ModelTable {
    ModelTable(table: try library.kernelTable(word, gpu: ""), name: word)
  }

  /// A table's file, or one sentence where it is something else altogether.
  ///
  /// - Throws: as `CSVReader.table(at:)`.
  static func csv(_ path: String) throws(InputError) -> CSVTable {
    let csv = try CSVReader.table(at: path)
    if csv.comment("format") != nil || csv.index(of: "kernel") != nil {
      return csv
    }
    throw InputError(
      Diagnostic(
        file: path, line: csv.header.line, message: "this is no kernel table",
        hint: "make one of a profile: gpuloom kernels import \(path) --to TABLE.csv"))
  }

  /// The GPU a table is judged for: the one asked for, or the one it names; nil where the
  /// catalogue does not know it.
  static func gpu(
    of table: KernelTable, asked: GPUSpec?, _ catalogue: [GPUSpec]
  ) -> GPUSpec? {
    asked ?? GPUSpec.find(table.gpu, among: catalogue)
  }
}
