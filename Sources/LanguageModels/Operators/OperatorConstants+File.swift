import Hardware
import Tables

/// The constants fitted for one GPU, a file of `models/llms/operators/` (`gpuloom.operators/1`).
package struct OperatorFile: Sendable {
  /// The GPU's catalogue name.
  package var gpu: String
  /// Its families, in the file's order.
  package var constants: [OperatorConstants]

  /// The format's name and version.
  package static let format = "gpuloom.operators/1"

  /// Creates a file.
  package init(gpu: String, constants: [OperatorConstants]) {
    self.gpu = gpu
    self.constants = constants
  }

  /// Reads a file.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` with every fault found.
  package static func read(_ path: String) throws(InputError) -> OperatorFile {
    try read(JSONReader.node(at: path), file: path)
  }

  /// Reads a file from parsed JSON; `file` names it in errors.
  ///
  /// - Throws: `badData` with every fault found.
  package static func read(_ node: JSONNode, file: String) throws(InputError) -> OperatorFile {
    var fields = FieldReader(node, file: file, what: "an operators file")
    try fields.expectFormat(format)
    var result = OperatorFile(gpu: fields.string("gpu"), constants: [])
    var faults: [Diagnostic] = []
    for item in fields.list("families") {
      guard let constants = OperatorConstants.read(item, file, &faults) else { continue }
      let isKnown = result.constants.contains {
        $0.family == constants.family && $0.precision == constants.precision
      }
      if isKnown {
        fields.fault(
          item,
          "the family '\(constants.family.rawValue)' in '\(constants.precision.rawValue)' is "
            + "given twice")
      }
      result.constants.append(constants)
    }
    faults = fields.finish() + faults
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    return result
  }

  /// The file's text; reading it again gives equal constants.
  package var jsonText: String {
    var text = "{\n  \"format\": \"\(Self.format)\",\n  \"gpu\": \(JSONText.quoted(gpu)),\n"
    text += "  \"families\": ["
    for (i, constants) in constants.enumerated() {
      text += (i == 0 ? "\n" : ",\n") + constants.jsonText
    }
    return text + "\n  ]\n}\n"
  }
}

extension OperatorConstants {
  static func read(
    _ node: JSONNode, _ file: String, _ faults: inout [Diagnostic]
  ) -> OperatorConstants? {
    var fields = FieldReader(node, file: file, what: "a family of operators")
    let family: OperatorFamily? = word("family", &fields)
    let precision: OperandPrecision? = word("precision", &fields)
    guard let family, let precision else {
      faults += fields.faults
      return nil
    }
    var result = OperatorConstants(family: family, precision: precision, values: [])
    result.source = fields.string("source")
    result.rows = fields.integer("rows", atMost: 1 << 40)
    result.errorPercent = fields.double("error_percent", atLeast: 0, atMost: 1e6)
    result.leftOutPercent = fields.double("left_out_percent", default: 0, atLeast: 0, atMost: 1e6)
    for constant in family.constants {
      let bounds = constant.bounds
      result.values.append(
        fields.double(constant.name, atLeast: bounds.lowerBound, atMost: bounds.upperBound))
    }
    if family == .prefillAttention || family == .decodeAttention {
      result.packsQueries = fields.bool("packs_queries")
    }
    if family == .gemm {
      for item in fields.list("tiles") {
        result.tiles.append(ProductTile.read(item, file, &faults))
      }
      if result.tiles.isEmpty, let list = fields.optional("tiles") {
        fields.fault(list, "expected at least one tile in 'tiles'")
      }
    }
    faults += fields.finish()
    return result
  }

  private static func word<Word: RawRepresentable & CaseIterable>(
    _ key: String, _ fields: inout FieldReader
  ) -> Word? where Word.RawValue == String {
    guard let node = fields.required(key) else { return nil }
    if let text = node.text, let word = Word(rawValue: text) { return word }
    fields.fault(
      node, "unknown word in '\(key)': \(node.found)",
      hint: NearestName.hint(for: node.text ?? "", in: Word.allCases.map(\.rawValue)))
    return nil
  }

  /// The constants with as many digits as a file keeps (5), so that what is reported is what is
  /// shipped.
  package func rounded() -> OperatorConstants {
    var copy = self
    copy.values = values.map(Self.short)
    for i in copy.tiles.indices { copy.tiles[i].efficiency = Self.short(tiles[i].efficiency) }
    return copy
  }

  private static func short(_ value: Double) -> Double {
    var scale = 1.0
    while value * scale < 1e4, scale < 1e12 { scale *= 10 }
    return (value * scale).rounded() / scale
  }

  var jsonText: String {
    var lines = [
      "\"family\": \"\(family.rawValue)\"", "\"precision\": \"\(precision.rawValue)\"",
      "\"source\": \(JSONText.quoted(source))", "\"rows\": \(rows)",
      "\"error_percent\": \(errorPercent)", "\"left_out_percent\": \(leftOutPercent)",
    ]
    for (constant, value) in zip(family.constants, values) {
      lines.append("\"\(constant.name)\": \(value)")
    }
    if family == .prefillAttention || family == .decodeAttention {
      lines.append("\"packs_queries\": \(packsQueries)")
    }
    if family == .gemm {
      let rows = tiles.map { tile in
        "        { \"rows\": \(tile.rows), \"columns\": \(tile.columns), \"efficiency\": "
          + "\(tile.efficiency), \"from_rows\": \(tile.fromRows), \"to_rows\": \(tile.toRows), "
          + "\"max_split\": \(tile.maxSplit)"
          + (tile.cluster > 1 ? ", \"cluster\": \(tile.cluster) }" : " }")
      }
      lines.append("\"tiles\": [\n" + rows.joined(separator: ",\n") + "\n      ]")
    }
    return "    {\n" + lines.map { "      " + $0 }.joined(separator: ",\n") + "\n    }"
  }
}

extension ProductTile {
  static func read(_ node: JSONNode, _ file: String, _ faults: inout [Diagnostic]) -> ProductTile {
    var fields = FieldReader(node, file: file, what: "a tile")
    let tile = ProductTile(
      rows: fields.integer("rows", atLeast: 8, atMost: 512),
      columns: fields.integer("columns", atLeast: 8, atMost: 512),
      efficiency: fields.double("efficiency", atLeast: 0.01, atMost: 1),
      fromRows: fields.integer("from_rows", atLeast: 1, atMost: 1 << 30),
      toRows: fields.integer("to_rows", atLeast: 1, atMost: 1 << 30),
      maxSplit: fields.integer("max_split", atLeast: 1, atMost: 64),
      cluster: fields.integer("cluster", default: 1, atLeast: 1, atMost: 16))
    faults += fields.finish()
    return tile
  }
}
