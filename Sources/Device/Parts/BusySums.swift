/// What the device has been busy with. With each count goes the sum of the instants since when
/// what it counts has been there: what a sum over time grew by is then known without adding up at
/// every instant.
struct BusySums {
  /// SMs with blocks.
  var activeSMs: Int64 = 0
  private var activeSMStarts: Int128 = 0
  var residentWarps: Int64 = 0
  private var residentWarpStarts: Int128 = 0
  var residentGrids = 0
  /// Nanoseconds with a resident launch before `busyStart`, since when there has been one.
  private var busyTime: Int64 = 0
  private var busyStart: Int64 = 0

  /// What the device did up to `now`.
  @inline(__always)
  func integrals(at now: Int64) -> DeviceIntegrals {
    var sum = DeviceIntegrals()
    sum.activeSMTime = Self.product(activeSMs, now) &- activeSMStarts
    sum.warpTime = Self.product(residentWarps, now) &- residentWarpStarts
    sum.busyTime = Int128(busyTime &+ (residentGrids > 0 ? now &- busyStart : 0))
    return sum
  }

  /// Counts SMs that become active, or, where there are less than none, idle.
  @inline(__always)
  mutating func countActive(_ sms: Int64, at now: Int64) {
    activeSMs &+= sms
    activeSMStarts &+= Self.product(sms, now)
  }

  /// The same of warps that become resident.
  @inline(__always)
  mutating func countWarps(_ warps: Int64, at now: Int64) {
    residentWarps &+= warps
    residentWarpStarts &+= Self.product(warps, now)
  }

  /// In 128 bits: a GPU's warps for half a year are more than 64 hold.
  @inline(__always)
  private static func product(_ count: Int64, _ time: Int64) -> Int128 {
    let (high, low) = count.multipliedFullWidth(by: time)
    return Int128(high) &<< 64 | Int128(low)
  }

  mutating func addGrid(at now: Int64) {
    if residentGrids == 0 { busyStart = now }
    residentGrids += 1
  }

  mutating func removeGrid(at now: Int64) {
    residentGrids -= 1
    if residentGrids == 0 { busyTime += now - busyStart }
  }
}
