import Tables

/// rocprof's kernel tables, version 1 (also as omniperf renames it) and 3.
///
/// Grids are in work-items there: blocks are the work-groups they make, rounded up.
enum RocprofReader {
  static func read(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    var header = header
    let isVersion3 = header.names.contains("workgroup_size_x")
    let name = header.column("kernelname", "kernel_name")
    let start = header.column("beginns", "start_timestamp")
    let end = header.column("endns", "end_timestamp")
    let device = header.column("gpu-id", "gpu_id", "agent_id")
    let stream = header.column("queue-id", "queue_id")
    let order = header.column("index", "dispatch_id")
    let kind = header.column("kind")
    let registers = header.column("arch_vgpr", "vgpr", "vgpr_count")
    let memory = header.column(
      "lds", "lds_per_workgroup", "lds_block_size", "group_segment_size")
    let grid: [Int]
    let group: [Int]
    if isVersion3 {
      grid = ["grid_size_x", "grid_size_y", "grid_size_z"].map { header.column($0) }
      group = ["workgroup_size_x", "workgroup_size_y", "workgroup_size_z"]
        .map { header.column($0) }
      if let i = (grid + group).firstIndex(of: -1) {
        let missing = ["Grid_Size", "Workgroup_Size"][i / 3] + "_" + ["X", "Y", "Z"][i % 3]
        throw header.fault(rows.fileName, "the column '\(missing)' is missing")
      }
    } else {
      grid = [header.column("grd", "grid_size")]
      group = [header.column("wgr", "workgroup_size")]
    }
    let row = ImportRowReader(rows, header, into)
    while try row.next() {
      if kind >= 0, rows.string(kind) != "KERNEL_DISPATCH" {
        into.leaveOut(.notKernel)
        continue
      }
      var kernel = ProfileKernel()
      let began = row.int64(start)
      let ended = row.int64(end)
      kernel.start = began
      kernel.duration = ended - began
      let threads = group.map { row.int64($0) }
      let items = grid.map { row.int64($0) }
      if let i = threads.firstIndex(where: { $0 < 1 || $0 > 1024 }) {
        row.note(group[i], "a work-group of 1 to 1024 work-items")
      }
      var blocks: [UInt32] = []
      for (i, count) in items.enumerated() {
        let size = max(1, threads[i])
        let needed = count / size + (count % size > 0 ? 1 : 0)
        if needed < 1 || needed > Int64(Int32.max) { row.note(grid[i], "a grid of work-items") }
        blocks.append(UInt32(clamping: max(1, min(needed, Int64(Int32.max)))))
      }
      let extents = threads.map { UInt32(clamping: max(1, min($0, 1024))) }
      kernel.gridX = blocks[0]
      kernel.gridY = isVersion3 ? blocks[1] : 1
      kernel.gridZ = isVersion3 ? blocks[2] : 1
      kernel.blockX = extents[0]
      kernel.blockY = isVersion3 ? extents[1] : 1
      kernel.blockZ = isVersion3 ? extents[2] : 1
      if registers >= 0 { kernel.registers = row.int32(registers) }
      kernel.sharedMemory = row.bytes([(memory, 1)])
      if order >= 0, !row.isEmpty(order) { kernel.correlation = row.int64(order) }
      kernel.nameIndex = into.names.index(of: plainName(rows.string(name)))
      kernel.streamIndex = row.stream(stream)
      try row.add(kernel, device: device)
    }
    into.profile.unusedColumns = header.unused
  }

  /// The name without what the compiler's object code adds: `k(int) [clone .kd]`, `k.kd`.
  private static func plainName(_ text: String) -> String {
    var name = Substring(text)
    for suffix in [" [clone .kd]", ".kd"] where name.hasSuffix(suffix) {
      name = name.dropLast(suffix.count)
    }
    while name.last == " " { name = name.dropLast() }
    return name.isEmpty ? text : String(name)
  }
}
