import TestSupport

/// What the laws and the comparisons need of a device, so that one body runs over the engine and
/// over its oracle.
///
/// An instant is `advance`, then submissions and kills, then `place`.
protocol LawDevice {
  /// The next instant at which something finishes by itself.
  var nextEvent: Int64? { get }
  /// What has added up.
  var totals: NaiveDevice.Totals { get }
  /// What is wrong with the state; empty if nothing is.
  var faults: [String] { get }

  /// Adds a launch and returns its number: 0, 1, 2… in order of submission.
  mutating func submit(_ launch: NaiveDevice.Launch, now: Int64) -> Int
  /// Takes a launch away unless it has completed.
  mutating func kill(_ number: Int, now: Int64)
  /// Takes back a launch's unplaced blocks; whether it is still to complete.
  mutating func withdraw(_ number: Int, now: Int64) -> Bool
  /// Has confined launches get at most a part of the DRAM from now on.
  mutating func setCeiling(_ fraction: Double, now: Int64)
  /// Runs to an instant and returns the launches completed there.
  mutating func advance(to time: Int64) -> [Int]
  /// Ends an instant.
  mutating func place(now: Int64)
  /// Runs through instants before `limit` to one at which launches complete, if the device does
  /// that by itself.
  mutating func pass(before limit: Int64) -> (time: Int64, completed: [Int])?
  /// Blocks of a launch not yet on an SM.
  func unplacedBlocks(of number: Int) -> Int
}

extension LawDevice {
  mutating func pass(before limit: Int64) -> (time: Int64, completed: [Int])? { nil }
}

extension NaiveDevice: LawDevice {
  mutating func submit(_ launch: Launch, now: Int64) -> Int { submit(launch) }
  mutating func kill(_ number: Int, now: Int64) { kill(number) }
  mutating func withdraw(_ number: Int, now: Int64) -> Bool { withdraw(number) }
  mutating func setCeiling(_ fraction: Double, now: Int64) { ceiling = fraction }
  func unplacedBlocks(of number: Int) -> Int { grids[number].unplaced }
}

/// The devices the laws run over.
enum LawSubject: String, CaseIterable {
  case engine, oracle

  func device(_ machine: NaiveDevice.Machine) -> any LawDevice {
    switch self {
    case .engine: EngineLawDevice(machine)
    case .oracle: NaiveDevice(machine)
    }
  }

  /// Plays a mix on a device of its own.
  func play(_ mix: Mix) -> MixOutcome {
    switch self {
    case .engine:
      var device = EngineLawDevice(mix.machine)
      return mix.run(on: &device)
    case .oracle:
      var device = NaiveDevice(mix.machine)
      return mix.run(on: &device)
    }
  }
}
