import Scheduling

// What profiles say of a launch that has not the whole GPU: predictions that policies go by, worked
// out from a block's time alone. What runs beside it is not in them.
extension LaunchView {
  /// What so many of its blocks take on so many SMs, in nanoseconds: full rounds of as many as an SM
  /// holds, then the rest, each longer where its blocks ask for more than the SM has.
  func roundsNS(blocks count: Int, onSMs sms: Int) -> Double {
    let each = (count + sms - 1) / max(1, sms)
    let most = max(1, blocksPerSM)
    func round(_ perSM: Int) -> Double {
      perSM == 0 ? 0 : Double(blockNS) * max(1, Double(perSM) * smShare)
    }
    return Double(each / most) * round(most) + round(each % most)
  }

  /// What it takes alone on so many of the GPU's SMs, in nanoseconds: no less than on all of them,
  /// where DRAM may bound it.
  func aloneNS(onSMs sms: Int, of smCount: Int) -> Double {
    if sms >= smCount { return Double(soloNS) }
    return max(Double(soloNS), roundsNS(blocks: blocks, onSMs: sms))
  }

  /// What so many of its blocks take alone on so many SMs, in nanoseconds: no less than their part of
  /// the launch.
  func pieceNS(blocks count: Int, onSMs sms: Int, of smCount: Int) -> Double {
    let part = aloneNS(onSMs: sms, of: smCount) * Double(count) / Double(max(1, blocks))
    return max(part, roundsNS(blocks: count, onSMs: sms))
  }

  /// The part of the GPU that its blocks can hold at once.
  func occupancy(of smCount: Int) -> Double {
    min(1, Double(blocks) / Double(max(1, blocksPerSM * smCount)))
  }

  /// Whether its bytes bound it, by the roofline, or the table does not tell.
  var isBoundByMemory: Bool { (intensity ?? 0) <= 1 }

  /// The SMs of the fewest TPCs on which it is predicted to take at most `slip` times what it takes on
  /// all; a prediction falls with every TPC or stays.
  func fewestSMs(slip: Double, _ smsPerTPC: Int, of smCount: Int) -> Int {
    let bound = slip * max(Double(soloNS), roundsNS(blocks: blocks, onSMs: smCount))
    var (low, high) = (1, (smCount + smsPerTPC - 1) / smsPerTPC)
    while low < high {
      let middle = (low + high) / 2
      if roundsNS(blocks: blocks, onSMs: middle * smsPerTPC) <= bound {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return min(smCount, low * smsPerTPC)
  }
}
