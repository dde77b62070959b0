import Tables

/// Hands out a trace's rows one by one, in order of time, without holding the trace in memory.
///
/// Rows that a file gives late wait in a heap until no earlier row can follow: what is held is the
/// rows within the file's largest lateness, which is nothing for a sorted file and everything for
/// one whose clock runs backwards from end to end.
package final class TraceRowReader {
  private let source: any TraceRowSource
  private let file: String
  private let startNS: Int64
  private let latenessNS: Int64
  private let expected: Int64
  /// Which tenants' rows are handed out; all where it is nil.
  private let wanted: [Bool]?
  private var batch: [TraceRow] = []
  private var position = 0
  private var heap: [TraceRow] = []
  private var watermark = Int64.min
  private var isDrained = false
  private var isReadOut = false
  private var emitted: Int64 = 0
  private var lastNS = Int64.min
  private var spread: TickSpread?

  /// - Parameter spread: moves rows within a tick, before any is left out.
  init(
    source: any TraceRowSource, summary: TraceSummary, wanted: [Bool]? = nil,
    spread: TickSpread? = nil
  ) {
    self.spread = spread
    self.source = source
    self.wanted = wanted
    file = summary.file
    startNS = summary.startNS
    latenessNS = summary.maximumLatenessNS
    expected = summary.requests
  }

  /// The next row; nil after the last.
  ///
  /// - Throws: `badData` when the file changed since it was opened, or cannot be read.
  package func next() throws(InputError) -> TraceRow? {
    var row = TraceRow()
    return try next(&row) ? row : nil
  }

  /// Fills in the next row; false after the last.
  ///
  /// - Complexity: O(log(rows held)); O(1) for a sorted file.
  package func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    guard let wanted else {
      return spread == nil ? try nextOfAll(&row) : try nextSpread(&row)
    }
    while spread == nil ? try nextOfAll(&row) : try nextSpread(&row) {
      if wanted.indices.contains(Int(row.tenant)), wanted[Int(row.tenant)] { return true }
    }
    return false
  }

  private func nextSpread(_ row: inout TraceRow) throws(InputError) -> Bool {
    while let tick = spread, tick.wantsMore {
      var next = TraceRow()
      spread?.take(try nextOfAll(&next) ? next : nil)
    }
    guard let moved = spread?.pop() else { return false }
    row = moved
    return true
  }

  @inline(__always)
  private func nextOfAll(_ row: inout TraceRow) throws(InputError) -> Bool {
    let isThere = latenessNS == 0 ? try nextRead(&row) : try nextSorted(&row)
    guard isThere else {
      if emitted != expected { throw changed() }
      return false
    }
    if row.arrivalNS < lastNS || row.arrivalNS < startNS || emitted == expected { throw changed() }
    lastNS = row.arrivalNS
    row.arrivalNS -= startNS
    emitted += 1
    return true
  }

  private func changed() -> InputError {
    InputError(
      Diagnostic(
        file: file, message: "the file changed while it was being read",
        hint: "it held \(expected) requests when it was opened"))
  }

  /// The next row in the order of the file.
  @inline(__always)
  private func nextRead(_ row: inout TraceRow) throws(InputError) -> Bool {
    if position == batch.count {
      if isReadOut { return false }
      position = 0
      try source.fill(&batch)
      isReadOut = batch.isEmpty
      if isReadOut { return false }
    }
    row = batch[position]
    position += 1
    return true
  }

  private func nextSorted(_ row: inout TraceRow) throws(InputError) -> Bool {
    while !isDrained, heap.isEmpty || heap[0].arrivalNS > watermark {
      var late = TraceRow()
      if try nextRead(&late) {
        let (earliest, overflows) = late.arrivalNS.subtractingReportingOverflow(latenessNS)
        watermark = max(watermark, overflows ? .min : earliest)
        push(late)
      } else {
        isDrained = true
      }
    }
    guard !heap.isEmpty else { return false }
    row = pop()
    return true
  }

  private static func precedes(_ a: TraceRow, _ b: TraceRow) -> Bool {
    a.arrivalNS != b.arrivalNS ? a.arrivalNS < b.arrivalNS : a.sourceRow < b.sourceRow
  }

  private func push(_ row: TraceRow) {
    heap.append(row)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard Self.precedes(row, heap[parent]) else { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = row
  }

  private func pop() -> TraceRow {
    let first = heap[0]
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    var hole = 0
    while true {
      var child = 2 * hole + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, Self.precedes(heap[child + 1], heap[child]) { child += 1 }
      guard Self.precedes(heap[child], last) else { break }
      heap[hole] = heap[child]
      hole = child
    }
    heap[hole] = last
    return first
  }
}
