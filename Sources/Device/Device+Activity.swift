import Hardware

// What has been done by an instant, for those who ask: all of it, and by SM.
extension Device {
  /// Has it kept from now on for how long each SM has blocks.
  ///
  /// - Precondition: nothing has run yet.
  package mutating func followSMs() {
    precondition(now == 0 && busy.residentGrids == 0, "SMs are followed from the start")
    if watch.sms == nil { watch.sms = SMActivity(smCount: smCount) }
  }

  /// By SM: the nanoseconds with at least one block up to an instant; empty where SMs are not
  /// followed.
  ///
  /// - Precondition: `time` is not before the present instant nor after the next event.
  package mutating func smTimes(at time: Int64) -> [Int64] {
    guard let activity = watch.sms else { return [] }
    var times = (0..<smCount).map { activity[$0] }
    for i in 0..<groups.count {
      let group = groups.rows[Int(groups.live[i])]
      if group.cohortCount == 0 { continue }
      for sm in 0..<smCount where group.members.contains(sm) { times[sm] += time }
    }
    return times
  }

  /// By SM: the nanoseconds with a block in the first `span` nanoseconds of a launch that is alone on a
  /// device of the same kind.
  package static func isolatedSMTimes(
    of profile: BlockProfile, for span: Int64, on gpu: GPUSpec
  ) -> [Int64] {
    var device = Device(gpu: gpu)
    device.followSMs()
    _ = device.submit(kernel: device.register(profile), blocks: profile.blocks, tag: 0)
    device.settle()
    while device.nextEvent <= span {
      device.advance(to: device.nextEvent)
      device.settle()
    }
    return device.smTimes(at: span)
  }

  /// What the device will have done by an instant, if nothing happens before.
  ///
  /// - Precondition: `time` is not before the present instant nor after the next event.
  package func integrals(at time: Int64) -> DeviceIntegrals { busy.integrals(at: time) }
}
