import SimBasics
import Tables

/// Constants from measured rows, and how far they carry: `gpuloom kernels fit`.
package struct GEMMFitting: Sendable {
  /// The constants, a file for each GPU and precision.
  package var constants: [GEMMConstants]
  /// Errors on the half of the shapes that was not fitted, kernels as given.
  package var heldOut: PredictionReport
  /// The same with constants fitted without rounding blocks per SM up.
  package var withoutWaves: PredictionReport
  /// The same from shapes alone, kernels predicted.
  package var shapesAlone: PredictionReport
  /// Errors on the rows fitted, to compare.
  package var inSample: PredictionReport
  /// Errors on all rows of each GPU, predicted from the other GPUs' constants and its data sheet.
  package var leftOut: PredictionReport

  /// Shorter rows count half: there the call's own time dominates.
  static let shortLimitUS = 300.0

  /// Fits a sample file.
  ///
  /// - Throws: `InputError` for faults of the file.
  package static func run(
    _ path: String, catalogue: GEMMCatalogue, minimum: SimDuration, gpu: String? = nil
  ) throws(InputError) -> GEMMFitting {
    try run(
      try CSVReader.table(at: path, isOurs: false), catalogue: catalogue, minimum: minimum, gpu: gpu
    )
  }

  /// As `run(_:catalogue:minimum:gpu:)`, of a file that has been read.
  package static func run(
    _ table: CSVTable, catalogue: GEMMCatalogue, minimum: SimDuration, gpu: String? = nil
  ) throws(InputError) -> GEMMFitting {
    let file = try GEMMSampleFile.read(table, catalogue: catalogue, gpu: gpu, needsGPU: true)
    let path = table.file
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return GEMMFitting(file.samples, catalogue: catalogue, minimum: minimum, name: name)
  }

  /// Fits samples; errors are judged on rows of at least `minimum`.
  package init(
    _ samples: [GEMMSample], catalogue: GEMMCatalogue, minimum: SimDuration, name: String
  ) {
    let samples = samples.filter { $0.latency != nil }
    let judged = samples.filter { $0.isMeasured(atLeast: minimum) }
    let rest = judged.filter { !$0.shape.isFitted }
    let half = samples.filter { $0.shape.isFitted }
    var fit = GEMMCatalogue(sheets: catalogue.sheets)
    fit.constants = GEMMFitting.fit(half, catalogue, hasWaves: true)
    var plain = GEMMCatalogue(sheets: catalogue.sheets)
    plain.constants = GEMMFitting.fit(half, catalogue, hasWaves: false)

    var options = PredictionOptions()
    heldOut = GEMMPrediction.report(rest, catalogue: fit, options: options)
    inSample = GEMMPrediction.report(
      judged.filter { $0.shape.isFitted }, catalogue: fit, options: options)
    options.hasWaves = false
    withoutWaves = GEMMPrediction.report(rest, catalogue: plain, options: options)
    options.hasWaves = true
    options.usesKernels = false
    shapesAlone = GEMMPrediction.report(rest, catalogue: fit, options: options)

    leftOut = PredictionReport([], [])
    options.usesKernels = true
    options.transfersAll = true
    for gpu in GEMMFitting.gpus(judged) {
      // The donors are fitted without the GPU, so that nothing of it reaches their common start.
      var others = GEMMCatalogue(sheets: catalogue.sheets)
      others.constants = GEMMFitting.fit(half.filter { $0.gpu != gpu }, catalogue, hasWaves: true)
      guard !others.constants.isEmpty else { continue }
      let own = judged.filter { $0.gpu == gpu }
      leftOut.groups += GEMMPrediction.report(own, catalogue: others, options: options).groups
    }
    for i in fit.constants.indices {
      let gpu = fit.constants[i].gpu
      let error = heldOut.group(gpu).map { PredictionReport.hundredths($0.mape) } ?? "?"
      let fitted = half.filter { $0.gpu == gpu }.count
      let hundredth = { (value: Double) in (value * 100).rounded() / 100 }
      fit.constants[i].errorPercent = hundredth(heldOut.group(gpu)?.mape ?? 0)
      fit.constants[i].leftOutPercent = hundredth(leftOut.group(gpu)?.mape ?? 0)
      fit.constants[i].source =
        "fitted on \(fitted) rows of \(name), the half of shapes chosen by hash; "
        + "mean error on the other half \(error) %; \(fit.constants[i].count) constants"
    }
    constants = fit.constants
  }

  /// All errors as CSV: what was judged, the contract's columns, and how many constants served.
  ///
  /// `held_out`: shapes not fitted; `held_out_no_waves`: the same, blocks per SM not rounded up;
  /// `held_out_shapes`: the same, kernels predicted; `fitted`: the rows fitted; `left_out_gpu`: all
  /// rows of a GPU that was not fitted at all.
  package var csvText: String {
    var text = "judged," + PredictionReport.header + ",constants\n"
    let parts = [
      ("held_out", heldOut), ("held_out_no_waves", withoutWaves), ("held_out_shapes", shapesAlone),
      ("fitted", inSample), ("left_out_gpu", leftOut),
    ]
    for (name, report) in parts {
      for line in report.csvText.split(separator: "\n").dropFirst() {
        let gpu = line.prefix { $0 != "," }
        let count = constants.filter { $0.gpu == gpu }.reduce(0) { $0 + $1.count }
        text += "\(name),\(line),\(name == "left_out_gpu" ? 0 : count)\n"
      }
    }
    return text
  }

  static func gpus(_ samples: [GEMMSample]) -> [String] {
    PredictionReport.distinct(samples.map(\.gpu))
  }

  /// Constants of every GPU and precision among the samples: fitted from the data sheet's starting
  /// points, then once more from what the fits have in common.
  static func fit(
    _ samples: [GEMMSample], _ catalogue: GEMMCatalogue, hasWaves: Bool
  ) -> [GEMMConstants] {
    var result: [GEMMConstants] = []
    for precision in [GEMMPrecision.fp32, .fp16] {
      let own = samples.filter { $0.precision.fitted == precision }
      var sets: [(sheet: GEMMDataSheet, rows: [GEMMObservation])] = []
      for gpu in gpus(own) {
        guard let sheet = catalogue.sheet(named: gpu) else { continue }
        sets.append((sheet, observations(own.filter { $0.gpu == gpu })))
      }
      var fits: [ConstantTransfer.Donor] = sets.map { set in
        let model = GEMMModel(sheet: set.sheet, precision: precision, hasWaves: hasWaves)
        let prior = GEMMConstants.prior(set.sheet, precision)
        return (set.sheet, GEMMFit(model: model, prior: prior, steps: 25).fitted(set.rows))
      }
      if sets.count > 1 {
        fits = sets.map { set in
          let model = GEMMModel(sheet: set.sheet, precision: precision, hasWaves: hasWaves)
          let prior = ConstantTransfer.pooledPrior(for: set.sheet, precision, from: fits)
          return (set.sheet, GEMMFit(model: model, prior: prior, steps: 40).fitted(set.rows))
        }
      }
      result += fits.map { donor in
        var constants = donor.constants
        constants.families = constants.families.filter { $0.rows > 0 }
        constants.families.sort(by: GEMMFamily.precedes)
        return constants.rounded()
      }
    }
    return result
  }

  /// Samples in the fit's form. A GPU's rows without a kernel are fitted only where none has one:
  /// a guessed kernel must not bend the constants of known ones.
  static func observations(_ samples: [GEMMSample]) -> [GEMMObservation] {
    let hasKernels = samples.contains { $0.tile != nil }
    return samples.compactMap { sample in
      if hasKernels, sample.tile == nil { return nil }
      let tile = sample.tile ?? GEMMTile(columns: 128, rows: 128)
      let isShort = sample.microseconds < (sample.precision == .fp32 ? shortLimitUS : 100)
      return GEMMObservation(
        launch: GEMMLaunch(
          shape: sample.shape, layout: sample.layout, tile: tile, split: sample.split),
        isKernelKnown: sample.tile != nil, logTime: PortableMath.log(sample.microseconds),
        weight: isShort ? 5 : 10)
    }
  }
}
