import SimBasics

// The plain processes: textbook laws, whose defaults are choices and not measurements.
extension GeneratorCatalog {
  private static let chosen = "chosen"

  static let poisson = Entry(
    name: "poisson", summary: "independent arrivals at a constant rate", sizes: .none,
    parameters: [rate(3.9, source: "Mooncake's synthetic trace, measured: CV 1.01")],
    make: { values, randomness in
      RenewalSource(rate: values["rps"], .exponential, randomness)
    })

  static let gamma = Entry(
    name: "gamma", summary: "independent gamma gaps", sizes: .none,
    parameters: [
      rate(10, source: chosen),
      GeneratorParameter(
        "cv", 2, GeneratorParameter.variationBounds, "coefficient of variation of the gaps",
        source: "chosen; ServeGen's busy windows measured 1 to 12"),
    ],
    make: { values, randomness in
      RenewalSource(rate: values["rps"], .gamma(cv: values["cv"]), randomness)
    })

  static let weibull = Entry(
    name: "weibull", summary: "independent Weibull gaps", sizes: .none,
    parameters: [
      rate(10, source: chosen),
      GeneratorParameter(
        "shape", 0.6, 0.1...20, "shape of the gaps; below 1 gives bursts", source: chosen),
    ],
    make: { values, randomness in
      RenewalSource(rate: values["rps"], .weibull(shape: values["shape"]), randomness)
    })

  static let deterministic = Entry(
    name: "deterministic", summary: "equal gaps", sizes: .none,
    parameters: [rate(10, source: chosen)],
    make: { values, _ in DeterministicSource(rate: values["rps"]) })

  static let mmpp = Entry(
    name: "mmpp",
    summary: "Poisson arrivals whose rate jumps between two or three states", sizes: .none,
    parameters: [
      rate(5.5, source: "Azure LLM conversation 2023, measured"),
      stateRate(1, 4.62, source: "hidden Markov fit of the same trace"),
      stateRate(2, 7.00, source: "hidden Markov fit of the same trace"),
      stateRate(3, 0, source: "the third state is off"),
      dwell("dwell_1_s", 122, "mean stay in state 1", source: "hidden Markov fit"),
      dwell("dwell_2_s", 76, "mean stay in state 2", source: "hidden Markov fit"),
      GeneratorParameter(
        "dwell_3_s", 0, 0...1e7, "mean stay in state 3; 0 leaves the state out", source: chosen),
    ],
    make: { values, randomness in
      var randomness = randomness
      let count = values["dwell_3_s"] > 0 ? 3 : 2
      let states = (1...count).map { state in
        StateProfile.State(
          rate: values["rate_\(state)"], dwell: values["dwell_\(state)_s"],
          next: (1...count).map { $0 == state ? 0 : 1 / Double(count - 1) })
      }
      let profile = StateProfile(states, meanRate: values["rps"], randomness.split())
      return ModulatedSource(profile, .exponential, randomness)
    },
    jointFault: { values in
      let last = values["dwell_3_s"] > 0 ? values["rate_3"] : 0
      return values["rate_1"] + values["rate_2"] + last > 0
        ? nil : "expected a state of the generator 'mmpp' with a rate above 0"
    })

  static let hawkes = Entry(
    name: "hawkes", summary: "arrivals that set off further ones", sizes: .none,
    parameters: [
      rate(2.567, source: "Azure LLM code 2023, measured"),
      GeneratorParameter(
        "branching", 0.88, 0...0.99, "arrivals that one arrival sets off directly, on average",
        source: "1 - 1/sqrt(71), from the dispersion of Azure code at 10 s: an upper bound"),
      dwell("decay_s", 3, "time constant of the excitement", source: chosen),
    ],
    make: { values, randomness in
      HawkesSource(
        rate: values["rps"], branching: values["branching"], decay: values["decay_s"], randomness)
    })

  private static func stateRate(_ state: Int, _ value: Double, source: String)
    -> GeneratorParameter
  {
    GeneratorParameter(
      "rate_\(state)", value, 0...1e9,
      "rate of state \(state); all are scaled together so that the mean is 'rps'", source: source)
  }
}
