/// What blocks have left to do, and where that ends at their pace.
extension Device {
  /// Full-speed nanoseconds of a cohort's work that are left.
  @inline(never)
  mutating func workLeft(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) -> Double {
    switch cohort.pointee.pace {
    case .unknown, .none: return cohort.pointee.rest
    case .full: return max(0, Double(cohort.pointee.end &- now) - cohort.pointee.rest)
    case .smLevel:
      let target = Double(bitPattern: UInt64(bitPattern: cohort.pointee.end))
      return max(0, (target - smClock) * kernel.pointee.warpsPerShare)
    case .dramLevel: return max(0, dram.left(to: cohort.pointee.end) * kernel.pointee.warpsPerRate)
    case .ceilingLevel:
      return max(0, ceiling.confined.left(to: cohort.pointee.end) * kernel.pointee.warpsPerRate)
    }
  }

  /// The same without a call for blocks that were placed at this instant.
  @inline(__always)
  private mutating func workToDo(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) -> Double {
    cohort.pointee.pace == .unknown ? cohort.pointee.rest : workLeft(cohort, kernel, smClock)
  }

  @inline(__always)
  mutating func hold(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) {
    let left = workToDo(cohort, kernel, smClock)
    let target = smClock + left * kernel.pointee.sharePerWarp
    cohort.pointee.end = Int64(bitPattern: target.bitPattern)
    cohort.pointee.pace = .smLevel
  }

  mutating func holdAtDRAM(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) {
    let left = workLeft(cohort, kernel, smClock)
    cohort.pointee.end = dram.target(after: left * kernel.pointee.ratePerWarp)
    cohort.pointee.pace = .dramLevel
  }

  @inline(__always)
  mutating func free(
    _ cohort: UnsafeMutablePointer<Cohort>, _ kernel: UnsafeMutablePointer<DeviceKernel>,
    _ smClock: Double
  ) {
    let left = workToDo(cohort, kernel, smClock)
    let finish = finish(after: left)
    cohort.pointee.end = finish
    cohort.pointee.rest = Double(finish &- now) - left
    cohort.pointee.pace = .full
  }

  /// The instant so many nanoseconds from now, rounded up.
  @inline(__always)
  mutating func finish(after span: Double) -> Int64 {
    let left = span - Self.roundingSlack
    if left < 0x1p51 {
      // Added to 2^52, it is rounded to the nearest whole number, which the sum's bits show. A
      // sign bit tells whether that is below it: no branch, as nothing could foresee it.
      let shifted = left + 0x1p52
      let nearest = Int64(bitPattern: shifted.bitPattern &- (0x1p52 as Double).bitPattern)
      let isBelow = Int64(bitPattern: (shifted - 0x1p52 - left).bitPattern) &>> 63
      return now &+ max(1, nearest &- isBelow)
    }
    // Later than every run ends: keeps the conversion in range for blocks that hardly move.
    return now &+ Int64(min(left, 4e18).rounded(.up))
  }
}
