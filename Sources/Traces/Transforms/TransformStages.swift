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
