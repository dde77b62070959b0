import Hardware
import Tables

/// The clock that a card keeps while it runs a model's batch over and over.
///
/// Power follows the work done: operations executed a second over those that the silicon does a
/// joule under its cap, leakage among it (`PowerLimit`; from sustained products in NeuSight's
/// samples), and DRAM's energy a byte. Where that is more than the cap the clock falls, for all
/// launches alike: the board averages over milliseconds, a launch lasts microseconds.
struct SustainedClock {
  var gpu: GPUSpec

  /// The launches of a batch at the clock that the board sustains, and that clock in MHz.
  ///
  /// - Parameter lower: makes the launches with the timing of a GPU.
  func launches(
    _ lower: (_ timing: GPUSpec) throws(InputError) -> LaunchBuilder
  ) throws(InputError) -> (launches: [KernelProfile], clockMHz: Double) {
    let free = try lower(gpu)
    guard let power = gpu.power, watts(free, power) > power.capW else {
      return (free.launches, gpu.clockMHz)
    }
    var (low, high) = (gpu.clockMHz / 16, gpu.clockMHz)
    var best = free
    for _ in 0..<20 {
      var slower = gpu
      slower.clockMHz = (low + high) / 2
      let tried = try lower(slower)
      if watts(tried, power) > power.capW {
        high = slower.clockMHz
      } else {
        (low, best) = (slower.clockMHz, tried)
      }
    }
    return (best.launches, low)
  }

  /// What a batch takes of the board's power if its launches follow each other.
  private func watts(_ builder: LaunchBuilder, _ power: PowerLimit) -> Double {
    let time = builder.launches.reduce(0.0) { $0 + Double($1.durationNS ?? 0) }
    let bytes = builder.launches.reduce(0.0) { $0 + Double($1.dramBytes ?? 0) }
    return power.watts(flop: builder.executedFLOP, dramBytes: bytes, over: time)
  }
}
