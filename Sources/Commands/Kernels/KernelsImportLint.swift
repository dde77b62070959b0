import CommandLine
import Hardware
import KernelData
import Tables

/// Judges a table that was made of a profile before it is written.
enum KernelsImportLint {
  /// Warnings of one rule that are shown.
  private static let shownOfRule = 3

  /// Reports what the lint finds in a table's text.
  ///
  /// - Throws: `InputError` where launches cannot run on the GPU the table is for: the profile is
  ///   of another one, or its columns are not what they seem.
  static func judge(
    _ text: String, as path: String, of profile: ImportedProfile, _ context: CommandContext
  ) throws(InputError) {
    let library = ModelLibrary.locate()
    // Without a catalogue nothing is known of any GPU; the table is as good as it is.
    let catalogue = library.folder == nil ? [] : try library.gpus()
    let findings = try KernelLint.findings(in: CSVReader.table(of: text, file: path)) { table in
      GPUSpec.find(table.gpu, among: catalogue) ?? reported(profile, table, library)
    }
    var impossible: [Diagnostic] = []
    for finding in findings where [.impossibleOccupancy, .launchLimit].contains(finding.rule) {
      var fault = finding.diagnostic
      // The table is not written: the fault is the profile's, whose rows have no place any more.
      (fault.file, fault.line, fault.column) = (profile.file, 0, 0)
      fault.hint = "name the GPU the profile was taken on with --gpu"
      if !impossible.contains(fault), impossible.count < 20 { impossible.append(fault) }
    }
    if !impossible.isEmpty { throw InputError(diagnostics: impossible) }
    // That a GPU is unknown matters to whoever uses the table, and is told then.
    // Rounded durations the reading has told of already.
    let told = findings.filter {
      ![.unknownGPU, .otherGPU, .roundedDuration].contains($0.rule)
    }
    context.report(
      told.diagnostics(upTo: shownOfRule).map { finding in
        var warning = finding
        if warning.severity == .error { warning.severity = .warning }
        return warning
      })
  }

  /// The catalogue's name of the GPU a profile was taken on; nil where it has none.
  static func catalogueName(of profile: ImportedProfile) -> String? {
    let library = ModelLibrary.locate()
    guard let device = profile.device, library.folder != nil,
      let all = try? library.gpus()
    else { return nil }
    return GPUSpec.find(device.name.isEmpty ? device.id : device.name, among: all)?.name
  }

  /// A GPU the catalogue lacks, as far as the profile describes it.
  private static func reported(
    _ profile: ImportedProfile, _ table: KernelTable, _ library: ModelLibrary
  ) -> GPUSpec? {
    guard let device = profile.device, !device.name.isEmpty, table.gpu == device.name else {
      return nil
    }
    return (try? library.gpu(from: GPUFacts(device, origin: profile.format.title)))?.gpu
  }
}
