import TestSupport

/// A device that watches over the leftover rule from outside.
struct LeftoverWatch: LawDevice {
  var device: any LawDevice
  private var launches: [Launch] = []
  var violations: [String] = []

  private struct Launch {
    var priority: Int
    var mask: [Bool]?
    var unplaced: Int
    var isEnded = false

    /// Whether this launch, earlier and with unplaced blocks, keeps another off all its SMs.
    func holds(_ other: Launch) -> Bool {
      guard priority == other.priority else { return false }
      guard let mask else { return true }
      guard let others = other.mask else { return !mask.contains(false) }
      return !zip(mask, others).contains { $1 && !$0 }
    }
  }

  init(device: any LawDevice) { self.device = device }

  var nextEvent: Int64? { device.nextEvent }
  var totals: NaiveDevice.Totals { device.totals }
  var faults: [String] { device.faults }

  mutating func submit(_ launch: NaiveDevice.Launch, now: Int64) -> Int {
    launches.append(Launch(priority: launch.priority, mask: launch.mask, unplaced: launch.blocks))
    return device.submit(launch, now: now)
  }

  mutating func kill(_ number: Int, now: Int64) {
    launches[number].isEnded = true
    device.kill(number, now: now)
  }

  mutating func withdraw(_ number: Int, now: Int64) -> Bool {
    let runsOn = device.withdraw(number, now: now)
    launches[number].unplaced = 0
    launches[number].isEnded = !runsOn
    return runsOn
  }

  mutating func setCeiling(_ fraction: Double, now: Int64) {
    device.setCeiling(fraction, now: now)
  }

  mutating func advance(to time: Int64) -> [Int] {
    let completed = device.advance(to: time)
    for number in completed { launches[number].isEnded = true }
    return completed
  }

  mutating func place(now: Int64) {
    device.place(now: now)
    var ahead: [Launch] = []
    for number in launches.indices where !launches[number].isEnded {
      let unplaced = device.unplacedBlocks(of: number)
      let launch = launches[number]
      if unplaced < launch.unplaced, ahead.contains(where: { $0.holds(launch) }) {
        violations.append("launch \(number) overtook at \(now)")
      }
      launches[number].unplaced = unplaced
      if unplaced > 0 { ahead.append(launch) }
    }
  }

  func unplacedBlocks(of number: Int) -> Int { device.unplacedBlocks(of: number) }
}
