import Hardware
import LanguageModels
import SimBasics
import Tables

/// Constants of language models' operators from measured rows, and how far they carry:
/// `gpuloom kernels fit`.
package struct OperatorFitting: Sendable {
  /// The constants, a file for each GPU.
  package var files: [OperatorFile] = []
  /// Errors on the half of the sizes that was not fitted.
  package var heldOut = PredictionReport(errors: [])
  /// Errors on the rows fitted, to compare.
  package var inSample = PredictionReport(errors: [])
  /// Errors on all rows of each GPU, predicted from the other GPUs' constants and its data sheet.
  package var leftOut = PredictionReport(errors: [])

  /// The most rows of a GPU, family and precision that a fit looks at, evenly chosen by hash.
  static let mostRows = 2500
  /// Shorter rows weigh less: there the call's own time dominates.
  static let shortLimitNS = 20_000.0
  private static let shortWeight = 0.3

  /// Fits the samples of files; errors are judged on rows of at least `minimum`.
  ///
  /// - Parameter catalogue: constants of other GPUs and families, which a GPU that is left out is
  ///   predicted from beside those fitted here.
  /// - Throws: `badData` for a GPU that the library does not know.
  package init(
    _ sampleFiles: [OperatorSampleFile], catalogue: OperatorCatalogue, library: ModelLibrary,
    minimum: SimDuration
  ) throws(InputError) {
    let samples = sampleFiles.flatMap(\.samples)
    var all = catalogue
    for (gpu, family, precision) in OperatorPrediction.groups(samples) {
      let spec = try library.gpu(gpu)
      let own = samples.filter {
        $0.gpu == gpu && $0.shape.family == family && $0.precision == precision
          && $0.latency != nil
      }
      guard !own.isEmpty else { continue }
      let names = sampleFiles.filter { file in
        file.family == family && file.samples.contains { $0.gpu == gpu }
      }.map { $0.file.split(separator: "/").last.map(String.init) ?? $0.file }
      all.set(Self.fit(own, on: spec, family, precision, names: names), for: spec)
    }
    heldOut = try OperatorPrediction.report(
      samples.filter { !$0.isFitted }, catalogue: all, library: library, minimum: minimum)
    inSample = try OperatorPrediction.report(
      samples.filter(\.isFitted), catalogue: all, library: library, minimum: minimum)
    leftOut = try OperatorPrediction.report(
      samples, catalogue: all, library: library, minimum: minimum, transfersAll: true)
    for (gpu, family, precision) in OperatorPrediction.groups(samples) {
      let spec = try library.gpu(gpu)
      guard var constants = all.fitted(spec, family, precision) else { continue }
      let rows = samples.filter {
        $0.gpu == gpu && $0.shape.family == family && $0.precision == precision
      }
      func error(_ part: [OperatorSample], _ transfersAll: Bool) throws(InputError) -> Double {
        let report = try OperatorPrediction.report(
          part, catalogue: all, library: library, minimum: minimum, transfersAll: transfersAll)
        return ((report.group(gpu, family.rawValue)?.mape ?? 0) * 100).rounded() / 100
      }
      constants.errorPercent = try error(rows.filter { !$0.isFitted }, false)
      constants.leftOutPercent = try error(rows, true)
      constants.source +=
        "; mean error on the other half \(PredictionReport.hundredths(constants.errorPercent)) %"
      all.set(constants, for: spec)
    }
    let fitted = PredictionReport.distinct(samples.map(\.gpu))
    files = all.entries.filter { fitted.contains($0.gpu.name) }.map {
      OperatorFile(gpu: $0.gpu.name, constants: $0.constants)
    }
  }

  private static func fit(
    _ samples: [OperatorSample], on gpu: GPUSpec, _ family: OperatorFamily,
    _ precision: OperandPrecision, names: [String]
  ) -> OperatorConstants {
    var half = samples.filter(\.isFitted)
    let total = half.count
    if half.count > mostRows {
      half = half.map { (sample: $0, hash: $0.hash &* 0x9e37_79b9_7f4a_7c15) }.sorted {
        ($0.hash, $0.sample.line) < ($1.hash, $1.sample.line)
      }.prefix(mostRows).map(\.sample)
    }
    let start = OperatorConstants.start(
      family, precision, packsQueries: OperatorTransfer.packsQueries(gpu))
    let observations = half.map { sample in
      let time = Double(sample.latency?.nanoseconds ?? 1)
      return OperatorObservation(
        shape: sample.shape, logTime: PortableMath.log(time),
        weight: time >= shortLimitNS ? 1 : shortWeight)
    }
    var constants = OperatorFit(chip: OperatorChip(gpu), start: start).fitted(observations)
      .rounded()
    constants.rows = half.count
    constants.source =
      "fitted on \(half.count) of \(total) rows of \(names.joined(separator: ", ")), the half of "
      + "sizes chosen by hash; \(constants.count) constants"
    return constants
  }
}
