import SimBasics

/// A stretch of constant rate.
struct RateSegment: Sendable {
  /// Seconds that it lasts; above zero.
  var duration: Double
  /// Arrivals per second in it; not negative.
  var rate: Double
}

/// A rate over time, stretch after stretch, without end.
protocol RateProfile: Sendable {
  mutating func nextSegment() -> RateSegment
}

/// Arrivals whose rate follows a profile.
///
/// A gap of mean 1 is spent against the profile's integral. With exponential gaps that is exactly
/// the Poisson process of that rate; other laws keep their variation within a stretch.
struct ModulatedSource: ArrivalSource {
  private var profile: any RateProfile
  private let law: GapDistribution
  private var randomness: SeededGenerator
  private var segment = RateSegment(duration: 0, rate: 0)
  private var time = 0.0
  private var left = 0.0
  private var hasStarted = false

  init(_ profile: any RateProfile, _ law: GapDistribution, _ randomness: SeededGenerator) {
    self.profile = profile
    self.law = law
    self.randomness = randomness
  }

  mutating func next() -> Double? {
    var work = hasStarted ? law.draw(&randomness) : law.drawFirst(&randomness)
    hasStarted = true
    while true {
      let capacity = segment.rate * left
      if capacity > work {
        let step = work / segment.rate
        time += step
        left -= step
        return time
      }
      work -= capacity
      time += left
      // A profile may stay at zero for good: without this bound the loop would never end.
      if time > ArrivalGenerator.endSeconds { return nil }
      segment = profile.nextSegment()
      left = segment.duration
    }
  }
}

/// The product of two profiles.
struct ProductProfile: RateProfile {
  private var first: any RateProfile
  private var second: any RateProfile
  private var a = RateSegment(duration: 0, rate: 0)
  private var b = RateSegment(duration: 0, rate: 0)

  init(_ first: any RateProfile, _ second: any RateProfile) {
    self.first = first
    self.second = second
  }

  mutating func nextSegment() -> RateSegment {
    if a.duration <= 0 { a = first.nextSegment() }
    if b.duration <= 0 { b = second.nextSegment() }
    let step = min(a.duration, b.duration)
    a.duration = a.duration == step ? 0 : a.duration - step
    b.duration = b.duration == step ? 0 : b.duration - step
    return RateSegment(duration: step, rate: a.rate * b.rate)
  }
}
