import Device
import Hardware
import Scheduling
import SimBasics
import Tables

/// Everything about an experiment's tenants that does not depend on policy or seed: their launches
/// made ready for the GPU.
///
/// Immutable once made, so that runs side by side may share it.
package struct ProgramSet: Sendable {
  /// The kernels, by the number launches use.
  let profiles: [BlockProfile]
  /// By kernel: what blocks of a super-kernel of it run, by the number launches use.
  let fused: [FusedKernels]
  /// The programs, capped ones behind the others.
  let programs: [Program]
  /// By tenant, ascending batches: the batch and its program.
  let byTenant: [[(batch: Int, program: Int)]]
  /// By tenant: a request of batch 1 alone on the idle GPU, from arrival to completion.
  package let soloLatencyNS: [Int64]
  /// By tenant: programs for parts of the GPU: of batch 1 under each cap that was asked for, and
  /// what plans need, ascending batches of each part.
  let capped: [[PlacedProgram]]
  /// By policy's label: what planning made of it.
  var plans: [String: PlannedPolicy] = [:]

  typealias PlacedProgram = (place: ProgramPlace, batch: Int, program: Int)

  /// What policies' plans do not hold.
  package var doubts: [String] { plans.values.compactMap(\.doubt).sorted() }

  /// Makes an experiment's programs: for each tenant batch 1 and, up to `largestBatch`, the
  /// table's larger ones and those between them that it lets be interpolated; for each cap in `smCaps` batch 1 under it.
  ///
  /// - Throws: `InputError` naming each kernel that cannot run on the GPU.
  package init(
    _ experiment: Experiment, largestBatch: Int, smCaps: [Int]
  ) throws(InputError) {
    try self.init(experiment, largestBatch: largestBatch, smCaps: smCaps, placed: [])
  }

  /// The same, and what plans need.
  init(
    _ experiment: Experiment, largestBatch: Int, smCaps: [Int], placed: [PlacedPrograms]
  ) throws(InputError) {
    var builder = ProgramBuilder(experiment)
    var byTenant: [[(batch: Int, program: Int)]] = []
    var capped: [[PlacedProgram]] = []
    // Looked up by key only: the first tenant of each table.
    var first: [TableKey: Int] = [:]
    for (t, tenant) in experiment.tenants.enumerated() {
      let table = tenant.table
      let key = TableKey(table)
      if let twin = first[key], builder.faults.isEmpty {
        byTenant.append(byTenant[twin])
        capped.append(capped[twin])
        continue
      }
      first[key] = t
      byTenant.append(
        table.programs(upTo: largestBatch).map { batch, rows in
          (batch, builder.add(tenant, batch, rows, place: nil))
        })
      let smallest = table.batches[0]
      capped.append(
        smCaps.map {
          let number = builder.add(
            tenant, smallest.batch, smallest.launches, place: .sms($0))
          return (.sms($0), smallest.batch, number)
        })
    }
    for need in placed {
      let tenant = experiment.tenants[need.tenant]
      for (batch, rows) in tenant.table.programs(upTo: need.largestBatch) {
        let isKnown = capped[need.tenant].contains { $0.place == need.place && $0.batch == batch }
        if isKnown { continue }
        let number = builder.add(tenant, batch, rows, place: need.place)
        capped[need.tenant].append((need.place, batch, number))
      }
    }
    if !builder.faults.isEmpty { throw InputError(diagnostics: builder.faults) }
    fused = builder.addFused()
    profiles = builder.profiles
    programs = builder.programs
    self.byTenant = byTenant
    self.capped = capped
    let testbed = experiment.testbed
    let pace = LaunchPace(testbed: testbed, hasSharedLock: false)
    let all = builder.programs
    soloLatencyNS = byTenant.enumerated().map { t, list in
      // What a language model's request takes follows from its lengths.
      if experiment.tenants[t].language != nil { return 0 }
      let program = all[list[0].program]
      let end = program.soloEnd(at: program.firstStart(pace), base: 0, pace: pace)
      return end + program.copyOutNS + testbed.completionSync
    }
  }

  /// No programs, where nothing of an experiment can run.
  static func none(_ experiment: Experiment) -> ProgramSet {
    let count = experiment.tenants.count
    return ProgramSet(
      profiles: [], fused: [], programs: [], byTenant: Array(repeating: [], count: count),
      soloLatencyNS: Array(repeating: 0, count: count), capped: Array(repeating: [], count: count))
  }

  /// The same with the tenants in the order of a run.
  func ordered(by places: [Int]) -> ProgramSet {
    var ordered = ProgramSet(
      profiles: profiles, fused: fused, programs: programs, byTenant: places.map { byTenant[$0] },
      soloLatencyNS: places.map { soloLatencyNS[$0] }, capped: places.map { capped[$0] })
    ordered.plans = plans
    return ordered
  }

  init(
    profiles: [BlockProfile], fused: [FusedKernels], programs: [Program],
    byTenant: [[(batch: Int, program: Int)]],
    soloLatencyNS: [Int64], capped: [[PlacedProgram]]
  ) {
    self.profiles = profiles
    self.fused = fused
    self.programs = programs
    self.byTenant = byTenant
    self.soloLatencyNS = soloLatencyNS
    self.capped = capped
  }

  /// What policies see of the programs.
  func views(_ testbed: Testbed) -> [ProgramView] {
    let pace = LaunchPace(testbed: testbed, hasSharedLock: false)
    return programs.map { program in
      ProgramView(
        batch: program.batch,
        launches: program.launches.map { launch in
          let profile = profiles[launch.profile]
          let fused = profiles[fused[launch.profile].equal]
          return LaunchView(
            classID: launch.classID, familyID: launch.familyID, blocks: launch.blocks,
            blocksPerSM: profile.blocksPerSM, soloNS: launch.durationNS, smShare: profile.smShare,
            dramRate: Double(launch.dramBytes) / Double(max(1, launch.durationNS)),
            flop: launch.flop, dramBytes: launch.dramBytes,
            fusedStretch: fused.soloNS / profile.soloNS, fusedSMShare: fused.smShare,
            intensity: program.intensity(of: launch),
            blockNS: Int64(profile.soloNS.rounded(.up)))
        },
        soloNS: program.soloEnd(at: program.firstStart(pace), base: 0, pace: pace)
          + program.copyOutNS + testbed.completionSync)
    }
  }
}

/// What tables must have in common for their requests to run the same programs.
private struct TableKey: Hashable {
  let precision: Precision
  let inputBytes: Int64
  let outputBytes: Int64
  let sizes: [Int]
  let launches: [[KernelProfile]]

  init(_ table: KernelTable) {
    precision = table.precision
    inputBytes = table.inputBytes
    outputBytes = table.outputBytes
    sizes = table.batches.map(\.batch)
    launches = table.batches.map(\.launches)
  }

  /// The table's measures alone: rows are compared, but their hashing would cost as much as
  /// preparing them.
  func hash(into hasher: inout Hasher) {
    hasher.combine(precision)
    hasher.combine(inputBytes)
    hasher.combine(sizes)
    hasher.combine(launches.first?.count)
    hasher.combine(launches.first?.first)
  }
}
