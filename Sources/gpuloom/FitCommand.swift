import GPUModel
import Reports
import Simulation
import Tables

/// `gpuloom fit`: finds constants of a testbed from measured points by running the simulator.
enum FitCommand: Command {
  static let name = "fit"
  static let summary = "fits a testbed's constants to measured points"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "EXPERIMENT",
      flags: [
        .valued("--to", "POINTS.csv", "the measured points: figure,series,x,simulated,published"),
        .valued(
          "--constants", "NAMES",
          "the testbed's constants to find, with commas (else those the points name)"),
        .valued("--seed", "N", "of the resampling behind the intervals (1)"),
      ],
      notes: [
        "Least squares on the logarithm of simulated over published, on every second point of each\n"
          + "series; the others are left out and only judged. A constant that changes nothing, and\n"
          + "constants that the points cannot tell apart, are refused. 'gpuloom testbeds' lists\n"
          + "the constants.",
        "With --out: testbed.json, the testbed with the constants found, and points.csv.",
      ],
      examples: [
        (
          "gpuloom fit Experiments/paper-fig7/experiment.json --to Experiments/paper-fig7/points.csv",
          "the constants behind a throughput figure"
        )
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let path = arguments.positional("EXPERIMENT")
    let given = arguments.string("--to")
    if given == nil { arguments.fault("'fit' needs '--to POINTS.csv', the measured points") }
    let names = arguments.string("--constants")
    let seed = arguments.integer("--seed") ?? 1
    try arguments.finish()
    let loaded = try ExperimentReader.read(path: path, library: ModelLibrary.locate())
    var points = try PointsFile.read(given ?? "", for: loaded.experiment)
    let chosen =
      names.map { $0.split(separator: ",").map(String.init) } ?? points.constants
    let constants = try constants(chosen, of: loaded.experiment.testbed)
    let folder = try context.outputFolder.map { try OutputFolder($0) }
    let (testbed, result) = try fit(
      constants, loaded.experiment, points, seed: UInt64(seed), jobs: context.jobs)
    var experiment = loaded.experiment
    experiment.testbed = testbed
    let simulated = points.simulated(experiment, jobs: context.jobs)
    for i in points.points.indices { points.points[i].simulated = simulated[i] }
    if let folder {
      try folder.write("testbed.json", testbed.jsonText)
      try folder.write("points.csv", points.text)
    }
    show(constants, result, points, context)
    return .done
  }

  // MARK: Fitting

  private static func constants(
    _ names: [String], of testbed: Testbed
  ) throws(InputError) -> [LeastSquaresFit.Constant] {
    var faults: [Diagnostic] = []
    if names.isEmpty {
      faults.append(
        Diagnostic(message: "no constants to find: give '--constants' or '# constants:'"))
    }
    var constants: [LeastSquaresFit.Constant] = []
    for (i, name) in names.enumerated() {
      guard let value = testbed[constant: name] else {
        faults.append(
          Diagnostic(
            message: "a testbed has no constant '\(name)'",
            hint: NearestName.hint(for: name, in: Testbed.constantNames)))
        continue
      }
      if names[..<i].contains(name) {
        faults.append(Diagnostic(message: "the constant '\(name)' is given twice"))
      }
      constants.append(
        LeastSquaresFit.Constant(
          name: name, start: value, bounds: Testbed.bounds(ofConstant: name)))
    }
    if !faults.isEmpty { throw InputError(kind: .usage, diagnostics: faults) }
    return constants
  }

  /// The testbed with the constants found, and how well they are known.
  private static func fit(
    _ constants: [LeastSquaresFit.Constant], _ experiment: Experiment, _ points: PointsFile,
    seed: UInt64, jobs: Int
  ) throws(InputError) -> (Testbed, LeastSquaresFit.Result) {
    var part = points
    part.points = zip(points.points, points.isFitted).compactMap { $1 ? $0 : nil }
    let fitted = part
    let published = fitted.points.compactMap(\.published)
    func set(_ values: [Double]) -> Testbed {
      var testbed = experiment.testbed
      for (constant, value) in zip(constants, values) { testbed[constant: constant.name] = value }
      return testbed
    }
    let fit = LeastSquaresFit(constants) { values in
      var trial = experiment
      trial.testbed = set(values)
      let found = fitted.simulated(trial, jobs: jobs)
      var residuals: [Double] = []
      for (value, goal) in zip(found, published) {
        guard let value, value > 0 else { return nil }
        residuals.append(FitError.log(value / goal))
      }
      return residuals
    }
    do throws(LeastSquaresFit.Failure) {
      let result = try fit.run(seed: seed)
      var testbed = set(result.values)
      for i in testbed.sources.indices
      where constants.contains(where: { $0.name == testbed.sources[i].key }) {
        testbed.sources[i].source =
          "derived: fitted to \(published.count) points of \(points.comment("source") ?? "a file")"
      }
      return (testbed, result)
    } catch {
      throw InputError(explain(error, points.path))
    }
  }

  private static func explain(_ failure: LeastSquaresFit.Failure, _ path: String) -> Diagnostic {
    switch failure {
    case .noResiduals:
      Diagnostic(
        file: path, message: "a point cannot be simulated: the policy refuses to run there",
        hint: "does memory suffice for its replicas?")
    case .tooFewPoints(let points, let constants):
      Diagnostic(
        file: path, message: "\(points) points cannot carry \(constants) constants")
    case .ineffective(let names):
      Diagnostic(
        file: path,
        message: "no point depends on " + names.map { "'\($0)'" }.joined(separator: ", "))
    case .inseparable(let name):
      Diagnostic(
        file: path,
        message: "the points cannot tell the constant '\(name)' from those before it",
        hint: "leave one of them as the testbed has it")
    }
  }

  // MARK: Showing

  private static func show(
    _ constants: [LeastSquaresFit.Constant], _ result: LeastSquaresFit.Result,
    _ points: PointsFile, _ context: CommandContext
  ) {
    var table = ReportTable(columns: [
      ReportColumn("constant"), ReportColumn("start", decimals: 3),
      ReportColumn("found", decimals: 3), ReportColumn("half_width", decimals: 3),
    ])
    for (i, constant) in constants.enumerated() {
      table.append([
        .text(constant.name), .number(constant.start), .number(result.values[i]),
        .number(result.halfWidths[i]),
      ])
    }
    let errors = PointErrors(points).table
    switch context.format {
    case .table:
      context.print(table.text(context.tableStyle))
      context.print("\n" + errors.text(context.tableStyle))
    case .csv: context.print(table.csv + errors.csv)
    case .json:
      context.print(
        JSONReport.object([("constants", table.json), ("errors", errors.json)]).text)
    }
  }
}

/// How far a file's simulated points are from its published ones.
struct PointErrors {
  let points: PointsFile

  init(_ points: PointsFile) { self.points = points }

  /// By series and over all: the points and their mean error, fitted and left out.
  var table: ReportTable {
    var table = ReportTable(columns: [
      ReportColumn("series"), ReportColumn("points"),
      ReportColumn("mean_error", title: "mean error", unit: "%", decimals: 2, scale: 100),
      ReportColumn("fitted_error", title: "fitted", unit: "%", decimals: 2, scale: 100),
      ReportColumn("left_out_error", title: "left out", unit: "%", decimals: 2, scale: 100),
      ReportColumn("largest_error", title: "largest", unit: "%", decimals: 1, scale: 100),
    ])
    for name in points.series + ["*"] {
      let all = pairs(name)
      func cell(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .none }
      table.append([
        .text(name), .integer(Int64(all.count)),
        cell(FitError.mean(all.map(\.pair))),
        cell(FitError.mean(all.filter(\.isFitted).map(\.pair))),
        cell(FitError.mean(all.filter { !$0.isFitted }.map(\.pair))),
        cell(all.map { abs($0.pair.simulated / $0.pair.published - 1) }.max()),
      ])
    }
    return table
  }

  /// Geometric means of each later series over each earlier one, where both have a point.
  var ratios: ReportTable {
    var table = ReportTable(columns: [
      ReportColumn("ratio"), ReportColumn("points"), ReportColumn("simulated", decimals: 2),
      ReportColumn("published", decimals: 2),
    ])
    let names = points.series
    for (i, below) in names.enumerated() {
      for above in names[(i + 1)...] {
        var simulated: [Double] = []
        var published: [Double] = []
        for point in points.points where point.series == above {
          let other = points.points.first {
            $0.series == below && $0.x == point.x && $0.figure == point.figure
          }
          guard let other else { continue }
          if let a = point.simulated, let b = other.simulated { simulated.append(a / b) }
          if let a = point.published, let b = other.published { published.append(a / b) }
        }
        func cell(_ ratios: [Double]) -> ReportCell {
          FitError.geometricMean(ratios).map { .number($0) } ?? .none
        }
        table.append([
          .text("\(above) / \(below)"), .integer(Int64(simulated.count)), cell(simulated),
          cell(published),
        ])
      }
    }
    return table
  }

  private func pairs(
    _ series: String
  ) -> [(pair: (simulated: Double, published: Double), isFitted: Bool)] {
    zip(points.points, points.isFitted).compactMap { point, isFitted in
      guard series == "*" || point.series == series, let simulated = point.simulated,
        let published = point.published
      else { return nil }
      return ((simulated, published), isFitted)
    }
  }
}
