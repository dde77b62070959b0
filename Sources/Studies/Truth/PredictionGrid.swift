import Hardware
import Tables

/// What is to be predicted (`gpuloom.predictions/1`): for models on a GPU, latencies over MPS shares,
/// pairs side by side on disjoint shares, and replicas.
package struct PredictionGrid: Sendable {
  package static let format = "gpuloom.predictions/1"
  /// The file's name in its folder.
  package static let name = "predictions.json"

  /// What a part is a grid of.
  package enum Kind: String, CaseIterable, Sendable { case shares, pairs, replicas }

  /// One grid.
  package struct Part: Sendable {
    package var kind: Kind
    package var testbed: String
    package var testbedPlace: NamePlace
    package var batches: [Int]
    /// Shares in per cent, of the first of a pair; or numbers of replicas.
    package var values: [Int]
  }

  package let path: String
  package let gpu: String
  package let gpuPlace: NamePlace
  package let stack: String
  package let stackPlace: NamePlace
  /// The models: what the output calls them, and what `kernels lower` does.
  package let models: [(label: String, model: String, place: NamePlace)]
  package let parts: [Part]

  /// Reads a file, without looking up what it names.
  ///
  /// - Throws: `InputError` with every fault found.
  package init(_ path: String) throws(InputError) {
    self.path = path
    var reader = GridReader(path)
    var fields = FieldReader(
      try JSONReader.node(at: path), file: path, what: "a grid of predictions")
    try fields.expectFormat(Self.format)
    (gpu, gpuPlace) = reader.word("gpu", &fields)
    (stack, stackPlace) = reader.word("stack", &fields)
    models = reader.models(&fields)
    var parts: [Part] = []
    for kind in Kind.allCases {
      if let node = fields.optional(kind.rawValue) { parts.append(reader.part(kind, node)) }
    }
    self.parts = parts
    let faults = fields.finish() + reader.faults
    if !faults.isEmpty {
      let order = faults.enumerated().sorted {
        ($0.element.line, $0.element.column, $0.offset)
          < ($1.element.line, $1.element.column, $1.offset)
      }
      throw InputError(diagnostics: order.map(\.element))
    }
  }
}

/// Reads the parts of a grid's file.
private struct GridReader {
  let path: String
  var faults: [Diagnostic] = []

  init(_ path: String) { self.path = path }

  private func place(_ node: JSONNode) -> NamePlace {
    NamePlace(file: path, line: node.line, column: node.column)
  }

  /// A string and where it stands.
  func word(_ key: String, _ fields: inout FieldReader) -> (String, NamePlace) {
    let text = fields.string(key)
    return (text, fields.optional(key).map(place) ?? NamePlace(file: path))
  }

  mutating func models(
    _ fields: inout FieldReader
  ) -> [(label: String, model: String, place: NamePlace)] {
    guard let node = fields.required("models") else { return [] }
    var inner = FieldReader(node, file: path, what: "'models'")
    var found: [(label: String, model: String, place: NamePlace)] = []
    for member in inner.remaining() {
      guard case .string(let model) = member.node.value else {
        inner.fault(
          member.node, "expected a model's name in '\(member.name)', found \(member.node.found)")
        continue
      }
      found.append((member.name, model, place(member.node)))
    }
    faults += inner.finish()
    return found
  }

  mutating func part(_ kind: PredictionGrid.Kind, _ node: JSONNode) -> PredictionGrid.Part {
    var fields = FieldReader(node, file: path, what: "'\(kind.rawValue)'")
    let (testbed, testbedPlace) = word("testbed", &fields)
    let batches = numbers("batches", 1...4096, &fields)
    let values =
      switch kind {
      case .shares: numbers("shares", 1...100, &fields)
      case .pairs: numbers("shares", 1...99, &fields)
      case .replicas: numbers("replicas", 1...64, &fields)
      }
    faults += fields.finish()
    return PredictionGrid.Part(
      kind: kind, testbed: testbed, testbedPlace: testbedPlace, batches: batches, values: values)
  }

  private func numbers(
    _ key: String, _ range: ClosedRange<Int>, _ fields: inout FieldReader
  ) -> [Int] {
    var found: [Int] = []
    let items = fields.list(key)
    for item in items {
      guard let value = item.integer, range.contains(Int(clamping: value)) else {
        fields.fault(
          item,
          "expected integers from \(range.lowerBound) to \(range.upperBound) in '\(key)', found "
            + item.found)
        continue
      }
      if found.contains(Int(value)) { fields.fault(item, "\(value) is given twice in '\(key)'") }
      found.append(Int(value))
    }
    if items.isEmpty, let node = fields.optional(key), case .array = node.value {
      fields.fault(node, "expected at least one integer in '\(key)'")
    }
    return found
  }
}
