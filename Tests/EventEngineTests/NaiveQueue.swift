import SimBasics

@testable import EventEngine

/// The plainest queue that can be right: an array kept in order by insertion.
struct NaiveQueue {
  struct Entry: Equatable {
    var time: Int64
    var phase: EventPhase
    /// Order of making, which the queue must respect among equals.
    var made: Int
    var payload: Int

    static func < (a: Entry, b: Entry) -> Bool {
      (a.time, a.phase.rawValue, a.made) < (b.time, b.phase.rawValue, b.made)
    }
  }

  private(set) var entries: [Entry] = []
  private var made = 0

  mutating func insert(_ payload: Int, _ time: Int64, _ phase: EventPhase) {
    let entry = Entry(time: time, phase: phase, made: made, payload: payload)
    made += 1
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle] < entry { low = middle + 1 } else { high = middle }
    }
    entries.insert(entry, at: low)
  }

  mutating func remove(_ payload: Int) -> Entry? {
    guard let place = entries.firstIndex(where: { $0.payload == payload }) else { return nil }
    return entries.remove(at: place)
  }

  mutating func pop(notAfter limit: Int64 = .max) -> Entry? {
    guard let first = entries.first, first.time <= limit else { return nil }
    return entries.removeFirst()
  }
}

/// How the times of a random program are drawn.
enum TimePattern: CaseIterable, Sendable {
  case ties, even, exponential, clustered, farOutliers, instant

  func draw(_ now: Int64, _ g: inout SeededGenerator) -> Int64 {
    switch self {
    case .ties: now + Int64(g.nextBelow(4))
    case .even: now + Int64(g.nextBelow(1_000_000))
    case .exponential: now + Int64(g.nextExponential() * 1e9)
    case .clustered:
      (now / 1_000_000 + Int64(g.nextBelow(3))) * 1_000_000 + 999_999 + Int64(g.nextBelow(50))
    case .farOutliers:
      g.nextBelow(10) == 0
        ? Int64.max - Int64(g.nextBelow(1_000)) : now + Int64(g.nextBelow(1_000))
    case .instant: now
    }
  }
}
