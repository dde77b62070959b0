import Hardware
import Reports
import Simulation
import Tables

/// A constant that `fit` may change: one of the testbed's, or a factor on a column of the tenants'
/// kernel tables.
package struct FitConstant {
  /// What it is part of.
  package enum Place {
    case testbed
    /// The column of one tenant's table, or of every tenant's.
    case tables(KernelColumn, tenant: Int?)
  }

  /// As the user names it.
  package let name: String
  package let place: Place
  package let start: Double
  package let bounds: ClosedRange<Double>

  /// The constants of the names.
  ///
  /// - Throws: a usage error with every name that is none, or is given twice.
  package static func constants(
    _ names: [String], of experiment: Experiment
  ) throws(InputError) -> [FitConstant] {
    var faults: [Diagnostic] = []
    if names.isEmpty {
      faults.append(
        Diagnostic(message: "no constants to find: give '--constants' or '# constants:'"))
    }
    var constants: [FitConstant] = []
    for (i, name) in names.enumerated() {
      if let fault = fault(name, after: names[..<i], of: experiment) { faults.append(fault) }
      if let constant = constant(name, of: experiment) { constants.append(constant) }
    }
    if !faults.isEmpty { throw InputError(kind: .usage, diagnostics: faults) }
    return constants
  }

  /// What is wrong with a name among the names before it, without a place; nil where nothing is.
  package static func fault(
    _ name: String, after earlier: ArraySlice<String>, of experiment: Experiment
  ) -> Diagnostic? {
    if constant(name, of: experiment) == nil {
      let known = Testbed.constantNames + tableNames(experiment)
      return Diagnostic(
        message: "neither the testbed nor a kernel table has a constant '\(name)'",
        hint: NearestName.hint(for: name, in: known))
    }
    guard earlier.contains(name) else { return nil }
    return Diagnostic(message: "the constant '\(name)' is given twice")
  }

  private static func constant(_ name: String, of experiment: Experiment) -> FitConstant? {
    if Testbed.constantNames.contains(name), let value = experiment.testbed[constant: name] {
      return FitConstant(
        name: name, place: .testbed, start: value, bounds: Testbed.bounds(ofConstant: name))
    }
    for column in KernelColumn.allCases {
      if name == column.rawValue {
        return FitConstant(
          name: name, place: .tables(column, tenant: nil), start: 1, bounds: 0.01...100)
      }
      let tenant = experiment.tenants.firstIndex { "\($0.name).\(column.rawValue)" == name }
      if let tenant {
        return FitConstant(
          name: name, place: .tables(column, tenant: tenant), start: 1, bounds: 0.01...100)
      }
    }
    return nil
  }

  /// The names of the tables' constants: of all tables, and of each tenant's where there are more.
  private static func tableNames(_ experiment: Experiment) -> [String] {
    KernelColumn.allCases.map(\.rawValue)
      + experiment.tenants.flatMap { tenant in
        KernelColumn.allCases.map { "\(tenant.name).\($0.rawValue)" }
      }
  }

  /// The experiment with the constants at these values.
  package static func set(
    _ constants: [FitConstant], to values: [Double], in experiment: Experiment
  ) -> Experiment {
    var experiment = experiment
    for (constant, value) in zip(constants, values) {
      switch constant.place {
      case .testbed: experiment.testbed[constant: constant.name] = value
      case .tables(let column, let tenant):
        for i in experiment.tenants.indices where tenant == nil || tenant == i {
          experiment.tenants[i].table.scale(column, by: value)
        }
      }
    }
    return experiment
  }

  /// The experiment with what was found, its sources saying so.
  package static func found(
    _ constants: [FitConstant], _ values: [Double], in experiment: Experiment, source: String
  ) -> Experiment {
    var result = set(constants, to: values, in: experiment)
    for (constant, value) in zip(constants, values) {
      switch constant.place {
      case .testbed:
        for i in result.testbed.sources.indices
        where result.testbed.sources[i].key == constant.name {
          result.testbed.sources[i].source = "derived: fitted to \(source)"
        }
      case .tables(let column, let tenant):
        for i in result.tenants.indices where tenant == nil || tenant == i {
          result.tenants[i].table.source +=
            "; \(column.rawValue) \(NumberText.exact((value * 1e4).rounded() / 1e4)),"
            + " fitted to \(source)"
        }
      }
    }
    return result
  }

  /// The files that hold what was found: the testbed, and each tenant's table that was changed.
  package static func files(
    _ constants: [FitConstant], of experiment: Experiment
  ) -> [(name: String, text: String)] {
    var files: [(name: String, text: String)] = []
    var isTestbed = false
    var tables = Array(repeating: false, count: experiment.tenants.count)
    for constant in constants {
      switch constant.place {
      case .testbed: isTestbed = true
      case .tables(_, let tenant):
        for i in tables.indices where tenant == nil || tenant == i { tables[i] = true }
      }
    }
    if isTestbed { files.append(("testbed.json", experiment.testbed.jsonText)) }
    for (i, tenant) in experiment.tenants.enumerated() where tables[i] {
      files.append(("\(tenant.name).csv", tenant.table.csvText))
    }
    return files
  }
}

/// A column of kernel tables that a fit may scale; the raw value is the constant's name.
package enum KernelColumn: String, CaseIterable {
  case duration = "duration_ns_scale"
  case flop = "flop_scale"
  case dramBytes = "dram_bytes_scale"
  case computeFraction = "compute_fraction_scale"
  case dramFraction = "dram_fraction_scale"
}

extension KernelTable {
  /// Multiplies what the column has; fractions stay at most 1, durations at least 1 ns.
  package mutating func scale(_ column: KernelColumn, by factor: Double) {
    func count(_ value: Int64?, atLeast low: Int64) -> Int64? {
      value.map { max(low, Int64(min(9e18, (Double($0) * factor).rounded()))) }
    }
    for b in batches.indices {
      for i in batches[b].launches.indices {
        let launch = batches[b].launches[i]
        switch column {
        case .duration:
          batches[b].launches[i].durationNS = count(launch.durationNS, atLeast: 1)
        case .flop: batches[b].launches[i].flop = count(launch.flop, atLeast: 0)
        case .dramBytes: batches[b].launches[i].dramBytes = count(launch.dramBytes, atLeast: 0)
        case .computeFraction:
          batches[b].launches[i].computeFraction = launch.computeFraction.map {
            min(1, $0 * factor)
          }
        case .dramFraction:
          batches[b].launches[i].dramFraction = launch.dramFraction.map { min(1, $0 * factor) }
        }
      }
    }
  }
}
