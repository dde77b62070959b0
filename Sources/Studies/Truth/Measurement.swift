import Tables

/// One published figure, and what is simulated in its place.
package struct Measurement: Sendable {
  /// What is varied.
  package enum Kind: String, CaseIterable, Sendable {
    /// Nothing: a model has the whole GPU.
    case model
    /// The MPS active-thread percentage of a model alone.
    case share
    /// The neighbour, on the other SMs.
    case pair
    /// The number of replicas of a model under MPS.
    case replicas

    /// The kind for readers.
    package var title: String {
      switch self {
      case .model: "whole model"
      case .share: "MPS share"
      case .pair: "side by side"
      case .replicas: "replicas"
      }
    }

    /// What is measured of it.
    package var figures: [Figure] {
      switch self {
      case .model: [.latency, .rate]
      case .share: [.latency]
      case .pair: [.slowdown]
      case .replicas: [.gain]
      }
    }
  }

  /// What is measured.
  package enum Figure: String, CaseIterable, Sendable {
    /// Mean time of a batch, in milliseconds.
    case latency = "latency_ms"
    /// Images, or sequences, a second.
    case rate = "images_per_s"
    /// Latency over that of the same batch alone at the same share.
    case slowdown
    /// Throughput of all replicas over that of one.
    case gain
  }

  /// Whether constants of the model were chosen with the measurement in sight.
  package enum Use: String, CaseIterable, Sendable { case fitted, predicted }

  package var kind: Kind
  package var gpu: String
  package var stack: String
  package var testbed: String
  package var loop: BatchLoop
  package var replicas: Int
  package var beside: BatchLoop?
  package var figure: Figure
  package var measured: Double
  package var simulated: Double?
  package var use: Use
  /// The key of its source.
  package var source: String
  package var line: Int
  /// Where its cells begin, by the names of their columns.
  package var columns: [String: Int]

  /// The run that it is a figure of.
  package var run: LoopRun {
    LoopRun(
      gpu: gpu, stack: stack, testbed: testbed, loops: [loop] + (beside.map { [$0] } ?? []),
      replicas: replicas)
  }

  /// Which it is among the rows of its kind: two of the same place would be one figure twice.
  package var place: String {
    var text = "\(figure.rawValue) of \(loop.model) on \(gpu), \(stack), batch \(loop.batch), "
    text += "share \(loop.share)"
    if replicas > 1 { text += ", \(replicas) replicas" }
    if let beside {
      text += " beside \(beside.model), batch \(beside.batch), share \(beside.share)"
    }
    return text
  }

  /// How far what is simulated is from what is measured, as a share of it; for slowdowns the plain
  /// difference, which is in points where it is shown in per cent.
  package var error: Double? {
    guard let simulated else { return nil }
    return figure == .slowdown ? abs(simulated - measured) : abs(simulated / measured - 1)
  }

  /// What the runs say in its place.
  ///
  /// - Throws: as `LoopBench.figures`.
  package func value(of bench: LoopBench) throws(InputError) -> Double {
    let figures = try bench.figures(run)
    let alone = try bench.figures(run.alone(loop))
    // Of two loops that are the same in all, either is it.
    let at = run.loops.firstIndex(of: loop) ?? 0
    switch figure {
    case .latency: return figures.latencyMS[at]
    case .rate: return figures.throughputRPS[at] * Double(loop.batch)
    case .slowdown: return figures.latencyMS[at] / alone.latencyMS[0]
    case .gain: return figures.throughputRPS[at] / alone.throughputRPS[0]
    }
  }
}
