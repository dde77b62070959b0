extension NaiveDevice {
  /// Sets every block's speed: first its SM's doing, then DRAM's.
  mutating func setSpeeds() {
    var onSM = [[Int]](repeating: [], count: machine.smCount)
    for index in blocks.indices { onSM[blocks[index].sm].append(index) }
    for residents in onSM {
      let asks = residents.map { kernel(of: $0).smShare }
      let shares = Self.fairShares(of: 1, asks: asks, weights: weights(residents))
      for (position, index) in residents.enumerated() {
        blocks[index].speed =
          shares[position] == asks[position] ? 1 : shares[position] / asks[position]
      }
    }
    let all = Array(blocks.indices)
    let asks = all.map { blocks[$0].speed * kernel(of: $0).dramRate }
    let shares = dramShares(asks)
    for index in all where shares[index] < asks[index] {
      blocks[index].speed = shares[index] / kernel(of: index).dramRate
    }
  }

  /// What each block gets of the DRAM: its fair share; where confined ones got more than the ceiling
  /// so, they share that, and the others what is left.
  private func dramShares(_ asks: [Double]) -> [Double] {
    let all = Array(blocks.indices)
    var shares = Self.fairShares(of: machine.dramRate, asks: asks, weights: weights(all))
    let isConfined = all.map { grids[blocks[$0].grid].launch.isConfined }
    let limit = ceiling * machine.dramRate
    let got = all.reduce(0) { $0 + (isConfined[$1] ? shares[$1] : 0) }
    if ceiling == 1 || got <= limit { return shares }
    for (side, capacity) in [(true, limit), (false, machine.dramRate - limit)] {
      let part = all.filter { isConfined[$0] == side }
      let own = Self.fairShares(
        of: capacity, asks: part.map { asks[$0] }, weights: weights(part))
      for (position, index) in part.enumerated() { shares[index] = own[position] }
    }
    return shares
  }

  private func kernel(of block: Int) -> Kernel { blocks[block].kernel }

  private func weights(_ indices: [Int]) -> [Double] {
    indices.map { Double(kernel(of: $0).warps) }
  }

  /// Shares out a capacity max-min fairly by weight: who asks for less than the level times its
  /// weight gets what it asks for, the others get the level times their weight.
  public static func fairShares(
    of capacity: Double, asks: [Double], weights: [Double]
  ) -> [Double] {
    var shares = asks
    guard asks.reduce(0, +) > capacity else { return shares }
    var isContent = asks.map { $0 == 0 }
    while true {
      var left = capacity
      var weight = 0.0
      for index in asks.indices {
        if isContent[index] { left -= asks[index] } else { weight += weights[index] }
      }
      let level = left / weight
      var hasChanged = false
      for index in asks.indices where !isContent[index] {
        shares[index] = min(asks[index], level * weights[index])
        if asks[index] <= level * weights[index] {
          isContent[index] = true
          hasChanged = true
        }
      }
      if !hasChanged || !isContent.contains(false) { return shares }
    }
  }

  /// What is wrong with the device's state; empty if nothing is.
  ///
  /// Sums of doubles may exceed their limit by the rounding of as many additions.
  public var faults: [String] {
    var faults: [String] = []
    var dram = 0.0
    var confined = 0.0
    var share = [Double](repeating: 0, count: machine.smCount)
    for block in blocks {
      share[block.sm] += block.speed * block.kernel.smShare
      dram += block.speed * block.kernel.dramRate
      if grids[block.grid].launch.isConfined { confined += block.speed * block.kernel.dramRate }
      if !(block.speed > 0 && block.speed <= 1) {
        faults.append("a block of launch \(block.grid) runs at \(block.speed)")
      }
      if grids[block.grid].launch.mask?[block.sm] == false {
        faults.append("launch \(block.grid) is on SM \(block.sm), outside its mask")
      }
    }
    for (sm, used) in use.enumerated() {
      if used.warps > machine.warps || used.blocks > machine.blocks
        || used.registers > machine.registers || used.sharedMemory > machine.sharedMemory
      {
        faults.append("SM \(sm) holds more than it has: \(used)")
      }
      if share[sm] > 1 + 1e-12 { faults.append("SM \(sm) gives \(share[sm]) of itself") }
    }
    if dram > machine.dramRate * (1 + 1e-12) { faults.append("DRAM gives \(dram)") }
    if confined > ceiling * machine.dramRate * (1 + 1e-12) {
      faults.append("DRAM gives confined launches \(confined)")
    }
    return faults
  }
}
