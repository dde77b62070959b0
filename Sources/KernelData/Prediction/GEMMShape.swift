/// The numeric format of a GEMM as samples name it.
package enum GEMMPrecision: String, CaseIterable, Sendable {
  /// Single precision on the plain cores, TF32 off.
  case fp32
  /// Half precision on tensor cores.
  case fp16
  /// bfloat16 on tensor cores, at half precision's rate.
  case bf16

  /// Bytes of one element.
  package var bytes: Double { self == .fp32 ? 4 : 2 }

  /// The precision whose constants serve: tensor cores run bf16 at fp16's rate.
  package var fitted: GEMMPrecision { self == .fp32 ? .fp32 : .fp16 }
}

/// How the operands lie in memory, which decides the kernel family and how loads meet DRAM pages.
package enum GEMMLayout: String, CaseIterable, Sendable {
  /// A batched product of two row-major operands (`bmm`).
  case batched = "nn"
  /// A product with a transposed weight (`linear`), where each row of a tile is its own stride.
  case weight = "tn"
}

/// The sizes of a GEMM: `batch` products of m × k by k × n.
package struct GEMMShape: Hashable, Sendable {
  /// Rows of the output.
  package var m: Int
  /// Columns of the output.
  package var n: Int
  /// The reduction's length.
  package var k: Int
  /// Independent products in the launch.
  package var batch: Int

  /// Creates a shape.
  package init(m: Int, n: Int, k: Int, batch: Int = 1) {
    self.m = m
    self.n = n
    self.k = k
    self.batch = batch
  }

  /// Useful floating-point operations.
  package var flop: Double { 2 * Double(m) * Double(n) * Double(k) * Double(batch) }

  /// Which half of the shapes this one belongs to: true for the half that constants are fitted on.
  ///
  /// The split is a hash of the four sizes alone (FNV-1a, 64 bits), so that equal shapes never
  /// stand on both sides, on whichever GPU or operator they were measured.
  package var isFitted: Bool {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for size in [m, n, k, batch] {
      var rest = UInt64(truncatingIfNeeded: size)
      for _ in 0..<8 {
        hash = (hash ^ (rest & 0xff)) &* 0x100_0000_01b3
        rest >>= 8
      }
    }
    // The last multiplication mixes upwards only, so a high bit decides.
    return (hash >> 41) & 1 == 0
  }
}

/// The output tile of a GEMM kernel and whether its warps slice the reduction among them.
package struct GEMMTile: Hashable, Sendable, CustomStringConvertible {
  /// The tile's extent along n.
  package var columns: Int
  /// The tile's extent along m.
  package var rows: Int
  /// Whether the block's warps divide the reduction (`sliced1x4`).
  package var isSliced: Bool

  /// Creates a tile.
  package init(columns: Int, rows: Int, isSliced: Bool = false) {
    self.columns = columns
    self.rows = rows
    self.isSliced = isSliced
  }

  /// `128x64`, or `128x64_sliced`: column-major libraries name the extent along n first.
  package var description: String { "\(columns)x\(rows)" + (isSliced ? "_sliced" : "") }

  /// Reads a description back.
  package init?(_ text: String) {
    let sliced = text.hasSuffix("_sliced")
    let parts = (sliced ? text.dropLast(7) : Substring(text)).split(
      separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let columns = Int(parts[0]), let rows = Int(parts[1]),
      GEMMTile.sizes.contains(columns), GEMMTile.sizes.contains(rows)
    else { return nil }
    self.init(columns: columns, rows: rows, isSliced: sliced)
  }

  /// The extents a tile may have.
  static let sizes = 8...512

  /// Output elements of the tile.
  package var area: Double { Double(columns) * Double(rows) }

  /// Blocks of the tile one SM holds: the register file's 64 Ki over the accumulators and operands
  /// of the usual 128 registers a thread (`gpu-facts`: 2, 4, 8 for 128x128, 128x64, 64x64, and 4
  /// for the 256-thread 32x128 and 128x32).
  package var blocksPerSM: Double {
    if columns == rows, columns <= 64, !isSliced { return 8 }
    return max(1, min(4, 32768 / area))
  }

  /// The tile a kernel's name states: the first `AxB` after `gemm`, else the first at all.
  package init?(kernelName name: String) {
    let bytes = Array(name.utf8)
    let marks = Array("gemm".utf8)
    var starts: [Int] = []
    if bytes.count >= marks.count {
      for at in 0...(bytes.count - marks.count)
      where bytes[at..<(at + marks.count)].elementsEqual(marks) {
        starts.append(at + marks.count)
        break
      }
    }
    starts.append(0)
    for start in starts {
      if let found = GEMMTile.firstExtent(in: bytes, from: start) {
        self.init(columns: found.0, rows: found.1, isSliced: name.contains("sliced"))
        return
      }
    }
    return nil
  }

  private static func firstExtent(in bytes: [UInt8], from start: Int) -> (Int, Int)? {
    func number(_ at: inout Int) -> Int? {
      var value = 0
      let first = at
      while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39, at - first < 5 {
        value = value * 10 + Int(bytes[at] - 0x30)
        at += 1
      }
      return at == first ? nil : value
    }
    var at = start
    while at < bytes.count {
      var cursor = at
      guard let columns = number(&cursor) else {
        at += 1
        continue
      }
      if cursor < bytes.count, bytes[cursor] == UInt8(ascii: "x") {
        cursor += 1
        if let rows = number(&cursor), sizes.contains(columns), sizes.contains(rows) {
          return (columns, rows)
        }
      }
      while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
    }
    return nil
  }
}
