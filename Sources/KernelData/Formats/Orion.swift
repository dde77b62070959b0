import Tables

extension ProfileFormat {
  /// Orion's table of a model's operators.
  package static let orion = ProfileFormat("orion", title: "an Orion operator table")
}

extension TableFormat {
  /// Orion's table of a model's operators, `Name,Profile,Memory_footprint,SM_usage,Duration`.
  ///
  /// Names hold commas without quotes, so rows are split from the right. A row is an operator, whose
  /// launches were summed. `SM_usage` is the number of SMs its blocks fill: it becomes a grid of as
  /// many blocks, each with the threads and registers that fill an SM. `Profile` says whether
  /// compute or memory limits it.
  static let orion: TableFormat = {
    var format = TableFormat(
      .orion,
      columns: [
        .required("name", as: .name), .required("profile"), .required("memory_footprint"),
        .required("sm_usage"), .required("duration"),
      ])
    format.width = .free
    format.readRows = { (row) throws(InputError) in
      while try row.next() { try readOrion(row) }
    }
    format.finish = { (row) throws(InputError) in
      try refusePlaceholders(row)
      row.into.profile.batch = FileNameBatch.orion(row.into.file).map { ($0, "the file's name") }
    }
    format.warnings = ["grids are derived: SM_usage blocks that fill an SM each"]
    return format
  }()

  private static func readOrion(_ row: ProfileRows) throws(InputError) {
    let (rows, into, count) = (row.rows, row.into, row.rows.count)
    if count < 5 {
      return try into.fault(rows.fault(count - 1, "expected 5 fields, found \(count)"))
    }
    var kernel = ProfileKernel()
    kernel.duration = row.time(count - 1, 0) ?? -1
    let filled = row.int64(count - 2)
    if filled < 1 || filled > Int64(Int32.max) { row.note(count - 2, "a number of SMs") }
    let threads = Int64(FillingBlock.threads)
    kernel.setShape([max(1, min(filled, Int64(Int32.max))), 1, 1, threads, 1, 1])
    kernel.registers = Int32(FillingBlock.registers)
    kernel.sharedMemory = 0
    let name = (0...(count - 5)).map { rows.string($0) }.joined(separator: ",")
    if name.isEmpty { row.note(0, "a name") }
    kernel.nameIndex = into.names.index(of: name)
    // The table tells only which of compute and memory limits the operator.
    let families: [String: FamilyDemand] = ["1": .compute, "0": .memory, "-1": .unknown]
    let family = families[rows.string(count - 4)]
    if family == nil { row.note(count - 4, "1, 0 or -1") }
    try row.add(kernel, demand: (family ?? .unknown).demand)
  }

  /// No kernel runs shorter than 500 ns: tables whose durations all do were never measured.
  private static func refusePlaceholders(_ row: ProfileRows) throws(InputError) {
    let longest = row.into.profile.kernels.map(\.duration).max() ?? 0
    guard longest > 0, longest < 500 else { return }
    let message = "every duration is below \(longest + 1) ns: placeholders, not measurements"
    let hint = "give the measured table of the same model (its name ends in fb1 or fwd)"
    if row.into.options.isLenient { return row.into.warn(message, hint: hint) }
    throw InputError(file: row.rows.file, line: row.rows.lineNumber, message: message, hint: hint)
  }
}

/// A block that has an SM to itself: 1024 threads of 64 registers are the 65 536 of every SM since
/// Kepler.
enum FillingBlock {
  static let threads = 1024
  static let registers = 64
}
