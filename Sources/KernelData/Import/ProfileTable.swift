import Tables

/// What a kernel table states beside its rows, and what may be assumed for lack of data.
public struct ProfileTableOptions: Sendable {
  /// The model's name; the file's name where empty.
  public var model = ""
  /// The GPU's name; the profile's own where empty.
  public var gpu = ""
  /// The software stack the profile was taken with.
  public var stack = "unknown"
  /// The precision of the operations, as in GPU files.
  public var precision = "fp32"
  /// The batch, where the format does not tell.
  public var batch = 1
  /// Weights in MiB.
  public var weightsMiB = 0.0
  /// Workspace and activations in MiB.
  public var workspaceMiB = 0.0
  /// Bytes of a request's input.
  public var inputBytes: Int64 = 0
  /// Bytes of a request's output.
  public var outputBytes: Int64 = 0
  /// The SMs that a kernel without a grid is taken to fill; nil refuses such kernels.
  public var assumedSMs: Int?
  /// Whether kernels without counters get their family's assumed demands; otherwise they are
  /// refused.
  public var assumesDemands = true

  /// Creates the default options.
  public init() {}
}

extension ProfileSelection {
  /// The kernel table (`gpuloom.kernels/1`) of these kernels, with its provenance. What had to be
  /// assumed is counted in its `source` line.
  ///
  /// - Throws: kernels without a grid, or without demands, where nothing may be assumed.
  public func tableText(_ options: ProfileTableOptions) throws(InputError) -> String {
    var writer = ProfileTableWriter(self, options)
    return try writer.text()
  }
}

/// Writes a selection as a kernel table.
struct ProfileTableWriter {
  /// Registers taken where a format has none: what compilers give to elementwise kernels, few
  /// enough not to limit occupancy.
  private static let assumedRegisters = 32

  private let selection: ProfileSelection
  private let options: ProfileTableOptions
  private var withoutGrid = 0
  private var withoutRegisters = 0
  private var withoutDemand = 0
  private var streams: [Int32: Int] = [:]

  init(_ selection: ProfileSelection, _ options: ProfileTableOptions) {
    self.selection = selection
    self.options = options
  }

  mutating func text() throws(InputError) -> String {
    let batches = selection.kernels.indices.map { i in
      (selection.demands.isEmpty ? nil : selection.demands[i].batch) ?? options.batch
    }
    let order = selection.kernels.indices.sorted { (batches[$0], $0) < (batches[$1], $1) }
    var body = ""
    var launch = 0
    var previous: Int?
    for i in order {
      launch = previous == batches[i] ? launch + 1 : 0
      previous = batches[i]
      body += "\(batches[i]),\(launch)," + row(i) + "\n"
    }
    try refuse()
    return header() + body
  }

  private mutating func row(_ i: Int) -> String {
    let kernel = selection.kernels[i]
    let name = selection.profile.name(of: kernel)
    var fields = [Self.quoted(name)]
    if let grid = kernel.grid, let block = kernel.block {
      fields += ["\(grid.x)", "\(grid.y)", "\(grid.z)", "\(block.x)", "\(block.y)", "\(block.z)"]
      if kernel.registersPerThread == nil { withoutRegisters += 1 }
      fields.append("\(kernel.registersPerThread ?? Self.assumedRegisters)")
    } else {
      withoutGrid += 1
      fields += ["\(options.assumedSMs ?? 0)", "1", "1", "\(OrionReader.fillingThreads)", "1", "1"]
      fields.append("\(OrionReader.fillingRegisters)")
    }
    fields.append("\(kernel.sharedMemoryBytes ?? 0)")
    var demand = selection.demands.isEmpty ? ProfileDemand() : selection.demands[i]
    let hasWork = demand.flop != nil && demand.dramBytes != nil
    let hasFractions = demand.computeFraction != nil && demand.dramFraction != nil
    if !hasWork, !hasFractions {
      withoutDemand += 1
      let assumed = FamilyDemand.family(of: name).demand
      demand.computeFraction = demand.computeFraction ?? assumed.computeFraction
      demand.dramFraction = demand.dramFraction ?? assumed.dramFraction
    }
    fields.append(Self.whole(demand.flop))
    fields.append(Self.whole(demand.dramBytes))
    fields.append(kernel.durationNS.map { "\($0)" } ?? "")
    fields.append(Self.fraction(demand.computeFraction))
    fields.append(Self.fraction(demand.dramFraction))
    let stream = streams[kernel.streamIndex] ?? streams.count
    streams[kernel.streamIndex] = stream
    fields.append("\(stream)")
    return fields.joined(separator: ",")
  }

  private func refuse() throws(InputError) {
    var faults: [Diagnostic] = []
    let file = selection.profile.file
    if withoutGrid > 0, options.assumedSMs == nil {
      faults.append(
        Diagnostic(
          file: file, message: "\(withoutGrid) kernels have no grid and block in this format",
          hint: "state how many SMs such a kernel fills: --fill-sms N"))
    }
    if withoutDemand > 0, !options.assumesDemands {
      faults.append(
        Diagnostic(
          file: file, message: "\(withoutDemand) kernels have neither counters nor shapes",
          hint: "record them with ncu, or let their families' demands be assumed"))
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
  }

  private func header() -> String {
    let profile = selection.profile
    var model = Substring(options.model.isEmpty ? profile.file : options.model)
    if options.model.isEmpty, let slash = model.lastIndex(of: "/") {
      model = model[model.index(after: slash)...]
    }
    if options.model.isEmpty, let dot = model.firstIndex(of: "."), dot > model.startIndex {
      model = model[..<dot]
    }
    var gpu = options.gpu
    if gpu.isEmpty, let device = profile.device {
      gpu = device.name.isEmpty ? device.id : device.name
    }
    let isDerived = withoutGrid > 0 || profile.format == .orion
    let lines: [(String, String)] = [
      ("format", "gpuloom.kernels/1"), ("model", String(model)),
      ("gpu", gpu.isEmpty ? "unknown" : gpu), ("stack", options.stack),
      ("precision", options.precision), ("weights_mib", "\(options.weightsMiB)"),
      ("workspace_mib", "\(options.workspaceMiB)"), ("input_bytes", "\(options.inputBytes)"),
      ("output_bytes", "\(options.outputBytes)"), ("source", source()),
      ("provenance", isDerived ? "derived" : "measured"),
    ]
    let head = lines.map { "# \($0.0): \(Self.plain($0.1))\n" }.joined()
    return head
      + "batch,launch,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,registers_per_thread,"
      + "shared_memory_bytes,flop,dram_bytes,duration_ns,compute_fraction,dram_fraction,stream\n"
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

  // MARK: cells

  private static func whole(_ value: Double?) -> String {
    guard let value else { return "" }
    return "\(Int64(value.clamped(0, 9e18).rounded()))"
  }

  private static func fraction(_ value: Double?) -> String {
    guard let value else { return "" }
    return "\((value.clamped(0, 1) * 1e6).rounded() / 1e6)"
  }

  /// Text without line ends, which a header line and a name cannot hold.
  private static func plain(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
  }

  private static func quoted(_ text: String) -> String {
    let name = plain(text)
    if !name.contains(where: { $0 == "," || $0 == "\"" }), !name.hasPrefix(" "),
      !name.hasSuffix(" ")
    {
      return name
    }
    var escaped = "\""
    for character in name {
      if character == "\"" { escaped.append("\"") }
      escaped.append(character)
    }
    return escaped + "\""
  }
}
