import SimBasics
import Testing

@testable import EventEngine

private func at(_ nanoseconds: Int64) -> SimTime { SimTime(nanoseconds: nanoseconds) }

@Suite("Engine")
struct EngineTests {
  @Test("the clock follows the events and stops at a given time")
  func clock() throws {
    var engine = Engine<Int>()
    engine.schedule(2, at: at(20), phase: .timer)
    engine.schedule(1, at: at(10), phase: .timer)
    let first = try engine.next(notAfter: at(15))
    #expect(first == 1)
    let second = try engine.next(notAfter: at(15))
    #expect(second == nil)
    let (now, pending) = (engine.now, engine.pendingEvents)
    #expect(now == at(10) && pending == 1)
    engine.advance(to: at(15))
    let third = try engine.next()
    let end = try engine.next()
    let (last, handled) = (engine.now, engine.handledEvents)
    #expect(third == 2 && end == nil && last == at(20) && handled == 2)
  }

  /// Runs a model that makes another event for each it handles, `step` later.
  private func runAway(_ limits: RunLimits, step: Int64, copies: Int = 1) -> RunLimitError? {
    var engine = Engine<Int>(limits: limits)
    engine.schedule(0, at: .zero, phase: .timer)
    do {
      while try engine.next() != nil {
        for _ in 0..<copies {
          engine.schedule(0, at: at(engine.now.nanoseconds + step), phase: .timer)
        }
      }
      return nil
    } catch {
      return error
    }
  }

  @Test("what runs away ends with an error that says what it was")
  func limits() {
    #expect(
      runAway(RunLimits(events: 1_000), step: 5) == .events(limit: 1_000, at: at(5_000)))
    #expect(
      runAway(RunLimits(time: at(999)), step: 5) == .time(limit: at(999), next: at(1_000)))
    #expect(
      runAway(RunLimits(eventsAtOneInstant: 1_000), step: 0)
        == .eventsAtOneInstant(limit: 1_000, at: at(0)))
    let pending = runAway(RunLimits(pendingEvents: 100), step: 1, copies: 2)
    guard case .pendingEvents(100, _)? = pending else {
      Issue.record("expected a limit of pending events, got \(String(describing: pending))")
      return
    }
  }

  @Test("limits at an instant count that instant alone")
  func instantAlone() {
    let limits = RunLimits(events: 500, eventsAtOneInstant: 2)
    #expect(runAway(limits, step: 1) == .events(limit: 500, at: at(500)))
  }

  @Test("the sentences of the limits")
  func sentences() {
    #expect(
      RunLimitError.eventsAtOneInstant(limit: 9, at: at(7)).description
        == "time stands still: more than 9 events at 7 ns")
    #expect(
      RunLimitError.events(limit: 9, at: at(7)).description
        == "the run handled more than 9 events, by 7 ns")
    #expect(
      RunLimitError.time(limit: at(9), next: at(12)).description
        == "an event at 12 ns lies past the run's time limit of 9 ns")
    #expect(
      RunLimitError.pendingEvents(limit: 9, at: at(7)).description
        == "more than 9 events were pending at once, by 7 ns")
  }

  @Test("tickets through the engine")
  func tickets() throws {
    var engine = Engine<String>()
    let moved = engine.scheduleTicketed("moved", at: at(5), phase: .timer)
    let gone = engine.scheduleTicketed("gone", at: at(6), phase: .timer)
    let wasMoved = engine.reschedule(moved, to: at(9))
    let time = engine.time(of: moved)
    let cancelled = engine.cancel(gone)
    let event = try engine.next()
    let (now, isPending) = (engine.now, engine.isPending(moved))
    #expect(wasMoved && time == at(9) && cancelled == "gone")
    #expect(event == "moved" && now == at(9) && !isPending)
  }

  @Test("the bench's loads compute what theory says")
  func theory() {
    var ticks: UInt64 = 0
    let clock = { () -> UInt64 in
      ticks += 1_000_000_000
      return ticks
    }
    let results = [
      EngineBench.mm1(customers: 60_000, clock: clock),
      EngineBench.hold(pending: 100, steps: 20_000, clock: clock),
      EngineBench.hold(pending: 10_000, steps: 40_000, clock: clock),
      EngineBench.reschedule(pending: 1_000, steps: 20_000, clock: clock),
    ]
    for result in results {
      #expect(result.matchesTheory, "\(result.name): \(result.check), not \(result.theory)")
      #expect(result.operationsPerSecond > 0)
    }
    #expect(results.map(\.name) == ["mm1", "hold_100", "hold_10000", "reschedule"])
    #expect(results[0].operationsPerSecond == 120_000)
  }

  @Test("two runs of one seed agree to the last bit")
  func repeats() {
    let clock = { () -> UInt64 in 0 }
    let first = EngineBench.mm1(customers: 5_000, clock: clock).check
    let second = EngineBench.mm1(customers: 5_000, clock: clock).check
    #expect(first == second)
  }
}

@Suite("Faults of the model trap")
struct EngineTrapTests {
  @Test("scheduling in the past stops the process")
  func past() async {
    await #expect(processExitsWith: .failure) {
      var engine = Engine<Int>()
      engine.schedule(1, at: SimTime(nanoseconds: 10), phase: .timer)
      _ = try? engine.next()
      engine.schedule(2, at: SimTime(nanoseconds: 9), phase: .timer)
    }
  }

  @Test("a negative time stops the process")
  func negative() async {
    await #expect(processExitsWith: .failure) {
      var queue = EventQueue<Int>()
      queue.schedule(1, at: SimTime(nanoseconds: -1), phase: .timer)
    }
  }
}
