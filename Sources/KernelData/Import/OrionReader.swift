import Tables

/// Orion's table of a model's operators, `Name,Profile,Memory_footprint,SM_usage,Duration`.
///
/// Names hold commas without quotes, so rows are split from the right. A row is an operator, whose
/// launches were summed. `SM_usage` is the number of SMs its blocks fill: it becomes a grid of as
/// many blocks, each with the threads and registers that fill an SM (1024 threads of 64 registers:
/// the 65 536 of every SM since Kepler). `Profile` says whether compute or memory limits it.
enum OrionReader {
  /// Threads and registers of a block that has an SM to itself.
  static let fillingThreads: UInt32 = 1024
  static let fillingRegisters: Int32 = 64
  /// Durations that all stay below this are placeholders: no kernel runs shorter.
  private static let shortestRealNS: Int64 = 500

  static func read(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    let stream = into.streams.index(of: "")
    let row = ImportRowReader(rows, header, into, checksWidth: false)
    var longest: Int64 = 0
    var line = 0
    while try row.next() {
      let count = rows.fields.count
      if count < 5 {
        try into.fault(row.place(count - 1)("expected 5 fields, found \(count)", nil))
        continue
      }
      line = rows.line
      var kernel = ProfileKernel()
      kernel.duration = row.time(count - 1, 0) ?? -1
      let filled = row.int64(count - 2)
      if filled < 1 || filled > Int64(Int32.max) { row.note(count - 2, "a number of SMs") }
      (kernel.gridX, kernel.gridY, kernel.gridZ) = (UInt32(clamping: filled), 1, 1)
      (kernel.blockX, kernel.blockY, kernel.blockZ) = (fillingThreads, 1, 1)
      kernel.registers = fillingRegisters
      kernel.sharedMemory = 0
      let name = (0...(count - 5)).map { rows.string($0) }.joined(separator: ",")
      if name.isEmpty { row.note(0, "a name") }
      kernel.nameIndex = into.names.index(of: name)
      kernel.streamIndex = stream
      longest = max(longest, kernel.duration)
      let limit = rows.string(count - 4)
      if !["1", "0", "-1"].contains(limit) { row.note(count - 4, "1, 0 or -1") }
      try row.add(kernel, device: -1, demand: demand(limit))
    }
    if longest > 0, longest < shortestRealNS {
      let message = "every duration is below \(longest + 1) ns: placeholders, not measurements"
      let hint = "give the measured table of the same model (its name ends in fb1 or fwd)"
      if !into.options.isLenient {
        throw InputError(Diagnostic(file: rows.fileName, line: line, message: message, hint: hint))
      }
      into.warn(message, hint: hint)
    }
    into.profile.batch = FileNameBatch.orion(into.file).map { ($0, "the file's name") }
    into.warn("grids are derived: SM_usage blocks that fill an SM each")
  }

  /// Fractions by what limits the operator: the table tells only which of the two it is.
  private static func demand(_ limit: String) -> ProfileDemand {
    switch limit {
    case "1": FamilyDemand.compute.demand
    case "0": FamilyDemand.memory.demand
    default: FamilyDemand.unknown.demand
    }
  }
}
