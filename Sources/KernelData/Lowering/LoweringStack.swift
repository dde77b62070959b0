import Hardware
import Tables

/// A matrix kernel's tile: the output it covers per block and what a block needs.
struct LoweringTile {
  /// The rows and columns of output of one block, such as `128x64`.
  var name: String
  /// Output rows of a block.
  var rows: Int
  /// Output columns of a block.
  var columns: Int
  /// Threads of a block.
  var threads: Int
  /// Registers per thread.
  var registers: Int
  /// Shared memory of a block in bytes.
  var sharedMemory: Int
  /// The share of an SM's peak that its blocks reach together.
  var efficiency: Double
  /// Whether its warps share the depth, as only plain products do.
  var isSliced = false
}

/// The constants of the runtime that the lowering stands for (`gpuloom.stack/1`).
struct LoweringStack {
  /// What the runtime does, for the table's `stack` line.
  var description = ""
  /// What the constants were calibrated on and what error is left, for the table's `source` line.
  var calibration = ""
  /// What tensors and products are in.
  var precision = LoweringPrecision.fp32
  /// The tiles to choose from.
  var tiles: [LoweringTile] = []
  /// The tiles to choose from where Winograd's F(2×2, 3×3) applies, rows counting 2×2 outputs; none
  /// where the runtime has no such kernels.
  var winogradTiles: [LoweringTile] = []
  /// How normalisation, activation and residual are run.
  var elementwise = Elementwise.fused
  /// Time a convolution takes over the plain product of its size.
  var convolutionTimeFactor = 1.0
  /// Time a launch takes beside its blocks' work: filling and draining the GPU, in nanoseconds.
  var launchRampNS = 0.0
  /// Time a launch of a product takes beside that: first loads and last stores, in nanoseconds.
  var productRampNS = 0.0
  /// The largest number of parts the depth of a product is split into.
  var maxSplit = 1
  /// The same for convolutions.
  var convolutionMaxSplit = 1
}

/// How a runtime runs what follows a convolution element by element.
enum Elementwise: String, CaseIterable {
  /// As part of the convolution before it.
  case fused
  /// As one launch after it.
  case onePass = "one-pass"
  /// As a launch for each operation.
  case separate
}

extension LoweringStack {
  /// The format's name and version.
  static let format = "gpuloom.stack/1"

  /// Reads a stack's file: every key is required but `winograd_tiles`, every number needs its
  /// source.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` with every fault found.
  static func read(_ path: String) throws(InputError) -> LoweringStack {
    try read(JSONReader.node(at: path), file: path)
  }

  /// Reads a stack from parsed JSON; `file` names it in errors.
  ///
  /// - Throws: `badData` with every fault found.
  static func read(_ node: JSONNode, file: String) throws(InputError) -> LoweringStack {
    var fields = FieldReader(node, file: file, what: "a stack")
    try fields.expectFormat(format)
    var numbers = NumberReader(fields: fields)
    var stack = LoweringStack()
    _ = numbers.fields.string("name")
    stack.description = numbers.fields.string("description")
    stack.calibration = numbers.fields.string("calibration")
    stack.precision = readWord("precision", &numbers.fields) ?? .fp32
    var faults: [Diagnostic] = []
    for item in numbers.fields.list("tiles") {
      let (tile, found) = readTile(item, file: file)
      stack.tiles.append(tile)
      faults += found
    }
    numbers.names.append("tiles")
    for item in numbers.fields.list("winograd_tiles", isRequired: false) {
      let (tile, found) = readTile(item, file: file)
      stack.winogradTiles.append(tile)
      faults += found
    }
    if !stack.winogradTiles.isEmpty { numbers.names.append("winograd_tiles") }
    stack.elementwise = readWord("elementwise", &numbers.fields) ?? .fused
    numbers.names.append("elementwise")
    stack.convolutionTimeFactor = numbers.double("convolution_time_factor", 0.1, 10)
    stack.launchRampNS = numbers.double("launch_ramp_us", 0, 1000) * 1e3
    stack.productRampNS = numbers.double("product_ramp_us", 0, 1000) * 1e3
    stack.maxSplit = numbers.integer("max_split", 1, 64)
    stack.convolutionMaxSplit = numbers.integer("convolution_max_split", 1, 64)
    let (_, found) = SourceReader.read(
      numbers.fields.required("sources"), file: file, numbers: numbers.names)
    faults = numbers.fields.finish() + faults + found
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    return stack
  }

  /// A required word of a known few.
  private static func readWord<Word: RawRepresentable & CaseIterable>(
    _ key: String, _ fields: inout FieldReader
  ) -> Word? where Word.RawValue == String {
    guard let node = fields.required(key) else { return nil }
    let known = Word.allCases.map(\.rawValue)
    guard case .string(let word) = node.value else {
      fields.fault(node, "expected a word in '\(key)', found \(node.found)")
      return nil
    }
    if let value = Word(rawValue: word) { return value }
    fields.fault(
      node, "unknown word '\(word)' in '\(key)'",
      hint: NearestName.hint(for: word, in: known) ?? "one of " + known.joined(separator: ", "))
    return nil
  }

  private static func readTile(_ node: JSONNode, file: String) -> (LoweringTile, [Diagnostic]) {
    var fields = FieldReader(node, file: file, what: "a tile")
    let tile = LoweringTile(
      name: fields.string("name"), rows: fields.integer("rows", atLeast: 1, atMost: 1024),
      columns: fields.integer("columns", atLeast: 1, atMost: 1024),
      threads: fields.integer("threads", atLeast: 1, atMost: 1024),
      registers: fields.integer("registers", atLeast: 1, atMost: 255),
      sharedMemory: fields.integer("shared_memory_bytes", atMost: 1 << 18),
      efficiency: fields.double("efficiency", atLeast: 0.01, atMost: 1),
      isSliced: fields.bool("is_sliced"))
    return (tile, fields.finish())
  }
}
