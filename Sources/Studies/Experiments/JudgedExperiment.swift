import Hardware
import Reports
import Scheduling
import Simulation
import Tables
import Workloads

/// An experiment that was read, made ready and judged: whatever its figures will rest on that a
/// reader would not expect is said here, before anything runs.
package struct JudgedExperiment: Sendable {
  /// The experiment.
  package let loaded: LoadedExperiment
  /// Its launches, ready for the GPU.
  package let programs: ProgramSet
  /// What reading found, then what judging found.
  package let remarks: [Diagnostic]

  /// Makes the programs and judges the whole.
  ///
  /// - Throws: `InputError` naming each kernel that cannot run on the GPU.
  package init(_ loaded: LoadedExperiment) throws(InputError) {
    self.loaded = loaded
    programs = try Simulation.prepare(loaded.experiment)
    var judge = ExperimentJudge(loaded, soloNS: programs.soloLatencyNS)
    judge.judge()
    for doubt in programs.doubts { judge.warn(doubt) }
    remarks = loaded.notes + judge.remarks
  }
}

/// Looks for what makes figures mean something else than they seem to; in `ExperimentJudge+….swift`
/// are arrivals, choices and tables.
struct ExperimentJudge {
  let loaded: LoadedExperiment
  /// By tenant: a request alone on the idle GPU.
  let soloNS: [Int64]
  var remarks: [Diagnostic] = []

  var experiment: Experiment { loaded.experiment }
  var tenants: [TenantSpec] { loaded.experiment.tenants }

  init(_ loaded: LoadedExperiment, soloNS: [Int64]) {
    self.loaded = loaded
    self.soloNS = soloNS
  }

  mutating func judge() {
    judgeSharedArrivals()
    judgeEnds()
    judgeCounts()
    judgeSeeds()
    judgePriorities()
    judgeOptions()
    judgeObjectives()
    judgeTables()
  }

  mutating func warn(_ message: String, hint: String? = nil) {
    let remark = Diagnostic(
      file: loaded.file, severity: .warning, message: message, hint: hint)
    if !remarks.contains(remark) { remarks.append(remark) }
  }

  /// Names in quotes, the first few of many.
  static func list(_ names: [String]) -> String {
    let shown = names.prefix(6).map { "'\($0)'" }
    if names.count > 6 {
      return shown.joined(separator: ", ") + " and \(names.count - 6) more"
    }
    guard names.count > 1, let last = shown.last else { return shown.first ?? "" }
    return shown.dropLast().joined(separator: ", ") + " and " + last
  }

  static func seconds(_ ns: Int64) -> String { short(Double(ns) / 1e9, 4) + " s" }
  static func milliseconds(_ ns: Int64) -> String { short(Double(ns) / 1e6, 3) + " ms" }

  /// A number with at most so many significant digits.
  static func short(_ x: Double, _ digits: Int) -> String {
    NumberText.exact(Double(NumberText.significant(x, digits)) ?? x)
  }

  // MARK: Objectives

  /// An objective that nobody can meet.
  private mutating func judgeObjectives() {
    for (t, tenant) in tenants.enumerated() {
      guard let slo = tenant.sloNS, slo < soloNS[t] else { continue }
      warn(
        "the SLO of '\(tenant.name)', \(Self.milliseconds(slo)), is below what a request takes "
          + "alone on the idle GPU, \(Self.milliseconds(soloNS[t])): none can meet it")
    }
  }
}
