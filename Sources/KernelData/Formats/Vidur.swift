import Tables

extension ProfileFormat {
  /// Vidur's operator times of a transformer layer.
  package static let vidur = ProfileFormat("vidur-operators", title: "a Vidur operator table")
}

extension TableFormat {
  /// Vidur's operator times of one transformer layer: a row per number of tokens, a group of
  /// `time_stats.<op>.{min,max,mean,median,std}` columns per operator, milliseconds.
  ///
  /// A row becomes a batch of as many tokens, its operators the launches in the columns' order. The
  /// shapes of the four matrix products follow from the model's definition (fp16, as Vidur records);
  /// they are derived, not in the file.
  static let vidur: TableFormat = {
    var format = TableFormat(
      .vidur,
      columns: [
        .required("time_stats.mlp_up_proj.median"), .required("n_head"), .required("n_kv_head"),
        .required("n_embd"), .required("n_expanded_embd"), .required("num_tokens"),
        .optional("use_gated_mlp"), .optional("num_tensor_parallel_workers"),
      ])
    format.readRows = { (row) throws(InputError) in try readVidur(row) }
    format.warnings = [
      "the operators are one layer of the model; batches are numbers of tokens",
      "operators have no grid and block in this format",
    ]
    return format
  }()

  private static func readVidur(_ row: ProfileRows) throws(InputError) {
    let (rows, into) = (row.rows, row.into)
    let operators = row.header.names.enumerated().filter {
      $0.element.hasPrefix("time_stats.") && $0.element.hasSuffix(".median")
    }.map { (name: String($0.element.dropFirst(11).dropLast(7)), field: $0.offset) }
    let parallel = row.field("num_tensor_parallel_workers")
    var seen: Set<Int> = []
    var workers: [String] = []
    while try row.next() {
      let layer = VidurLayer(row)
      if parallel >= 0, !workers.contains(rows.string(parallel)), workers.count < 64 {
        workers.append(rows.string(parallel))
      }
      let tokens = Int(row.int32(row.field("num_tokens")))
      // The largest batch a kernel table holds.
      if tokens == 0 || tokens > 1 << 20 {
        row.note(row.field("num_tokens"), "an integer from 1 to 1048576")
      }
      let times = operators.map { row.time($0.field, 6) ?? -1 }
      if let i = times.firstIndex(where: { $0 <= 0 }) {
        row.note(operators[i].field, "a time above zero")
      }
      if try row.isFaulty() { continue }
      if workers.count == 1, !seen.insert(tokens).inserted {
        into.leaveOut(.repeatedBatch)
        continue
      }
      into.useRow()
      for (time, (name, _)) in zip(times, operators) {
        var kernel = ProfileKernel()
        kernel.duration = time
        kernel.nameIndex = into.names.index(of: name)
        var demand = layer.demand(of: name)
        demand.batch = tokens
        try row.add(kernel, demand: demand, countsRow: false)
      }
    }
    if workers.count > 1 {
      throw row.header.fault(
        "rows of \(workers.count) tensor-parallel degrees in one file: "
          + workers.joined(separator: ", "),
        hint: "choose one with --where num_tensor_parallel_workers=\(workers[0])")
    }
    into.profile.precision = .fp16
  }
}

/// The layer of which a row tells: its model's sizes and the tokens that run through it.
private struct VidurLayer {
  let heads, groups, width, expanded, tokens, parallel: Double
  let isGated: Bool

  init(_ row: ProfileRows) {
    heads = row.double(row.field("n_head"))
    groups = row.double(row.field("n_kv_head"))
    width = row.double(row.field("n_embd"))
    expanded = row.double(row.field("n_expanded_embd"))
    tokens = row.double(row.field("num_tokens"))
    isGated = row.text("use_gated_mlp") == "True"
    let workers = row.field("num_tensor_parallel_workers")
    parallel = workers < 0 ? 1 : max(1, row.double(workers))
  }

  /// The work of an operator, where it is a matrix product.
  func demand(of name: String) -> ProfileDemand {
    let headSize = width / max(1, heads)
    let size: (n: Double, k: Double)? =
      switch name {
      case "attn_pre_proj": ((heads + 2 * groups) * headSize / parallel, width)
      case "attn_post_proj": (width, width / parallel)
      case "mlp_up_proj": ((isGated ? 2 : 1) * expanded / parallel, width)
      case "mlp_down_proj": (width, expanded / parallel)
      default: nil
      }
    guard let size else { return ProfileDemand() }
    return .product(batch: 1, m: tokens, n: size.n, k: size.k, bytes: 2)
  }
}
