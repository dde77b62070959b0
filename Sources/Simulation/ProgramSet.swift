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
          (batch, builder.add(tenant, batch, rows, smCap: nil))
        })
      let smallest = table.batches[0]
      capped.append(
        smCaps.map { ($0, builder.add(tenant, smallest.batch, smallest.launches, smCap: $0)) })
    }
    if !builder.faults.isEmpty { throw InputError(diagnostics: builder.faults) }
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

  /// No programs, where nothing of an experiment can run.
  static func none(_ experiment: Experiment) -> ProgramSet {
    let count = experiment.tenants.count
    return ProgramSet(
      profiles: [], programs: [], byTenant: Array(repeating: [], count: count),
      soloLatencyNS: Array(repeating: 0, count: count), capped: Array(repeating: [], count: count))
  }

  /// The same with the tenants in the order of a run.
  func ordered(by places: [Int]) -> ProgramSet {
    ProgramSet(
      profiles: profiles, programs: programs, byTenant: places.map { byTenant[$0] },
      soloLatencyNS: places.map { soloLatencyNS[$0] }, capped: places.map { capped[$0] })
  }

  private init(
    profiles: [BlockProfile], programs: [Program], byTenant: [[(batch: Int, program: Int)]],
    soloLatencyNS: [Int64], capped: [[(smCount: Int, program: Int)]]
  ) {
    self.profiles = profiles
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
          return LaunchView(
            classID: launch.classID, familyID: launch.familyID, blocks: launch.blocks,
            blocksPerSM: profile.blocksPerSM, soloNS: launch.durationNS, smShare: profile.smShare,
            dramRate: Double(launch.dramBytes) / Double(max(1, launch.durationNS)),
            flop: launch.flop, dramBytes: launch.dramBytes)
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

  /// Makes a program; returns its number.
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
    let copies = [tenant.table.inputBytes, tenant.table.outputBytes].map { bytes in
      bytes == 0 ? 0 : Double(testbed.copyLatency) + copyNS(Double(bytes) * Double(batch))
    }
    let perLaunch = Double(testbed.launchGap + testbed.launchCPU + testbed.launchLock)
    let bound =
      launches.reduce(copies[0] + copies[1]) { $0 + Double($1.durationNS) + perLaunch }
      + Double(testbed.requestCPU + testbed.completionSync)
    if let fault = ExperimentLimits.fault(ofRequest: bound, batch: batch, model: tenant.model) {
      if faults.count < 20 { faults.append(fault) }
      launches = []
    }
    if launches.isEmpty {
      // There are faults: what stands in the program's place is not run.
      programs.append(
        Program(
          batch: batch, launches: [], copyInNS: 0, copyOutNS: 0, prefix: [], remainingNS: [0]))
      return programs.count - 1
    }
    var prefix = [WorkSum()]
    for launch in launches {
      var sum = prefix[prefix.count - 1]
      sum.flop += Int128(launch.flop)
      sum.dramBytes += Int128(launch.dramBytes)
      sum.integrals += launch.integrals
      prefix.append(sum)
    }
    var remaining = [Int64](repeating: 0, count: launches.count)
    for i in launches.indices.reversed() {
      let after = i + 1 < launches.count ? remaining[i + 1] + testbed.launchGap : 0
      remaining[i] = launches[i].durationNS + after
    }
    var program = Program(
      batch: batch, launches: launches, copyInNS: Int64(copies[0].rounded(.up)),
      copyOutNS: Int64(copies[1].rounded(.up)), prefix: prefix, remainingNS: remaining)
    program.hostBoundNS = (
      program.hostBound(LaunchPace(testbed: testbed, hasSharedLock: false)),
      program.hostBound(LaunchPace(testbed: testbed, hasSharedLock: true))
    )
    programs.append(program)
    return programs.count - 1
  }

  /// How long so many bytes take on the bus.
  private func copyNS(_ bytes: Double) -> Double {
    let rate = experiment.testbed.pcieGBPerS
    return rate > 0 ? (bytes / rate).rounded(.up) : 0
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
