import Tables

/// Tells a CSV format by its header, and names what a file is when it is none of them.
enum ImportDetection {
  /// The columns by which a CSV format is known, in lower case and without units.
  static let signatures: [(format: ProfileFormat, required: [String])] = [
    (
      .nsys,
      ["start", "duration", "grdx", "grdy", "grdz", "blkx", "blky", "blkz", "device", "name"]
    ),
    (
      .nvprof,
      [
        "start", "duration", "grid x", "grid y", "grid z", "block x", "block y", "block z",
        "device", "name",
      ]
    ),
    (.ncuDetails, ["id", "kernel name", "metric name", "metric unit", "metric value"]),
    (.ncuRaw, ["id", "kernel name", "gpu__time_duration.sum"]),
    (.rocprof3, ["kernel_name", "start_timestamp", "end_timestamp", "workgroup_size_x"]),
    (.rocprof, ["kernelname", "grd", "wgr", "beginns", "endns"]),
    (
      .rocprof,
      ["kernel_name", "grid_size", "workgroup_size", "start_timestamp", "end_timestamp"]
    ),
    (.orion, ["name", "profile", "memory_footprint", "sm_usage", "duration"]),
    (.neusight, ["opname", "latency", "device", "kernel name", "grid x"]),
    (.neusightGraph, ["op", "target", "input_shapes", "latency", "output_shape"]),
    (.vidur, ["time_stats.mlp_up_proj.median", "n_head", "n_embd", "num_tokens"]),
    (.kinetoRows, ["seq", "cat", "name", "grid_x", "block_x", "start_us", "duration_us"]),
    (.gemmRows, ["gpu", "op", "m", "n", "k", "dtype", "latency_ms"]),
  ]

  /// Headers that are known and hold no kernels, with what to do instead.
  private static let lookAlikes: [(columns: [String], what: String, hint: String)] = [
    (
      ["time", "total time", "instances", "avg"], "an nsys summary, not a trace",
      "export the trace: nsys stats --report cuda_gpu_trace --format csv FILE"
    ),
    (
      ["device", "kernel", "invocations", "metric name"], "nvprof's metrics, not its trace",
      "record the trace: nvprof --print-gpu-trace --csv"
    ),
    (
      ["name", "calls", "totaldurationns"], "rocprof's summary, not its kernels",
      "give results.csv, without 'stats' in its name"
    ),
    (
      ["batch", "launch", "kernel", "duration_ns"], "a kernel table already",
      "look at it with 'gpuloom kernels show'"
    ),
    (
      ["arrival_ns"], "a trace of arrivals, not a profile", "see 'gpuloom trace import'"
    ),
  ]

  /// The lines that may precede a header: a program's own output mixes into `ncu`'s.
  private static let preambleLimit = 100_000

  /// Reads up to and with the header.
  ///
  /// - Throws: what the file seems to be instead, or which columns it lacks.
  static func findHeader(
    _ rows: ImportRows
  ) throws(InputError) -> (format: ProfileFormat, header: ImportHeader) {
    var nearest: (format: ProfileFormat, missing: [String], share: Double, line: Int)?
    var lines = 0
    while try rows.next(isPlain: true) {
      lines += 1
      if lines > preambleLimit { break }
      if rows.fields.count < 2, rows.raw(0).count > 40 || rows.isBlank { continue }
      let header = ImportHeader(rows)
      for (format, required) in signatures {
        let missing = required.filter { !header.names.contains($0) }
        if missing.isEmpty { return (format, header) }
        let share = Double(required.count - missing.count) / Double(required.count)
        if share > max(0.49, nearest?.share ?? 0) {
          nearest = (format, missing, share, header.line)
        }
      }
      for known in lookAlikes where known.columns.allSatisfy({ header.names.contains($0) }) {
        throw InputError(
          Diagnostic(
            file: rows.fileName, line: header.line, message: "this is \(known.what)",
            hint: known.hint))
      }
    }
    guard let nearest else {
      throw InputError(
        Diagnostic(
          file: rows.fileName,
          message: lines == 0
            ? "the file is empty" : "found no header or content of a known profiler format",
          hint: "known: " + ProfileFormat.allCases.map(\.rawValue).joined(separator: ", ")))
    }
    let list = nearest.missing.map { "'\($0)'" }.joined(separator: ", ")
    throw InputError(
      Diagnostic(
        file: rows.fileName, line: nearest.line,
        message: "\(nearest.format.title) lacks the column\(nearest.missing.count > 1 ? "s" : "") "
          + list,
        hint: "columns are found by name; a repeated or cut header cannot be read"))
  }

  /// Names what the first bytes show to be no profile at all.
  static func refuse(head: [UInt8], file: String) throws(InputError) {
    func fail(_ message: String, _ hint: String? = nil) -> InputError {
      InputError(Diagnostic(file: file, message: message, hint: hint))
    }
    if head.isEmpty { throw fail("the file is empty") }
    let start = String(decoding: head.prefix(256), as: UTF8.self)
    let word = start.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.prefix(64).lowercased()
    if start.hasPrefix("version https://git-lfs") {
      throw fail("this is a Git LFS pointer, not the data", "fetch the data with 'git lfs pull'")
    }
    if word.hasPrefix("<!doctype html") || word.hasPrefix("<html") {
      throw fail("this is an HTML page, not data", "download the file itself, not its page")
    }
    if word.hasPrefix("<") {
      throw fail("this is XML, not a kernel profile")
    }
    for (magic, what) in [
      ([0x50, 0x4B, 3, 4], "a zip archive"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd data"),
      ([0xFD, 0x37, 0x7A, 0x58], "xz data"), ([0x42, 0x5A, 0x68], "bzip2 data"),
    ] as [([UInt8], String)] where head.starts(with: magic) {
      throw fail("this is \(what)", "unpack it first; gzip is read directly")
    }
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
      throw fail("this is UTF-16 text", "save it as UTF-8")
    }
    if head.contains(0) {
      throw fail(
        "this is binary data, not a profiler's text export",
        "export .nsys-rep with 'nsys stats', .ncu-rep with 'ncu --csv -i FILE'")
    }
  }
}
