import Tables

/// The JSON formats that come as small files belonging together: trtexec's and REEF's.
struct JSONProfileDocuments {
  /// A file and its content.
  struct Document {
    var file: String
    var node: JSONNode

    /// A fault at a node of it.
    func fault(_ node: JSONNode, _ message: String, hint: String? = nil) -> Diagnostic {
      Diagnostic(
        file: file, line: node.line, column: node.column, message: message, hint: hint)
    }
  }

  private enum Kind: String {
    case layerTimes = "a trtexec layer profile"
    case layerGraph = "a trtexec layer graph"
    case layerDevice = "a trtexec profile's metadata"
    case reefModel = "a REEF model"
    case reefProfile = "a REEF profile"
  }

  /// The largest such file read; real ones are below 1 MiB.
  private static let sizeLimit = 64 << 20

  private let options: ProfileImportOptions
  private let first: String
  private var documents: [(kind: Kind, document: Document)] = []

  /// Reads files that belong together, the user's first one first.
  init(_ inputs: [ByteStream], _ options: ProfileImportOptions) throws(InputError) {
    self.options = options
    first = inputs.first?.name ?? ""
    for input in inputs {
      try ImportDetection.refuse(head: try input.peek(4096), file: input.name)
      try add(input)
    }
  }

  private mutating func add(_ input: ByteStream) throws(InputError) {
    let document = Document(file: input.name, node: try Self.node(input))
    let kind = try Self.kind(of: document)
    if let other = documents.first(where: { $0.kind == kind }) {
      throw InputError(
        Diagnostic(
          file: input.name, message: "\(kind.rawValue) was given already: \(other.document.file)"))
    }
    documents.append((kind, document))
  }

  private static func node(_ input: ByteStream) throws(InputError) -> JSONNode {
    guard let bytes = try input.readAll(limit: sizeLimit) else {
      throw InputError(Diagnostic(file: input.name, message: "expected at most 64 MiB of JSON"))
    }
    return try JSONReader.node(
      of: try InputFile.text(of: bytes, file: input.name), file: input.name)
  }

  private static func kind(of document: Document) throws(InputError) -> Kind {
    let node = document.node
    if node["Layers"] != nil { return .layerGraph }
    if node["kernel_latency"] != nil { return .reefProfile }
    if node["kernels"] != nil, node["storage"] != nil || node["args"] != nil { return .reefModel }
    if node["device_information"] != nil || node["performance_summary"] != nil {
      return .layerDevice
    }
    if case .array(let items) = node.value {
      if items.contains(where: { $0["averageMs"] != nil || $0["timeMs"] != nil }) {
        return .layerTimes
      }
      if items.contains(where: { $0["startEnqMs"] != nil || $0["computeMs"] != nil }) {
        throw InputError(
          document.fault(
            node, "these are trtexec's request times, not its layers'",
            hint: "record layers with --exportProfile and --separateProfileRun"))
      }
      if items.contains(where: { $0["arch"] != nil }) {
        throw InputError(
          document.fault(
            node, "this is Orion's experiment description, not a kernel table",
            hint: "give the file that its 'kernel_file' names"))
      }
    }
    if node["e2e_latency"] != nil {
      throw InputError(
        document.fault(
          node, "this is a model's whole latency, without kernels",
          hint: "give the csv of the same name"))
    }
    throw InputError(document.fault(node, "JSON of no known profiler"))
  }

  /// Joins the documents to a profile.
  func profile() throws(InputError) -> ImportedProfile {
    func find(_ kind: Kind) -> Document? { documents.first { $0.kind == kind }?.document }
    let isReef = documents.contains { $0.kind == .reefModel || $0.kind == .reefProfile }
    let isLayers = documents.contains { $0.kind != .reefModel && $0.kind != .reefProfile }
    if isReef, isLayers {
      throw InputError(
        Diagnostic(file: first, message: "files of trtexec and of REEF do not belong together"))
    }
    if isReef {
      guard let model = find(.reefModel) else {
        throw missing("a REEF profile alone has no launches", "give the model: --with MODEL.json")
      }
      guard let times = find(.reefProfile) else {
        throw missing(
          "a REEF model alone has no times", "give its profile: --with MODEL.profile.json")
      }
      let into = ImportCollector(file: first, format: .reef, options: options)
      try ReefReader.read(model: model, profile: times, into)
      return try into.finish()
    }
    guard let times = find(.layerTimes) else {
      let what = find(.layerGraph) == nil ? "a profile's metadata" : "a layer graph"
      throw missing(
        "\(what) alone has no times", "give the profile: --with FILE of --exportProfile")
    }
    let into = ImportCollector(file: first, format: .trtexec, options: options)
    try TrtexecReader.read(
      profile: times, graph: find(.layerGraph), device: find(.layerDevice), into)
    return try into.finish()
  }

  private func missing(_ message: String, _ hint: String) -> InputError {
    InputError(Diagnostic(file: first, message: message, hint: hint))
  }
}
