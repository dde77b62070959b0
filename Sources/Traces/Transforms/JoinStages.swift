import Tables

/// Plays stages one after the other, each with its times moved.
final class SequenceStage: TraceStage {
  private let count: Int
  private let open: (Int) throws(InputError) -> (stage: any TraceStage, offset: Int64)
  private var current: (stage: any TraceStage, offset: Int64)?
  private var opened = 0

  /// - Parameter open: the stage of an index and what is added to its times.
  init(
    count: Int, _ open: @escaping (Int) throws(InputError) -> (stage: any TraceStage, offset: Int64)
  ) {
    (self.count, self.open) = (count, open)
  }

  func next() throws(InputError) -> TraceRow? {
    while true {
      if let current, var row = try current.stage.next() {
        row.arrivalNS += current.offset
        return row
      }
      guard opened < count else { return nil }
      current = try open(opened)
      opened += 1
    }
  }
}

/// Several stages in order of time; equal times in the order of the stages.
final class MergeStage: TraceStage {
  private let stages: [any TraceStage]
  private var heads: [TraceRow?] = []
  private var hasStarted = false

  init(_ stages: [any TraceStage]) { self.stages = stages }

  /// - Complexity: O(stages), of which there are at most a few hundred.
  func next() throws(InputError) -> TraceRow? {
    if !hasStarted {
      for stage in stages { heads.append(try stage.next()) }
      hasStarted = true
    }
    var best: (index: Int, row: TraceRow)?
    for (index, head) in heads.enumerated() {
      if let head, head.arrivalNS < best?.row.arrivalNS ?? .max { best = (index, head) }
      if best == nil, let head { best = (index, head) }
    }
    guard let best else { return nil }
    heads[best.index] = try stages[best.index].next()
    return best.row
  }
}
