import Tables

extension ProfileFormat {
  /// `trtexec --exportProfile`, with `--exportLayerInfo` joined.
  package static let trtexec = ProfileFormat("trtexec", title: "a trtexec layer profile")
}

/// trtexec's `--exportProfile`: one entry per layer, with `--exportLayerInfo` joined by name for
/// the work of convolutions and the kernels' names.
///
/// A layer has no grid here, and may be several launches. Layers that take no time (reformats the
/// engine folded away) are counted and left out.
enum TrtexecReader {
  private struct Layer {
    var kernel: String
    var demand: ProfileDemand
  }

  static func read(
    profile: JSONDocument, graph: JSONDocument?, device: JSONDocument?, _ into: ImportCollector
  ) throws(InputError) {
    let layers = try graph.map { (graph) throws(InputError) in try read(graph: graph) } ?? [:]
    let device = describe(device, into)
    var unjoined: [String] = []
    for entry in profile.node.elements {
      guard let layerName = entry["name"]?.text else {
        if entry["count"] != nil {
          into.leaveOut(.summary)
        } else {
          try into.fault(profile.fault(entry, "expected a layer with a 'name'"))
        }
        continue
      }
      guard let mean = entry["averageMs"]?.decimal, let time = mean.scaled(by: 6) else {
        try into.fault(
          profile.fault(
            entry, "expected a number in 'averageMs' of layer '\(layerName)'",
            hint: "export with a TensorRT that writes averages"))
        continue
      }
      if time == 0 {
        into.leaveOut(.noTime)
        continue
      }
      let layer = layers[layerName]
      if layer == nil { unjoined.append(layerName) }
      var kernel = ProfileKernel()
      kernel.duration = time
      kernel.nameIndex = into.names.index(of: layer?.kernel ?? layerName)
      try into.add(
        kernel, device: device, demand: layer?.demand ?? ProfileDemand(),
        at: { profile.fault(entry, "") })
    }
    into.profile.batch = graph.flatMap { batch(of: $0) }.map { ($0, "the graph's input") }
    if let graph, let first = unjoined.first {
      if unjoined.count == into.profile.kernels.count {
        throw InputError(
          file: graph.file, message: "no layer of the profile is in the graph: not '\(first)'",
          hint: "are both of the same engine?")
      }
      into.warn("\(unjoined.count) layers are not in the graph, such as '\(first)'")
    }
    into.warn(
      "layers have no grid and block in this format",
      hint: "record the engine with nsys for them, or state how many SMs a layer fills")
  }

  /// Takes what the metadata tell of the device; returns its number, or -1.
  private static func describe(_ document: JSONDocument?, _ into: ImportCollector) -> Int {
    guard let facts = document?.node["device_information"],
      let name = facts["Selected Device"]?.text
    else { return -1 }
    var device = ProfileDevice(id: name)
    device.name = name
    device.smCount = facts["SMs"]?.decimal?.scaled(by: 0).map { Int($0) }
    if let capability = facts["Compute Capability"], case .number(let text) = capability.value {
      device.computeCapability = text
    }
    device.clockMHz = facts["Compute Clock Rate"]?.double.map { $0 * 1000 }
    into.describe(device)
    return into.device(name)
  }

  private static func read(graph: JSONDocument) throws(InputError) -> [String: Layer] {
    var layers: [String: Layer] = [:]
    for node in graph.node["Layers"]?.elements ?? [] {
      guard let name = node["Name"]?.text else {
        throw InputError(
          graph.fault(
            node, "expected a layer with a 'Name', found \(node.found)",
            hint: "export with --profilingVerbosity=detailed"))
      }
      let tactic = node["TacticName"]?.text ?? ""
      let kernel = tactic.isEmpty ? node["LayerType"]?.text ?? name : tactic
      layers[name] = Layer(kernel: kernel, demand: demand(of: node))
    }
    return layers
  }

  /// The batch of the engine: the first dimension of its inputs, where they agree.
  ///
  /// An input is a tensor that layers read and none writes. One of three dimensions may be an image
  /// of an engine that leaves the batch out of its shapes, and tells nothing.
  private static func batch(of graph: JSONDocument) -> Int? {
    let layers = graph.node["Layers"]?.elements ?? []
    func tensors(_ key: String) -> [JSONNode] { layers.flatMap { $0[key]?.elements ?? [] } }
    let written = Set(tensors("Outputs").compactMap { $0["Name"]?.text })
    let bindings = graph.node["Bindings"]?.elements.compactMap(\.text) ?? []
    var sizes: Set<Int> = []
    for tensor in tensors("Inputs") {
      guard let name = tensor["Name"]?.text, !written.contains(name),
        bindings.isEmpty || bindings.contains(name)
      else { continue }
      let shape = tensor["Dimensions"]?.elements ?? []
      guard shape.count >= 2, shape.count != 3,
        let size = shape[0].double.flatMap({ Int(exactly: $0) }), (1...(1 << 20)).contains(size)
      else { return nil }
      sizes.insert(size)
    }
    return sizes.count == 1 ? sizes.first : nil
  }

  /// The work of a layer: 2 operations for each output element and weight of its channel, and every
  /// tensor read or written once.
  private static func demand(of node: JSONNode) -> ProfileDemand {
    var demand = ProfileDemand()
    let inputs = (node["Inputs"]?.elements ?? []).compactMap(bytes)
    let outputs = (node["Outputs"]?.elements ?? []).compactMap(bytes)
    let weights = node["Weights"]?["Count"]?.double ?? 0
    let width = width(of: node["Weights"]?["Type"]?.text ?? "Float")
    if !inputs.isEmpty, !outputs.isEmpty {
      demand.dramBytes = (inputs + outputs).reduce(0, +) + weights * width
    }
    if node["ParameterType"]?.text == "Convolution", weights > 0,
      let channels = node["OutMaps"]?.double, channels > 0,
      let shape = node["Outputs"]?.elements.first?["Dimensions"]?.elements
    {
      let elements = shape.reduce(1.0) { $0 * max(0, $1.double ?? 0) }
      demand.flop = 2 * elements * weights / channels
    } else if node["LayerType"] != nil {
      demand.flop = 0
    }
    return demand
  }

  private static func bytes(_ tensor: JSONNode) -> Double? {
    guard let shape = tensor["Dimensions"]?.elements, !shape.isEmpty else { return nil }
    let elements = shape.reduce(1.0) { $0 * max(0, $1.double ?? 0) }
    return elements * width(of: tensor["Format/Datatype"]?.text ?? "")
  }

  /// Bytes of an element by the last type the description names.
  private static func width(of description: String) -> Double {
    let text = description.lowercased()
    if text.contains("int8") || text.contains("fp8") { return 1 }
    if text.contains("fp16") || text.contains("half") || text.contains("bf16") { return 2 }
    if text.contains("int64") { return 8 }
    return 4
  }
}
