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

  /// Clocks that are told apart, from a sixteenth of the GPU's own to that.
  private static let steps = 1 << 20

  /// The launches of a batch at the clock that the board sustains, and that clock in MHz: the
  /// highest of `steps` that keeps to the cap.
  ///
  /// Power rises with the clock, nearly along a line. Each try is where the line through the two
  /// before it meets the cap (the secant method; the first from no power at no clock), held between
  /// the nearest clocks known to be below and above.
  ///
  /// - Parameter lower: makes the launches with the timing of a GPU.
  func launches(
    _ lower: (_ timing: GPUSpec) throws(InputError) -> LaunchBuilder
  ) throws(InputError) -> (launches: [KernelProfile], clockMHz: Double) {
    let free = try lower(gpu)
    guard let power = gpu.power, watts(free, power) > power.capW else {
      return (free.launches, gpu.clockMHz)
    }
    let (least, step) = (gpu.clockMHz / 16, gpu.clockMHz * 15 / 16 / Double(Self.steps))
    var (low, high) = (-1, Self.steps)
    var best = free.launches
    var before = (clock: 0.0, watts: 0.0)
    var last = (clock: gpu.clockMHz, watts: watts(free, power))
    // How far a try goes beyond what is known where the line says nothing new.
    var reach = 1
    while high - low > 1 {
      let slope = (last.watts - before.watts) / (last.clock - before.clock)
      let guess = (last.clock + (power.capW - last.watts) / slope - least) / step
      var next = (low + high) / 2
      if guess.isFinite, reach < Self.steps {
        let nearest = Int(min(max(guess, Double(low)), Double(high)))
        if nearest <= low || nearest >= high {
          next = nearest <= low ? min(low + reach, next) : max(high - reach, next)
          reach *= 4
        } else {
          next = nearest
        }
      }
      var slower = gpu
      slower.clockMHz = least + Double(next) * step
      let tried = try lower(slower)
      (before, last) = (last, (slower.clockMHz, watts(tried, power)))
      if last.watts > power.capW { high = next } else { (low, best) = (next, tried.launches) }
      // Where even the lowest clock is above the cap, it is what there is.
      if high == 0 { (low, best) = (0, tried.launches) }
    }
    return (best, least + Double(low) * step)
  }

  /// What a batch takes of the board's power if its launches follow each other.
  private func watts(_ builder: LaunchBuilder, _ power: PowerLimit) -> Double {
    let time = builder.launches.reduce(0.0) { $0 + Double($1.durationNS ?? 0) }
    let bytes = builder.launches.reduce(0.0) { $0 + Double($1.dramBytes ?? 0) }
    return power.watts(flop: builder.executedFLOP, dramBytes: bytes, over: time)
  }
}
