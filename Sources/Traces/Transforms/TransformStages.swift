import SimBasics
import Tables

/// Keeps a stretch of time and counts time from its start.
final class SliceStage: TraceStage {
  private let source: any TraceStage
  private let from: Int64
  private let until: Int64

  init(_ source: any TraceStage, from: Int64, until: Int64) {
    (self.source, self.from, self.until) = (source, from, until)
  }

  func next() throws(InputError) -> TraceRow? {
    while var row = try source.next() {
      if row.arrivalNS >= until { return nil }
      if row.arrivalNS < from { continue }
      row.arrivalNS -= from
      return row
    }
    return nil
  }
}

/// Keeps each row with a probability.
final class ThinStage: TraceStage {
  private let source: any TraceStage
  private let share: Double
  private var randomness: SeededGenerator

  init(_ source: any TraceStage, share: Double, _ randomness: SeededGenerator) {
    (self.source, self.share, self.randomness) = (source, share, randomness)
  }

  func next() throws(InputError) -> TraceRow? {
    while let row = try source.next() {
      // A draw for every row: whether one is kept does not hang on the rows before it.
      if randomness.nextUnit() < share { return row }
    }
    return nil
  }
}

/// Changes each row, without changing the order.
final class MapStage: TraceStage {
  private let source: any TraceStage
  private let change: (inout TraceRow) -> Bool

  /// - Parameter change: changes a row; false leaves it out.
  init(_ source: any TraceStage, _ change: @escaping (inout TraceRow) -> Bool) {
    (self.source, self.change) = (source, change)
  }

  func next() throws(InputError) -> TraceRow? {
    while var row = try source.next() { if change(&row) { return row } }
    return nil
  }
}

/// Moves each row later by a uniform part of a tick and puts rows in order again.
///
/// A row moves by less than a tick, so only the rows of one tick wait at a time.
final class DequantiseStage: TraceStage {
  private let source: any TraceStage
  private var spread: TickSpread

  init(_ source: any TraceStage, tick: Int64, _ randomness: SeededGenerator) {
    self.source = source
    spread = TickSpread(tick: tick, randomness)
  }

  func next() throws(InputError) -> TraceRow? {
    while spread.wantsMore { spread.take(try source.next()) }
    return spread.pop()
  }
}

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
