/// Draws exponential numbers of mean 1 by the ziggurat of 256 layers (Marsaglia and Tsang, "The
/// ziggurat method for generating random variables", 2000).
///
/// Holds the address of a table made once for the process, so that a hot loop pays neither for
/// a lazy global nor for a copy.
@frozen public struct ExponentialSampler: @unchecked Sendable {
  // Written once, before the address is handed out, and never freed: safe to share.
  @usableFromInline let edges: UnsafePointer<Double>

  /// Takes hold of the shared table.
  public init() { edges = ZigguratTable.shared.edges }

  /// An exponential number of mean 1.
  @inlinable @inline(__always)
  public func next(_ generator: inout SeededGenerator) -> Double {
    let bits = generator.next()
    let layer = Int(truncatingIfNeeded: bits & 255)
    let x = Double(Int64(truncatingIfNeeded: bits >> 11)) * 0x1p-53 * edges[layer]
    if _fastPath(x < edges[layer &+ 1]) { return x }
    return outside(layer, x, &generator)
  }

  /// What falls outside its layer's inner box: the wedge is tried, the tail starts anew at its
  /// edge, which an exponential law allows.
  @usableFromInline @inline(never)
  func outside(_ layer: Int, _ x: Double, _ generator: inout SeededGenerator) -> Double {
    let heights = edges + ZigguratTable.edgeCount
    var (layer, x, offset) = (layer, x, 0.0)
    while true {
      if layer == 0 {
        offset += edges[1]
      } else {
        let span = heights[layer + 1] - heights[layer]
        if heights[layer] + generator.nextUnit() * span < PortableMath.exp(-x) {
          return offset + x
        }
      }
      let bits = generator.next()
      layer = Int(truncatingIfNeeded: bits & 255)
      x = Double(bits >> 11) * 0x1p-53 * edges[layer]
      if x < edges[layer + 1] { return offset + x }
    }
  }
}

/// The edges x[0...256] of the layers and the heights exp(-x) at them.
///
/// r and v solve the condition of equal areas for 256 layers under exp(-x); the test of the table
/// checks it.
enum ZigguratTable {
  static let edgeCount = 257
  /// Where the tail begins.
  static let r = 7.697_117_470_131_05
  /// The area of each layer, the tail's included.
  static let v = 3.949_659_822_581_572e-3

  static let shared = Table()

  struct Table: @unchecked Sendable {
    // Kept for the life of the process on purpose: samplers hold the bare address.
    let edges: UnsafePointer<Double>

    init() {
      let table = UnsafeMutablePointer<Double>.allocate(capacity: 2 * edgeCount)
      table[0] = v / PortableMath.exp(-r)
      table[1] = r
      for i in 2..<256 {
        table[i] = -PortableMath.log(v / table[i - 1] + PortableMath.exp(-table[i - 1]))
      }
      table[256] = 0
      for i in 0..<edgeCount { table[edgeCount + i] = PortableMath.exp(-table[i]) }
      edges = UnsafePointer(table)
    }
  }
}
