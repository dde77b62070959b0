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
  /// By tenant: the program of batch 1 under each cap that was asked for.
  let capped: [[(smCount: Int, program: Int)]]

  /// Makes an experiment's programs: for each tenant batch 1 and, up to `largestBatch`, the
  /// table's larger ones and those between them that it lets be interpolated; for each cap in `smCaps` batch 1 under it.
  ///
  /// - Throws: `InputError` naming each kernel that cannot run on the GPU.
  package init(
    _ experiment: Experiment, largestBatch: Int, smCaps: [Int]
  ) throws(InputError) {
    var builder = ProgramBuilder(experiment)
    var byTenant: [[(batch: Int, program: Int)]] = []
    var capped: [[(smCount: Int, program: Int)]] = []
    for (t, tenant) in experiment.tenants.enumerated() {
      let table = tenant.table
      if let twin = (0..<t).first(where: { experiment.tenants[$0].table.runs(as: table) }),
        builder.faults.isEmpty
      {
        byTenant.append(byTenant[twin])
        capped.append(capped[twin])
        continue
      }
      byTenant.append(
        table.programs(upTo: largestBatch).map { batch, rows in
          (batch, builder.add(tenant, batch, rows, smCap: nil))
        })
      let first = table.batches[0]
      capped.append(
        smCaps.map { ($0, builder.add(tenant, first.batch, first.launches, smCap: $0)) })
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
    soloLatencyNS = byTenant.map { list in
      let program = all[list[0].program]
      let end = program.soloEnd(at: program.firstStart(pace), base: 0, pace: pace)
      return end + program.copyOutNS + testbed.completionSync
    }
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
            fusedStretch: fused.soloNS / profile.soloNS, fusedSMShare: fused.smShare)
        },
        soloNS: program.soloEnd(at: program.firstStart(pace), base: 0, pace: pace)
          + program.copyOutNS + testbed.completionSync)
    }
  }
}

/// What blocks of a super-kernel run in place of a kernel's own: `ProgramSet.profiles` of them.
struct FusedKernels: Sendable {
  /// Where all problems are of one size.
  var equal: Int
  /// Where they differ.
  var variable: Int
}

extension KernelTable {
  /// Whether requests of a tenant of either table run the same programs.
  fileprivate func runs(as other: KernelTable) -> Bool {
    precision == other.precision && inputBytes == other.inputBytes
      && outputBytes == other.outputBytes
      && batches.elementsEqual(other.batches) { $0.batch == $1.batch && $0.launches == $1.launches }
  }
}

/// Prepares kernels once each and numbers their fusion classes in the order they appear.
private struct ProgramBuilder {
  struct Prepared {
    var profile: Int
    var run: IsolatedRun
    var classID: Int
    var familyID: Int
    var cappedRuns: [(cap: Int, run: IsolatedRun)] = []
  }

  let experiment: Experiment
  var profiles: [BlockProfile] = []
  /// By kernel: whether it is a convolution.
  var isConvolution: [Bool] = []
  var programs: [Program] = []
  var faults: [Diagnostic] = []
  // Looked up by key only; their order reaches nothing.
  private var prepared: [PreparedKey: Prepared] = [:]
  private var classes: [ClassKey: Int] = [:]
  private var families: [FamilyKey: Int] = [:]

  struct PreparedKey: Hashable {
    var kernel: KernelProfile
    var precision: Precision
  }

  /// What launches of one family have in common.
  struct FamilyKey: Hashable {
    var name: String
    var block: Extent3
    var registersPerThread: Int
    var sharedMemoryBytes: Int
    var precision: Precision
  }

  /// What launches of one class have in common: what those of a family have, or a class that the
  /// table names, and the problem.
  struct ClassKey: Hashable {
    var family: FamilyKey?
    var name: String
    var block: Extent3
    var precision: Precision
    var grid: Extent3
    var flop: Int64?
    var dramBytes: Int64?
  }

  init(_ experiment: Experiment) { self.experiment = experiment }

  /// Adds what super-kernels of the kernels run, behind them; what runs as the kernel does is it.
  mutating func addFused() -> [FusedKernels] {
    let costs = experiment.testbed.superKernel
    return (0..<profiles.count).map { kernel in
      let factor = costs.timeFactor(isConvolution: isConvolution[kernel])
      func add(_ factor: Double) -> Int {
        if factor == 1 { return kernel }
        profiles.append(profiles[kernel].issuing(factor))
        return profiles.count - 1
      }
      return FusedKernels(
        equal: add(factor), variable: add(factor * costs.unevenFactor))
    }
  }

  mutating func add(
    _ tenant: TenantSpec, _ batch: Int, _ rows: [KernelProfile], smCap: Int?
  ) -> Int {
    let testbed = experiment.testbed
    var launches: [ProgramLaunch] = []
    for row in rows {
      if let launch = launch(row, tenant.table.precision, smCap: smCap, tenant: tenant.model) {
        launches.append(launch)
      }
    }
    func copy(_ bytes: Int64) -> Int64 {
      if bytes == 0 { return 0 }
      let stream = testbed.pcieGBPerS > 0 ? Double(bytes * Int64(batch)) / testbed.pcieGBPerS : 0
      return testbed.copyLatency + Int64(stream.rounded(.up))
    }
    var prefix = [WorkSum()]
    for launch in launches {
      var sum = prefix[prefix.count - 1]
      sum.flop += launch.flop
      sum.dramBytes += launch.dramBytes
      sum.integrals += launch.integrals
      prefix.append(sum)
    }
    var remaining = [Int64](repeating: 0, count: launches.count)
    for i in launches.indices.reversed() {
      let after = i + 1 < launches.count ? remaining[i + 1] + testbed.launchGap : 0
      remaining[i] = launches[i].durationNS + after
    }
    var program = Program(
      batch: batch, launches: launches, copyInNS: copy(tenant.table.inputBytes),
      copyOutNS: copy(tenant.table.outputBytes), prefix: prefix, remainingNS: remaining)
    program.hostBoundNS = (
      program.hostBound(LaunchPace(testbed: testbed, hasSharedLock: false)),
      program.hostBound(LaunchPace(testbed: testbed, hasSharedLock: true))
    )
    programs.append(program)
    return programs.count - 1
  }

  private mutating func launch(
    _ row: KernelProfile, _ precision: Precision, smCap: Int?, tenant model: String
  ) -> ProgramLaunch? {
    let key = PreparedKey(kernel: row, precision: precision)
    if prepared[key] == nil {
      do {
        let profile = try BlockProfile.prepare(row, on: experiment.gpu, precision: precision)
        let run = Device.isolatedRun(of: profile, on: experiment.gpu)
        let (classID, familyID) = number(row, precision)
        prepared[key] = Prepared(
          profile: profiles.count, run: run, classID: classID, familyID: familyID)
        profiles.append(profile)
        isConvolution.append(row.isConvolution)
      } catch {
        if faults.count < 20 {
          faults.append(Diagnostic(file: model, message: error.description))
        }
        return nil
      }
    }
    guard var entry = prepared[key] else { return nil }
    var run = entry.run
    let profile = profiles[entry.profile]
    if let smCap {
      if let known = entry.cappedRuns.first(where: { $0.cap == smCap }) {
        run = known.run
      } else {
        run = Device.isolatedRun(of: profile, on: experiment.gpu, mask: SMSet(0..<smCap))
        entry.cappedRuns.append((smCap, run))
        prepared[key] = entry
      }
    }
    return ProgramLaunch(
      profile: entry.profile, blocks: profile.blocks, durationNS: run.durationNS,
      integrals: run.integrals, flop: profile.flop, dramBytes: profile.dramBytes,
      classID: entry.classID, familyID: entry.familyID)
  }

  private mutating func number(
    _ row: KernelProfile, _ precision: Precision
  ) -> (classID: Int, familyID: Int) {
    let family = FamilyKey(
      name: row.name, block: row.block, registersPerThread: row.registersPerThread,
      sharedMemoryBytes: row.sharedMemoryBytes, precision: precision)
    let isNamed = !row.fusionClass.isEmpty
    let problem = ClassKey(
      family: isNamed ? nil : family, name: row.fusionClass, block: row.block,
      precision: precision, grid: row.grid, flop: row.flop,
      dramBytes: isNamed ? nil : row.dramBytes)
    return (classes.number(problem), families.number(family))
  }
}

extension Dictionary where Value == Int {
  /// The number of a key: the count of keys before it.
  fileprivate mutating func number(_ key: Key) -> Int {
    if let known = self[key] { return known }
    self[key] = count
    return count - 1
  }
}
