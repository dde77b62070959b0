import Tables

/// `nsys stats` GPU traces: `cuda_gpu_trace` of any year and the older `gputrace`.
///
/// Sizes in MB keep three decimals, so shared memory is known to 500 bytes only; the file's byte
/// units avoid that.
enum NsysReader {
  private struct Columns {
    var start, duration, correlation, name, device, stream, context: Int
    var grid: [Int]
    var registers, staticMemory, dynamicMemory, bytes: Int
    var startPower, durationPower: Int
    var staticScale, dynamicScale, bytesScale: Double

    init(_ header: inout ImportHeader, file: String) throws(InputError) {
      start = header.column("start")
      duration = header.column("duration")
      correlation = header.column("corrid", "correlation_id")
      name = header.column("name")
      device = header.column("device")
      stream = header.column("strm", "stream")
      context = header.column("ctx", "context")
      grid = []
      for key in ["grdx", "grdy", "grdz", "blkx", "blky", "blkz"] {
        grid.append(header.column(key))
      }
      registers = header.column("reg/trd")
      staticMemory = header.column("stcsmem")
      dynamicMemory = header.column("dymsmem")
      bytes = header.column("bytes", "size")
      startPower = try header.timePower(start, file: file, default: nil)
      durationPower = try header.timePower(duration, file: file, default: nil)
      staticScale = try header.byteScale(staticMemory, file: file)
      dynamicScale = try header.byteScale(dynamicMemory, file: file)
      bytesScale = try header.byteScale(bytes, file: file)
    }
  }

  static func read(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    var header = header
    let columns = try Columns(&header, file: rows.fileName)
    let row = ImportRowReader(rows, header, into)
    while try row.next() {
      var kernel = ProfileKernel()
      if let start = row.time(columns.start, columns.startPower) { kernel.start = start }
      if row.isEmpty(columns.grid[0]) {
        try row.copy(name: columns.name, bytes: columns.bytes, scale: columns.bytesScale)
        continue
      }
      kernel.duration = row.time(columns.duration, columns.durationPower) ?? -1
      row.setShape(&kernel, columns.grid)
      if columns.registers >= 0 { kernel.registers = row.int32(columns.registers) }
      kernel.sharedMemory = row.bytes(
        [
          (columns.staticMemory, columns.staticScale),
          (columns.dynamicMemory, columns.dynamicScale),
        ]
      )
      kernel.correlation = row.isEmpty(columns.correlation) ? -1 : row.int64(columns.correlation)
      kernel.nameIndex = row.name(columns.name)
      kernel.streamIndex = row.stream(columns.stream)
      try row.add(kernel, device: columns.device)
    }
    into.profile.unusedColumns = header.unused
    if max(columns.staticScale, columns.dynamicScale) > 1 {
      into.warn(
        "shared memory is known to \(Int(max(columns.staticScale, columns.dynamicScale) / 2000)) "
          + "bytes only: the export rounds it",
        hint: "export with byte units for kernels near an occupancy limit")
    }
  }
}
