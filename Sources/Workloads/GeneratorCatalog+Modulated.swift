import SimBasics

// The generator that is fitted to a trace: a rate moved by up to three independent switches.
extension GeneratorCatalog {
  static let modulated = Entry(
    name: "modulated",
    summary: "a rate moved by up to three switches; what 'trace generate --like' fits",
    sizes: .none,
    parameters: [
      rate(10, source: "chosen"),
      GeneratorParameter(
        "gap_cv", 1, 0...20, "variation of gaps at a constant rate", source: "chosen: Poisson"),
    ]
      + [(0.5, 3.0), (0.0, 30.0), (0.0, 300.0)].enumerated().flatMap { index, pair in
        switchParameters(index + 1, strength: pair.0, memory: pair.1)
      },
    make: { values, randomness in
      var randomness = randomness
      var profile: any RateProfile = ConstantProfile(rate: values["rps"])
      for index in 1...3 where values["strength_\(index)"] > 0 {
        let states = RateSwitch(
          strength: values["strength_\(index)"], memory: values["memory_\(index)_s"]
        ).states
        profile = ProductProfile(profile, StateProfile(states, meanRate: 1, randomness.split()))
      }
      return ModulatedSource(profile, .gamma(cv: values["gap_cv"]), randomness)
    })

  private static func switchParameters(
    _ index: Int, strength: Double, memory: Double
  ) -> [GeneratorParameter] {
    [
      GeneratorParameter(
        "strength_\(index)", strength, 0...1e4,
        "variance of switch \(index)'s factor, whose mean is 1; 0 leaves it out, 1 and more turn "
          + "the rate off at times", source: "chosen"),
      GeneratorParameter(
        "memory_\(index)_s", memory, 1e-3...1e6, "time constant of switch \(index)'s memory",
        source: "chosen"),
    ]
  }
}

/// A factor of mean 1 that switches between two values.
///
/// Up to a variance of 1 the values are 1 ± √variance with equal shares of time; above, they are 0
/// and 1 + variance. Its covariance at a distance t is variance × exp(-t / memory).
package struct RateSwitch {
  package var strength: Double
  package var memory: Double

  package init(strength: Double, memory: Double) {
    self.strength = strength
    self.memory = memory
  }

  /// The high value's share of time.
  package var highShare: Double { strength < 1 ? 0.5 : 1 / (1 + strength) }
  /// The low value.
  package var low: Double { strength < 1 ? 1 - strength.squareRoot() : 0 }
  /// The high value.
  package var high: Double { strength < 1 ? 1 + strength.squareRoot() : 1 + strength }
  /// Mean stay at the low value in seconds.
  package var lowDwell: Double { memory / highShare }
  /// Mean stay at the high value in seconds.
  package var highDwell: Double { memory / (1 - highShare) }

  /// The two states of a profile.
  var states: [StateProfile.State] {
    [
      .init(rate: low, dwell: lowDwell, next: [0, 1]),
      .init(rate: high, dwell: highDwell, next: [1, 0]),
    ]
  }
}
