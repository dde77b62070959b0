import Tables

/// GPU events of a PyTorch profiler trace as a CSV:
/// `gpu,seq,cat,name,grid_x,…,block_z,regs_per_thread,smem_bytes,stream,start_us,duration_us,…`.
enum KinetoRowsReader {
  static func read(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    var header = header
    let device = header.column("gpu")
    let category = header.column("cat")
    let name = header.column("name")
    let shape = ["grid_x", "grid_y", "grid_z", "block_x", "block_y", "block_z"]
      .map { header.column($0) }
    if shape.contains(-1) {
      throw header.fault(rows.fileName, "the columns of grid and block are not complete")
    }
    let registers = header.column("regs_per_thread")
    let memory = header.column("smem_bytes")
    let stream = header.column("stream")
    let start = header.column("start_us")
    let duration = header.column("duration_us")
    let bytes = header.column("bytes")
    let row = ImportRowReader(rows, header, into)
    while try row.next() {
      switch rows.string(category) {
      case "gpu_memcpy", "gpu_memset":
        try row.copy(name: name, bytes: bytes, scale: 1)
        continue
      case "kernel": break
      default: row.note(category, "kernel, gpu_memcpy or gpu_memset")
      }
      var kernel = ProfileKernel()
      if let time = row.time(start, 3) { kernel.start = time }
      kernel.duration = row.time(duration, 3) ?? -1
      if !row.isEmpty(shape[0]) { row.setShape(&kernel, shape) }
      if registers >= 0, !row.isEmpty(registers) { kernel.registers = row.int32(registers) }
      kernel.sharedMemory = row.bytes([(memory, 1)])
      kernel.nameIndex = row.name(name)
      kernel.streamIndex = row.stream(stream)
      try row.add(kernel, device: device)
    }
    into.profile.unusedColumns = header.unused
  }
}
