import Tables

/// What a driver or a profiler says about a GPU: enough to find it, too little to simulate it.
package struct GPUFacts: Hashable, Sendable {
  /// Who says so, for sources: "nvidia-smi", "a Kineto trace".
  package var origin: String
  /// The product name, such as `NVIDIA A100-SXM4-40GB`.
  package var name: String
  /// Compute capability, such as `8.0`.
  package var computeCapability: String?
  /// Streaming multiprocessors.
  package var smCount: Int?
  /// Memory in MiB.
  package var memoryMiB: Int?
  /// The highest SM clock in MHz; not the sustained one.
  package var maxClockMHz: Double?
  /// Threads resident on one SM.
  package var threadsPerSM: Int?
  /// Registers of one SM.
  package var registersPerSM: Int?
  /// Shared memory of one SM in bytes.
  package var sharedMemoryPerSM: Int?
  /// Most shared memory of a block in bytes.
  package var sharedMemoryPerBlock: Int?
  /// Threads of a warp.
  package var warpSize: Int?

  /// Creates facts of which only the name is known.
  package init(origin: String, name: String) {
    self.origin = origin
    self.name = name
  }

  /// The name as the catalogue would write it: no maker, lower case, `-` for spaces.
  package var catalogueName: String {
    var text = String(name.lowercased().map { $0 == " " || $0 == "/" ? "-" : $0 })
    for prefix in ["nvidia-", "tesla-", "geforce-"] where text.hasPrefix(prefix) {
      text.removeFirst(prefix.count)
    }
    return text
  }

  /// The GPUs in the output of `nvidia-smi -q -x`, in its order.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` where the text is no such output.
  package static func readNvidiaSMI(_ path: String) throws(InputError) -> [GPUFacts] {
    try parseNvidiaSMI(InputFile.text(at: path), file: path)
  }

  /// As `readNvidiaSMI`, from a text; `file` names it in errors.
  ///
  /// - Throws: `badData` where the text is no such output.
  package static func parseNvidiaSMI(_ text: String, file: String) throws(InputError) -> [GPUFacts]
  {
    func fault(_ line: Int, _ message: String) -> InputError {
      InputError(Diagnostic(file: file, line: line, message: message))
    }
    var found: [GPUFacts] = []
    var open: GPUFacts?
    var section = ""
    var isLog = false
    var number = 0
    for raw in text.lines {
      number += 1
      let line = raw.drop { $0 == " " || $0 == "\t" }
      if line.hasPrefix("<nvidia_smi_log>") { isLog = true }
      if line.hasPrefix("<gpu id=") {
        if open != nil { throw fault(number, "expected '</gpu>' before another GPU") }
        open = GPUFacts(origin: "nvidia-smi", name: "")
      } else if line.hasPrefix("</gpu>") {
        guard let facts = open, !facts.name.isEmpty else {
          throw fault(number, "expected a 'product_name' in each GPU")
        }
        found.append(facts)
        open = nil
      } else if line.hasPrefix("<fb_memory_usage>") || line.hasPrefix("<max_clocks>") {
        section = String(line.dropFirst().prefix { $0 != ">" })
      } else if line.hasPrefix("</\(section)>") {
        section = ""
      } else if let value = content(of: "product_name", in: line), open?.name == "" {
        open?.name = value
      } else if section == "fb_memory_usage", let value = content(of: "total", in: line) {
        open?.memoryMiB = leadingNumber(value).flatMap { Int(exactly: $0) }
      } else if section == "max_clocks", let value = content(of: "sm_clock", in: line) {
        open?.maxClockMHz = leadingNumber(value)
      }
    }
    if !isLog { throw fault(0, "expected the output of 'nvidia-smi -q -x'") }
    if open != nil { throw fault(number, "expected '</gpu>' before the end of the file") }
    if found.isEmpty { throw fault(0, "expected at least one GPU, found none") }
    return found
  }

  /// One entry of the `deviceProperties` of a Kineto trace.
  ///
  /// - Throws: `badData` where it has no name or a value is no positive integer.
  package init(kineto node: JSONNode, file: String) throws(InputError) {
    guard case .object(let members) = node.value else {
      throw InputError(
        Diagnostic(
          file: file, line: node.line, column: node.column,
          message: "expected a device's properties as an object, found \(node.found)"))
    }
    var faults: [Diagnostic] = []
    func integer(_ key: String) -> Int? {
      guard let member = members.first(where: { $0.name == key }) else { return nil }
      if let value = member.node.integer, value >= 0, value < 1 << 50 { return Int(value) }
      faults.append(
        Diagnostic(
          file: file, line: member.node.line, column: member.node.column,
          message: "expected a non-negative integer in '\(key)', found \(member.node.found)"))
      return nil
    }
    var name = ""
    if let member = members.first(where: { $0.name == "name" }),
      case .string(let text) = member.node.value
    {
      name = text
    } else {
      faults.append(
        Diagnostic(
          file: file, line: node.line, column: node.column,
          message: "a device's properties need the key 'name'"))
    }
    self.init(origin: "a Kineto trace", name: name)
    warpSize = integer("warpSize")
    if let major = integer("computeMajor"), let minor = integer("computeMinor"), warpSize != 64 {
      computeCapability = "\(major).\(minor)"
    }
    smCount = integer("numSms")
    memoryMiB = integer("totalGlobalMem").map { $0 >> 20 }
    threadsPerSM = integer("maxThreadsPerMultiprocessor")
    registersPerSM = integer("regsPerMultiprocessor")
    sharedMemoryPerSM = integer("sharedMemPerMultiprocessor")
    sharedMemoryPerBlock = integer("sharedMemPerBlockOptin")
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
  }

  private static func content(of tag: String, in line: Substring) -> String? {
    let open = "<\(tag)>"
    guard line.hasPrefix(open) else { return nil }
    return String(line.dropFirst(open.count).prefix { $0 != "<" })
  }

  private static func leadingNumber(_ text: String) -> Double? {
    Double(text.prefix { $0.isNumber || $0 == "." })
  }
}
