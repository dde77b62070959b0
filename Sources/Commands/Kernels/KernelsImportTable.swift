import CommandLine
import Hardware
import KernelData
import Tables

/// What the user states of the table that `kernels import` makes, and the table made with it.
struct KernelsImportTable {
  var model: String?
  var gpu: String?
  var stack: String?
  var precision: Precision?
  var batch: Int?
  var weightsMiB: Double?
  var workspaceMiB: Double?
  var assumedSMs: Int?
  var assumesDemands = true

  /// The table of a selection; what has to be assumed is told.
  ///
  /// - Parameters:
  ///   - older: the table it is added to, which also states what nobody else does.
  ///   - path: that table's file.
  /// - Throws: as `kernelTable` and `adding`.
  static func table(
    of selection: ProfileSelection, _ stated: KernelsImportTable, addedTo older: KernelTable?,
    at path: String, _ context: CommandContext
  ) throws(InputError) -> KernelTable {
    let profile = selection.profile
    var options = stated.options(profile, older)
    if options.gpu.isEmpty { options.gpu = KernelsImportLint.catalogueName(of: profile) ?? "" }
    let made = try selection.kernelTable(options)
    context.report(stated.warnings(profile, made))
    if stated.batch == nil, profile.recorded?.batch == nil, let known = profile.batch {
      context.note("batch \(known.size), by \(known.origin)")
    }
    guard let older else { return made }
    let sum = try older.adding(made, file: path)
    if made.workspaceMiB != older.workspaceMiB {
      context.note("the table's workspace_mib is \(sum.workspaceMiB), the largest of its batches")
    }
    return sum
  }

  /// The user's word over the recorder's, and that over the older table's.
  private func options(_ profile: ImportedProfile, _ older: KernelTable?) -> ProfileTableOptions {
    let recorded = profile.recorded
    var options = ProfileTableOptions()
    options.model = model ?? recorded?.model ?? ""
    options.gpu = gpu ?? ""
    options.stack = stack ?? recorded?.stack ?? older?.stack ?? options.stack
    options.precision = precision
    options.batch = batch
    options.weightsMiB = weightsMiB ?? recorded?.weightsMiB ?? older?.weightsMiB ?? 0
    options.workspaceMiB = workspaceMiB ?? recorded?.workspaceMiB ?? older?.workspaceMiB ?? 0
    options.assumedSMs = assumedSMs
    options.assumesDemands = assumesDemands
    return options
  }

  /// What the table says for lack of better.
  private func warnings(_ profile: ImportedProfile, _ table: KernelTable) -> [Diagnostic] {
    var warnings: [Diagnostic] = []
    func warn(_ message: String, _ hint: String?) {
      warnings.append(
        Diagnostic(file: profile.file, severity: .warning, message: message, hint: hint))
    }
    if batch == nil, !profile.tellsBatch {
      warn("the file does not tell its batch: 1 is assumed", "state it with --batch N")
    }
    let library = ModelLibrary.locate()
    if let gpu {
      // Without a catalogue every name is as good as another.
      if library.folder != nil, let known = try? library.gpus(),
        GPUSpec.find(gpu, among: known) == nil
      {
        warn(
          "the GPU '\(gpu)' is not in the catalogue",
          NearestName.hint(for: gpu, in: known.map(\.name)))
      }
    } else if profile.device?.name.isEmpty ?? true,
      table.gpu == "unknown" || table.gpu.allSatisfy(\.isNumber)
    {
      warn(
        "the file does not name its GPU: the table says '\(table.gpu)'",
        "name the GPU the profile was taken on with --gpu")
    }
    return warnings
  }
}
