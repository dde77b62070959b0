import Hardware
import SimBasics
import Tables

extension GEMMConstants {
  /// The format's name.
  package static let format = "gpuloom.constants/1"

  /// Reads a constants file.
  ///
  /// - Throws: `InputError` with all its faults.
  package static func read(
    _ path: String, catalogue: GEMMCatalogue
  ) throws(InputError) -> GEMMConstants {
    try of(try JSONReader.node(at: path), file: path, catalogue: catalogue)
  }

  /// The constants of a parsed file.
  package static func of(
    _ node: JSONNode, file: String, catalogue: GEMMCatalogue
  ) throws(InputError) -> GEMMConstants {
    var fields = FieldReader(node, file: file, what: "a constants file")
    try fields.expectFormat(format)
    let gpu = fields.string("gpu")
    if catalogue.sheet(named: gpu) == nil {
      fields.unknown("gpu", "GPU", gpu, known: catalogue.names)
    }
    let written = fields.string("dtype")
    if GEMMPrecision(rawValue: written)?.fitted.rawValue != written {
      fields.unknown("dtype", "dtype", written, known: ["fp32", "fp16"])
    }
    var result = GEMMConstants(
      gpu: catalogue.sheet(named: gpu)?.name ?? gpu,
      precision: GEMMPrecision(rawValue: written) ?? .fp32, values: [], families: [])
    result.source = fields.string("source")
    result.errorPercent = fields.double("error_percent", default: 0, atLeast: 0, atMost: 1e6)
    result.leftOutPercent = fields.double("left_out_percent", default: 0, atLeast: 0, atMost: 1e6)
    for (key, name) in names.enumerated() {
      // Files written before alignment was told apart say nothing of it: it costs nothing there.
      let unsaid = key == Key.unaligned ? 1e-9 : nil
      result.values.append(fields.double(name, default: unsaid, atLeast: 1e-9, atMost: 1e12))
    }
    var faults: [Diagnostic] = []
    for item in fields.list("families") {
      if let family = GEMMFamily.read(item, file, &faults) {
        if result.index(family.layout, family.tile) != nil {
          fields.fault(item, "the family '\(family.layout.rawValue) \(family.tile)' is given twice")
        }
        result.families.append(family)
      }
    }
    faults = fields.finish() + faults
    guard faults.isEmpty else { throw InputError(diagnostics: faults) }
    result.families.sort(by: GEMMFamily.precedes)
    return result
  }

  /// The constants with as many digits as a file keeps (5), so that what is reported is what is
  /// shipped.
  func rounded() -> GEMMConstants {
    var copy = self
    copy.values = values.map(GEMMConstants.short)
    for i in copy.families.indices {
      copy.families[i].factors = families[i].factors.map(GEMMConstants.short)
    }
    return copy
  }

  private static func short(_ value: Double) -> Double {
    var scale = 1.0
    while value * scale < 1e4, scale < 1e12 { scale *= 10 }
    return (value * scale).rounded() / scale
  }

  /// The file's text.
  package var jsonText: String {
    var text = "{\n  \"format\": \"\(GEMMConstants.format)\",\n"
    text += "  \"gpu\": \(JSONText.quoted(gpu)),\n  \"dtype\": \"\(precision.rawValue)\",\n"
    text += "  \"source\": \(JSONText.quoted(source)),\n"
    text += "  \"error_percent\": \(errorPercent),\n  \"left_out_percent\": \(leftOutPercent),\n"
    for (name, value) in zip(GEMMConstants.names, values) { text += "  \"\(name)\": \(value),\n" }
    text += "  \"families\": ["
    for (i, family) in families.enumerated() {
      text += i == 0 ? "\n" : ",\n"
      text += "    { \"layout\": \"\(family.layout.rawValue)\", \"tile\": \"\(family.tile)\", "
      text += "\"efficiency\": \(family.efficiency), \"startup_depth\": \(family.startupDepth), "
      text += "\"saturating_blocks\": \(family.saturatingBlocks), \"rows\": \(family.rows) }"
    }
    return text + "\n  ]\n}\n"
  }
}

extension FieldReader {
  /// Notes that a member's text is none of the known names.
  mutating func unknown(_ member: String, _ what: String, _ text: String, known: [String]) {
    guard let node = optional(member) else { return }
    fault(node, "unknown \(what) '\(text)'", hint: NearestName.hint(for: text, in: known))
  }
}

extension GEMMFamily {
  static func read(_ node: JSONNode, _ file: String, _ faults: inout [Diagnostic]) -> GEMMFamily? {
    var fields = FieldReader(node, file: file, what: "a kernel family")
    let layout = fields.string("layout")
    if GEMMLayout(rawValue: layout) == nil {
      fields.unknown("layout", "layout", layout, known: ["nn", "tn"])
    }
    let tile = fields.string("tile")
    if GEMMTile(tile) == nil, let at = fields.optional("tile") {
      fields.fault(at, "expected a tile such as \"128x64\" in 'tile', found \"\(tile)\"")
    }
    let efficiency = fields.double("efficiency", atLeast: 1e-6, atMost: 1e3)
    let startup = fields.double("startup_depth", atLeast: 1e-9, atMost: 1e9)
    let saturating = fields.double("saturating_blocks", atLeast: 1e-6, atMost: 1e6)
    let rows = fields.integer("rows")
    faults += fields.finish()
    guard let layout = GEMMLayout(rawValue: layout), let tile = GEMMTile(tile) else { return nil }
    return GEMMFamily(
      layout: layout, tile: tile, efficiency: efficiency, startupDepth: startup,
      saturatingBlocks: saturating, rows: rows)
  }
}
