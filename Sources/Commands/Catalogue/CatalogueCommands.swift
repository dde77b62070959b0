import CommandLine
import Hardware
import Reports
import Tables

/// `gpuloom gpus`: lists the catalogue's GPUs, or shows one with its sources.
enum GPUsCommand: Command {
  static let name = "gpus"
  static let summary = "lists the GPUs, or describes one with the source of every number"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[NAME|FILE]",
      flags: [.plain("--mig", "the MIG profiles of all GPUs, with their sources")],
      notes: ["'gpuloom gpus from FILE' describes a GPU that is not listed."],
      examples: [
        ("gpuloom gpus", "all GPUs, a line each"),
        ("gpuloom gpus v100-sxm2-16gb", "its numbers and where they come from"),
      ])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let name = arguments.optionalPositional()
    // One GPU's profiles stand in its description.
    let wantsMIG = name == nil ? arguments.bool("--mig") : false
    try arguments.finish()
    let library = ModelLibrary.locate()
    if wantsMIG {
      _ = try Catalogue.names(library.gpuNames, of: "GPUs", library)
      try context.emit(profiles(of: try library.gpus()), name: "mig")
      return .done
    }
    if let name {
      let gpu = try library.gpu(name)
      let file = library.file(of: name, catalogueName: gpu.name, folder: "gpus")
      try context.emit(try Catalogue.description(file), name: gpu.name)
      return .done
    }
    var table = ReportTable(columns: [
      ReportColumn("gpu"), ReportColumn("architecture"),
      ReportColumn("compute_capability", title: "capability"),
      ReportColumn("sm_count", title: "SMs"),
      ReportColumn("clock_mhz", title: "clock", unit: "MHz"),
      ReportColumn("fp32_tflops", title: "fp32", unit: "TFLOP/s", decimals: 1),
      ReportColumn("fp16_tensor_tflops", title: "fp16 tensor", unit: "TFLOP/s", decimals: 1),
      ReportColumn("dram_gb_per_s", title: "DRAM", unit: "GB/s"),
      ReportColumn("memory_mib", title: "memory", unit: "MiB"),
      ReportColumn("mig_slices", title: "MIG slices"),
    ])
    for name in try Catalogue.names(library.gpuNames, of: "GPUs", library) {
      let gpu = try library.gpu(name)
      func rate(_ precision: Precision) -> ReportCell {
        guard gpu.flopPerCyclePerSM[precision] != nil else { return .none }
        return .number(gpu.smRate(precision) * Double(gpu.smCount) / 1e3)
      }
      table.append([
        .text(gpu.name), .text(gpu.architecture), .text(gpu.computeCapability),
        .integer(Int64(gpu.smCount)), .number(gpu.clockMHz), rate(.fp32), rate(.fp16Tensor),
        .number(gpu.dramGBPerS), .integer(Int64(gpu.memoryMiB)),
        gpu.migSlices.isEmpty ? .none : .integer(Int64(gpu.migSlices.count)),
      ])
    }
    try context.emit(table, name: "gpus")
    return .done
  }
}

extension GPUsCommand {
  /// The MIG profiles of GPUs: what each slice is, and how that is known.
  fileprivate static func profiles(of gpus: [GPUSpec]) -> ReportTable {
    var table = ReportTable(columns: [
      ReportColumn("gpu"), ReportColumn("profile"), ReportColumn("sm_count", title: "SMs"),
      ReportColumn("dram_gb_per_s", title: "DRAM", unit: "GB/s"),
      ReportColumn("l2_mib", title: "L2", unit: "MiB"),
      ReportColumn("memory_mib", title: "memory", unit: "MiB"),
      ReportColumn("max_instances", title: "at once"), ReportColumn("source"),
    ])
    for gpu in gpus {
      table.beginGroup()
      let source = gpu.sources.first { $0.key == "mig" }?.source
      for slice in gpu.migSlices {
        guard let part = gpu.slice(slice.name) else { continue }
        table.append([
          .text(gpu.name), .text(slice.name), .integer(Int64(part.smCount)),
          .number(part.dramGBPerS), .number(part.l2MiB), .integer(Int64(part.memoryMiB)),
          .integer(Int64(slice.maxInstances)), source.map { .text($0) } ?? .none,
        ])
      }
    }
    return table
  }
}

/// `gpuloom testbeds`: lists the catalogue's testbeds, or shows one with its sources.
enum TestbedsCommand: Command {
  static let name = "testbeds"
  static let summary = "lists the testbeds (software stacks), or describes one with its sources"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[NAME|FILE]",
      examples: [
        ("gpuloom testbeds", "all testbeds, a line each"),
        ("gpuloom testbeds modern", "its constants and where they come from"),
      ])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let name = arguments.optionalPositional()
    try arguments.finish()
    let library = ModelLibrary.locate()
    if let name {
      let testbed = try library.testbed(name)
      let file = library.file(of: name, catalogueName: testbed.name, folder: "testbeds")
      try context.emit(try Catalogue.description(file), name: testbed.name)
      return .done
    }
    func column(_ name: String, _ title: String) -> ReportColumn {
      ReportColumn(name, title: title, unit: "us", decimals: 1)
    }
    var table = ReportTable(columns: [
      ReportColumn("testbed"), column("launch_cpu_us", "launch"), column("launch_lock_us", "lock"),
      column("launch_gap_us", "gap"), column("completion_sync_us", "sync"),
      column("time_slice_us", "slice"), column("switch_busy_us", "switch busy"),
      column("switch_idle_us", "switch idle"),
      ReportColumn("context_mib", title: "context", unit: "MiB"),
    ])
    for name in try Catalogue.names(library.testbedNames, of: "testbeds", library) {
      let testbed = try library.testbed(name)
      let times = [
        testbed.launchCPU, testbed.launchLock, testbed.launchGap, testbed.completionSync,
        testbed.timeSlice, testbed.switchBusy, testbed.switchIdle,
      ]
      table.append(
        [.text(testbed.name)] + times.map { .number(Double($0) / 1e3) }
          + [.number(testbed.contextMiB)])
    }
    try context.emit(table, name: "testbeds")
    return .done
  }
}

/// What the catalogue's commands share.
enum Catalogue {
  /// The names of one kind; an error where the catalogue itself is missing.
  static func names(
    _ names: [String], of kind: String, _ library: ModelLibrary
  ) throws(InputError) -> [String] {
    guard library.folder == nil else { return names }
    throw InputError(
      kind: .missingFile,
      Diagnostic(
        message: "the catalogue of \(kind) was not found",
        hint: "run inside a checkout, or set GPULOOM_HOME to the folder that holds 'models'"))
  }

  /// A catalogue file as rows of key, value and source, in the file's order.
  static func description(_ path: String) throws(InputError) -> ReportTable {
    let node = try JSONReader.node(at: path)
    var table = ReportTable(columns: [
      ReportColumn("key"), ReportColumn("value"), ReportColumn("source"),
    ])
    guard case .object(let members) = node.value else { return table }
    var sources: [JSONNode.Member] = []
    if case .object(let all)? = members.first(where: { $0.name == "sources" })?.node.value {
      sources = all
    }
    for member in members where member.name != "sources" {
      let source = sources.first { $0.name == member.name }?.node.value
      var rows: [(key: String, value: String)] = []
      flatten(member.node, member.name, into: &rows)
      for row in rows {
        let own = sources.first { $0.name == row.key }?.node.value ?? source
        guard case .string(let text)? = own else {
          table.append([.text(row.key), .text(row.value), .none])
          continue
        }
        table.append([.text(row.key), .text(row.value), .text(text)])
      }
    }
    return table
  }

  private static func flatten(
    _ node: JSONNode, _ key: String, into rows: inout [(key: String, value: String)]
  ) {
    switch node.value {
    case .object(let members):
      for member in members { flatten(member.node, key + "." + member.name, into: &rows) }
    case .array(let items):
      for (i, item) in items.enumerated() { flatten(item, "\(key)[\(i)]", into: &rows) }
    case .string(let text): rows.append((key, text))
    case .number(let text): rows.append((key, text))
    case .bool(let flag): rows.append((key, flag ? "true" : "false"))
    case .null: rows.append((key, "null"))
    }
  }
}

extension ModelLibrary {
  /// The file behind a name that has been found.
  func file(of name: String, catalogueName: String, folder: String) -> String {
    Self.isPath(name)
      ? name : (self.folder ?? "models") + "/\(folder)/\(catalogueName).json"
  }
}
