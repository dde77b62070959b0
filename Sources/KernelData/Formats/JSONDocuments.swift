import Tables

/// The JSON files that belong together: trtexec's or REEF's.
struct JSONDocuments {
  private var documents: [JSONDocument] = []

  /// Reads files that belong together, the user's first one first.
  ///
  /// - Throws: two files of one kind, and what reading them throws.
  init(_ inputs: [ByteStream]) throws(InputError) {
    for input in inputs {
      let document = try JSONDocument(input)
      if let other = find(document.kind) {
        throw InputError(
          file: document.file, message: "\(document.kind.rawValue) was given already: \(other.file)"
        )
      }
      documents.append(document)
    }
  }

  private func find(_ kind: JSONDocument.Kind) -> JSONDocument? {
    documents.first { $0.kind == kind }
  }

  /// Joins the documents to a profile.
  func profile(_ options: ProfileImportOptions) throws(InputError) -> ImportedProfile {
    let file = documents.first?.file ?? ""
    func fail(_ message: String, _ hint: String? = nil) -> InputError {
      InputError(file: file, message: message, hint: hint)
    }
    let (model, latencies) = (find(.reefModel), find(.reefProfile))
    let (layers, graph, device) = (find(.layerTimes), find(.layerGraph), find(.layerDevice))
    if model != nil || latencies != nil {
      if layers != nil || graph != nil || device != nil {
        throw fail("files of trtexec and of REEF do not belong together")
      }
      guard let model else {
        throw fail("a REEF profile alone has no launches", "give the model: --with MODEL.json")
      }
      guard let latencies else {
        throw fail("a REEF model alone has no times", "give its profile: --with MODEL.profile.json")
      }
      let into = ImportCollector(file: file, format: .reef, options: options)
      try ReefReader.read(model: model, profile: latencies, into)
      return try into.finish()
    }
    guard let layers else {
      throw fail(
        "\(graph == nil ? "a profile's metadata" : "a layer graph") alone has no times",
        "give the profile: --with FILE of --exportProfile")
    }
    let into = ImportCollector(file: file, format: .trtexec, options: options)
    try TrtexecReader.read(profile: layers, graph: graph, device: device, into)
    return try into.finish()
  }
}
