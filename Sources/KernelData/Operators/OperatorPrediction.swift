import Hardware
import LanguageModels
import SimBasics
import Tables

/// Durations of measured operators, predicted: `gpuloom kernels predict` on language models' rows.
package enum OperatorPrediction {
  /// A row and its prediction.
  package struct Row: Sendable {
    /// The sample.
    package var sample: OperatorSample
    /// The predicted nanoseconds.
    package var ns: Double
    /// The error to expect, in per cent.
    package var errorPercent: Double
    /// Whether the constants were fitted to this GPU.
    package var isFitted: Bool
  }

  /// Predicts samples, in their order; those of a family that no GPU was fitted for are left out.
  ///
  /// - Parameter transfersAll: predicts each GPU from the others' constants.
  /// - Throws: `badData` for a GPU that the library does not know.
  package static func rows(
    _ samples: [OperatorSample], catalogue: OperatorCatalogue, library: ModelLibrary,
    transfersAll: Bool = false
  ) throws(InputError) -> [Row] {
    var rows: [Row] = []
    for (gpu, family, precision) in groups(samples) {
      let spec = try library.gpu(gpu)
      guard
        let constants = catalogue.constants(
          for: spec, family, precision, transfersAll: transfersAll)
      else { continue }
      let isOwn = !transfersAll && catalogue.fitted(spec, family, precision) != nil
      let own = samples.filter {
        $0.gpu == gpu && $0.shape.family == family && $0.precision == precision
      }
      let times = OperatorPredictor(OperatorChip(spec), constants).ns(own.map(\.shape))
      rows += zip(own, times).map { sample, time in
        Row(
          sample: sample, ns: time, errorPercent: constants.errorPercent, isFitted: isOwn)
      }
    }
    return rows
  }

  /// The errors by GPU and operation, rows of at least `minimum`.
  package static func report(
    _ samples: [OperatorSample], catalogue: OperatorCatalogue, library: ModelLibrary,
    minimum: SimDuration, transfersAll: Bool = false
  ) throws(InputError) -> PredictionReport {
    let judged = samples.filter { $0.isMeasured(atLeast: minimum) }
    let rows = try rows(
      judged, catalogue: catalogue, library: library, transfersAll: transfersAll)
    var report = PredictionReport(
      errors: rows.map { row in
        let measured = Double(row.sample.latency?.nanoseconds ?? 1)
        return (
          row.sample.gpu, row.sample.shape.family.rawValue, abs(row.ns / measured - 1)
        )
      })
    for (gpu, family, precision) in groups(judged) {
      let spec = try library.gpu(gpu)
      let constants = catalogue.constants(
        for: spec, family, precision, transfersAll: transfersAll)
      report.notes.append(
        "\(gpu) \(family.rawValue) \(precision.rawValue): "
          + (constants?.source ?? "no GPU is fitted: left out"))
    }
    func counted(_ count: Int) -> String { count == 1 ? "1 row" : "\(count) rows" }
    let unmeasured = samples.filter { $0.latency == nil }.count
    if unmeasured > 0 { report.notes.append("\(counted(unmeasured)) without a measurement") }
    let short = samples.count - judged.count - unmeasured
    if short > 0 { report.notes.append("\(counted(short)) below the minimum left out") }
    report.isUnmeasured = !samples.isEmpty && unmeasured == samples.count
    return report
  }

  /// The GPUs, families and precisions of samples, in order of appearance.
  static func groups(
    _ samples: [OperatorSample]
  ) -> [(gpu: String, family: OperatorFamily, precision: OperandPrecision)] {
    var result: [(gpu: String, family: OperatorFamily, precision: OperandPrecision)] = []
    for sample in samples {
      let family = sample.shape.family
      let isKnown = result.contains {
        $0.gpu == sample.gpu && $0.family == family && $0.precision == sample.precision
      }
      if !isKnown { result.append((sample.gpu, family, sample.precision)) }
    }
    return result
  }
}
