extension ProfileFormat {
  /// Kineto's GPU events as a CSV, `gpu,seq,cat,name,…`.
  package static let kinetoRows = ProfileFormat(
    "kineto-rows", title: "a table of PyTorch profiler events", isLaunchSequence: true)
}

extension TableFormat {
  /// GPU events of a PyTorch profiler trace:
  /// `gpu,seq,cat,name,grid_x,…,block_z,regs_per_thread,smem_bytes,stream,start_us,duration_us,…`.
  static let kinetoRows: TableFormat = {
    var format = TableFormat(
      .kinetoRows,
      columns: [
        .required("seq"), .required("cat", as: .kind), .required("name", as: .name),
        .required("start_us", as: .start(.power(3))),
        .required("duration_us", as: .duration(.power(3))),
      ]
        + ProfileColumn.shape(["grid_x", "grid_y", "grid_z", "block_x", "block_y", "block_z"]) + [
          .optional("regs_per_thread", as: .registers, mayBeEmpty: true),
          .optional("smem_bytes", as: .sharedMemory), .optional("gpu", as: .device),
          .optional("stream", as: .stream), .optional("bytes", as: .copiedBytes),
        ])
    format.kind = { row in
      switch row.kindText ?? "" {
      case "kernel": return .kernel
      case "gpu_memcpy", "gpu_memset": return .copy
      default:
        row.note(row.places.kind, "kernel, gpu_memcpy or gpu_memset")
        return .kernel
      }
    }
    return format
  }()
}
