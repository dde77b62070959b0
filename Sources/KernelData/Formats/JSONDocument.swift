import Tables

/// One of the small JSON files of which several make a profile: trtexec's and REEF's, read whole.
struct JSONDocument {
  /// What a file is.
  enum Kind: String {
    case layerTimes = "a trtexec layer profile"
    case layerGraph = "a trtexec layer graph"
    case layerDevice = "a trtexec profile's metadata"
    case reefModel = "a REEF model"
    case reefProfile = "a REEF profile"
  }

  /// The largest such file read; real ones are below 1 MiB.
  private static let sizeLimit = 64 << 20
  /// Keys of which one stands near the beginning of every such file, and of none with a trace.
  private static let keys = [
    "averageMs", "timeMs", "startEnqMs", "Layers", "storage", "model_latency", "kernel_latency",
    "performance_summary", "e2e_latency", "arch", "launch_params",
  ]

  let kind: Kind
  let file: String
  let node: JSONNode

  /// Reads a file.
  ///
  /// - Throws: JSON that is none of these, named where it is known.
  init(_ input: ByteStream) throws(InputError) {
    file = input.name
    try Self.refuseForeign(try input.peek(4096), file: file)
    guard let bytes = try input.readAll(limit: Self.sizeLimit) else {
      throw InputError(file: file, message: "expected at most 64 MiB of JSON")
    }
    node = try JSONReader.node(
      of: try InputFile.text(of: bytes, file: file), file: file, isOurs: false)
    kind = try Self.kind(of: node, file: file)
  }

  private static func kind(of node: JSONNode, file: String) throws(InputError) -> Kind {
    func has(_ keys: String...) -> Bool { keys.contains { node[$0] != nil } }
    func lists(_ keys: String...) -> Bool {
      node.elements.contains { item in keys.contains { item[$0] != nil } }
    }
    if has("Layers") { return .layerGraph }
    if has("kernel_latency") { return .reefProfile }
    if has("kernels"), has("storage", "args") { return .reefModel }
    if has("device_information", "performance_summary") { return .layerDevice }
    if lists("averageMs", "timeMs") { return .layerTimes }
    let others: [(isIt: Bool, message: String, hint: String?)] = [
      (
        lists("startEnqMs", "computeMs"), "these are trtexec's request times, not its layers'",
        "record layers with --exportProfile and --separateProfileRun"
      ),
      (
        lists("arch"), "this is Orion's experiment description, not a kernel table",
        "give the file that its 'kernel_file' names"
      ),
      (
        has("e2e_latency"), "this is a model's whole latency, without kernels",
        "give the csv of the same name"
      ),
    ]
    let other = others.first(where: \.isIt)
    throw InputError(
      file: file, line: node.line, column: node.column,
      message: other?.message ?? "JSON of no known profiler", hint: other?.hint)
  }

  /// A fault at a node of it.
  func fault(_ node: JSONNode, _ message: String, hint: String? = nil) -> Diagnostic {
    Diagnostic(file: file, line: node.line, column: node.column, message: message, hint: hint)
  }

  // MARK: the first bytes

  /// Names what the first bytes show to be no profile at all.
  static func refuseForeign(_ head: [UInt8], file: String) throws(InputError) {
    guard let foreign = ForeignContent.of(head) else { return }
    let text = "export .nsys-rep with 'nsys stats', .ncu-rep with 'ncu --csv -i FILE'"
    let hint = foreign.hint ?? (foreign.kind == .binary ? text : nil)
    throw InputError(foreign.diagnostic(file: file, hint: hint))
  }

  /// Whether a file is JSON.
  static func isBegun(_ head: [UInt8]) -> Bool {
    let body = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...]
    let first = body.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  /// Whether a JSON file is one of these. Traces, which are streamed, have events with a phase.
  static func isWhole(_ head: [UInt8]) -> Bool {
    let text = String(decoding: head, as: UTF8.self)
    func has(_ key: String) -> Bool { text.contains("\"\(key)\"") }
    return keys.contains(where: has) && !has("traceEvents") && !has("ph")
  }
}
