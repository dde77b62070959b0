import Hardware

/// Demands assumed by kernel family, for profiles without counters.
///
/// Assumed, not measured: a kernel limited by compute or by memory is taken to use most of that and
/// little of the other; where nothing is known it uses half of each. Every table made with them
/// says so.
enum FamilyDemand {
  case compute, memory, collective, unknown

  /// The assumed fractions of the GPU's compute throughput and DRAM bandwidth.
  var demand: ProfileDemand {
    var demand = ProfileDemand()
    switch self {
    case .compute: (demand.computeFraction, demand.dramFraction) = (0.8, 0.3)
    case .memory: (demand.computeFraction, demand.dramFraction) = (0.1, 0.8)
    // It polls for its peers, and what it moves goes over links.
    case .collective: (demand.computeFraction, demand.dramFraction) = (0.1, 0)
    case .unknown: (demand.computeFraction, demand.dramFraction) = (0.5, 0.5)
    }
    return demand
  }

  /// The family a kernel's name tells.
  static func family(of name: String) -> FamilyDemand {
    if KernelFamily.isCollective(name) { return .collective }
    let text = name.lowercased()
    let compute = [
      "gemm", "conv", "cutlass", "winograd", "xmma", "scudnn", "hmma", "s884", "s1688", "s16816",
      "cijk_", "attention", "flash", "fmha", "matmul", "linear", "dense",
    ]
    let memory = [
      "elementwise", "norm", "reduce", "softmax", "copy", "fill", "pool", "relu", "gelu", "add",
      "cat", "transpose", "permute", "embedding", "gather", "scatter", "memset", "gemv", "dropout",
      "nchw", "nhwc", "batch", "optimizer", "adam", "multi_tensor", "sum", "mul", "index",
    ]
    // A transformation before a product is named after it: the layout tells it first.
    if text.contains("nchwtonhwc") || text.contains("nhwctonchw") { return .memory }
    if text.contains("gemv") || text.contains("splitkreduce") { return .memory }
    if compute.contains(where: text.contains) { return .compute }
    if memory.contains(where: text.contains) { return .memory }
    return .unknown
  }
}
