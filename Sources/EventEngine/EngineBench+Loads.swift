import SimBasics

extension EngineBench {
  /// One queue before one server at load 0.9: the mean time in the system must be 10 services.
  ///
  /// An operation is one event; each customer takes two.
  public static func mm1(customers: Int, clock: () -> UInt64) -> EngineBenchResult {
    enum Event { case arrival, departure }
    var engine = Engine<Event>()
    var random = SeededGenerator(seed: 777)
    let sampler = ExponentialSampler()
    var waiting = ArrivalRing()
    var (arrived, served, total) = (1, 0, 0.0)
    let begin = clock()
    engine.schedule(.arrival, at: .zero + span(unit / 0.9, sampler, &random), phase: .arrival)
    while let event = try? engine.next() {
      let now = engine.now
      switch event {
      case .arrival:
        if waiting.append(now) == 1 {
          engine.schedule(.departure, at: now + span(unit, sampler, &random), phase: .completion)
        }
        if arrived < customers {
          arrived += 1
          engine.schedule(
            .arrival, at: now + span(unit / 0.9, sampler, &random), phase: .arrival)
        }
      case .departure:
        total += Double((now - waiting.removeFirst()).nanoseconds)
        served += 1
        if !waiting.isEmpty {
          engine.schedule(.departure, at: now + span(unit, sampler, &random), phase: .completion)
        }
      }
    }
    let end = clock()
    // The mean of n customers spreads by σ / √n, correlated as they are, with the waiting times'
    // σ² = ρ(2 + 5ρ - 4ρ² + ρ³) / (1 - ρ)⁴ (Daley, "The serial correlation coefficients of waiting
    // times in a stationary single server queue", 1968): σ = 189 at load 0.9.
    let spread = 4 * 189 / Double(customers).squareRoot() / 10
    return EngineBenchResult(
      name: "mm1", operationsPerSecond: rate(2 * served, from: begin, to: end),
      check: total / unit / Double(Swift.max(1, served)), theory: 10, tolerance: spread)
  }

  /// The hold model: `pending` events, each of which makes its successor when it happens. Time
  /// must pass at one event per 1/`pending` of the mean span.
  public static func hold(pending: Int, steps: Int, clock: () -> UInt64) -> EngineBenchResult {
    var engine = Engine<UInt32>()
    var random = SeededGenerator(seed: 12_345)
    let sampler = ExponentialSampler()
    for i in 0..<pending {
      engine.schedule(
        UInt32(truncatingIfNeeded: i), at: .zero + span(unit, sampler, &random), phase: .timer)
    }
    let warmUp = Swift.min(steps / 10, 3 * pending + 1_000)
    var begin = clock()
    for step in 0..<(warmUp + steps) {
      if step == warmUp { begin = clock() }
      guard let event = try? engine.next() else { break }
      engine.schedule(event, at: engine.now + span(unit, sampler, &random), phase: .timer)
    }
    let end = clock()
    let total = Double(warmUp + steps)
    return EngineBenchResult(
      name: "hold_\(pending)", operationsPerSecond: rate(steps, from: begin, to: end),
      check: Double(engine.now.nanoseconds) / unit * Double(pending) / total, theory: 1,
      tolerance: 4 / total.squareRoot())
  }

  /// `pending` cancellable events: in each step the first happens and makes its successor, and two
  /// chosen at random are moved. A step counts as three operations. Moving a memoryless event
  /// changes nothing, so time must pass as in the hold model.
  public static func reschedule(
    pending: Int, steps: Int, clock: () -> UInt64
  ) -> EngineBenchResult {
    var engine = Engine<UInt32>()
    var random = SeededGenerator(seed: 99)
    let sampler = ExponentialSampler()
    var tickets: [EventTicket] = []
    for i in 0..<pending {
      tickets.append(
        engine.scheduleTicketed(
          UInt32(truncatingIfNeeded: i), at: .zero + span(unit, sampler, &random), phase: .timer))
    }
    let begin = clock()
    var (step, missed) = (0, 0)
    while step < steps, let event = try? engine.next() {
      let now = engine.now
      tickets[Int(event)] = engine.scheduleTicketed(
        event, at: now + span(unit, sampler, &random), phase: .timer)
      for _ in 0..<2 {
        let ticket = tickets[random.nextBelow(pending)]
        if !engine.reschedule(ticket, to: now + span(unit, sampler, &random)) { missed += 1 }
      }
      step += 1
    }
    let end = clock()
    precondition(missed == 0, "\(missed) tickets of pending events were stale")
    return EngineBenchResult(
      name: "reschedule", operationsPerSecond: rate(3 * steps, from: begin, to: end),
      check: Double(engine.now.nanoseconds) / unit * Double(pending) / Double(steps), theory: 1,
      tolerance: 4 / Double(steps).squareRoot())
  }
}

/// Arrival times of the customers now in the system, first in, first out.
struct ArrivalRing: ~Copyable {
  private var times = UnsafeMutablePointer<SimTime>.allocate(capacity: 1 << 12)
  private var mask = (1 << 12) - 1
  private var first = 0
  private var last = 0

  deinit { times.deallocate() }

  var isEmpty: Bool { first == last }

  /// Appends one and returns how many there are.
  @inline(__always)
  mutating func append(_ time: SimTime) -> Int {
    if last &- first > mask { grow() }
    times[last & mask] = time
    last &+= 1
    return last &- first
  }

  @inline(__always)
  mutating func removeFirst() -> SimTime {
    let time = times[first & mask]
    first &+= 1
    return time
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<SimTime>.allocate(capacity: 2 * (mask + 1))
    for i in first..<last { larger[i & (2 * mask + 1)] = times[i & mask] }
    times.deallocate()
    times = larger
    mask = 2 * mask + 1
  }
}
