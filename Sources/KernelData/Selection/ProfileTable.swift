import Hardware
import Tables

/// What a kernel table states beside its rows, and what may be assumed for lack of data.
package struct ProfileTableOptions: Sendable {
  /// The model's name; the file's name where empty.
  package var model = ""
  /// The GPU's name; the profile's own where empty.
  package var gpu = ""
  /// The software stack the profile was taken with.
  package var stack = "unknown"
  /// The precision of the operations, over what the profile tells; nil takes that, or fp32 where it
  /// does not tell.
  package var precision: Precision?
  /// The batch, over what the profile tells; nil takes that, or 1 where it does not tell.
  package var batch: Int?
  /// Weights in MiB.
  package var weightsMiB = 0.0
  /// Whether anybody stated the weights.
  package var hasWeights = false
  /// Workspace and activations in MiB.
  package var workspaceMiB = 0.0
  /// Bytes of a request's input.
  package var inputBytes: Int64 = 0
  /// Bytes of a request's output.
  package var outputBytes: Int64 = 0
  /// The SMs that a kernel without a grid is taken to fill; nil refuses such kernels.
  package var assumedSMs: Int?
  /// Whether kernels without counters get their family's assumed demands; otherwise they are
  /// refused.
  package var assumesDemands = true

  /// Creates the default options.
  package init() {}
}

extension ProfileSelection {
  /// The kernel table (`gpuloom.kernels/1`) of these kernels, with its provenance. What had to be
  /// assumed is counted in its `source`.
  ///
  /// - Throws: kernels without a grid, or without demands, where nothing may be assumed.
  package func kernelTable(_ options: ProfileTableOptions) throws(InputError) -> KernelTable {
    var maker = ProfileTableMaker(self, options)
    return try maker.table()
  }
}

/// Makes a kernel table of a selection.
struct ProfileTableMaker {
  /// Registers taken where a format has none: what compilers give to elementwise kernels, few
  /// enough not to limit occupancy.
  private static let assumedRegisters = 32

  private let selection: ProfileSelection
  private let options: ProfileTableOptions
  private var withoutGrid = 0
  private var withoutRegisters = 0
  private var withoutDemand = 0
  private var streams: [Int32: Int] = [:]
  private var families: [Int32: ProfileDemand] = [:]

  init(_ selection: ProfileSelection, _ options: ProfileTableOptions) {
    self.selection = selection
    self.options = options
  }

  mutating func table() throws(InputError) -> KernelTable {
    let sizes = selection.kernels.indices.map { i in
      (selection.demands.isEmpty ? nil : selection.demands[i].batch) ?? batch
    }
    let order = selection.kernels.indices.sorted { (sizes[$0], $0) < (sizes[$1], $1) }
    var batches: [(batch: Int, launches: [KernelProfile])] = []
    for i in order {
      if batches.last?.batch != sizes[i] { batches.append((sizes[i], [])) }
      batches[batches.count - 1].launches.append(launch(i))
    }
    try refuse()
    let isDerived = withoutGrid > 0 || selection.profile.format == .orion
    var table = KernelTable(
      model: model, gpu: gpu, stack: options.stack.isEmpty ? "unknown" : options.stack,
      precision: precision, weightsMiB: options.weightsMiB,
      workspaceMiB: options.workspaceMiB, inputBytes: options.inputBytes,
      outputBytes: options.outputBytes, source: Self.plain(source()),
      provenance: isDerived ? "derived" : "measured", batches: batches)
    table.conditions.clockMHz = selection.profile.device?.clockMHz
    table.conditions.assumed = assumptions(batches.reduce(0) { $0 + $1.launches.count })
    return table
  }

  /// What the table states for want of anything better, in words that its header keeps.
  private func assumptions(_ launches: Int) -> [String] {
    let profile = selection.profile
    var assumed: [String] = []
    if options.precision == nil, profile.recorded?.precision == nil, profile.precision == nil {
      assumed.append("precision fp32")
    }
    if !options.hasWeights { assumed.append("weights 0 MiB") }
    if options.batch == nil, !profile.tellsBatch { assumed.append("batch 1") }
    if withoutDemand > 0 {
      assumed.append(
        "work of \(withoutDemand) of \(launches) launches from their durations, up to 0.8 of peak "
          + "by their names")
    }
    if withoutGrid > 0 {
      assumed.append("grid of \(withoutGrid) launches, \(options.assumedSMs ?? 0) SMs each")
    }
    return assumed
  }

  private mutating func launch(_ i: Int) -> KernelProfile {
    let kernel = selection.kernels[i]
    var grid = Extent3(options.assumedSMs ?? 1)
    var block = Extent3(FillingBlock.threads)
    var registers = FillingBlock.registers
    if let g = kernel.grid, let b = kernel.block {
      grid = Extent3(g.x, g.y, g.z)
      block = Extent3(b.x, b.y, b.z)
      registers = kernel.registersPerThread ?? Self.assumedRegisters
      if kernel.registersPerThread == nil { withoutRegisters += 1 }
    } else {
      withoutGrid += 1
    }
    let demand = demand(i)
    let stream = streams[kernel.streamIndex] ?? streams.count
    streams[kernel.streamIndex] = stream
    return KernelProfile(
      name: Self.plain(selection.profile.name(of: kernel)), grid: grid, block: block,
      registersPerThread: registers, sharedMemoryBytes: kernel.sharedMemoryBytes ?? 0,
      flop: demand.flop.map { Int64($0.clamped(0, 1e15).rounded()) },
      dramBytes: demand.dramBytes.map { Int64($0.clamped(0, 1e13).rounded()) },
      durationNS: kernel.durationNS,
      computeFraction: demand.computeFraction.map(Self.fraction),
      dramFraction: demand.dramFraction.map(Self.fraction), stream: min(stream, 65535))
  }

  /// What is known of a kernel's demands, its family's where nothing is.
  private mutating func demand(_ i: Int) -> ProfileDemand {
    var demand = selection.demands.isEmpty ? ProfileDemand() : selection.demands[i]
    let lacksCompute = demand.flop == nil && demand.computeFraction == nil
    let lacksDRAM = demand.dramBytes == nil && demand.dramFraction == nil
    if !lacksCompute, !lacksDRAM { return demand }
    withoutDemand += 1
    let kernel = selection.kernels[i]
    let assumed =
      families[kernel.nameIndex]
      ?? FamilyDemand.family(of: selection.profile.name(of: kernel)).demand
    families[kernel.nameIndex] = assumed
    if lacksCompute { demand.computeFraction = assumed.computeFraction }
    if lacksDRAM { demand.dramFraction = assumed.dramFraction }
    return demand
  }

  private func refuse() throws(InputError) {
    var faults: [Diagnostic] = []
    let file = selection.profile.file
    if withoutGrid > 0, options.assumedSMs == nil {
      faults.append(
        Diagnostic(
          file: file, message: "\(withoutGrid) kernels have no grid and block in this format",
          hint: "state how many SMs such a kernel fills: --assume-sms N"))
    }
    if withoutDemand > 0, !options.assumesDemands {
      faults.append(
        Diagnostic(
          file: file, message: "\(withoutDemand) kernels have neither counters nor shapes",
          hint: "record them with ncu, or let their families' demands be assumed"))
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
  }

  // MARK: header

  /// The model's name as given, or the file's without its folder and endings.
  private var model: String {
    if !options.model.isEmpty { return Self.plain(options.model) }
    var name = Substring(selection.profile.file)
    if let slash = name.lastIndex(of: "/") { name = name[name.index(after: slash)...] }
    if let dot = name.firstIndex(of: "."), dot > name.startIndex { name = name[..<dot] }
    return name.allSatisfy(\.isWhitespace) ? "unknown" : Self.plain(String(name))
  }

  /// The batch of kernels that do not tell their own.
  private var batch: Int {
    options.batch ?? selection.profile.recorded?.batch ?? selection.profile.batch?.size ?? 1
  }

  private var precision: Precision {
    let profile = selection.profile
    return options.precision ?? profile.recorded?.precision ?? profile.precision ?? .fp32
  }

  private var gpu: String {
    if !options.gpu.isEmpty { return Self.plain(options.gpu) }
    guard let device = selection.profile.device else { return "unknown" }
    let name = Self.plain(device.name.isEmpty ? device.id : device.name)
    return name.allSatisfy(\.isWhitespace) ? "unknown" : name
  }

  private func source() -> String {
    let profile = selection.profile
    var parts = [
      "\(profile.file) (\(profile.format.rawValue))", selection.note,
      "\(profile.rowsUsed) of \(profile.rowsRead) rows used",
    ]
    if !profile.leftOut.isEmpty {
      parts.append(
        "left out: "
          + profile.leftOut.map { "\($0.count) \($0.reason.rawValue)" }.joined(separator: ", "))
    }
    parts.append("order: \(profile.order)")
    if options.batch == nil {
      if let known = profile.batch, profile.recorded?.batch == nil {
        parts.append("batch by \(known.origin)")
      } else if !profile.tellsBatch {
        parts.append("assumed: batch 1")
      }
    }
    if withoutGrid > 0 {
      parts.append("assumed: \(withoutGrid) kernels fill \(options.assumedSMs ?? 0) SMs")
    }
    if withoutRegisters > 0 {
      parts.append("assumed: \(Self.assumedRegisters) registers for \(withoutRegisters) kernels")
    }
    if withoutDemand > 0 {
      parts.append("assumed: fractions by kernel family for \(withoutDemand) kernels")
    }
    return parts.joined(separator: "; ")
  }

  // MARK: values

  private static func fraction(_ value: Double) -> Double {
    (value.clamped(0, 1) * 1e6).rounded() / 1e6
  }

  /// Text without control characters, which a line of a table cannot hold.
  private static func plain(_ text: String) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || scalar.value == 0x7F }
    if !text.unicodeScalars.contains(where: isControl) { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
  }
}
