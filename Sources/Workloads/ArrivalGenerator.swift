import SimBasics
import Tables

/// Draws the arrivals of a process one by one, in memory that does not grow.
///
/// The same process, seed and stream name give the same arrivals on every platform. All sources
/// start in their stationary state, so that the expected rate holds from time zero on; the
/// exception is `deterministic`, whose first arrival comes after one whole gap.
package struct ArrivalGenerator: IteratorProtocol, Sendable {
  private var source: any ArrivalSource
  private var last: Int64 = 0
  private var hasEnded = false

  /// The last instant that is drawn: about 285 years.
  static let endSeconds = 9e9

  /// Starts the arrivals of a process.
  ///
  /// - Throws: `InputError` of kind `usage` where `process.faults()` is not empty.
  package init(_ process: ArrivalProcess, seed: UInt64, stream: String) throws(InputError) {
    let faults = process.faults()
    if !faults.isEmpty {
      throw InputError(kind: .usage, diagnostics: faults.map { Diagnostic(message: $0) })
    }
    let randomness = SeededGenerator(seed: seed, stream: "arrivals/" + stream)
    switch process {
    case .poisson(let rate):
      source = RenewalSource(rate: rate, .exponential, randomness)
    case .gamma(let rate, let cv):
      source = RenewalSource(rate: rate, .gamma(cv: cv), randomness)
    case .deterministic(let rate):
      source = DeterministicSource(rate: rate)
    case .generator(let spec):
      source = spec.source(randomness)
    }
  }

  /// The next arrival in nanoseconds from the start, never before the one given last; nil after
  /// about 285 years of simulated time.
  package mutating func next() -> Int64? {
    guard !hasEnded, let seconds = source.next(), seconds < Self.endSeconds else {
      hasEnded = true
      return nil
    }
    last = max(last, Int64((seconds * 1e9).rounded()))
    return last
  }
}
