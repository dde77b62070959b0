import Tables

extension ProfileFormat {
  /// REEF's model and profile.
  package static let reef = ProfileFormat("reef", title: "a REEF model")
}

/// REEF's compiled model, `kernels[{name, launch_params: [gx, gy, gz, bx, by, bz]}]`, with the
/// times of its profile, `kernel_latency{name: {total_latency, latency[]}}`.
///
/// The files do not state their unit; microseconds is what the sums suggest (the launches of
/// ResNet-18 add to 2.6 ms, its `model_latency` is 2.2 ms on an MI50), and a warning says so.
enum ReefReader {
  static func read(
    model: JSONDocument, profile: JSONDocument, _ into: ImportCollector
  ) throws(InputError) {
    var times: [String: ExactDecimal] = [:]
    for member in profile.node["kernel_latency"]?.members ?? [] {
      guard let total = member.node["total_latency"]?.decimal else {
        throw InputError(
          profile.fault(member.node, "expected a number in 'total_latency' of '\(member.name)'"))
      }
      times[member.name] = total
    }
    var memory: [String: Int32] = [:]
    for member in model.node["shared_memory"]?.members ?? [] {
      guard let size = member.node.integer, size >= 0, size < 1 << 30 else {
        throw InputError(
          model.fault(member.node, "expected bytes in 'shared_memory', found \(member.node.found)"))
      }
      memory[member.name] = Int32(size)
    }
    var launched: Set<String> = []
    for launch in model.node["kernels"]?.elements ?? [] {
      guard let name = launch["name"]?.text else {
        try into.fault(model.fault(launch, "expected a launch with a 'name'"))
        continue
      }
      let shape = (launch["launch_params"]?.elements ?? []).map { $0.integer ?? 0 }
      guard shape.count == 6, shape.allSatisfy({ (1...Int64(Int32.max)).contains($0) }) else {
        try into.fault(
          model.fault(launch, "expected six positive integers in 'launch_params' of '\(name)'"))
        continue
      }
      guard let time = times[name] else {
        try into.fault(
          model.fault(
            launch, "the profile has no time of '\(name)'",
            hint: "are model and profile of the same build?"))
        continue
      }
      launched.insert(name)
      var kernel = ProfileKernel()
      kernel.duration = time.scaled(by: 3) ?? -1
      kernel.nameIndex = into.names.index(of: name)
      kernel.setShape(shape)
      kernel.sharedMemory = memory[name] ?? 0
      try into.add(kernel, at: { model.fault(launch, "") })
    }
    let unused = times.count - launched.count
    if unused > 0 { into.warn("\(unused) kernels of the profile are never launched by the model") }
    into.warn("REEF's files state no unit; their times are read as microseconds")
  }
}
