import CommandLine
import Hardware
import KernelData
import Reports
import Tables

/// `gpuloom gpus from`: a GPU's file from what its driver or a profile of it says.
enum GPUsFromCommand: Command {
  static let name = "gpus from"
  static let summary = "describe a GPU from 'nvidia-smi -q -x' or a profile taken on it"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "FILE",
      flags: [
        .valued("--device", "NAME|N", "which, where the file holds several: name, or from 0"),
        .valued("--name", "NAME", "the GPU's name in its file (the product's)"),
        .output("--to", "GPU.json", "write the file here, not to standard output"),
      ],
      formats: ["json"],
      notes: [
        "A driver says too little to simulate a GPU: what is missing is taken from the catalogue's\n"
          + "GPU of that name, else from the nearest of the same compute capability. Notes tell\n"
          + "what was reported and what was taken over, and so do the file's sources.",
        "Read: the output of 'nvidia-smi -q -x', PyTorch profiles (their deviceProperties) and\n"
          + "Nsight Systems databases.",
      ],
      examples: [
        ("gpuloom gpus from card.xml --to card.json", "after: nvidia-smi -q -x > card.xml"),
        ("gpuloom gpus from profile.json.gz", "the GPU a PyTorch profile was taken on"),
      ])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let file = arguments.positional("FILE")
    let device = arguments.string("--device")
    let name = FlagValues.fileName("--name", &arguments)
    let target = arguments.string("--to")
    try arguments.finish()
    let facts = try facts(in: file, device: device)
    let (found, notes) = try ModelLibrary.locate().gpu(from: facts, at: NamePlace(file: file))
    var gpu = found
    if let name {
      gpu.name = name
      gpu.alsoKnownAs = []
    }
    context.report(notes)
    let text = gpu.jsonText
    try context.save("\(gpu.name).json", text)
    try context.deliver(text, to: target)
    if let target { context.note("wrote \(target)") }
    return .done
  }

  /// The GPU a file tells of: XML is nvidia-smi's, anything else must be a profile.
  private static func facts(in file: String, device: String?) throws(InputError) -> GPUFacts {
    let head = try ByteStream(path: file, mayBePipe: true).peek(256)
    let start = String(decoding: head, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    let isXML = ["<?xml", "<nvidia_smi_log", "<!DOCTYPE nvidia"].contains { start.hasPrefix($0) }
    if isXML { return try choose(device, from: GPUFacts.readNvidiaSMI(file), file: file) }
    var options = ProfileImportOptions()
    options.device = device
    let profile = try ProfileImport.open(path: file, options: options)
    guard let told = profile.device, !told.name.isEmpty else {
      throw InputError(
        Diagnostic(
          file: file, message: "the profile does not describe the GPU it was taken on",
          hint: "use the output of 'nvidia-smi -q -x'"))
    }
    return GPUFacts(told, origin: profile.format.title)
  }

  private static func choose(
    _ wanted: String?, from all: [GPUFacts], file: String
  ) throws(InputError) -> GPUFacts {
    let list = all.enumerated().map { "\($0.0) (\($0.1.name))" }.joined(separator: ", ")
    if let wanted {
      if let number = Int(wanted), all.indices.contains(number) { return all[number] }
      if let named = all.first(where: { $0.name == wanted }) { return named }
      throw InputError(
        kind: .usage,
        Diagnostic(file: file, message: "no GPU '\(wanted)'", hint: "the file has: \(list)"))
    }
    // Equal cards of one server are one kind of GPU.
    guard let first = all.first, all.allSatisfy({ $0 == first }) else {
      throw InputError(
        Diagnostic(
          file: file, message: "\(all.count) different GPUs in one file: \(list)",
          hint: "choose one with --device"))
    }
    return first
  }
}

extension GPUFacts {
  /// What a profile tells of its GPU.
  init(_ device: ProfileDevice, origin: String) {
    self.init(origin: origin, name: device.name)
    computeCapability = device.computeCapability
    smCount = device.smCount
    memoryMiB = device.memoryBytes.map { Int($0 >> 20) }
    maxClockMHz = device.clockMHz
    threadsPerSM = device.threadsPerSM
    registersPerSM = device.registersPerSM
    sharedMemoryPerSM = device.sharedMemoryPerSM
    sharedMemoryPerBlock = device.sharedMemoryPerBlock
    warpSize = device.warpSize
  }
}
