import CommandLine
import Hardware
import KernelData
import Reports
import Tables

/// `gpuloom kernels import`: a profiler's own export as a kernel table.
enum KernelsImportCommand: Command {
  static let name = "kernels import"
  static let summary = "read a profiler's export and write it as a kernel table"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "FILE",
      flags: [
        .output("--to", "TABLE.csv", "write the kernel table into this file"),
        .plain("--append", "add the profile's batch to the table that '--to' names"),
        .valued("--with", "FILE", "a further file of the same profile", isRepeatable: true),
        .valued("--device", "NAME", "the device to take, where the file holds several"),
        .valued("--where", "COLUMN=VALUE", "take only these rows of a CSV", isRepeatable: true),
        .plain("--lenient", "leave faulty rows out and count them, rather than stop"),
        .plain("--keep-collectives", "take collectives (nccl, rccl) as kernels, not aside"),
        .plain("--whole", "all kernels, not one iteration of the model"),
        .valued("--range", "FIRST-LAST", "kernels by position, from 1"),
        .valued("--from-ms", "T", "kernels that start from here on, after the first one's start"),
        .valued("--to-ms", "T", "kernels that start before this"),
        .valued("--model", "NAME", "the model's name in the table (the file's)"),
        .valued("--gpu", "NAME", "the GPU's name in the table (the profile's)"),
        .valued("--stack", "TEXT", "the software the profile was taken with"),
        .valued("--precision", "NAME", "the precision of the operations (the file's, or fp32)"),
        .valued("--batch", "N", "the batch (the file's or its name's, or 1)"),
        .valued("--weights-mib", "X", "the model's weights (the recorder's, or 0)"),
        .valued("--workspace-mib", "X", "workspace and activations (the recorder's, or 0)"),
        .valued("--assume-sms", "N", "kernels without a grid are taken to fill N SMs"),
        .plain("--assume-nothing", "refuse kernels without counters, rather than guess demands"),
      ],
      notes: [
        "The format is told by the file's content; gzip is unpacked. In a long trace one iteration "
          + "of the model is found and taken, each kernel with its median duration (of an even "
          + "number, the lower of the middle two).",
        "With '--append' the table's own model, GPU, precision, stack and weights must be the\n"
          + "profile's; what is not stated is the table's. Its workspace is its batches' largest.",
        "Formats: " + ProfileFormat.allCases.map(\.rawValue).joined(separator: ", ") + ".",
      ],
      examples: [
        ("gpuloom kernels import profile.json.gz --to mine.csv", "a PyTorch trace as a table"),
        ("gpuloom kernels import trace.csv --format csv", "what is in it, one row"),
      ])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let file = arguments.positional("FILE")
    let target = arguments.string("--to")
    let options = importOptions(&arguments)
    // What shapes the table has no meaning where none is written, and is then refused.
    let hasTable = target != nil || context.outputFolder != nil
    let mode = hasTable ? selectionMode(&arguments) : .automatic
    let keepsCollectives = hasTable && arguments.bool("--keep-collectives")
    let stated = hasTable ? tableOptions(&arguments) : nil
    if !hasTable { refuseTableFlags(&arguments) }
    let appends = target == nil ? false : arguments.bool("--append")
    try arguments.finish()
    try context.checkOutput("table.csv")
    // Before a long reading: what is appended to must be there and be a table.
    let older = appends ? try KernelTable.read(target ?? "") : nil
    let profile = try ProfileImport.open(path: file, options: options)
    context.report(profile.warnings)
    if let stated {
      let selection = try profile.selection(mode, keepsCollectives: keepsCollectives)
      warnOfCollectives(profile, areKept: keepsCollectives, context)
      let table = try KernelsImportTable.table(
        of: selection, stated, addedTo: older, at: target ?? "", context)
      let text = table.csvText
      let place = target ?? (context.outputFolder ?? "") + "/table.csv"
      try KernelsImportLint.judge(text, as: place, of: profile, context)
      if let target {
        let output = try OutputFile(at: target)
        try output.write(text)
        try output.commit()
      }
      try context.save("table.csv", text)
      let total = NumberText.fixed(Double(selection.totalDurationNS) / 1e6, 6)
      let count = selection.kernels.count == 1 ? "1 launch" : "\(selection.kernels.count) launches"
      context.note("table: \(count), \(total) ms, \(selection.note)")
    }
    print(profile, file: file, context)
    return .done
  }

  private static func warnOfCollectives(
    _ profile: ImportedProfile, areKept: Bool, _ context: CommandContext
  ) {
    let (count, duration) = profile.collectives
    if count == 0 { return }
    let what = "\(count) collective\(count == 1 ? "" : "s")"
    let time = NumberText.fixed(Double(duration) / 1e6, 3) + " ms"
    context.report([
      Diagnostic(
        file: profile.file, severity: .warning,
        message: "\(what) of \(time) in all, most of it waiting for other GPUs: "
          + (areKept ? "taken as kernels that ask nothing of the DRAM" : "left aside"),
        hint: areKept ? nil : "--keep-collectives takes them as kernels")
    ])
  }

  /// Flags that shape the table do nothing where none is written.
  private static func refuseTableFlags(_ arguments: inout ArgumentReader) {
    for flag in [
      "--keep-collectives", "--whole", "--range", "--from-ms", "--to-ms", "--model", "--gpu",
      "--stack", "--precision",
      "--batch", "--weights-mib", "--workspace-mib", "--assume-sms", "--assume-nothing", "--append",
    ] where arguments.has(flag) {
      _ = arguments.strings(flag)
      arguments.fault(
        "'\(flag)' shapes the kernel table, and none is written here",
        hint: flag == "--append"
          ? "name the table: --to TABLE.csv" : "name one: --to TABLE.csv, or --out DIR")
    }
  }

  private static func print(_ profile: ImportedProfile, file: String, _ context: CommandContext) {
    let left = profile.leftOut.reduce(0) { $0 + $1.count }
    if context.format == .table {
      var table = ReportTable(columns: [ReportColumn("what"), ReportColumn("value")])
      func row(_ what: String, _ value: String) { table.append([.text(what), .text(value)]) }
      row("format", profile.format.title)
      row("rows read", "\(profile.rowsRead)")
      row("rows used", "\(profile.rowsUsed)")
      for (reason, count) in profile.leftOut { row("left out: \(reason.rawValue)", "\(count)") }
      let names = Set(profile.kernels.map(\.nameIndex)).count
      row("kernels", "\(profile.kernels.count), \(names) different")
      let (collectives, waited) = profile.collectives
      if collectives > 0 {
        row(
          "collective",
          "\(collectives) of these kernels, \(NumberText.fixed(Double(waited) / 1e6, 3)) ms")
      }
      row("total duration", NumberText.fixed(Double(profile.totalDurationNS) / 1e6, 3) + " ms")
      if profile.copies.count > 0 {
        row("copies", "\(profile.copies.count), \(profile.copies.bytes) bytes")
      }
      if let device = profile.device {
        row("device", device.name.isEmpty ? device.id : device.name)
      }
      context.print(table.text(context.tableStyle))
      return
    }
    var table = ReportTable(
      columns: [
        "file", "format", "rows_read", "rows_used", "rows_left_out", "kernels", "total_duration_ns",
      ].map { ReportColumn($0) })
    table.append([
      .text(file), .text(profile.format.rawValue), .integer(Int64(profile.rowsRead)),
      .integer(Int64(profile.rowsUsed)), .integer(Int64(left)),
      .integer(Int64(profile.kernels.count)), .integer(profile.totalDurationNS),
    ])
    context.print(context.format == .csv ? table.csv : table.json.text)
  }

  private static func importOptions(_ arguments: inout ArgumentReader) -> ProfileImportOptions {
    var options = ProfileImportOptions()
    options.device = arguments.string("--device")
    options.companions = arguments.strings("--with")
    options.isLenient = arguments.bool("--lenient")
    for text in arguments.strings("--where") {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, !parts[0].isEmpty {
        options.filters.append((String(parts[0]), String(parts[1])))
      } else {
        arguments.fault("expected COLUMN=VALUE after '--where', found \"\(text)\"")
      }
    }
    return options
  }

  private static func selectionMode(_ arguments: inout ArgumentReader) -> ProfileSelection.Mode {
    let isWhole = arguments.bool("--whole")
    let range = arguments.string("--range")
    // A day in milliseconds: beyond it a time is no time of a profile, and nanoseconds fit.
    let from = arguments.double("--from-ms", atLeast: 0, atMost: 86_400_000)
    let to = arguments.double("--to-ms", atLeast: 0, atMost: 86_400_000)
    if [isWhole, range != nil, from != nil || to != nil].filter({ $0 }).count > 1 {
      arguments.fault("only one of '--whole', '--range' and '--from-ms', '--to-ms' can be chosen")
    }
    if let range {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      if ends.count == 2, let first = ends[0], let last = ends[1], first >= 1, last >= first {
        return .range(first, last)
      }
      arguments.fault("expected FIRST-LAST from 1 after '--range', found \"\(range)\"")
    }
    if from != nil || to != nil {
      let end = to.map { Int64($0 * 1e6) } ?? .max
      return .time(fromNS: Int64((from ?? 0) * 1e6), toNS: end)
    }
    return isWhole ? .whole : .automatic
  }

  /// What the user states of the table.
  private static func tableOptions(_ arguments: inout ArgumentReader) -> KernelsImportTable {
    var stated = KernelsImportTable()
    stated.model = arguments.string("--model")
    stated.gpu = arguments.string("--gpu")
    stated.stack = arguments.string("--stack")
    stated.precision = arguments.choice("--precision", of: Precision.allCases.map(\.rawValue))
      .flatMap(Precision.init(rawValue:))
    stated.batch = arguments.integer("--batch", atLeast: 1, atMost: 1 << 20)
    stated.weightsMiB = arguments.double("--weights-mib", atLeast: 0, atMost: 1e9)
    stated.workspaceMiB = arguments.double("--workspace-mib", atLeast: 0, atMost: 1e9)
    stated.assumedSMs = arguments.integer("--assume-sms", atLeast: 1, atMost: 4096)
    stated.assumesDemands = !arguments.bool("--assume-nothing")
    return stated
  }
}
