import Hardware
import SimBasics
import Tables

/// The GPUs whose GEMMs can be predicted: data sheets, and constants where they were fitted.
///
/// Read from `models/gemm/gpus.json` (`gpuloom.gemm-gpus/1`) and the constants files it names.
package struct GEMMCatalogue: Sendable {
  /// The data sheets, in the file's order.
  package var sheets: [GEMMDataSheet] = []
  /// The fitted constants, in the file's order.
  package var constants: [GEMMConstants] = []

  /// Creates a catalogue from its parts.
  package init(sheets: [GEMMDataSheet], constants: [GEMMConstants] = []) {
    self.sheets = sheets
    self.constants = constants
  }

  /// All names, aliases among them.
  package var names: [String] { sheets.flatMap { [$0.name] + $0.aliases } }

  /// The data sheet of a GPU by name or alias, in any case.
  package func sheet(named name: String) -> GEMMDataSheet? {
    let wanted = name.lowercased()
    return sheets.first {
      $0.name.lowercased() == wanted || $0.aliases.contains { $0.lowercased() == wanted }
    }
  }

  /// The constants fitted for a GPU, where there are any.
  package func fitted(_ gpu: String, _ precision: GEMMPrecision) -> GEMMConstants? {
    constants.first { $0.gpu == gpu && $0.precision == precision.fitted }
  }

  /// The GPUs with fitted constants, other than one.
  func donors(_ precision: GEMMPrecision, without gpu: String) -> [ConstantTransfer.Donor] {
    constants.compactMap { fitted in
      guard fitted.precision == precision.fitted, fitted.gpu != gpu,
        let sheet = sheet(named: fitted.gpu)
      else { return nil }
      return (sheet, fitted)
    }
  }

  /// The constants to predict a GPU with: its own where it has some and they are not left aside,
  /// else transferred from the others.
  package func constants(
    for sheet: GEMMDataSheet, _ precision: GEMMPrecision, transfersAll: Bool = false
  ) -> GEMMConstants {
    if !transfersAll, let own = fitted(sheet.name, precision) { return own }
    return ConstantTransfer.constants(
      for: sheet, precision.fitted, from: donors(precision, without: sheet.name))
  }

  /// Reads a catalogue; the constants files stand beside it.
  ///
  /// - Throws: `InputError` with all faults of the file at fault.
  package static func read(folder: String) throws(InputError) -> GEMMCatalogue {
    let path = folder + "/gpus.json"
    let node = try JSONReader.node(at: path)
    var fields = FieldReader(node, file: path, what: "a GPU list")
    try fields.expectFormat("gpuloom.gemm-gpus/1")
    var sheets: [GEMMDataSheet] = []
    var faults: [Diagnostic] = []
    var names = Set<String>()
    for item in fields.list("gpus") {
      let sheet = GEMMDataSheet.read(item, path, &faults)
      for name in [sheet.name] + sheet.aliases where !names.insert(name.lowercased()).inserted {
        fields.fault(item, "the GPU name '\(name)' is given twice")
      }
      sheets.append(sheet)
    }
    var files: [String] = []
    for item in fields.list("constants", isRequired: false) {
      if case .string(let name) = item.value, !name.contains("/") {
        files.append(name)
      } else {
        fields.fault(item, "expected a file's name in 'constants', found \(item.found)")
      }
    }
    faults += fields.finish()
    guard faults.isEmpty else { throw InputError(diagnostics: faults) }
    var catalogue = GEMMCatalogue(sheets: sheets)
    for name in files {
      catalogue.constants.append(try GEMMConstants.read(folder + "/" + name, catalogue: catalogue))
    }
    return catalogue
  }
}

extension GEMMDataSheet {
  static func read(
    _ node: JSONNode, _ file: String, _ faults: inout [Diagnostic]
  ) -> GEMMDataSheet {
    var fields = FieldReader(node, file: file, what: "a GPU")
    var aliases: [String] = []
    for item in fields.list("aliases", isRequired: false) {
      if case .string(let alias) = item.value {
        aliases.append(alias)
      } else {
        fields.fault(item, "expected a name in 'aliases', found \(item.found)")
      }
    }
    let given = fields.string("memory")
    if MemoryKind(rawValue: given) == nil {
      fields.unknown("memory", "memory", given, known: MemoryKind.allCases.map(\.rawValue))
    }
    var sheet = GEMMDataSheet(
      name: fields.string("name"), aliases: aliases,
      generation: fields.integer("generation", atMost: 20),
      memory: MemoryKind(rawValue: given) ?? .hbm,
      smCount: Double(fields.integer("sm_count", atLeast: 1, atMost: 4096)),
      clockGHz: fields.double("clock_mhz", atLeast: 1, atMost: 1e5) / 1e3,
      fp32PerCycle: fields.double("fp32_flop_per_cycle_per_sm", atLeast: 1, atMost: 1e6),
      fp16PerCycle: fields.double(
        "fp16_tensor_flop_per_cycle_per_sm", default: 0, atLeast: 0, atMost: 1e6),
      dramGBPerS: fields.double("dram_gb_per_s", atLeast: 1, atMost: 1e6),
      l2MiB: fields.double("l2_mib", atLeast: 0.01, atMost: 1e5),
      powerW: fields.double("power_w", atLeast: 1, atMost: 1e5),
      fp32PerJoule: fields.double("fp32_gflop_per_joule", atLeast: 0.1, atMost: 1e6), sources: [])
    if let node = fields.required("sources"), case .object(let members) = node.value {
      for member in members {
        if case .string(let text) = member.node.value {
          sheet.sources.append((member.name, text))
        } else {
          fields.fault(member.node, "expected a source as text, found \(member.node.found)")
        }
      }
    }
    faults += fields.finish()
    return sheet
  }
}

extension InputError {
  /// A GPU that no data sheet describes.
  static func unknownGPU(_ name: String, _ catalogue: GEMMCatalogue) -> InputError {
    InputError(
      message: "unknown GPU '\(Excerpt.word(name))'",
      hint: NearestName.hint(for: name, in: catalogue.names))
  }
}
