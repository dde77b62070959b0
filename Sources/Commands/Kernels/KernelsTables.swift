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
