import Tables

/// NeuSight's CSVs: measured operators, and the graph of one transformer layer with its head.
///
/// Latencies are milliseconds and include the launch by the host. In its GEMM files N is the
/// reduction and K the output's columns.
enum NeuSightReader {
  private static let launchWarning =
    "latencies include the launch by the host (24 to 63 us at the least): "
    + "short operators are not the GPU's time"

  static func readOperators(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    var header = header
    let op = header.column("opname")
    let latency = header.column("latency")
    let device = header.column("device")
    let name = header.column("kernel name")
    let shape = ["grid x", "grid y", "grid z", "block x", "block y", "block z"]
      .map { header.column($0) }
    if let i = shape.firstIndex(of: -1) {
      throw header.fault(
        rows.fileName, "the columns of grid and block are not complete (\(i) of 6)")
    }
    let sizes = ["b", "m", "n", "k"].map { header.column($0) }
    let row = ImportRowReader(rows, header, into)
    let stream = into.streams.index(of: "")
    while try row.next() {
      var kernel = ProfileKernel()
      kernel.duration = row.time(latency, 6) ?? -1
      let kernelName = rows.string(row.isEmpty(name) ? op : name)
      if kernelName.isEmpty { row.note(op, "an operator's name") }
      kernel.nameIndex = into.names.index(of: kernelName)
      kernel.streamIndex = stream
      // Some rows of the files have no kernel recorded.
      if !row.isEmpty(shape[0]) { row.setShape(&kernel, shape) }
      var demand = ProfileDemand()
      if !sizes.contains(-1) {
        let (b, m, n, k) = (
          row.double(sizes[0]), row.double(sizes[1]), row.double(sizes[2]), row.double(sizes[3])
        )
        let batch = rows.string(op) == "bmm" ? b : 1
        demand = GemmRowsReader.demand(batch: batch, m: m, n: k, k: n, bytes: 4)
      }
      try row.add(kernel, device: device, demand: demand)
    }
    into.profile.unusedColumns = header.unused
    into.warn("rows are single operators, not the launches of a model")
    into.warn(launchWarning)
  }

  static func readGraph(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    var header = header
    let kind = header.column("op")
    let target = header.column("target")
    let latency = header.column("fw_latency", "latency")
    let row = ImportRowReader(rows, header, into)
    let stream = into.streams.index(of: "")
    while try row.next() {
      if ["placeholder", "output", "get_attr"].contains(rows.string(kind)) {
        into.leaveOut(.notKernel)
        continue
      }
      var kernel = ProfileKernel()
      let time = row.time(latency, 6)
      if time == 0 {
        into.leaveOut(.noTime)
        continue
      }
      kernel.duration = time ?? -1
      kernel.nameIndex = row.name(target)
      kernel.streamIndex = stream
      try row.add(kernel, device: -1)
    }
    into.profile.unusedColumns = header.unused
    into.profile.batch = FileNameBatch.neuSight(into.file).map { ($0, "the file's name") }
    into.warn("the graph is one layer of the model and its head: its sum is not the model's time")
    into.warn(launchWarning)
    into.warn("operators have no grid and block in this format")
  }
}

/// Matrix products with shapes and latency: `gpu,op,m,n,k,batch,dtype,latency_ms` and, where known,
/// the kernel with its grid and block.
enum GemmRowsReader {
  static func read(
    _ rows: ImportRows, _ header: ImportHeader, _ into: ImportCollector
  ) throws(InputError) {
    var header = header
    let op = header.column("op")
    let name = header.column("kernel")
    let latency = header.column("latency_ms")
    let device = header.column("gpu")
    let dtype = header.column("dtype")
    let sizes = ["batch", "m", "n", "k"].map { header.column($0) }
    let shape = ["grid_x", "grid_y", "grid_z", "block_x", "block_y", "block_z"]
      .map { header.column($0) }
    let row = ImportRowReader(rows, header, into)
    let stream = into.streams.index(of: "")
    while try row.next() {
      var kernel = ProfileKernel()
      kernel.duration = row.time(latency, 6) ?? -1
      kernel.nameIndex = row.name(name >= 0 && !row.isEmpty(name) ? name : op)
      kernel.streamIndex = stream
      if !shape.contains(-1), !row.isEmpty(shape[0]) { row.setShape(&kernel, shape) }
      let width: Double
      switch rows.string(dtype) {
      case "fp64": width = 8
      case "fp32", "tf32": width = 4
      case "fp16", "bf16": width = 2
      case "int8", "fp8": width = 1
      default:
        row.note(dtype, "fp64, fp32, tf32, fp16, bf16, fp8 or int8")
        width = 4
      }
      let demand = demand(
        batch: sizes[0] < 0 || row.isEmpty(sizes[0]) ? 1 : row.double(sizes[0]),
        m: row.double(sizes[1]), n: row.double(sizes[2]), k: row.double(sizes[3]), bytes: width)
      try row.add(kernel, device: device, demand: demand)
    }
    into.profile.unusedColumns = header.unused
    into.warn("rows are single operators, not the launches of a model")
  }

  /// The work of `batch` products of m × k by k × n: each operand moves once.
  static func demand(
    batch: Double, m: Double, n: Double, k: Double, bytes: Double
  ) -> ProfileDemand {
    var demand = ProfileDemand()
    demand.flop = (2 * batch * m * n * k).clamped(0, 1e18)
    demand.dramBytes = (bytes * batch * (m * k + k * n + m * n)).clamped(0, 1e17)
    return demand
  }
}
