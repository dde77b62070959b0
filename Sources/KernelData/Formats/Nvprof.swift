extension ProfileFormat {
  /// `nvprof --print-gpu-trace --csv`.
  package static let nvprof = ProfileFormat(
    "nvprof-gpu-trace", title: "an nvprof GPU trace", isLaunchSequence: true)
}

extension TableFormat {
  /// `nvprof --print-gpu-trace --csv`: messages, a header, and a row of units that change from file
  /// to file. Its `KB` and `MB` are powers of 1024.
  static let nvprof: TableFormat = {
    var format = TableFormat(
      .nvprof,
      columns: [
        .required("start", as: .start(.written)), .required("duration", as: .duration(.written)),
      ] + ProfileColumn.shape(["grid x", "grid y", "grid z", "block x", "block y", "block z"]) + [
        .required("device", as: .device), .required("name", as: .name),
        .optional("registers per thread", as: .registers),
        .optional("static smem", as: .sharedMemory), .optional("dynamic smem", as: .sharedMemory),
        .optional("correlation_id", as: .correlation), .optional("context", as: .context),
        .optional("stream", as: .stream), .optional("size", as: .copiedBytes),
      ])
    format.lookAlikes = [
      LookAlike(
        columns: ["device", "kernel", "invocations", "metric name"],
        what: "nvprof's metrics, not its trace",
        hint: "record the trace: nvprof --print-gpu-trace --csv"),
      LookAlike(
        columns: ["type", "time", "calls", "avg", "name"],
        what: "nvprof's summary, not its trace",
        hint: "record the trace: nvprof --print-gpu-trace --csv"),
    ]
    format.unitsRowHint =
      "export with nvprof's own --csv; without its units row times have no unit"
    format.hasBinaryUnits = true
    format.kind = { $0.hasShape ? .kernel : .copy }
    format.plainName = split
    format.finish = { row in
      let count = row.contexts.count
      if count < 2 { return }
      row.into.warn("kernels of \(count) contexts: they did not run at the same time")
    }
    return format
  }()

  /// A kernel's name and the launch number that ends it: `k(int) [230]`.
  @Sendable private static func split(_ text: String) -> (name: String, launch: Int64?) {
    guard text.hasSuffix("]"), let open = text.lastIndex(of: "["), open > text.startIndex,
      let number = Int64(text[text.index(after: open)...].dropLast())
    else { return (text, nil) }
    var name = text[..<open]
    while name.last == " " { name = name.dropLast() }
    return (name.isEmpty ? text : String(name), number)
  }
}
