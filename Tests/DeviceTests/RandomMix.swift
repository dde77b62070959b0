import TestSupport

/// A machine, and all that happens to it from outside.
struct Mix: CustomStringConvertible {
  /// When a launch is submitted.
  enum Start: Equatable {
    case at(Int64)
    /// So many nanoseconds after another of the mix's launches completed.
    case after(Int, gap: Int64)
  }

  /// A launch and when it comes.
  struct Arrival: Equatable {
    var launch: NaiveDevice.Launch
    var start: Start
  }

  /// A launch taken away at an instant, and submitted anew so much later where `again` says so.
  struct Kill: Equatable {
    var arrival: Int
    var at: Int64
    var again: Int64?
    /// Only its blocks that are not placed are taken away.
    var isStop = false
  }

  /// From when on confined launches get at most so much of the DRAM.
  struct Ceiling: Equatable {
    var at: Int64
    var fraction: Double
  }

  var machine: NaiveDevice.Machine
  var arrivals: [Arrival]
  var kills: [Kill] = []
  var ceilings: [Ceiling] = []

  var description: String {
    var lines = ["\(machine)"]
    for (index, arrival) in arrivals.enumerated() {
      let launch = arrival.launch
      let mask = launch.mask.map { $0.map { $0 ? "1" : "0" }.joined() } ?? "all"
      lines.append(
        "\(index): \(launch.kernel) blocks \(launch.blocks) priority \(launch.priority)"
          + " mask \(mask) start \(arrival.start)" + (launch.isConfined ? " confined" : ""))
    }
    for ceiling in ceilings { lines.append("\(ceiling)") }
    for kill in kills { lines.append("\(kill)") }
    return lines.joined(separator: "\n")
  }
}

/// How a mix ended.
struct MixOutcome: Equatable {
  /// When each arrival's launch completed; nil where it never did.
  var completedAt: [Int64?]
  var totals = NaiveDevice.Totals()
  /// Faults the device reported, at most a few.
  var faults: [String] = []
  /// Instants the device had.
  var instants = 0
}

extension Mix {
  private enum Act { case submit, stop, kill(again: Int64?), confine(Double) }

  /// Something due at an instant; those of one instant run in the order of `index`, submissions
  /// before kills.
  private struct Due {
    var time: Int64
    var index: Int
    var act: Act

    func precedes(_ other: Due) -> Bool {
      func rank(_ due: Due) -> (Int64, Int, Int) {
        if case .submit = due.act { return (due.time, 0, due.index) }
        return (due.time, 1, due.index)
      }
      return rank(self) < rank(other)
    }
  }

  /// Plays the mix on a device that is still empty.
  func run(on device: inout some LawDevice, checksState: Bool = false) -> MixOutcome {
    var outcome = MixOutcome(completedAt: [Int64?](repeating: nil, count: arrivals.count))
    var numbers = [Int?](repeating: nil, count: arrivals.count)
    var arrivalOf: [Int] = []
    var pending = kills.map {
      Due(time: $0.at, index: $0.arrival, act: $0.isStop ? .stop : .kill(again: $0.again))
    }
    pending += ceilings.map { Due(time: $0.at, index: -1, act: .confine($0.fraction)) }
    for (index, arrival) in arrivals.enumerated() {
      if case .at(let time) = arrival.start {
        pending.append(Due(time: time, index: index, act: .submit))
      }
    }
    while outcome.instants < 100_000 {
      let next = pending.map(\.time).min() ?? .max
      let passed = device.pass(before: next)
      let now = passed?.time ?? min(next, device.nextEvent ?? .max)
      if now == .max { break }
      outcome.instants += 1
      for number in passed?.completed ?? device.advance(to: now) {
        let index = arrivalOf[number]
        if outcome.completedAt[index] != nil {
          outcome.faults.append("arrival \(index) completed twice")
        }
        outcome.completedAt[index] = now
        numbers[index] = nil
        for (next, arrival) in arrivals.enumerated() {
          if case .after(index, let gap) = arrival.start {
            pending.append(Due(time: now + gap, index: next, act: .submit))
          }
        }
      }
      let due = pending.filter { $0.time == now }.sorted { $0.precedes($1) }
      pending.removeAll { $0.time == now }
      for item in due {
        switch item.act {
        case .confine(let fraction): device.setCeiling(fraction, now: now)
        case .submit:
          numbers[item.index] = device.submit(arrivals[item.index].launch, now: now)
          arrivalOf.append(item.index)
        case .stop:
          guard let number = numbers[item.index] else { continue }
          if !device.withdraw(number, now: now) { numbers[item.index] = nil }
        case .kill(let again):
          guard let number = numbers[item.index] else { continue }
          device.kill(number, now: now)
          numbers[item.index] = nil
          // A submission of this instant has been: anew at once would be out of order.
          if let again {
            pending.append(Due(time: now + 1 + again, index: item.index, act: .submit))
          }
        }
      }
      device.place(now: now)
      if checksState, outcome.faults.count < 4 {
        outcome.faults += device.faults.map { "at \(now): \($0)" }
      }
    }
    outcome.totals = device.totals
    return outcome
  }
}
