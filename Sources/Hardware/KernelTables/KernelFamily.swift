/// What kind of work a kernel does, told by its name.
package enum KernelFamily: String, CaseIterable, Sendable {
  case product, convolution, attention, normalization, softmax, pooling, reduction, elementwise
  case embedding
  /// Copies and changes of layout.
  case movement
  /// What replicas of several GPUs do together, waiting for one another.
  case collective
  /// Names that tell nothing.
  case other

  /// Words in names, in the order they are looked for: a change of layout before a convolution is
  /// named after it, and so is the reduction after a split product.
  private static let words: [(KernelFamily, [String])] = [
    (
      .collective,
      ["nccl", "rccl", "msccl", "oneccl", "nvshmem", "cross_device_reduce", "shotallreduce"]
    ),
    (
      .movement,
      [
        "nchwtonhwc", "nhwctonchw", "memcpy", "memset", "copy", "transpose", "permute", "cat_",
        "catarray", "concat", "reformat", "im2col", "pad_", "_pad", "fill",
      ]
    ),
    (.reduction, ["splitkreduce", "splitk_reduce"]),
    (.attention, ["attention", "flash", "fmha"]), (.softmax, ["softmax"]),
    (.normalization, ["norm", "bn_fw", "bn_bw"]), (.pooling, ["pool"]),
    (.embedding, ["embedding", "gather", "scatter", "indexselect", "index_"]),
    (
      .convolution,
      ["conv", "winograd", "scudnn", "implicit", "fprop", "dgrad", "wgrad", "depthwise", "fft2d"]
    ),
    (
      .product,
      [
        "gemm", "gemv", "cutlass", "xmma", "s884", "s1688", "s16816", "cijk_", "matmul", "linear",
        "dense", "dot_kernel", "wgmma",
      ]
    ),
    (.reduction, ["reduce", "sum", "mean", "max_kernel", "argmax"]),
    (
      .elementwise,
      [
        "elementwise", "relu", "gelu", "silu", "sigmoid", "tanh", "add", "mul", "dropout", "bias",
        "update", "activation", "pointwise", "adam", "multi_tensor",
      ]
    ),
  ]

  /// The family of a kernel.
  package init(of name: String) {
    let text = name.lowercased()
    self =
      Self.words.first { _, words in words.contains { text.contains($0) } }?.0 ?? .other
  }

  /// Whether a name is that of a collective: of NCCL, RCCL and their like, or an all-reduce that
  /// polls its peers.
  package static func isCollective(_ name: String) -> Bool {
    let text = name.lowercased()
    return words[0].1.contains { text.contains($0) }
  }

  /// How many times fewer operations a kernel may do than are counted for its layer: Winograd's
  /// F(4×4, 3×3) multiplies 4 times less (Lavin and Gray 2016), transforms by FFT without a bound
  /// that the name tells.
  package static func savedOperations(_ name: String) -> Double {
    let text = name.lowercased()
    if text.contains("winograd") { return 4 }
    return text.contains("fft") ? .infinity : 1
  }

  /// Whether a kernel may move bytes without a floating-point operation: copies, look-ups,
  /// comparisons, and names that tell nothing.
  package static func mayOnlyMove(_ name: String) -> Bool {
    switch KernelFamily(of: name) {
    case .movement, .embedding, .pooling, .collective, .other: return true
    default:
      let text = name.lowercased()
      return ["relu", "max", "min", "threshold", "clamp", "compare", "where", "cast"].contains {
        text.contains($0)
      }
    }
  }
}
