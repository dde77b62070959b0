import Tables

/// `nvprof --print-gpu-trace --csv`: messages, a header, and a row of units that change from file to
/// file. Its `KB` and `MB` are powers of 1024.
enum NvprofReader {
  static func read(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    var header = header
    let grid = ["grid x", "grid y", "grid z", "block x", "block y", "block z"]
      .map { header.column($0) }
    let start = header.column("start")
    let duration = header.column("duration")
    let registers = header.column("registers per thread")
    let statics = header.column("static smem")
    let dynamics = header.column("dynamic smem")
    let size = header.column("size")
    let device = header.column("device")
    let context = header.column("context")
    let stream = header.column("stream")
    let name = header.column("name")
    let correlation = header.column("correlation_id")
    let row = ImportRowReader(rows, header, into)
    guard try row.next() else { return }
    guard row.isEmpty(name), row.isEmpty(device) else {
      throw InputError(
        row.place(start)(
          "expected a row of units below the header",
          "export with nvprof's own --csv; without its units row times have no unit"))
    }
    into.leaveOut(.unitsRow)
    header.setUnits(rows.fields.indices.map { rows.string($0) })
    let startPower = try header.timePower(start, file: rows.fileName, default: nil)
    let durationPower = try header.timePower(duration, file: rows.fileName, default: nil)
    let memory = [
      (statics, try header.byteScale(statics, file: rows.fileName, isBinary: true)),
      (dynamics, try header.byteScale(dynamics, file: rows.fileName, isBinary: true)),
    ]
    let sizeScale = try header.byteScale(size, file: rows.fileName, isBinary: true)
    var contexts: [String] = []
    while try row.next() {
      if row.isEmpty(grid[0]) {
        try row.copy(name: name, bytes: size, scale: sizeScale)
        continue
      }
      var kernel = ProfileKernel()
      if let time = row.time(start, startPower) { kernel.start = time }
      kernel.duration = row.time(duration, durationPower) ?? -1
      row.setShape(&kernel, grid)
      if registers >= 0 { kernel.registers = row.int32(registers) }
      kernel.sharedMemory = row.bytes(memory)
      if correlation >= 0, !row.isEmpty(correlation) {
        kernel.correlation = row.int64(correlation)
      }
      let (plain, number) = split(rows.string(name))
      if correlation < 0, let number { kernel.correlation = number }
      kernel.nameIndex = into.names.index(of: plain)
      kernel.streamIndex = row.stream(stream)
      if context >= 0, !contexts.contains(rows.string(context)), contexts.count < 64 {
        contexts.append(rows.string(context))
      }
      try row.add(kernel, device: device)
    }
    into.profile.unusedColumns = header.unused
    if contexts.count > 1 {
      into.warn("kernels of \(contexts.count) contexts: they did not run at the same time")
    }
  }

  /// A kernel's name and the launch number that ends it: `k(int) [230]`.
  private static func split(_ text: String) -> (name: String, number: Int64?) {
    guard text.hasSuffix("]"), let open = text.lastIndex(of: "["), open > text.startIndex,
      let number = Int64(text[text.index(after: open)...].dropLast())
    else { return (text, nil) }
    var name = text[..<open]
    while name.last == " " { name = name.dropLast() }
    return (name.isEmpty ? text : String(name), number)
  }
}
