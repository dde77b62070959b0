/// For how long each SM has had blocks, kept for those who ask before anything runs.
struct SMActivity {
  /// By SM: the ends of its spells with blocks less their starts, the one under way without its end.
  private let sums: UnsafeMutablePointer<Int64>

  /// Its owner calls `deallocate()`.
  init(smCount: Int) {
    sums = .allocate(capacity: smCount)
    sums.initialize(repeating: 0, count: smCount)
  }

  func deallocate() { sums.deallocate() }

  subscript(sm: Int) -> Int64 { sums[sm] }

  /// SMs get blocks, or have none any more.
  func note(_ sms: SMSet, areActive: Bool, at now: Int64) {
    for word in 0..<4 {
      var bits = sms.words[word]
      while bits != 0 {
        sums[word << 6 + bits.trailingZeroBitCount] &+= areActive ? 0 &- now : now
        bits &= bits &- 1
      }
    }
  }
}

/// What a device keeps beside its work where somebody asked for it.
struct DeviceWatch {
  /// What launches lose, added up at each instant that passes in the device.
  var losses: UnsafeMutablePointer<LossTable>?
  /// For how long each SM has had blocks.
  var sms: SMActivity?
}
