import Hardware

/// A GPU's SMs, DRAM and block scheduler, exact to the nanosecond.
///
/// What is modelled: leftover block scheduling with most-room placement, max-min fair sharing of
/// an SM's issue slots and of the DRAM, both weighted by warps; `Deviations.md` in `Device.docc`
/// lists what is not, and `Design.md` there what was tried.
/// What makes it fast: SMs in the same state are handled as one group; blocks that DRAM holds back
/// finish at readings of one clock, so that a moving level touches none of them; an event works on
/// the groups it changes only; and an SM's level follows from sums where no block's pace changes.
///
/// Its own methods are mutating even where they change nothing: Swift 6.3 copies the whole value
/// where a borrowing one is inlined.
///
/// At one instant the caller goes through three steps, in this order: `advance(to:)`, any number
/// of `submit`s and `kill`s, `settle()`.
package struct Device: ~Copyable {
  /// Reading of an SM's clock at which it starts anew.
  static var smClockRange: Double { 32_768 }
  /// Completions round up to whole nanoseconds, past this much rounding error of doubles.
  static var roundingSlack: Double { 1e-6 }

  /// The number of SMs.
  package let smCount: Int
  /// Every SM.
  package let allSMs: SMSet
  /// The present instant in nanoseconds.
  package internal(set) var now: Int64 = 0
  /// The earliest instant at which blocks finish; `Int64.max` when none run.
  package internal(set) var nextEvent: Int64 = .max
  /// What the device did up to `now`.
  package var integrals: DeviceIntegrals { busy.integrals(at: now) }
  /// Launches completed by the last `advance(to:)`, in submission order.
  package internal(set) var completions: [LaunchCompletion] = []

  let limits: SMLimits
  let maxResidentGrids: Int
  /// Factor on the time of blocks that are placed while another launch is resident.
  let coRunnerFactor: Double
  /// One over each number of warps an SM may hold.
  let inverses: UnsafeMutablePointer<Double>

  var groups: GroupTable
  let rooms: RoomTable
  /// When blocks that are not held finish, by group.
  var finishes = FinishTimes()
  var kernels = GrowingTable<DeviceKernel>(capacity: 16)
  var launches = LaunchTable()
  var masks: [SMSet] = []
  var queues = LaunchQueues()
  var busy = BusySums()
  var dram: DRAMState
  var ceiling: DRAMCeiling
  /// What is kept for those who ask before anything runs.
  var watch = DeviceWatch()

  /// Creates an idle device.
  ///
  /// - Parameter coRunnerSlowdown: what blocks take longer, as a part of their time, that are placed
  ///   while another launch is resident (`Testbed.coRunnerSlowdown`).
  /// - Precondition: `smCount` is 1...256.
  package init(
    smCount: Int, limits: SMLimits, dramRate: Double, maxResidentGrids: Int,
    coRunnerSlowdown: Double = 0
  ) {
    precondition(smCount >= 1 && smCount <= SMSet.capacity, "a device has 1 to 256 SMs")
    coRunnerFactor = 1 + coRunnerSlowdown
    self.smCount = smCount
    self.limits = limits
    self.maxResidentGrids = maxResidentGrids
    allSMs = SMSet(0..<smCount)
    masks = [allSMs]
    inverses = .allocate(capacity: limits.maxWarps + 1)
    for warps in 0...limits.maxWarps {
      (inverses + warps).initialize(to: 1 / Double(warps))
    }
    groups = GroupTable(of: allSMs, limits: limits)
    rooms = RoomTable(smCount: smCount, maxBlocks: limits.maxBlocks)
    dram = DRAMState(rate: dramRate, smCount: smCount, limits: limits)
    ceiling = DRAMCeiling(rate: dramRate, limits: limits)
  }

  /// Creates an idle device of a GPU.
  package init(gpu: GPUSpec, coRunnerSlowdown: Double = 0) {
    self.init(
      smCount: gpu.smCount, limits: gpu.limits, dramRate: gpu.dramRate,
      maxResidentGrids: gpu.maxResidentGrids, coRunnerSlowdown: coRunnerSlowdown)
  }

  deinit {
    inverses.deallocate()
    groups.deallocate()
    rooms.deallocate()
    finishes.deallocate()
    kernels.deallocate()
    launches.deallocate()
    dram.deallocate()
    ceiling.deallocate()
    watch.sms?.deallocate()
  }

  /// Moves the clock, ends the blocks that finish at `time`, and refills `completions`.
  ///
  /// - Precondition: `time` is not before `now` nor after `nextEvent`.
  package mutating func advance(to time: Int64) {
    precondition(time >= now && time <= nextEvent, "the device's clock cannot go there")
    if dram.heldWarps > 0, time != now, dram.advanceClock(by: time &- now) { rebaseDRAMClock() }
    if ceiling.isOn { advanceConfined(by: time &- now) }
    now = time
    while !completions.isEmpty { completions.removeLast() }
    guard time == nextEvent else { return }
    finishBlocks()
    if queues.nextTail == time { finishTails() }
    if completions.count > 1 {
      completions.sort { $0.launch.sequence < $1.launch.sequence }
    }
    nextEvent = .max
    queues.needsPlacement = true
  }

  /// Places blocks and sets speeds: the last step of an instant.
  package mutating func settle() {
    if queues.needsPlacement {
      queues.needsPlacement = false
      if !queues.waiting.isEmpty { admitWaiting() }
      placeBlocks()
    }
    refreshSpeeds()
  }
}
