import SimBasics
import TestSupport
import Testing

@testable import EventEngine

/// One random program run on the queue and on the naive one.
private struct Program: ~Copyable {
  var queue = EventQueue<Int>()
  var naive = NaiveQueue()
  var random: SeededGenerator
  var pattern: TimePattern
  var now: Int64 = 0
  var nextPayload = 0
  var tickets: [(ticket: EventTicket, payload: Int)] = []

  init(_ pattern: TimePattern, seed: UInt64) {
    self.pattern = pattern
    random = SeededGenerator(seed: seed, stream: "\(pattern)")
  }

  mutating func insert(ticketed: Bool) {
    let time = pattern.draw(now, &random)
    let phase = EventPhase.allCases[random.nextBelow(4)]
    let payload = nextPayload
    nextPayload += 1
    naive.insert(payload, time, phase)
    let at = SimTime(nanoseconds: time)
    if ticketed {
      tickets.append((queue.scheduleTicketed(payload, at: at, phase: phase), payload))
    } else {
      queue.schedule(payload, at: at, phase: phase)
    }
  }

  /// Cancels a ticket chosen at random, stale ones included.
  mutating func cancel() {
    guard !tickets.isEmpty else { return }
    let (ticket, payload) = tickets[random.nextBelow(tickets.count)]
    let expected = naive.remove(payload)
    let isPending = queue.isPending(ticket)
    let cancelled = queue.cancel(ticket)
    #expect(isPending == (expected != nil))
    #expect(cancelled == expected?.payload)
  }

  /// Moves the event of a ticket chosen at random, stale ones included.
  mutating func reschedule() {
    guard !tickets.isEmpty else { return }
    let (ticket, payload) = tickets[random.nextBelow(tickets.count)]
    let time = pattern.draw(now, &random)
    let old = naive.remove(payload)
    if let old { naive.insert(payload, time, old.phase) }
    let wasMoved = queue.reschedule(ticket, to: SimTime(nanoseconds: time))
    let key = queue.key(of: ticket)
    #expect(wasMoved == (old != nil))
    #expect(key?.time.nanoseconds == (old == nil ? nil : time))
  }

  mutating func pop(notAfter limit: Int64) -> Bool {
    let expected = naive.pop(notAfter: limit)
    let popped = queue.pop(notAfter: SimTime(nanoseconds: limit))
    let (time, phase, payload) = (popped?.key.time, popped?.key.phase, popped?.payload)
    let isRight =
      time?.nanoseconds == expected?.time && phase == expected?.phase
      && payload == expected?.payload
    #expect(
      isRight,
      "popped \(String(describing: payload)), expected \(String(describing: expected))")
    // An outlier does not take the program's clock with it.
    if let time, time.nanoseconds < 1 << 62 { now = Swift.max(now, time.nanoseconds) }
    return isRight
  }

  /// Runs `steps` operations around `size` pending events, then empties the queue.
  mutating func run(steps: Int, size: Int) {
    for _ in 0..<steps {
      let share = naive.entries.count < size ? 6 : 4
      switch random.nextBelow(10) {
      case 0..<share: insert(ticketed: random.nextBelow(4) == 0)
      case share: reschedule()
      case share + 1 where random.nextBelow(2) == 0: cancel()
      case 8 where random.nextBelow(4) == 0:
        let next = queue.nextKey()?.time.nanoseconds
        #expect(next == naive.entries.first?.time)
      default:
        let limit = random.nextBelow(8) == 0 ? now + Int64(random.nextBelow(1_000)) : .max
        if !pop(notAfter: limit) { return }
      }
      if tickets.count > 64 { tickets.removeFirst(32) }
      if queue.count != naive.entries.count { break }
    }
    let count = queue.count
    #expect(count == naive.entries.count)
    while !naive.entries.isEmpty { if !pop(notAfter: .max) { return } }
    let isEmpty = queue.isEmpty
    #expect(isEmpty)
  }
}

@Suite("Event queue against a sorted array")
struct EventQueuePropertyTests {
  @Test(
    "random programs on few events", arguments: TimePattern.allCases, 1...6 as ClosedRange<UInt64>)
  func few(pattern: TimePattern, seed: UInt64) {
    var program = Program(pattern, seed: seed)
    program.run(steps: 3_000, size: [1, 2, 5, 20, 100, 400][Int(seed) - 1])
  }

  @Test(
    "random programs in and out of the ladder", arguments: TimePattern.allCases,
    [11, 12] as [UInt64])
  func many(pattern: TimePattern, seed: UInt64) {
    var program = Program(pattern, seed: seed)
    for _ in 0..<(seed == 11 ? 3_000 : 5_000) { program.insert(ticketed: false) }
    program.run(steps: 6_000, size: 4_000)
  }

  @Test("renumbering changes no order", arguments: TimePattern.allCases, [0, 500, 3_000])
  func renumbering(pattern: TimePattern, size: Int) {
    var program = Program(pattern, seed: 3)
    for _ in 0..<size { program.insert(ticketed: program.random.nextBelow(4) == 0) }
    program.queue.nextSequence = 1 << UInt64(EventKey.sequenceBits) - 1_000
    program.run(steps: 3_000, size: size + 10)
    let next = program.queue.nextSequence
    #expect(next < 1 << 20, "the numbers did not start anew")
  }

  // Runs under GPULOOM_DEEP=1 alone: minutes in debug.
  @Test(
    "random programs, many seeds", .enabled(if: SharedFiles.isDeepRun),
    arguments: TimePattern.allCases, 100..<160 as Range<UInt64>)
  func deep(pattern: TimePattern, seed: UInt64) {
    var program = Program(pattern, seed: seed)
    let size = Int(seed - 99) * 97
    for _ in 0..<size { program.insert(ticketed: false) }
    program.run(steps: 8_000, size: size)
  }
}
