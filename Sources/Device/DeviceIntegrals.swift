/// What the device did, summed over time.
package struct DeviceIntegrals: Hashable, Sendable {
  /// Sum over SMs of the nanoseconds with at least one resident block.
  package var activeSMTime: Int128 = 0
  /// Sum over resident warps of their nanoseconds.
  package var warpTime: Int128 = 0
  /// Nanoseconds with at least one resident launch.
  package var busyTime: Int128 = 0

  /// Creates integrals of nothing.
  package init() {}

  /// Adds another device's or interval's integrals.
  package static func += (a: inout DeviceIntegrals, b: DeviceIntegrals) {
    a.activeSMTime += b.activeSMTime
    a.warpTime += b.warpTime
    a.busyTime += b.busyTime
  }

  /// What was done since an earlier state.
  package static func - (a: DeviceIntegrals, b: DeviceIntegrals) -> DeviceIntegrals {
    var part = DeviceIntegrals()
    part.activeSMTime = a.activeSMTime - b.activeSMTime
    part.warpTime = a.warpTime - b.warpTime
    part.busyTime = a.busyTime - b.busyTime
    return part
  }
}
