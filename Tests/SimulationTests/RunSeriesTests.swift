import Device
import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import TestSupport
import Testing

@testable import Simulation

/// What is done in each window of a run, under any policy.
@Suite struct RunSeriesTests {
  private func run(
    _ experiment: Experiment, _ policy: String, follows: Bool = true
  ) throws -> (totals: RunTotals, windows: [SeriesWindow]) {
    let choice = PolicyChoice(name: policy)
    var one = experiment
    one.policies = [choice]
    for t in one.tenants.indices where Fixtures.needObjectives.contains(policy) {
      one.tenants[t].sloNS = one.tenants[t].sloNS ?? 1_000_000_000
    }
    let span = one.durationNS.map { $0 - one.warmupNS }
    let series = follows ? RunSeries(spanNS: span) : nil
    let totals = try Simulation.run(
      one, try Simulation.prepare(one), choice, seed: 1, observer: RecordKeeper(),
      following: RunFollowing(series: series)
    ).totals
    return (totals, series?.all ?? [])
  }

  private func holdSums(_ totals: RunTotals, _ windows: [SeriesWindow], _ note: String) {
    var sum = DeviceIntegrals()
    for window in windows { sum += window.integrals }
    #expect(sum == totals.integrals, "\(note)")
    for t in totals.flop.indices {
      #expect(windows.reduce(BatchSum()) { $0 + $1.flop[t] } == totals.flop[t], "\(note)")
    }
    #expect(windows.first?.fromNS == totals.endNS - totals.spanNS, "\(note)")
    #expect(windows.last?.toNS == totals.endNS, "\(note)")
    #expect(zip(windows, windows.dropFirst()).allSatisfy { $0.toNS == $1.fromNS }, "\(note)")
    for window in windows where !window.smNS.isEmpty {
      let sms = window.smNS.reduce(Int128(0)) { $0 + Int128($1) }
      #expect(sms == window.integrals.activeSMTime, "\(note)")
      #expect(
        window.smNS.allSatisfy { (0...(window.toNS - window.fromNS)).contains($0) }, "\(note)")
    }
  }

  @Test(
    "windows add up to the totals, to the nanosecond, and change nothing",
    arguments: PolicyCatalog.builtIn.names)
  func sums(policy: String) throws {
    var experiment = mixedExperiment(seed: 4, testbed: Fixtures.costly)
    experiment.warmupNS = 333_333
    // Of some the end is not known.
    let isOpen = ["space-time", "batched", "reef", "mig"].contains(policy)
    experiment.durationNS = isOpen ? nil : 3_000_000
    let (totals, windows) = try run(experiment, policy)
    if totals.bound != nil { return }
    holdSums(totals, windows, policy)
    #expect(isOpen ? windows.count <= 2 * RunSeries.windows : windows.count == RunSeries.windows)
    var plain = try run(experiment, policy, follows: false).totals
    // Solo requests are followed launch by launch.
    plain.events = totals.events
    #expect(plain == totals)
  }

  @Test(
    "a window has what a run that ends with it has, less what one that ends before it has",
    arguments: ["exclusive", "time-only", "space-only", "space-time", "mig", "reef"],
    SharedFiles.isDeepRun ? UInt64(1)...9 : 1...1)
  func cuts(policy: String, seed: UInt64) throws {
    var experiment = mixedExperiment(seed: seed, testbed: Fixtures.costly)
    experiment.durationNS = 2_345_678
    let windows = try run(experiment, policy).windows
    for w in [0, 120] {
      func integrals(until end: Int64) throws -> DeviceIntegrals {
        experiment.durationNS = max(1, end)
        let done = try run(experiment, policy, follows: false).totals.integrals
        return end == 0 ? DeviceIntegrals() : done
      }
      let (from, to) = (windows[w].fromNS, windows[w].toNS)
      #expect(
        try integrals(until: to) - integrals(until: from) == windows[w].integrals, "window \(w)")
    }
  }

  @Test("a launch on three SMs has them and no others")
  func sms() throws {
    let kernel = Fixtures.kernel("k", duration: 1_000_000, blocks: 3)
    let tenant = Fixtures.tenant("a", Fixtures.table("m", [kernel]), .trace([500_000]))
    let experiment = Fixtures.experiment([tenant], durationNS: 2_000_000)
    let windows = try run(experiment, "space-only").windows
    let sums = windows.reduce(into: [Int64](repeating: 0, count: 8)) { sums, window in
      for sm in 0..<8 { sums[sm] += window.smNS[sm] }
    }
    #expect(sums == [1_000_000, 1_000_000, 1_000_000, 0, 0, 0, 0, 0])
    #expect(
      windows.map(\.integrals.busyTime) == (0..<200).map { (50..<150).contains($0) ? 10_000 : 0 })
  }

  @Test("without an end that is known, windows grow longer as the run does")
  func open() throws {
    let kernel = Fixtures.kernel("k", duration: 20_000)
    let arrivals = (0..<500).map { Int64($0) * 1_000_000 }
    let tenant = Fixtures.tenant("a", Fixtures.table("m", [kernel]), .trace(arrivals))
    for policy in ["space-only", "time-only", "exclusive"] {
      let (totals, windows) = try run(Fixtures.experiment([tenant]), policy)
      holdSums(totals, windows, policy)
      #expect(windows.count > RunSeries.windows / 2 && windows.count <= 2 * RunSeries.windows)
      #expect(Set(windows.dropLast().map { $0.toNS - $0.fromNS }).count == 1)
    }
  }

  @Test("language models are followed too")
  func languageModels() throws {
    let gpu = LanguageFixtures.gpu()
    let tenant = LanguageFixtures.tenant([(0, 64, 16), (1_000_000, 300, 8)], gpu: gpu)
    let experiment = Fixtures.experiment([tenant], gpu: gpu)
    for policy in ["space-only", "time-only", "exclusive"] {
      let (totals, windows) = try run(experiment, policy)
      holdSums(totals, windows, policy)
    }
  }
}
