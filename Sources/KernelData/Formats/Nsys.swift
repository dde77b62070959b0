extension ProfileFormat {
  /// `nsys stats --report cuda_gpu_trace --format csv`, and `gputrace` before it.
  package static let nsys = ProfileFormat(
    "nsys-gpu-trace", title: "an nsys GPU trace", isLaunchSequence: true)
}

extension TableFormat {
  static let exportHint =
    "export the trace: nsys stats --report cuda_gpu_trace --format csv FILE"

  /// `nsys stats` GPU traces: `cuda_gpu_trace` of any year and the older `gputrace`.
  ///
  /// Sizes in MB keep three decimals, so shared memory is known to 500 bytes only; the file's byte
  /// units avoid that.
  static let nsys: TableFormat = {
    var format = TableFormat(
      .nsys,
      columns: [
        .required("start", as: .start(.written)), .required("duration", as: .duration(.written)),
      ] + ProfileColumn.shape(["grdx", "grdy", "grdz", "blkx", "blky", "blkz"]) + [
        .required("device", as: .device), .required("name", as: .name),
        .optional("reg/trd", as: .registers), .optional("stcsmem", as: .sharedMemory),
        .optional("dymsmem", as: .sharedMemory),
        .optional("corrid", "correlation_id", as: .correlation),
        .optional("strm", "stream", as: .stream), .optional("ctx", "context"),
        .optional("bytes", "size", as: .copiedBytes),
      ])
    format.lookAlikes = [
      LookAlike(
        columns: ["time", "total time", "instances", "avg"], what: "an nsys summary, not a trace",
        hint: exportHint),
      LookAlike(
        columns: ["time", "total time", "num calls"], what: "nsys's summary of API calls",
        hint: exportHint),
      LookAlike(
        columns: ["start", "duration", "name", "result", "corrid"],
        what: "nsys's trace of API calls, not of the GPU", hint: exportHint),
      LookAlike(
        columns: ["api start", "kernel start", "kernel name"],
        what: "nsys's report cuda_kern_exec_trace, which has no registers", hint: exportHint),
    ]
    format.kind = { row in
      if row.hasShape { return .kernel }
      row.checkStart()
      return .copy
    }
    format.finish = { row in
      let scale = row.memory.map(\.scale).max() ?? 1
      // Three decimals of a kilobyte are exact.
      if scale < 2000 { return }
      row.into.warn(
        "shared memory is known to \(Int(scale / 2000)) bytes only: the export rounds it",
        hint: "export with byte units for kernels near an occupancy limit")
    }
    return format
  }()
}
