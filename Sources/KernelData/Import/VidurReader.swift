import Tables

/// Vidur's operator times of one transformer layer: a row per number of tokens, a group of
/// `time_stats.<op>.{min,max,mean,median,std}` columns per operator, milliseconds.
///
/// A row becomes a batch of as many tokens, its operators the launches in the columns' order. The
/// shapes of the four matrix products follow from the model's definition (fp16, as Vidur records);
/// they are derived, not in the file.
enum VidurReader {
  private struct Shape {
    let heads, groups, width, expanded, gated, tokens, parallel: Double

    /// The work of an operator, where it is a matrix product.
    func demand(of op: String) -> ProfileDemand {
      let headSize = width / max(1, heads)
      let split = max(1, parallel)
      let size: (n: Double, k: Double)? =
        switch op {
        case "attn_pre_proj": ((heads + 2 * groups) * headSize / split, width)
        case "attn_post_proj": (width, width / split)
        case "mlp_up_proj": ((gated > 0 ? 2 : 1) * expanded / split, width)
        case "mlp_down_proj": (width, expanded / split)
        default: nil
        }
      guard let size else { return ProfileDemand() }
      return GemmRowsReader.demand(batch: 1, m: tokens, n: size.n, k: size.k, bytes: 2)
    }
  }

  static func read(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    var header = header
    var ops: [(name: String, column: Int)] = []
    for name in header.names where name.hasPrefix("time_stats.") && name.hasSuffix(".median") {
      ops.append((String(name.dropFirst(11).dropLast(7)), header.column(name)))
    }
    let keys = ["n_head", "n_kv_head", "n_embd", "n_expanded_embd", "num_tokens"]
    let columns = keys.map { header.column($0) }
    if let i = columns.firstIndex(of: -1) {
      throw header.fault(rows.fileName, "the column '\(keys[i])' is missing")
    }
    let gated = header.column("use_gated_mlp")
    let parallel = header.column("num_tensor_parallel_workers")
    let row = ImportRowReader(rows, header, into)
    let stream = into.streams.index(of: "")
    var seen: Set<Int> = []
    var workers: [String] = []
    while try row.next() {
      let values = columns.map { row.double($0) }
      let shape = Shape(
        heads: values[0], groups: values[1], width: values[2], expanded: values[3],
        gated: rows.string(gated) == "True" ? 1 : 0, tokens: values[4],
        parallel: parallel < 0 ? 1 : row.double(parallel))
      if parallel >= 0, !workers.contains(rows.string(parallel)), workers.count < 64 {
        workers.append(rows.string(parallel))
      }
      let tokens = Int(row.int32(columns[4]))
      // The largest batch a kernel table holds.
      if tokens == 0 || tokens > 1 << 20 { row.note(columns[4], "an integer from 1 to 1048576") }
      let times = ops.map { row.time($0.column, 6) ?? -1 }
      if let i = times.firstIndex(where: { $0 <= 0 }) {
        row.note(ops[i].column, "a time above zero")
      }
      if try row.isFaulty() { continue }
      let isRepeated = workers.count == 1 && !seen.insert(tokens).inserted
      if isRepeated {
        into.leaveOut(.repeatedBatch)
        continue
      }
      into.profile.rowsRead += 1
      into.profile.rowsUsed += 1
      for (i, op) in ops.enumerated() {
        var kernel = ProfileKernel()
        kernel.duration = times[i]
        kernel.nameIndex = into.names.index(of: op.name)
        kernel.streamIndex = stream
        var demand = shape.demand(of: op.name)
        demand.batch = tokens
        try into.add(
          kernel, device: nil, demand: demand, countsRow: false, at: { row.place(0)("", nil) })
      }
    }
    if workers.count > 1 {
      throw InputError(
        Diagnostic(
          file: rows.fileName, line: header.line,
          message: "rows of \(workers.count) tensor-parallel degrees in one file: "
            + workers.joined(separator: ", "),
          hint: "choose one with --where num_tensor_parallel_workers=\(workers[0])"))
    }
    into.profile.unusedColumns = header.unused.filter { !$0.hasPrefix("time_stats.") }
    into.profile.precision = .fp16
    into.warn("the operators are one layer of the model; batches are numbers of tokens")
    into.warn("operators have no grid and block in this format")
  }
}
