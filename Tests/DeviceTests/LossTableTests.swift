import TestSupport
import Testing

@testable import Device

/// What launches lose to each other, as looks at the device add it up.
struct LossTableTests {
  /// A table that follows the device from look to look knows what one that sees it for the first time
  /// does: groups that split, join, end or are held by the DRAM leave nothing behind.
  @Test(arguments: 0..<(SharedFiles.isDeepRun ? UInt64(2_000) : 150))
  func looksAddUp(seed: UInt64) {
    let mix = Mix.random(seed: seed, size: seed % 3 == 0 ? .large : .medium)
    var device = EngineLawDevice(mix.machine)
    var followed = LossTable()
    var fault: String?
    var looks = 0
    device.onPlace = { device in
      device.look(&followed)
      var fresh = LossTable()
      device.look(&fresh)
      looks += 1
      guard fault == nil else { return }
      if followed.live != fresh.live || followed.head != fresh.head {
        fault = "at \(device.now) live \(followed.live), not \(fresh.live)"
      }
      for slot in followed.live where followed.rows[slot].rate != fresh.rows[slot].rate {
        fault =
          "at \(device.now) launch \(slot) loses \(followed.rows[slot].rate), "
          + "not \(fresh.rows[slot].rate)"
      }
      for slot in followed.live {
        let rate = followed.rows[slot].rate
        let parts = [rate.order, rate.full, rate.sm, rate.dram]
        if parts.contains(where: { $0 < 0 }) || rate.sum > 1 + 1e-9 {
          fault = "at \(device.now) launch \(slot) loses \(rate)"
        }
      }
    }
    _ = mix.run(on: &device)
    #expect(looks > 0)
    if let fault { Issue.record("seed \(seed): \(fault)\n\(mix)") }
  }
}
