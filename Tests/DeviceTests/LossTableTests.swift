import TestSupport
import Testing

@testable import Device

/// What launches lose to each other, as looks at the device add it up.
struct LossTableTests {
  /// What launches of a mix have lost at the instants that are told, by slot; a device that passes
  /// instants by itself tells fewer.
  private func losses(
    _ mix: Mix, passes: Bool
  ) -> (lost: [Int64: [Int: LaunchLosses]], fault: String?) {
    let device = EngineLawDevice(mix.machine, passes: passes)
    let table = UnsafeMutablePointer<LossTable>.allocate(capacity: 1)
    table.initialize(to: LossTable())
    defer {
      table.deinitialize(count: 1)
      table.deallocate()
    }
    var lost: [Int64: [Int: LaunchLosses]] = [:]
    var fault: String?
    device.onPlace = { device in
      if passes { device.look(always: table) }
      device.look(&table.pointee)
      var fresh = LossTable()
      device.look(&fresh)
      for slot in fresh.live where table.pointee.rows[slot].rate != fresh.rows[slot].rate {
        fault = fault ?? "at \(device.now) launch \(slot)"
      }
      var sums: [Int: LaunchLosses] = [:]
      for slot in table.pointee.live {
        let row = table.pointee.rows[slot]
        var sum = row.sum
        sum.add(row.rate, Double(device.now - row.since))
        sums[slot] = sum
      }
      lost[device.now] = sums
    }
    var law = device
    _ = mix.run(on: &law)
    return (lost, fault)
  }

  @Test(
    "what passes inside the device is looked at too",
    arguments: 0..<(SharedFiles.isDeepRun ? UInt64(600) : 25))
  func passedInstantsCount(seed: UInt64) {
    let mix = Mix.random(seed: seed, size: seed % 3 == 0 ? .large : .medium)
    let (slow, fast) = (losses(mix, passes: false), losses(mix, passes: true))
    #expect(fast.fault == nil && slow.fault == nil)
    #expect(!fast.lost.isEmpty && fast.lost.count <= slow.lost.count)
    for (now, sums) in fast.lost {
      for (slot, sum) in sums {
        let other = slow.lost[now]?[slot] ?? LaunchLosses()
        #expect(abs(sum.sum - other.sum) < 1e-3, "at \(now) slot \(slot)")
      }
    }
  }

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
