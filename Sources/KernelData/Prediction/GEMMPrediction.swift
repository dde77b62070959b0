import SimBasics
import Tables

/// What to predict with, and which rows to judge.
package struct PredictionOptions: Sendable {
  /// Whether a row's kernel is used where it is given; false predicts from shapes alone.
  package var usesKernels = true
  /// Whether blocks per SM are rounded up; false is the ablation.
  package var hasWaves = true
  /// Rows shorter than this are left out of the judgement.
  package var minimum = SimDuration(nanoseconds: 0)
  /// Whether a GPU's own constants are left aside, so that every GPU is predicted from the others.
  package var transfersAll = false
  /// The GPU of rows that do not name theirs.
  package var gpu: String?

  /// The usual options.
  package init() {}
}

/// A shape's predicted duration and how far off it may be.
package struct PredictedRow: Sendable {
  /// The shape, and its measured duration where there is one.
  package var sample: GEMMSample
  /// The prediction in milliseconds.
  package var milliseconds: Double
  /// The error to expect: the mean on rows the GPU's constants were not fitted on, or, for a GPU
  /// that was never measured, the worst mean found when fitted GPUs were left out in turn.
  package var errorPercent: Double
  /// Whether the constants were fitted to this GPU.
  package var isFitted: Bool
}

/// Durations for measured shapes: `gpuloom kernels predict`.
package enum GEMMPrediction {
  /// Predicts the rows of a sample file and compares with what was measured.
  ///
  /// - Throws: `InputError` for faults of the file.
  package static func run(
    _ path: String, catalogue: GEMMCatalogue, options: PredictionOptions = PredictionOptions()
  ) throws(InputError) -> PredictionReport {
    try run(try CSVReader.table(at: path, isOurs: false), catalogue: catalogue, options: options)
  }

  /// As `run(_:catalogue:options:)`, of a file that has been read.
  package static func run(
    _ table: CSVTable, catalogue: GEMMCatalogue, options: PredictionOptions = PredictionOptions()
  ) throws(InputError) -> PredictionReport {
    let file = try GEMMSampleFile.read(table, catalogue: catalogue, gpu: options.gpu)
    var report = report(file.samples, catalogue: catalogue, options: options)
    report.remarks = file.notes
    return report
  }

  /// The report of samples.
  package static func report(
    _ samples: [GEMMSample], catalogue: GEMMCatalogue,
    options: PredictionOptions = PredictionOptions()
  ) -> PredictionReport {
    let judged = samples.filter { $0.isMeasured(atLeast: options.minimum) }
    var report = PredictionReport(
      judged, microseconds(judged, catalogue: catalogue, options: options))
    var said: [String] = []
    for sample in judged {
      let key = "\(sample.gpu) \(sample.precision.fitted)"
      guard !said.contains(key), let sheet = catalogue.sheet(named: sample.gpu) else { continue }
      said.append(key)
      let constants = catalogue.constants(
        for: sheet, sample.precision, transfersAll: options.transfersAll)
      report.notes.append("\(key): \(constants.source)")
    }
    report.notes += GEMMDisagreement.notes(judged, catalogue)
    func counted(_ count: Int) -> String { count == 1 ? "1 row" : "\(count) rows" }
    let unmeasured = samples.filter { $0.latency == nil }.count
    if unmeasured > 0 { report.notes.append("\(counted(unmeasured)) without a measurement") }
    let short = samples.count - judged.count - unmeasured
    if short > 0 { report.notes.append("\(counted(short)) below the minimum left out") }
    report.isUnmeasured = unmeasured == samples.count
    return report
  }

  /// Predicted microseconds, sample by sample.
  package static func microseconds(
    _ samples: [GEMMSample], catalogue: GEMMCatalogue, options: PredictionOptions
  ) -> [Double] {
    var predictors: [(gpu: String, precision: GEMMPrecision, predictor: GEMMPredictor)] = []
    return samples.map { sample in
      let precision = sample.precision.fitted
      if let known = predictors.first(where: { $0.gpu == sample.gpu && $0.precision == precision })
      {
        return known.predictor.microseconds(sample, usesKernels: options.usesKernels)
      }
      guard let sheet = catalogue.sheet(named: sample.gpu) else { return .nan }
      let predictor = GEMMPredictor(
        sheet: sheet,
        constants: catalogue.constants(for: sheet, precision, transfersAll: options.transfersAll),
        hasWaves: options.hasWaves)
      predictors.append((sample.gpu, precision, predictor))
      return predictor.microseconds(sample, usesKernels: options.usesKernels)
    }
  }

  /// Every row of a sample file with its predicted duration, measured rows below the minimum apart.
  ///
  /// - Throws: `InputError` for faults of the file.
  package static func rows(
    _ path: String, catalogue: GEMMCatalogue, options: PredictionOptions
  ) throws(InputError) -> [PredictedRow] {
    try rows(try CSVReader.table(at: path, isOurs: false), catalogue: catalogue, options: options)
  }

  /// As `rows(_:catalogue:options:)`, of a file that has been read.
  package static func rows(
    _ table: CSVTable, catalogue: GEMMCatalogue, options: PredictionOptions
  ) throws(InputError) -> [PredictedRow] {
    let samples = try GEMMSampleFile.read(table, catalogue: catalogue, gpu: options.gpu).samples
    return rows(
      samples.filter { $0.latency == nil || $0.isMeasured(atLeast: options.minimum) },
      catalogue: catalogue, options: options)
  }

  /// Every sample with its predicted duration, in their order.
  static func rows(
    _ samples: [GEMMSample], catalogue: GEMMCatalogue, options: PredictionOptions
  ) -> [PredictedRow] {
    var known: [(key: String, error: Double, isOwn: Bool)] = []
    let times = microseconds(samples, catalogue: catalogue, options: options)
    return zip(samples, times).map { sample, time in
      let key = "\(sample.gpu) \(sample.precision.fitted)"
      var at = known.first { $0.key == key }
      if at == nil, let sheet = catalogue.sheet(named: sample.gpu) {
        let constants = catalogue.constants(
          for: sheet, sample.precision, transfersAll: options.transfersAll)
        let isOwn = !options.transfersAll && catalogue.fitted(sheet.name, sample.precision) != nil
        known.append((key, constants.errorPercent, isOwn))
        at = known.last
      }
      return PredictedRow(
        sample: sample, milliseconds: (time * 1e3).rounded() / 1e6, errorPercent: at?.error ?? 0,
        isFitted: at?.isOwn ?? false)
    }
  }
}

extension GEMMPredictor {
  /// Microseconds of a sample, with its kernel where that is known and wanted.
  func microseconds(_ sample: GEMMSample, usesKernels: Bool) -> Double {
    guard usesKernels, let tile = sample.tile else {
      return microseconds(sample.shape, sample.layout)
    }
    return microseconds(
      GEMMLaunch(shape: sample.shape, layout: sample.layout, tile: tile, split: sample.split))
  }
}
