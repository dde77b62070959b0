import TestSupport

/// A device that watches over the leftover rule from outside.
struct LeftoverWatch: LawDevice {
  var device: any LawDevice
  private var launches: [Launch] = []
  var violations: [String] = []

  private struct Launch {
    var priority: Int
    var unplaced: Int
    var isEnded = false
  }

  init(device: any LawDevice) { self.device = device }

  var nextEvent: Int64? { device.nextEvent }
  var totals: NaiveDevice.Totals { device.totals }
  var faults: [String] { device.faults }

  mutating func submit(_ launch: NaiveDevice.Launch, now: Int64) -> Int {
    launches.append(Launch(priority: launch.priority, unplaced: launch.blocks))
    return device.submit(launch, now: now)
  }

  mutating func kill(_ number: Int, now: Int64) {
    launches[number].isEnded = true
    device.kill(number, now: now)
  }

  mutating func advance(to time: Int64) -> [Int] {
    let completed = device.advance(to: time)
    for number in completed { launches[number].isEnded = true }
    return completed
  }

  mutating func place(now: Int64) {
    device.place(now: now)
    var blocked: Set<Int> = []
    for number in launches.indices where !launches[number].isEnded {
      let unplaced = device.unplacedBlocks(of: number)
      if blocked.contains(launches[number].priority), unplaced < launches[number].unplaced {
        violations.append("launch \(number) overtook at \(now)")
      }
      launches[number].unplaced = unplaced
      if unplaced > 0 { blocked.insert(launches[number].priority) }
    }
  }

  func unplacedBlocks(of number: Int) -> Int { device.unplacedBlocks(of: number) }
}
