import TestSupport

@testable import Device

extension EngineLawDevice {
  /// What blocks that see one level of the DRAM do, counted anew.
  private struct Side {
    var held: Int64 = 0
    var given = 0.0
  }

  /// What is wrong with the DRAM and with what is kept as sums.
  var sumFaults: [String] {
    var open = Side()
    var confined = Side()
    var warps: Int64 = 0
    var active: Int64 = 0
    var faults: [String] = []
    let isCeiled = device.ceiling.isOn
    for g in liveGroups {
      let count = Int64(device.groups.rows[g].count)
      if device.groups.rows[g].cohortCount > 0 { active += count }
      for cohort in cohorts(of: g) {
        let launch = device.launches.rows[Int(cohort.launch)]
        let kernel = device.kernels.rows[Int(launch.kernel)]
        let onAll = Int64(cohort.blocks) * count
        let isConfined = isCeiled && launch.isConfined
        let isHeld = cohort.pace == (isConfined ? .ceilingLevel : .dramLevel)
        if !isHeld, cohort.pace == .dramLevel || cohort.pace == .ceilingLevel {
          faults.append("group \(g) is held by the wrong level")
        }
        var side = isConfined ? confined : open
        side.given += Double(onAll) * speed(of: cohort, in: g) * kernel.dramRate
        if isHeld { side.held += onAll * Int64(kernel.warps) }
        if isConfined { confined = side } else { open = side }
        warps += onAll * Int64(kernel.warps)
        // Rounding may leave an ask that equals the level on either side of it.
        let ask = kernel.askPerWarp(at: device.groups.rows[g].smLevel)
        let excess = ask / (isConfined ? device.ceiling.confined : device.dram).level - 1
        if isHeld ? excess < -1e-12 : excess > 1e-12 {
          faults.append("group \(g) has an ask of \(excess) beyond the level on the wrong side")
        }
      }
    }
    let most = machine.dramRate
    let limit = device.ceiling.fraction * most
    let sum = open.given + confined.given
    if sum > most * (1 + 1e-12) { faults.append("DRAM gives \(sum)") }
    if open.held > 0, sum < most * (1 - 1e-12) { faults.append("DRAM gives \(sum)") }
    if isCeiled, confined.given > limit * (1 + 1e-12) {
      faults.append("DRAM gives confined launches \(confined.given)")
    }
    if confined.held > 0, confined.given < limit * (1 - 1e-12), sum < most * (1 - 1e-12) {
      faults.append("DRAM holds confined launches at \(confined.given)")
    }
    let counted = [open.held, isCeiled ? confined.held : 0, warps, active]
    let kept = [
      device.dram.heldWarps, isCeiled ? device.ceiling.confined.heldWarps : 0,
      device.busy.residentWarps, device.busy.activeSMs,
    ]
    if counted != kept {
      faults.append(
        "running sums (held, confined and held, resident warps, active SMs) are \(kept), not "
          + "\(counted)")
    }
    return faults
  }
}
