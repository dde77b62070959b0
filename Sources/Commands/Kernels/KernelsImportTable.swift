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
    try stated.checkGPU(profile, older)
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
    options.gpu = gpu ?? (Self.namesGPU(profile) ? "" : older?.gpu ?? "")
    options.stack = stack ?? recorded?.stack ?? older?.stack ?? options.stack
    options.precision =
      precision
      ?? (profile.recorded?.precision == nil && profile.precision == nil
        ? older?.precision : nil)
    options.hasWeights =
      weightsMiB != nil || recorded?.weightsMiB != nil
      || older.map { !$0.conditions.assumed.contains("weights 0 MiB") } ?? false
    options.batch = batch
    options.weightsMiB = weightsMiB ?? recorded?.weightsMiB ?? older?.weightsMiB ?? 0
    options.workspaceMiB = workspaceMiB ?? recorded?.workspaceMiB ?? older?.workspaceMiB ?? 0
    options.assumedSMs = assumedSMs
    options.assumesDemands = assumesDemands
    return options
  }

  /// Whether a profile tells the GPU it was taken on.
  private static func namesGPU(_ profile: ImportedProfile) -> Bool {
    guard let device = profile.device else { return false }
    if !device.name.isEmpty { return true }
    // A number, "/device:GPU:0" of XLA's, "Agent 7" of rocprof's, "gpu0": none is a product.
    let id = device.id.lowercased()
    let isCount = ["/", "agent", "gpu", "device", "cuda"].contains { id.hasPrefix($0) }
    return !isCount && id.contains { $0.isLetter }
  }

  /// A table of an unknown GPU is of no use to anybody.
  ///
  /// - Throws: where neither profile nor user name the GPU.
  private func checkGPU(_ profile: ImportedProfile, _ older: KernelTable?) throws(InputError) {
    if gpu != nil || older != nil || Self.namesGPU(profile) { return }
    throw InputError(
      file: profile.file,
      message: "\(profile.format.title) that does not name the GPU it was taken on",
      hint: "name it: --gpu NAME, one of 'gpuloom gpus'")
  }

  /// What the table says for lack of better.
  private func warnings(_ profile: ImportedProfile, _ table: KernelTable) -> [Diagnostic] {
    var warnings: [Diagnostic] = []
    func warn(_ message: String, _ hint: String?) {
      warnings.append(
        Diagnostic(file: profile.file, severity: .warning, message: message, hint: hint))
    }
    for assumed in table.conditions.assumed {
      switch assumed.prefix(while: { $0 != " " }) {
      case "batch":
        warn("the file does not tell its batch: 1 is assumed", "state it with --batch N")
      case "precision":
        warn("the file does not tell its precision: fp32 is assumed", "state it with --precision")
      case "weights":
        warn(
          "the file does not tell the model's weights: 0 MiB are assumed",
          "state them with --weights-mib: memory is checked by them")
      case "work":
        warn(
          "assumed: " + assumed,
          "counters tell it (ncu); FLOP, utilization and sharing rest on this")
      // Whoever said '--assume-sms' knows.
      default: break
      }
    }
    let library = ModelLibrary.locate()
    // Without a catalogue every name is as good as another.
    guard library.folder != nil, let known = try? library.gpus() else { return warnings }
    if let gpu {
      if GPUSpec.find(gpu, among: known) == nil {
        warn(
          "the GPU '\(gpu)' is not in the catalogue",
          NearestName.hint(for: gpu, in: known.map(\.name)))
      }
    } else if let device = profile.device, GPUSpec.find(table.gpu, among: known) == nil {
      warn(
        "the GPU '\(table.gpu)' is not in the catalogue",
        device.smCount != nil
          ? "'gpuloom gpus from \(profile.file) --to card.json' describes it from this profile"
          : NearestName.hint(for: table.gpu, in: known.map(\.name)))
    }
    return warnings
  }
}
