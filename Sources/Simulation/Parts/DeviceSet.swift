import Device
import Hardware

/// The devices of a run: the steps of a `Device`, taken by all of them at the same instants.
struct DeviceSet: ~Copyable {
  let count: Int
  /// Devices cannot be copied, so an array cannot hold them.
  private let devices: UnsafeMutablePointer<Device>

  init(_ gpus: [GPUSpec], coRunnerSlowdown: Double) {
    let devices = UnsafeMutablePointer<Device>.allocate(capacity: gpus.count)
    for (i, gpu) in gpus.enumerated() {
      (devices + i).initialize(to: Device(gpu: gpu, coRunnerSlowdown: coRunnerSlowdown))
    }
    count = gpus.count
    self.devices = devices
  }

  deinit {
    devices.deinitialize(count: count)
    devices.deallocate()
  }

  subscript(number: Int) -> UnsafeMutablePointer<Device> {
    precondition(number >= 0 && number < count, "there is no such device")
    return devices + number
  }

  /// The earliest instant at which blocks finish on any of them.
  var nextEvent: Int64 {
    var first = Int64.max
    for i in 0..<count { first = min(first, devices[i].nextEvent) }
    return first
  }

  /// The latest instant any of them has come to.
  var now: Int64 { (0..<count).reduce(0) { max($0, devices[$1].now) } }

  /// What they did, added up.
  var integrals: DeviceIntegrals {
    var sum = DeviceIntegrals()
    for i in 0..<count { sum += devices[i].integrals }
    return sum
  }

  /// What they will have done by an instant before their next event, added up, and by SM, one device
  /// after the other.
  func done(at time: Int64) -> (integrals: DeviceIntegrals, smNS: [Int64]) {
    var sum = DeviceIntegrals()
    var times: [Int64] = []
    for i in 0..<count {
      sum += devices[i].integrals(at: time)
      times += devices[i].smTimes(at: time)
    }
    return (sum, times)
  }

  /// Moves their clocks; what completes is in each one's `completions`.
  func advance(to time: Int64) {
    for i in 0..<count { devices[i].advance(to: time) }
  }

  /// Moves the clocks of those that are behind.
  func catchUp(to time: Int64) {
    for i in 0..<count where devices[i].now < time { devices[i].advance(to: time) }
  }

  /// Ends the instant.
  func settle() {
    for i in 0..<count { devices[i].settle() }
  }

  /// Lets them go on by themselves until launches complete or `limit` is reached.
  ///
  /// - Returns: the instant at which launches completed, which has yet to be settled; nil if the
  ///   next event is at `limit` or later.
  func advance(before limit: Int64) -> Int64? {
    if count == 1 { return devices[0].advance(before: limit) ? devices[0].now : nil }
    while true {
      var (first, time, others) = (0, Int64.max, Int64.max)
      for i in 0..<count {
        let next = devices[i].nextEvent
        if next < time {
          (first, time, others) = (i, next, time)
        } else {
          others = min(others, next)
        }
      }
      if time >= limit { return nil }
      // One device alone goes on by itself as far as the others have nothing to do.
      if time < others {
        guard devices[first].advance(before: min(limit, others)) else { continue }
        time = devices[first].now
        for i in 0..<count where i != first { devices[i].advance(to: time) }
        return time
      }
      advance(to: time)
      for i in 0..<count where !devices[i].completions.isEmpty { return time }
      settle()
      for i in 0..<count { devices[i].lookAgain() }
    }
  }
}
