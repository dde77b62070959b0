extension ProfileFormat {
  /// `rocprof` version 1 and omniperf's renaming of it.
  package static let rocprof = ProfileFormat(
    "rocprof-v1", title: "a rocprof kernel table", isLaunchSequence: true)
  /// `rocprofv3 --kernel-trace --output-format csv`.
  package static let rocprof3 = ProfileFormat(
    "rocprof-v3", title: "a rocprofv3 kernel trace", isLaunchSequence: true)
}

extension TableFormat {
  static let kernelTraceHint =
    "record the kernels: rocprofv3 --kernel-trace --output-format csv"

  /// rocprof's kernel table, versions 1 and 2, also as omniperf renames it and as rocprofv3 writes it
  /// beside its counters.
  static let rocprof: TableFormat = {
    var format = TableFormat(
      .rocprof,
      columns: [
        .required("kernelname", "kernel_name", as: .name),
        .required("grd", "grid_size", as: .workItems),
        .required("wgr", "workgroup_size", as: .workGroup),
        .required("beginns", "start_timestamp", as: .start(.wholeNS)),
        .required("endns", "end_timestamp", as: .end(.wholeNS)),
        .optional("gpu-id", "gpu_id", as: .device),
        .optional("queue-id", "queue_id", as: .stream),
        .optional("arch_vgpr", "vgpr", "vgpr_count", as: .registers),
        .optional("lds", "lds_per_workgroup", "lds_block_size", as: .sharedMemory),
        .optional("index", "dispatch_id", as: .correlation),
        .optional("counter_name", as: .counter),
      ])
    format.lookAlikes = [
      LookAlike(
        columns: ["name", "calls", "totaldurationns"], what: "rocprof's summary, not its kernels",
        hint: "give results.csv, without 'stats' in its name"),
      LookAlike(
        columns: ["domain", "function", "start_timestamp"],
        what: "rocprofv3's trace of calls, not of kernels", hint: kernelTraceHint),
      LookAlike(
        columns: ["kind", "direction", "start_timestamp"],
        what: "rocprofv3's trace of copies, not of kernels", hint: kernelTraceHint),
    ]
    // rocprofv3's counters have a row each, so a dispatch as many rows as counters.
    format.kind = { $0.isFurtherCounter ? .leftOut(.furtherCounter) : .kernel }
    format.plainName = plainName
    return format
  }()

  /// rocprof's kernel trace, version 3.
  static let rocprof3: TableFormat = {
    var format = TableFormat(
      .rocprof3,
      columns: [
        .required("kernel_name", as: .name),
        .required("start_timestamp", as: .start(.wholeNS)),
        .required("end_timestamp", as: .end(.wholeNS)),
        .required("workgroup_size_x", as: .workGroup),
        .required("workgroup_size_y", as: .workGroup),
        .required("workgroup_size_z", as: .workGroup),
        .required("grid_size_x", as: .workItems), .required("grid_size_y", as: .workItems),
        .required("grid_size_z", as: .workItems),
        .optional("agent_id", "gpu_id", as: .device), .optional("queue_id", as: .stream),
        .optional("vgpr_count", "vgpr", as: .registers),
        .optional("lds_block_size", "group_segment_size", as: .sharedMemory),
        .optional("dispatch_id", as: .correlation), .optional("kind", as: .kind),
      ])
    format.kind = { row in
      [nil, "KERNEL_DISPATCH"].contains(row.kindText) ? .kernel : .leftOut(.notKernel)
    }
    format.plainName = plainName
    return format
  }()

  /// The name without what the compiler's object code adds: `k(int) [clone .kd]`, `k.kd`.
  @Sendable private static func plainName(_ text: String) -> (name: String, launch: Int64?) {
    var name = Substring(text)
    for suffix in [" [clone .kd]", ".kd"] where name.hasSuffix(suffix) {
      name = name.dropLast(suffix.count)
    }
    while name.last == " " { name = name.dropLast() }
    return (name.isEmpty ? text : String(name), nil)
  }
}
