/// Counts over time in a bounded number of cells: when a trace outgrows them, neighbours merge and
/// cells double in width.
package struct RateTimeline: Sendable {
  /// The most cells that are kept.
  package static let limit = 720

  /// The width of a cell in nanoseconds.
  package private(set) var cellNS: Int64
  /// The arrivals in each cell, from time zero on.
  package private(set) var counts: [Int64] = []

  private var cellEnd: Int64

  init(cellNS: Int64 = 1_000_000_000) {
    self.cellNS = cellNS
    cellEnd = 0
  }

  @inline(__always) mutating func add(_ arrival: Int64) {
    if arrival >= cellEnd { extend(to: arrival) }
    // Counts never shrink to nothing, and an arrival out of order falls into the last cell.
    counts[counts.count - 1] += 1
  }

  /// Adds empty cells up to the trace's end.
  mutating func extend(through end: Int64) {
    if end > cellEnd { extend(to: end - 1) }
  }

  private mutating func extend(to arrival: Int64) {
    while arrival / cellNS >= Int64(Self.limit) {
      counts = stride(from: 0, to: counts.count, by: 2).map { at in
        counts[at] + (at + 1 < counts.count ? counts[at + 1] : 0)
      }
      cellNS *= 2
    }
    let wanted = Int(arrival / cellNS) + 1
    if wanted > counts.count {
      counts.append(contentsOf: repeatElement(0, count: wanted - counts.count))
    }
    let (end, isTooLarge) = Int64(counts.count).multipliedReportingOverflow(by: cellNS)
    cellEnd = isTooLarge ? .max : end
  }
}
