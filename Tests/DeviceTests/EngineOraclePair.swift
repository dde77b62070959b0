import TestSupport

/// The engine and its oracle in lockstep; the first difference stays on record.
final class EngineOraclePair: LawDevice {
  private let engine: EngineLawDevice
  private var oracle: NaiveDevice
  /// Whether every SM is compared at every instant too.
  private let comparesSMs: Bool
  /// Where the two first differed.
  private(set) var difference: String?

  init(_ machine: NaiveDevice.Machine, comparesSMs: Bool) {
    engine = EngineLawDevice(machine)
    oracle = NaiveDevice(machine)
    self.comparesSMs = comparesSMs
  }

  var nextEvent: Int64? { difference == nil ? oracle.nextEvent : nil }
  var totals: NaiveDevice.Totals { oracle.totals }
  var faults: [String] { engine.faults + oracle.faults }

  func submit(_ launch: NaiveDevice.Launch, now: Int64) -> Int {
    compare(engine.submit(launch, now: now), oracle.submit(launch), "number", now)
    return oracle.grids.count - 1
  }

  func kill(_ number: Int, now: Int64) {
    guard difference == nil else { return }
    engine.kill(number, now: now)
    oracle.kill(number)
  }

  func withdraw(_ number: Int, now: Int64) -> Bool {
    guard difference == nil else { return false }
    let runsOn = oracle.withdraw(number)
    compare(engine.withdraw(number, now: now), runsOn, "rest of launch \(number)", now)
    return runsOn
  }

  func setCeiling(_ fraction: Double, now: Int64) {
    engine.setCeiling(fraction, now: now)
    oracle.ceiling = fraction
  }

  func advance(to time: Int64) -> [Int] {
    guard difference == nil else { return [] }
    let completed = oracle.advance(to: time)
    compare(engine.advance(to: time), completed, "completed launches", time)
    return completed
  }

  func place(now: Int64) {
    guard difference == nil else { return }
    engine.place(now: now)
    oracle.place(now: now)
    compare(engine.nextEvent, oracle.nextEvent, "next event", now)
    compare(engine.totals, oracle.totals, "totals", now)
    if comparesSMs { compare(engine.use, oracle.use, "use of the SMs", now) }
  }

  func unplacedBlocks(of number: Int) -> Int { oracle.unplacedBlocks(of: number) }

  private func compare<Value: Equatable>(
    _ engine: Value, _ oracle: Value, _ what: String, _ now: Int64
  ) {
    guard difference == nil, engine != oracle else { return }
    difference = "at \(now) the engine's \(what): \(engine), the oracle's: \(oracle)"
  }
}
