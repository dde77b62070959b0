import SimBasics

// What recorded traces look like, with their measured figures as defaults.
extension GeneratorCatalog {
  private static let codeFit =
    "fitted to Azure LLM code 2023: rate, dispersion at 1, 10, 60 s, CV, empty seconds, gaps"
  private static let chatFit =
    "fitted to Azure LLM conversation 2023: CV 1.094, dispersion 1.39, 3.86, 16.1 at 1, 10, 60 s"

  /// A five-state MMPP: two OFF states (a short and a long one stand for the heavy tail of the
  /// pauses), and three ON states that climb and fall one step at a time.
  static let codeOnOff = Entry(
    name: "code-onoff",
    summary: "bursts and pauses of a code assistant, after Azure LLM code 2023", sizes: .code,
    parameters: [
      rate(2.567, source: "Azure LLM code 2023, measured"),
      ratio("rate_low", 6.99), ratio("rate_high", 26.1), ratio("rate_peak", 71.0),
      dwell("dwell_pause_s", 3.83, "mean length of a short pause", source: codeFit),
      dwell("dwell_silence_s", 52.3, "mean length of a long pause", source: codeFit),
      dwell("dwell_low_s", 3.31, "mean stay at the low rate", source: codeFit),
      dwell("dwell_high_s", 2.14, "mean stay at the high rate", source: codeFit),
      dwell("dwell_peak_s", 0.70, "mean stay at the peak rate", source: codeFit),
      share("silence_share", 0.276, "share of the pauses that are long", source: codeFit),
      share("pause_share", 0.699, "chance that the low rate ends in a pause", source: codeFit),
      share("peak_share", 0.033, "chance that the high rate rises to the peak", source: codeFit),
    ],
    make: { values, randomness in
      var randomness = randomness
      let (long, off) = (values["silence_share"], values["pause_share"])
      let peak = values["peak_share"]
      let states: [StateProfile.State] = [
        .init(rate: 0, dwell: values["dwell_pause_s"], next: [0, 0, 1, 0, 0]),
        .init(rate: 0, dwell: values["dwell_silence_s"], next: [0, 0, 1, 0, 0]),
        .init(
          rate: values["rate_low"], dwell: values["dwell_low_s"],
          next: [off * (1 - long), off * long, 0, 1 - off, 0]),
        .init(
          rate: values["rate_high"], dwell: values["dwell_high_s"], next: [0, 0, 1 - peak, 0, peak]),
        .init(rate: values["rate_peak"], dwell: values["dwell_peak_s"], next: [0, 0, 0, 1, 0]),
      ]
      let profile = StateProfile(states, meanRate: values["rps"], randomness.split())
      return ModulatedSource(profile, .exponential, randomness)
    },
    jointFault: { values in
      values["rate_low"] > 0 ? nil : "expected 'rate_low' above 0"
    })

  /// Two states and a slow wave: two states alone reach only half of the dispersion at 60 s.
  ///
  /// Rates, drift and gaps are fitted to the recording's figures over whole windows; the dwell times
  /// are those of the hidden Markov fit.
  static let chatSteady = Entry(
    name: "chat-steady",
    summary: "slowly drifting load of a chat service, after Azure LLM conversation 2023",
    sizes: .chat,
    parameters: [
      rate(5.530, source: "Azure LLM conversation 2023, measured"),
      GeneratorParameter(
        "rate_low", 4.85, 0...1e9, "rate of the low state, relative", source: chatFit),
      GeneratorParameter(
        "rate_high", 6.62, 1e-6...1e9, "rate of the high state, relative", source: chatFit),
      dwell("dwell_low_s", 122, "mean stay in the low state", source: "hidden Markov fit"),
      dwell("dwell_high_s", 76, "mean stay in the high state", source: "hidden Markov fit"),
      GeneratorParameter(
        "gap_cv", 1.04, 0...20, "variation of gaps within a state", source: chatFit),
      share("drift", 0.24, "amplitude of the slow wave", source: chatFit),
      dwell("drift_period_s", 3_600, "period of the slow wave", source: "chosen: the file's span"),
    ],
    make: { values, randomness in
      var randomness = randomness
      let states: [StateProfile.State] = [
        .init(rate: values["rate_low"], dwell: values["dwell_low_s"], next: [0, 1]),
        .init(rate: values["rate_high"], dwell: values["dwell_high_s"], next: [1, 0]),
      ]
      let jumps = StateProfile(states, meanRate: values["rps"], randomness.split())
      var wave = DayProfile(
        day: values["drift_period_s"], first: values["drift"], second: 0, randomness.split())
      wave.phase = randomness.nextUnit()
      let law = GapDistribution.gamma(cv: values["gap_cv"])
      return ModulatedSource(ProductProfile(jumps, wave), law, randomness)
    })

  static let diurnal = Entry(
    name: "diurnal", summary: "a day's wave with surges, after a public feed's request rates",
    sizes: .chat,
    parameters: [
      rate(62, source: "rate-per-second trace of IPA, measured: day means 61 to 65"),
      share("first", 0.205, "amplitude of the first harmonic", source: "measured there"),
      share("second", 0.136, "amplitude of the second harmonic", source: "measured there"),
      share("surge_share", 0.05, "chance that a slot surges", source: "measured there, roughly"),
      GeneratorParameter(
        "surge_low", 2, 1...100, "least factor of a surge", source: "measured there"),
      GeneratorParameter(
        "surge_high", 3, 1...100, "largest factor of a surge", source: "measured there"),
      dwell("day_s", 86_400, "length of the day, of 48 slots", source: "a day"),
      GeneratorParameter(
        "hole_s", 0, 0...1e7, "silence at the day's end; that trace has 1740 s",
        source: "chosen: the hole is an outage of the recording"),
      share("phase", 0, "where in the day time zero falls", source: "chosen: the peak"),
    ],
    make: { values, randomness in
      var randomness = randomness
      let day = values["day_s"]
      var profile = DayProfile(
        day: day, first: values["first"], second: values["second"], randomness.split())
      profile.phase = values["phase"]
      profile.surgeShare = values["surge_share"]
      profile.surgeFactors = values["surge_low"]...values["surge_high"]
      profile.holeShare = values["hole_s"] / day
      let constant = ConstantProfile(rate: values["rps"])
      return ModulatedSource(ProductProfile(profile, constant), .exponential, randomness)
    },
    jointFault: { values in
      if values["surge_low"] > values["surge_high"] {
        return "expected 'surge_low' at most 'surge_high'"
      }
      if values["first"] + values["second"] > 1 {
        return "expected 'first' and 'second' to sum to at most 1"
      }
      return values["hole_s"] <= values["day_s"] / 2
        ? nil : "expected 'hole_s' at most half of 'day_s'"
    })

  static func ratio(_ name: String, _ value: Double) -> GeneratorParameter {
    GeneratorParameter(
      name, value, 0...1e9,
      "rate of the state; all are scaled together so that the mean is 'rps'", source: codeFit)
  }

  static func share(_ name: String, _ value: Double, _ meaning: String, source: String)
    -> GeneratorParameter
  {
    GeneratorParameter(name, value, 0...1, meaning, source: source)
  }
}

/// A rate that never changes.
struct ConstantProfile: RateProfile {
  let rate: Double

  mutating func nextSegment() -> RateSegment { RateSegment(duration: 1e6, rate: rate) }
}
