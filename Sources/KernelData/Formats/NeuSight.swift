extension ProfileFormat {
  /// NeuSight's measured operators.
  package static let neusight = ProfileFormat(
    "neusight-operators", title: "a NeuSight operator table")
  /// NeuSight's graph of a model's layer.
  package static let neusightGraph = ProfileFormat(
    "neusight-graph", title: "a NeuSight layer graph")
  /// Matrix products with their shapes and latency, `gpu,op,m,n,k,…`.
  package static let gemmRows = ProfileFormat("gemm-rows", title: "a table of matrix products")
}

extension TableFormat {
  private static let singleOperators = "rows are single operators, not the launches of a model"
  private static let launchesIncluded =
    "latencies include the launch by the host (24 to 63 us at the least): "
    + "short operators are not the GPU's time"

  /// NeuSight's measured operators, in milliseconds with the launch by the host. In its GEMM files N
  /// is the reduction and K the output's columns; some rows have no kernel recorded.
  static let neusight: TableFormat = {
    var format = TableFormat(
      .neusight,
      columns: [
        .required("latency", as: .duration(.power(6))), .required("kernel name", as: .name),
        .required("opname", as: .name), .required("device", as: .device),
      ] + ProfileColumn.shape(["grid x", "grid y", "grid z", "block x", "block y", "block z"])
        + ["b", "m", "n", "k"].map { .optional($0) })
    format.demand = { row in
      let fields = ["b", "m", "n", "k"].map { row.field($0) }
      if fields.contains(-1) { return ProfileDemand() }
      let sizes = fields.map { row.double($0) }
      let batch = row.text("opname") == "bmm" ? sizes[0] : 1
      return .product(batch: batch, m: sizes[1], n: sizes[3], k: sizes[2], bytes: 4)
    }
    format.warnings = [singleOperators, launchesIncluded]
    return format
  }()

  /// NeuSight's graph of one transformer layer with its head.
  static let neusightGraph: TableFormat = {
    var format = TableFormat(
      .neusightGraph,
      columns: [
        .required("op", as: .kind), .required("target", as: .name), .required("input_shapes"),
        .optional("fw_latency", as: .duration(.power(6))),
        .required("latency", as: .duration(.power(6))), .required("output_shape"),
      ])
    format.leavesOutZero = true
    format.kind = { row in
      let isOther = ["placeholder", "output", "get_attr"].contains(row.kindText)
      return isOther ? .leftOut(.notKernel) : .kernel
    }
    format.finish = { row in
      row.into.profile.batch = FileNameBatch.neuSight(row.into.file).map {
        ($0, "the file's name")
      }
    }
    format.warnings = [
      "the graph is one layer of the model and its head: its sum is not the model's time",
      launchesIncluded, "operators have no grid and block in this format",
    ]
    return format
  }()

  /// Matrix products with shapes and latency: `gpu,op,m,n,k,batch,dtype,latency_ms` and, where
  /// known, the kernel with its grid and block.
  static let gemmRows: TableFormat = {
    var format = TableFormat(
      .gemmRows,
      columns: [
        .required("latency_ms", as: .duration(.power(6))), .optional("kernel", as: .name),
        .required("op", as: .name), .required("gpu", as: .device), .required("dtype"),
        .optional("batch"), .required("m"), .required("n"), .required("k"),
      ]
        + ProfileColumn.shape(
          ["grid_x", "grid_y", "grid_z", "block_x", "block_y", "block_z"], isRequired: false))
    format.demand = { row in
      let (dtype, batch) = (row.field("dtype"), row.field("batch"))
      let widths = [
        "fp64": 8.0, "fp32": 4, "tf32": 4, "fp16": 2, "bf16": 2, "int8": 1, "fp8": 1,
      ]
      let width = widths[row.rows.string(dtype)]
      if width == nil { row.note(dtype, "fp64, fp32, tf32, fp16, bf16, fp8 or int8") }
      return .product(
        batch: row.isEmpty(batch) ? 1 : row.double(batch), m: row.double(row.field("m")),
        n: row.double(row.field("n")), k: row.double(row.field("k")), bytes: width ?? 4)
    }
    format.warnings = [singleOperators]
    format.lookAlikes = [
      LookAlike(
        columns: ["operationkind", "cta_m", "runtime"],
        what: "CUTLASS's profile of single products, not of a model's launches",
        hint: "'gpuloom kernels predict' and 'fit' read it")
    ]
    return format
  }()
}

extension ProfileDemand {
  /// The work of `batch` products of m × k by k × n: each operand moves once.
  static func product(
    batch: Double, m: Double, n: Double, k: Double, bytes: Double
  ) -> ProfileDemand {
    var demand = ProfileDemand()
    demand.flop = (2 * batch * m * n * k).clamped(0, 1e18)
    demand.dramBytes = (bytes * batch * (m * k + k * n + m * n)).clamped(0, 1e17)
    return demand
  }
}
