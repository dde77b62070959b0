import SimBasics

/// A rate factor of mean 1 that follows the hours of a day: two harmonics, surges that last for
/// one slot of the day, and a hole at the day's end. Each step holds one value.
struct DayProfile: RateProfile {
  /// The day's length in seconds.
  var day: Double
  /// Amplitudes of the first and second harmonic, as shares of the mean.
  var first: Double
  var second: Double
  /// Where in the day time zero falls, as a share of it.
  var phase = 0.0
  /// The probability that a slot surges, and the factors between which it then lies.
  var surgeShare = 0.0
  var surgeFactors = 2.0...3.0
  /// Slots a day.
  var slots = 48
  /// Steps a slot.
  var stepsPerSlot = 15
  /// The share of the day, at its end, without any arrival.
  var holeShare = 0.0

  private var randomness: SeededGenerator
  private var step = 0
  private var surge = 1.0

  init(day: Double, first: Double, second: Double, _ randomness: SeededGenerator) {
    self.day = day
    self.first = first
    self.second = second
    self.randomness = randomness
  }

  mutating func nextSegment() -> RateSegment {
    let steps = slots * stepsPerSlot
    if step % stepsPerSlot == 0 {
      let isSurging = randomness.nextUnit() < surgeShare
      let width = surgeFactors.upperBound - surgeFactors.lowerBound
      let factor = surgeFactors.lowerBound + width * randomness.nextUnit()
      surge = isSurging ? factor : 1
    }
    let middle = (Double(step) + 0.5) / Double(steps) + phase
    let share = middle - middle.rounded(.down)
    step = (step + 1) % steps
    let angle = 2 * Double.pi * share
    let wave = 1 + first * PortableMath.cos(angle) + second * PortableMath.cos(2 * angle)
    // What surges and the hole add and take is given back, so that the mean stays 1.
    let meanSurge = (surgeFactors.lowerBound + surgeFactors.upperBound) / 2
    let mean = (1 + surgeShare * (meanSurge - 1)) * waveOutsideHole
    let isHole = share >= 1 - holeShare
    let rate = isHole ? 0 : max(0, wave) * surge / mean
    return RateSegment(duration: day / Double(steps), rate: rate)
  }

  /// The wave's integral over the part of the day that is not in the hole.
  private var waveOutsideHole: Double {
    guard holeShare > 0 else { return 1 }
    let end = 1 - holeShare
    let angle = 2 * Double.pi * end
    return end + first * PortableMath.sin(angle) / (2 * Double.pi)
      + second * PortableMath.sin(2 * angle) / (4 * Double.pi)
  }
}
