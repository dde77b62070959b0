import Device
import Hardware
import SimBasics
import Tables

/// Prepares kernels once each and numbers their fusion classes in the order they appear.
struct ProgramBuilder {
  struct Prepared {
    var profile: Int
    var run: IsolatedRun
    var classID: Int
    var familyID: Int
    var energyPJ: Int64
    var placedRuns: [(place: ProgramPlace, run: IsolatedRun)] = []
  }

  let experiment: Experiment
  var profiles: [BlockProfile] = []
  /// By kernel: whether it is a convolution that the testbed fuses in a way of its own. Names are
  /// looked at only where it does.
  private var isConvolution: [Bool] = []
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

  /// Makes a program; returns its number.
  mutating func add(
    _ tenant: TenantSpec, _ batch: Int, _ rows: [KernelProfile], place: ProgramPlace?
  ) -> Int {
    let testbed = experiment.testbed
    var launches: [ProgramLaunch] = []
    for row in rows {
      if let launch = launch(row, tenant.table.precision, place: place, tenant: tenant.model) {
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
          batch: batch, launches: LaunchSequence([], gap: 0), copyInNS: 0, copyOutNS: 0))
      return programs.count - 1
    }
    var program = Program(
      batch: batch, launches: LaunchSequence(launches, gap: testbed.launchGap),
      copyInNS: Int64(copies[0].rounded(.up)), copyOutNS: Int64(copies[1].rounded(.up)))
    program.ridge = ridge(at: tenant.table.precision)
    program.hostBoundNS = (
      program.hostBound(LaunchPace(testbed: testbed, hasSharedLock: false)),
      program.hostBound(LaunchPace(testbed: testbed, hasSharedLock: true))
    )
    programs.append(program)
    return programs.count - 1
  }

  /// Of the GPU's roofline, from its peaks.
  private func ridge(at precision: Precision) -> Double {
    let gpu = experiment.gpu
    let flopPerNS =
      (gpu.flopPerCyclePerSM[precision] ?? 0) * gpu.clockMHz / 1e3 * Double(gpu.smCount)
    return gpu.dramGBPerS > 0 ? flopPerNS / gpu.dramGBPerS : 0
  }

  /// How long so many bytes take on the bus.
  private func copyNS(_ bytes: Double) -> Double {
    let rate = experiment.testbed.pcieGBPerS
    return rate > 0 ? (bytes / rate).rounded(.up) : 0
  }

  private mutating func launch(
    _ row: KernelProfile, _ precision: Precision, place: ProgramPlace?, tenant model: String
  ) -> ProgramLaunch? {
    let key = PreparedKey(kernel: row, precision: precision)
    if prepared[key] == nil {
      do {
        let profile = try BlockProfile.prepare(row, on: experiment.gpu, precision: precision)
        let run = Device.isolatedRun(of: profile, on: experiment.gpu)
        let (classID, familyID) = number(row, precision)
        prepared[key] = Prepared(
          profile: profiles.count, run: run, classID: classID, familyID: familyID,
          energyPJ: LaunchEnergy(experiment.gpu, precision)?
            .picojoules(of: row, lasting: run.durationNS) ?? 0)
        profiles.append(profile)
        isConvolution.append(
          experiment.testbed.superKernel.convolutionTimeFactor != nil
            && KernelFamily(of: row.name) == .convolution)
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
    if let place {
      if let known = entry.placedRuns.first(where: { $0.place == place }) {
        run = known.run
      } else {
        run = place.isolatedRun(of: profile, on: experiment.gpu)
        entry.placedRuns.append((place, run))
        prepared[key] = entry
      }
    }
    return ProgramLaunch(
      profile: entry.profile, blocks: profile.blocks, durationNS: run.durationNS,
      integrals: run.integrals, flop: profile.flop, dramBytes: profile.dramBytes,
      energyPJ: entry.energyPJ, classID: entry.classID, familyID: entry.familyID)
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
