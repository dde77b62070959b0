import SimBasics
import Tables

extension TraceTransform {
  /// Hands each row to a tenant drawn with the given weights.
  static func split(
    _ flow: TraceFlow, _ weights: [Double], _ randomness: SeededGenerator
  ) -> TraceFlow {
    let total = weights.reduce(0, +)
    var edges: [Double] = []
    var sum = 0.0
    for weight in weights {
      sum += weight / total
      edges.append(sum)
    }
    // Rounding may leave the last edge short of 1; a tenant of weight zero must not profit from it.
    for index in edges.indices where index >= weights.lastIndex(where: { $0 > 0 }) ?? 0 {
      edges[index] = 1
    }
    let bounds = edges
    var result = flow.through { source in
      var draws = randomness
      return MapStage(source) { row in
        let unit = draws.nextUnit()
        var (low, high) = (0, bounds.count - 1)
        while low < high {
          let middle = (low + high) / 2
          if bounds[middle] > unit { high = middle } else { low = middle + 1 }
        }
        row.tenant = Int32(low)
        return true
      }
    }
    result.tenantNames = (1...weights.count).map { "t\($0)" }
    return result
  }

  /// Hands each row to the tenant between whose bounds its token count lies.
  static func split(
    _ flow: TraceFlow, _ isOutput: Bool, _ bounds: [Int64]
  ) throws(InputError) -> TraceFlow {
    let column = isOutput ? "output_tokens" : "input_tokens"
    guard flow.hasSizes else {
      throw InputError(
        kind: .usage, Diagnostic(message: "the trace has no '\(column)' to split by"))
    }
    var result = flow.through { source in
      MapStage(source) { row in
        let size = isOutput ? row.outputTokens : row.inputTokens
        row.tenant = Int32(bounds.firstIndex { size < $0 } ?? bounds.count)
        return true
      }
    }
    let edges = ["0"] + bounds.map { "\($0)" }
    result.tenantNames = edges.map { "\(column)_from_\($0)" }
    return result
  }
}
