import Hardware
import Policies
import RunSupport
import Scheduling
import SimBasics
import Testing

@testable import Simulation

/// Laws of what launches cost in energy and SM time, by counting of the test's own.
@Suite struct WorkCostTests {
  /// Picojoules of a row beyond an idle board's, by hand: a quarter of the cap is taken idle.
  private func energy(_ row: KernelProfile) -> Int128 {
    let nanojoules = Double(row.flop ?? 0) / 40 + Double(row.dramBytes ?? 0) * 0.03
    let most = 50 * Double(row.durationNS ?? 0)
    return Int128((min(nanojoules, most) * 0.75 * 1e3).rounded())
  }

  @Test(
    "every launch that ends costs its energy once, under any policy",
    arguments: PolicyCatalog.builtIn.names)
  func energyOfLaunches(policy: String) throws {
    var experiment = mixedExperiment(seed: 3, testbed: Fixtures.costly)
    experiment.gpu.power = Fixtures.power
    let totals = try simulate(experiment, policy).totals
    if totals.bound != nil { return }
    for (t, tenant) in experiment.tenants.enumerated() where totals.dropped[t] == 0 {
      if Fixtures.batching.contains(policy) || tenant.table.batches.count > 1 { continue }
      let each = tenant.table.batches[0].launches.reduce(Int128(0)) { $0 + energy($1) }
      #expect(each > 0 && totals.accounts[t].ended.energyPJ == each * Int128(totals.finished[t]))
    }
    let idle = totals.idlePJ(on: experiment.gpu)
    #expect(idle == 12_500 * Int128(totals.spanNS) * Int128(totals.gpus))
  }

  @Test("a launch takes no more than the cap leaves, and half precision on matrix units less")
  func cap() throws {
    var gpu = Fixtures.gpu()
    gpu.power = Fixtures.power
    let hot = Fixtures.kernel("k", duration: 1_000, flop: 1_000_000_000)
    let energies = try [Precision.fp32, .fp16Tensor].map { precision in
      try #require(LaunchEnergy(gpu, precision)).picojoules(of: hot, lasting: 1_000)
    }
    #expect(energies == [37_500_000, 37_500_000])
    let cool = Fixtures.kernel("k", duration: 1_000_000, flop: 40_000_000, bytes: 0)
    #expect(LaunchEnergy(gpu, .fp32)?.picojoules(of: cool, lasting: 1_000_000) == 750_000_000)
    #expect(LaunchEnergy(gpu, .fp16Tensor)?.picojoules(of: cool, lasting: 1_000_000) == 112_500_000)
    // Counted issue slots in place of the operations stated, less what goes with operations.
    gpu.timing.instructionFactor = 2
    var counted = cool
    counted.computeFraction = 0.5
    // Half of 1024 FLOP a nanosecond for a millisecond, of which half are operations.
    #expect(
      LaunchEnergy(gpu, .fp32)?.picojoules(of: counted, lasting: 1_000_000) == 4_800_000_000)
    gpu.power?.idleW = nil
    #expect(LaunchEnergy(gpu, .fp32) == nil)
  }

  @Test(
    "a language model's iterations cost energy, up to the cap",
    arguments: ["exclusive", "space-only", "time-only"])
  func languageModels(policy: String) throws {
    var gpu = LanguageFixtures.gpu()
    gpu.power = Fixtures.power
    let tenant = LanguageFixtures.tenant([(0, 64, 16), (1_000_000, 300, 8)], gpu: gpu)
    let experiment = Fixtures.experiment([tenant], policies: [policy], gpu: gpu)
    let totals = try simulate(experiment, policy).totals
    let spent = totals.accounts[0].executed
    #expect(spent.energyPJ > 0 && spent.smTime == totals.integrals.activeSMTime)
    #expect(spent.energyPJ <= 37_500 * Int128(totals.spanNS))
    #expect(totals.accounts[0].wastedSMTime == 0)
  }

  @Test("MIG slices: the same work, the same energy")
  func slices() throws {
    var experiment = mixedExperiment(seed: 5, testbed: Testbed(name: "ideal"))
    experiment.gpu.power = Fixtures.power
    let alone = try simulate(experiment, "exclusive").totals
    let sliced = try simulate(experiment, "mig").totals
    #expect(alone.finished == sliced.finished)
    #expect(
      alone.accounts.map(\.executed.energyPJ) == sliced.accounts.map(\.executed.energyPJ))
    #expect(sliced.idlePJ(on: experiment.gpu) == 12_500 * Int128(sliced.spanNS))
  }

  @Test(
    "SM time is what the grids take and what ran again: blocks executed are those and these",
    arguments: [1, 2, 5], [1, 2, 3] as [UInt64])
  func killed(waves: Int, seed: UInt64) throws {
    var draw = SeededGenerator(seed: seed, stream: "kills")
    let length = Int64(waves * (100_000 + draw.nextBelow(1_000_000)))
    let long = Fixtures.kernel("long", duration: length, blocks: 64 * waves)
    let short = Fixtures.kernel("short", duration: 20_000, blocks: 64)
    var experiment = Fixtures.experiment([
      Fixtures.tenant("patient", Fixtures.table("long", [long, long]), .trace([0, 3 * length])),
      Fixtures.tenant(
        "urgent", Fixtures.table("short", [short]),
        .trace((1...4).map { length * Int64($0) / 2 + Int64(draw.nextBelow(50_000)) })),
    ])
    experiment.tenants[1].priority = 1
    experiment.gpu.power = Fixtures.power
    for policy in ["reef", "xsched"] {
      let options = PolicyOptions(policy == "xsched" ? ["level": .number(3)] : [:])
      let totals = try simulate(experiment, policy, options: options).totals
      #expect(totals.completed == [2, 4] && totals.killedLaunches > 0)
      let (patient, urgent) = (totals.accounts[0], totals.accounts[1])
      // The grids once each, and of the SMs' time beside that all that was killed: ends are rounded up
      // to nanoseconds, a block's part down to 2^-20 of it.
      #expect(patient.ended.smTime == 4 * 8 * Int128(length))
      let executed = patient.executed.smTime + urgent.executed.smTime
      let lost = totals.integrals.activeSMTime - executed
      let slack = Int128(totals.killedLaunches) * (8 * Int128(length) >> 20 + 8 * Int128(waves + 1))
      #expect(abs(lost) <= slack, "\(policy): \(lost)")
      #expect(patient.killed.smTime > 0 && patient.wastedSMTime == Double(patient.killed.smTime))
      #expect(urgent.wastedSMTime == 0)
      // Energy goes with it.
      let share = Double(patient.killed.energyPJ) / Double(patient.ended.energyPJ)
      let time = Double(patient.killed.smTime) / Double(patient.ended.smTime)
      #expect(abs(share - time) < 1e-6)
    }
  }

  @Test("empty places of batches are wasted, to the last fraction")
  func emptyPlaces() throws {
    let table = Fixtures.table("m", [Fixtures.kernel("k", duration: 1_000)], batches: [3])
    let arrivals = (0..<7).map { Int64($0) * 1_000_000 }
    for policy in ["time-only", "space-only", "exclusive"] {
      let totals = try simulate(
        Fixtures.experiment([Fixtures.tenant("a", table, .trace(arrivals))]), policy
      ).totals
      let account = totals.accounts[0]
      #expect(account.ended.smTime == 7 * 8 * 3_000)
      #expect(account.wastedSMTime == 7 * 8 * 2_000, "\(policy)")
    }
    let burst = Fixtures.experiment([
      Fixtures.tenant("a", table, .trace(Array(repeating: 0, count: 7)))
    ])
    let account = try simulate(burst, "batched").totals.accounts[0]
    #expect(account.ended.smTime == 3 * 8 * 3_000 && account.wastedSMTime == 8 * 2_000)
  }
}
