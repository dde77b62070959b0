import SimBasics
import Testing

@testable import EventEngine

private func at(_ nanoseconds: Int64) -> SimTime { SimTime(nanoseconds: nanoseconds) }

/// Counts how many of its kind live.
private final class Counted {
  nonisolated(unsafe) static var alive = 0
  init() { Self.alive += 1 }
  deinit { Self.alive -= 1 }
}

@Suite("Event queue")
struct EventQueueTests {
  @Test("a key holds time, phase and sequence, and orders by them in that order")
  func keys() {
    let key = EventKey(
      time: at(.max), phase: .decision, sequence: (1 << 36) - 1, slot: (1 << 26) - 1)
    #expect(key.time == .never && key.phase == .decision && key.sequence == (1 << 36) - 1)
    #expect(key.slot == (1 << 26) - 1 && key < .none)
    let first = EventKey(time: at(5), phase: .arrival, sequence: 7, slot: 9)
    #expect(first.time == at(5) && first.phase == .arrival && first.sequence == 7)
    #expect(first < EventKey(time: at(6), phase: .completion, sequence: 0, slot: 0))
    #expect(first < EventKey(time: at(5), phase: .timer, sequence: 0, slot: 0))
    #expect(first < EventKey(time: at(5), phase: .arrival, sequence: 8, slot: 0))
    #expect(EventPhase.completion < .arrival && EventPhase.arrival < .timer)
    #expect(EventPhase.timer < .decision)
  }

  @Test("events of one instant come by phase, then in the order of making, with or without ticket")
  func equals() {
    var queue = EventQueue<Int>()
    for i in 0..<400 {
      let phase = EventPhase.allCases[3 - i % 4]
      if i % 3 == 0 {
        _ = queue.scheduleTicketed(i, at: at(10), phase: phase)
      } else {
        queue.schedule(i, at: at(10), phase: phase)
      }
    }
    var popped: [Int] = []
    while let (_, payload) = queue.pop() { popped.append(payload) }
    let expected = (0..<4).flatMap { phase in (0..<400).filter { 3 - $0 % 4 == phase } }
    #expect(popped == expected)
  }

  @Test("a moved event goes behind those already made for its new time")
  func movedGoesBehind() {
    var queue = EventQueue<String>()
    let ticket = queue.scheduleTicketed("moved", at: at(1), phase: .timer)
    queue.schedule("first", at: at(2), phase: .timer)
    let wasMoved = queue.reschedule(ticket, to: at(2))
    queue.schedule("last", at: at(2), phase: .timer)
    var popped: [String] = []
    while let (_, payload) = queue.pop() { popped.append(payload) }
    #expect(wasMoved && popped == ["first", "moved", "last"])
  }

  @Test("a ticket is stale once its event ran or was cancelled, though its slot is used again")
  func staleTickets() {
    var queue = EventQueue<Int>()
    let ran = queue.scheduleTicketed(1, at: at(1), phase: .timer)
    _ = queue.pop()
    let cancelled = queue.scheduleTicketed(2, at: at(2), phase: .timer)
    let taken = queue.cancel(cancelled)
    #expect(taken == 2)
    let current = queue.scheduleTicketed(3, at: at(3), phase: .timer)
    #expect(ran.slot == current.slot && cancelled.slot == current.slot)
    for stale in [ran, cancelled, .none] {
      let isPending = queue.isPending(stale)
      let wasMoved = queue.reschedule(stale, to: at(9))
      let payload = queue.cancel(stale)
      let key = queue.key(of: stale)
      #expect(!isPending && !wasMoved && payload == nil && key == nil)
    }
    let isCurrentPending = queue.isPending(current)
    let (count, next) = (queue.count, queue.nextKey()?.time)
    #expect(isCurrentPending && count == 1 && next == at(3))
  }

  @Test("a slot whose generations are used up is not given out again")
  func generationsEnd() {
    var queue = EventQueue<Int>()
    let first = queue.scheduleTicketed(1, at: at(1), phase: .timer)
    queue.slots.links[Int(first.slot)].generation = .max - 1
    _ = queue.pop()
    let second = queue.scheduleTicketed(2, at: at(2), phase: .timer)
    #expect(second.slot != first.slot)
    for i in 0..<200 { queue.schedule(i, at: at(3), phase: .timer) }
    let popped = queue.pop()?.payload
    #expect(popped == 2)
  }

  @Test("a limit before the first event leaves the queue as it was")
  func popNotAfter() {
    var queue = EventQueue<Int>()
    queue.schedule(1, at: at(10), phase: .timer)
    let ticket = queue.scheduleTicketed(2, at: at(12), phase: .timer)
    let early = queue.pop(notAfter: at(9))?.payload
    let exact = queue.pop(notAfter: at(10))?.payload
    let before = queue.pop(notAfter: at(11))?.payload
    #expect(early == nil && exact == 1 && before == nil)
    let (isPending, last) = (queue.isPending(ticket), queue.pop()?.payload)
    #expect(isPending && last == 2)
  }

  @Test(
    "payloads are released when taken, cancelled, or pending at the end", arguments: [10, 5_000])
  func releases(size: Int) {
    Counted.alive = 0
    do {
      var queue = EventQueue<Counted>()
      var tickets: [EventTicket] = []
      for i in 0..<size {
        queue.schedule(Counted(), at: at(Int64(i * 7 % size)), phase: .timer)
        tickets.append(
          queue.scheduleTicketed(Counted(), at: at(Int64(i * 5 % size)), phase: .timer))
      }
      _ = queue.cancel(tickets[3])
      for _ in 0..<5 { _ = queue.pop() }
      let count = queue.count
      #expect(count == 2 * size - 6)
      #expect(Counted.alive == count)
    }
    #expect(Counted.alive == 0)
  }

  @Test("the queue grows from nothing and shrinks to nothing, again and again")
  func growsAndShrinks() {
    var queue = EventQueue<Int>()
    for round in 0..<3 {
      for i in 0..<6_000 { queue.schedule(i, at: at(Int64(i * 7_919 % 6_000)), phase: .timer) }
      var (count, last) = (0, Int64.min)
      while let (key, _) = queue.pop() {
        #expect(key.time.nanoseconds >= last)
        last = key.time.nanoseconds
        count += 1
      }
      #expect(count == 6_000, "round \(round)")
    }
    let (isEmpty, peak) = (queue.isEmpty, queue.peakCount)
    #expect(isEmpty && peak == 6_000)
  }

  @Test("many events wait in the ladder, whatever their times, and the near heap stays small")
  func ladderHoldsTheMany() {
    var random = SeededGenerator(seed: 4)
    var queue = EventQueue<Int>()
    let draws: [(inout SeededGenerator) -> Int64] = [
      { Int64($0.nextExponential() * 1e9) },
      { Int64(min(1e15, $0.nextPareto(shape: 0.7) * 1e3)) },
      { 1_000_000 + Int64($0.nextBelow(10_000)) },
    ]
    for draw in draws {
      var now: Int64 = 0
      for i in 0..<8_000 { queue.schedule(i, at: at(draw(&random)), phase: .timer) }
      var largest = 0
      for i in 0..<30_000 {
        guard let (key, payload) = queue.pop() else { break }
        now = key.time.nanoseconds
        queue.schedule(payload, at: at(now + draw(&random)), phase: .timer)
        if i > 10_000 { largest = max(largest, queue.near.count) }
      }
      #expect(largest < 2_048)
      while queue.pop() != nil {}
    }
  }

  @Test("slots are used again: pending few, a long run needs few")
  func slotsAreReused() {
    var queue = EventQueue<Int>()
    for i in 0..<10_000 {
      queue.schedule(i, at: at(Int64(i)), phase: .timer)
      let ticket = queue.scheduleTicketed(i, at: at(Int64(i)), phase: .timer)
      _ = i % 2 == 0 ? queue.cancel(ticket) : queue.pop()?.payload
      while queue.count > 3 { _ = queue.pop() }
    }
    let peak = queue.peakCount
    #expect(peak <= 6)
  }
}
