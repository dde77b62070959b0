import Hardware
import Reports
import Scheduling
import Simulation
import Tables

/// A study with every run named: what is run where, and what decides it.
package struct StudyPlan: Sendable {
  /// Where a run stands among the study's points.
  struct Place: Sendable {
    var point: Int
    var description: Int
    /// The policy among those of the description.
    var policy: Int
  }

  package let study: Study
  package let listing: StudyListing
  /// By row of the listing.
  let places: [Place]
  let points: StudyPoints
  let library: ModelLibrary
  let policies: PolicyCatalog

  /// Reads the experiment at every point and names the runs.
  ///
  /// - Parameter version: the release, which is part of what decides a run.
  /// - Throws: `InputError` with the faults of the first point that cannot be run, or of an axis that
  ///   changes nothing.
  package init(
    _ study: Study, library: ModelLibrary, policies: PolicyCatalog, version: String
  ) throws(InputError) {
    self.study = study
    self.library = library
    self.policies = policies
    points = StudyPoints(study)
    try Self.check(study, points)
    var files = InputHashes()
    var inputs: [StudyListing.Input] = []
    var known = Set<StudyListing.Input>()
    var kinds: [PlannedDescription] = []
    for d in 0..<points.descriptionCount {
      let planned = try PlannedDescription(
        study, points.digits(ofDescription: d), library, policies, version: version, &files)
      for input in planned.inputs where known.insert(input).inserted { inputs.append(input) }
      kinds.append(planned)
    }
    var (rows, places) = ([StudyListing.Row](), [Place]())
    for point in 0..<points.count {
      let digits = points.digits(point)
      let values = zip(points.axes, digits).map { $0.values[$1].text }
      let description = points.description(of: digits)
      let planned = kinds[description]
      let clock = points.clock(digits)
      if point == 0, let of = clock?.axis.capacityOf, !planned.labels.contains(of) {
        throw InputError(
          file: clock?.axis.place.file ?? "", line: clock?.axis.place.line ?? 0,
          column: clock?.axis.place.column ?? 0,
          message: "the experiment has no policy '\(Excerpt.word(of))' to measure loads in",
          hint: NearestName.hint(for: of, in: planned.labels))
      }
      guard points.count <= Study.mostRuns / max(1, planned.labels.count * planned.seeds.count)
      else { throw Self.tooMany }
      for (p, label) in planned.labels.enumerated() {
        let own = planned.hash(label, clock.map { ($0.axis.name, $0.value, $0.axis.capacityOf) })
        for seed in planned.seeds {
          rows.append(
            StudyListing.Row(
              values: values, policy: label, seed: seed, run: PlannedDescription.name(own, seed)))
          places.append(Place(point: point, description: description, policy: p))
        }
      }
    }
    self.places = places
    listing = StudyListing(
      version: version, study: study.name, axes: study.axes.map(\.name),
      description: study.canonical, catalogue: Self.catalogue(library, policies), inputs: inputs,
      columns: points.axes.map { StudyListing.column($0.name) },
      summary: SummaryTable.names(
        hasServing: kinds.contains(where: \.hasServing), hasWaits: study.followsWaits),
      rows: rows, count: rows.count)
    try checkEffects()
  }

  private static var tooMany: InputError {
    InputError(message: "a study has at most \(Study.mostRuns) runs; split it")
  }

  private static func check(_ study: Study, _ points: StudyPoints) throws(InputError) {
    let clocks = study.axes.filter(\.isClock)
    if clocks.count > 1 {
      throw InputError(
        file: clocks[1].place.file, line: clocks[1].place.line, column: clocks[1].place.column,
        message: "the axes '\(clocks[0].name)' and '\(clocks[1].name)' exclude each other: both "
          + "set the clock of the requests")
    }
    var product = 1
    for axis in study.axes {
      product = product.multipliedReportingOverflow(by: axis.values.count).partialValue
      if product > Study.mostRuns || product < 1 { throw tooMany }
    }
  }

  /// Whether plans of before still hold: the hash of every name that one may find another thing by.
  package static func catalogue(_ library: ModelLibrary, _ policies: PolicyCatalog) -> String {
    var names = policies.allNames + library.gpuNames + library.testbedNames
    for model in library.modelNames { names += [model] + library.tableGPUs(of: model) }
    names += SummaryTable.names(hasServing: true, hasWaits: true)
    return SHA256.hex(Array(names.joined(separator: "\n").utf8))
  }

  /// An axis is there to change something: where it names the very same runs whatever its value, it
  /// is a mistake.
  private func checkEffects() throws(InputError) {
    var starts = [Int](repeating: 0, count: points.count + 1)
    for place in places { starts[place.point + 1] += 1 }
    for point in 0..<points.count { starts[point + 1] += starts[point] }
    func runs(_ point: Int) -> some Sequence<String> {
      listing.rows[starts[point]..<starts[point + 1]].lazy.map(\.run)
    }
    var step = 1
    for axis in points.axes.reversed() {
      let size = axis.values.count
      // The point with the axis' first value and all others as they are.
      let changes = (0..<points.count).contains { point in
        let base = point - point / step % size * step
        return base != point && !runs(point).elementsEqual(runs(base))
      }
      step *= size
      if changes || size == 1 { continue }
      throw InputError(
        file: axis.place.file, line: axis.place.line, column: axis.place.column,
        message: "the axis '\(axis.name)' changes nothing: its \(size) values name the same runs")
    }
  }
}

extension Study {
  /// The study as one line of JSON, the same for files that say the same.
  package var canonical: String {
    let axes = axes.map { axis in
      JSONReport.quoted(axis.name) + ":{\"of\":"
        + (axis.capacityOf.map(JSONReport.quoted) ?? "null")
        + ",\"values\":[" + axis.values.map { $0.node.canonical() }.joined(separator: ",") + "]}"
    }
    return "{\"experiment\":\(base.node.canonical()),\"over\":{" + axes.joined(separator: ",")
      + "},\"why\":\(followsWaits)}"
  }
}
