import Device
import EventEngine
import Hardware

/// The request that has the device to itself, while it is not followed.
struct SoloShortcut {
  /// Whether requests that are alone are not followed.
  let isEnabled: Bool
  /// The request: its replica, when its first launch started, and the event of its end.
  var request: (replica: Int, start: Int64, ticket: EventTicket)?
  /// What the device did meanwhile, all of them.
  var integrals = DeviceIntegrals()
}
