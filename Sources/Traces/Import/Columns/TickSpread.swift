import SimBasics

/// The rows of one tick, each moved, that wait for their turn.
struct TickSpread {
  private let tick: Int64
  private var randomness: SeededGenerator
  private var waiting = RowHeap()
  private var ahead: TraceRow?
  private var hasStarted = false

  init(tick: Int64, _ randomness: SeededGenerator) {
    (self.tick, self.randomness) = (tick, randomness)
  }

  /// Whether the next row must be known first: what has not been read yet moves to no earlier than
  /// where it stands.
  var wantsMore: Bool {
    guard let ahead else { return !hasStarted }
    return waiting.first.map { $0.arrivalNS >= ahead.arrivalNS } ?? true
  }

  /// Takes the next row; nil after the last.
  mutating func take(_ row: TraceRow?) {
    if var moved = ahead {
      let step = Int64(randomness.nextUnit() * Double(tick))
      moved.arrivalNS += min(step, Int64.max - moved.arrivalNS)
      waiting.push(moved)
    }
    ahead = row
    hasStarted = true
  }

  /// The earliest of those that wait.
  mutating func pop() -> TraceRow? { waiting.pop() }
}

/// Rows by time; equal times in the order of arrival here.
struct RowHeap {
  private var items: [(row: TraceRow, place: Int)] = []
  private var pushed = 0

  var first: TraceRow? { items.first?.row }

  mutating func push(_ row: TraceRow) {
    items.append((row, pushed))
    pushed += 1
    var child = items.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      items.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> TraceRow? {
    guard let top = items.first else { return nil }
    let last = items.removeLast()
    if !items.isEmpty {
      items[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2]
        where child < items.count && isBefore(child, least) {
          least = child
        }
        if least == parent { break }
        items.swapAt(parent, least)
        parent = least
      }
    }
    return top.row
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    (items[a].row.arrivalNS, items[a].place) < (items[b].row.arrivalNS, items[b].place)
  }
}
