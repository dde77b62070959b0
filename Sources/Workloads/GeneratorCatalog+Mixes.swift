import SimBasics

// Superpositions of many sources, and requests that come in batches.
extension GeneratorCatalog {
  static let batched = Entry(
    name: "batched-3s",
    summary: "batches on a 3 s clock, after Mooncake's conversation trace", sizes: .none,
    parameters: [
      rate(3.4, source: "10.2 requests a batch every 3 s"),
      dwell("tick_s", 3, "seconds between batches", source: "measured there"),
      GeneratorParameter(
        "dispersion", 5.8, 1.001...1e4, "variance over mean of a batch", source: "measured there"),
      GeneratorParameter(
        "jitter_s", 0.003, 0...1e6, "largest distance from the tick", source: "measured there"),
    ],
    make: { values, randomness in
      BatchedSource(
        tick: values["tick_s"], meanBatch: values["rps"] * values["tick_s"],
        dispersion: values["dispersion"], jitter: values["jitter_s"], randomness)
    },
    jointFault: { values in
      if values["jitter_s"] > values["tick_s"] / 2 {
        return "expected 'jitter_s' at most half of 'tick_s'"
      }
      return values["rps"] * values["tick_s"] <= 1e7
        ? nil : "expected at most 1e7 requests a batch ('rps' times 'tick_s')"
    })

  /// Four periodic tasks and a bursty one; `rps` scales all five.
  static let sensor = Entry(
    name: "sensor",
    summary: "periodic sensing with one bursty task, after DISB's REAL case", sizes: .none,
    parameters: [
      rate(48.5, source: "the sum of the five tasks below"),
      GeneratorParameter(
        "jitter_cv", 0.2, 0...PeriodicSource.variationLimit,
        "variation of the gaps of the periodic tasks",
        source: "measured 0.12, 0.22, 0.23, 0.39 at 10, 10, 5 and 4.5 per second"),
      GeneratorParameter(
        "burst_cv", 1.59, GeneratorParameter.variationBounds,
        "variation of the gaps of the bursty task, 19 per second", source: "measured there"),
    ],
    make: { values, randomness in
      var randomness = randomness
      let scale = values["rps"] / 48.5
      var sources: [any ArrivalSource] = [10, 10, 5, 4.5].map { rate in
        PeriodicSource(rate: rate * scale, cv: values["jitter_cv"], randomness.split())
      }
      sources.append(
        RenewalSource(rate: 19 * scale, .gamma(cv: values["burst_cv"]), randomness.split()))
      return SuperposedSource(sources)
    })

  /// Many gamma renewal sources of Zipf rates, the first few of them bursty.
  static let clientMix = Entry(
    name: "client-mix",
    summary: "many calm sources and a few bursty ones, after ServeGen", sizes: .none,
    parameters: [
      rate(20, source: "chosen"),
      GeneratorParameter(
        "sources", 50, 1...100_000, isWhole: true, "number of sources", source: "chosen"),
      GeneratorParameter(
        "zipf", 1, 0...10, "exponent of the rates by rank", source: "chosen"),
      GeneratorParameter(
        "bursty", 2, 0...100_000, isWhole: true, "sources, from rank 1, that are bursty",
        source: "ServeGen m-large: few sources carry the bursts"),
      GeneratorParameter(
        "bursty_cv", 9.1, GeneratorParameter.variationBounds, "variation of their gaps",
        source: "ServeGen m-large chunk 0, measured: median 9.1, p90 12.6"),
      GeneratorParameter(
        "calm_cv", 1.04, GeneratorParameter.variationBounds, "variation of the others' gaps",
        source: "ServeGen m-large chunk 100, measured: 1.04"),
    ],
    make: { values, randomness in
      var randomness = randomness
      let count = Int(values["sources"])
      let weights = ZipfLaw.weights(count: count, exponent: values["zipf"])
      let sources: [any ArrivalSource] = weights.enumerated().map { rank, weight in
        let cv = rank < Int(values["bursty"]) ? values["bursty_cv"] : values["calm_cv"]
        return RenewalSource(rate: values["rps"] * weight, .gamma(cv: cv), randomness.split())
      }
      return SuperposedSource(sources)
    },
    jointFault: { values in
      values["bursty"] <= values["sources"] ? nil : "expected 'bursty' at most 'sources'"
    })
}

/// Weights that fall with the rank: proportional to 1 / rank^exponent.
package enum ZipfLaw {
  /// The weights of ranks 1 to `count`, which sum to 1.
  package static func weights(count: Int, exponent: Double) -> [Double] {
    let raw = (1...max(1, count)).map { PortableMath.pow(Double($0), -exponent) }
    let total = raw.reduce(0, +)
    return raw.map { $0 / total }
  }
}
