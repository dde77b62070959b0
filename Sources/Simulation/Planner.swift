import Device
import Hardware
import Scheduling
import SimBasics
import Tables
import Workloads

/// Lets policies plan before they run, and keeps what came of it.
enum Planner {
  /// When the last request ends, of tenants in the order of the run; nil where the policy cannot run.
  typealias Makespan = (any SharingPolicy, Experiment, ProgramSet) -> Int64?

  /// Plans a policy for an experiment.
  static func plan(
    _ policy: any SharingPolicy, label: String, _ experiment: Experiment, _ programs: ProgramSet,
    makespan: @escaping Makespan
  ) -> PlannedPolicy {
    var planned = policy
    let view = view(
      experiment, programs, largestBatch: policy.largestBatch, makespan: makespan)
    switch planned.plan(view) {
    case .done: break
    case .doubtful(let doubt): return PlannedPolicy(policy: planned, doubt: "'\(label)': \(doubt)")
    case .refused(let reason, let hint):
      return PlannedPolicy(
        policy: policy, refusal: Diagnostic(message: "'\(label)': \(reason)", hint: hint))
    }
    if case .partitions(let layout) = planned.mechanism,
      let objection = layout.objection(
        smCount: experiment.gpu.smCount, profiles: profiles(of: experiment.gpu),
        tenants: experiment.tenants.map(\.name))
    {
      return PlannedPolicy(
        policy: policy, refusal: Diagnostic(message: "'\(label)' cannot lay out: \(objection)"))
    }
    return PlannedPolicy(policy: planned)
  }

  /// The programs that a policy needs for parts of the GPU.
  static func placed(
    for policy: any SharingPolicy, _ experiment: Experiment
  ) -> [PlacedPrograms] {
    guard case .partitions(let layout) = policy.mechanism else { return [] }
    return experiment.tenants.enumerated().flatMap { t, tenant in
      (layout.partsByTenant[tenant.name] ?? []).compactMap { part in
        guard layout.parts.indices.contains(part),
          let place = ProgramPlace(layout.parts[part], of: experiment.gpu)
        else { return nil }
        return PlacedPrograms(tenant: t, place: place, largestBatch: policy.largestBatch)
      }
    }
  }

  private static func profiles(of gpu: GPUSpec) -> [SliceProfile] {
    gpu.migSlices.map {
      SliceProfile(
        name: $0.name, smCount: $0.smCount, memoryFraction: $0.memoryFraction,
        memoryMiB: $0.memoryMiB, maxInstances: $0.maxInstances)
    }
  }

  private static func view(
    _ experiment: Experiment, _ programs: ProgramSet, largestBatch: Int,
    makespan: @escaping Makespan
  ) -> PlanningView {
    let order = TenantOrder(
      experiment, soloNS: programs.soloLatencyNS, .streams(hardwareQueues: nil))
    let (ordered, own) = (order.ordered(experiment), programs.ordered(by: order.places))
    let profiler = PartProfiler(ordered, own, largestBatch: largestBatch)
    let gpu = experiment.gpu
    return PlanningView(
      gpu: gpu.name, smCount: gpu.smCount, smsPerTPC: gpu.smsPerTPC, profiles: profiles(of: gpu),
      coRunnerSlowdown: experiment.testbed.coRunnerSlowdown,
      tenants: ordered.tenants.enumerated().map { t, tenant in
        TenantLoad(
          name: tenant.name, priority: tenant.priority, sloNS: tenant.sloNS,
          replicas: tenant.replicas,
          requestsPerSecond: tenant.requestsPerSecond(
            durationNS: experiment.durationNS, soloNS: own.soloLatencyNS[t]),
          memoryMiB: tenant.table.weightsMiB + tenant.table.workspaceMiB
            + experiment.testbed.replicaMiB + experiment.testbed.contextMiB,
          batches: tenant.table.programs(upTo: largestBatch).map(\.batch),
          launches: tenant.table.batches.first?.launches.count ?? 0)
      },
      latencyNS: { profiler.latencyNS($0, $1, $2) },
      dramShare: { profiler.dramShare($0, $1, $2) },
      togetherNS: { tenant, batch, processes, part in
        profiler.togetherNS(tenant, batch, processes, part) { makespan($0, $1, $2) }
      },
      makespanNS: { makespan($0, ordered.oneRound, own) })
  }
}

extension TenantSpec {
  /// The mean rate of its requests; the most that the clients of a closed loop can ask.
  func requestsPerSecond(durationNS: Int64?, soloNS: Int64) -> Double {
    // In doubles: delays of sessions may add up to more than integers hold.
    func rate(_ count: Int, until last: Double) -> Double {
      let span = max(last, Double(durationNS ?? 0))
      return span > 0 ? Double(count) / span * 1e9 : 0
    }
    switch arrivals {
    case .trace(let times):
      let end = durationNS ?? .max
      return rate(times.count { $0 < end }, until: Double(min(times.last ?? 0, end)))
    case .process(let process): return process.requestsPerSecond
    case .closedLoop(let clients, let think):
      return Double(replicas) * Double(clients) / max(1, Double(soloNS) + Double(think)) * 1e9
    case .sessions(let sessions):
      let last =
        sessions.map { session in
          session.delaysNS.reduce(Double(session.startNS)) { $0 + Double($1) }
        }.max() ?? 0
      return rate(sessions.requestCount, until: last)
    }
  }
}

/// What requests and batches take alone in parts of the GPU, worked out when first asked for.
private final class PartProfiler {
  private struct Key: Hashable {
    var tenant: Int
    var batch: Int
    var processes = 1
    var place: ProgramPlace?
  }

  private let experiment: Experiment
  private let set: ProgramSet
  private let programs: [[(batch: Int, launches: [KernelProfile])]]
  private var builder: ProgramBuilder
  private var known: [Key: (ns: Int64, bytes: Double)] = [:]

  init(_ experiment: Experiment, _ set: ProgramSet, largestBatch: Int) {
    self.experiment = experiment
    self.set = set
    builder = ProgramBuilder(experiment)
    programs = experiment.tenants.map { $0.table.programs(upTo: largestBatch) }
  }

  func latencyNS(_ tenant: Int, _ batch: Int, _ part: GPULayout.Part) -> Int64 {
    measure(tenant, batch, part).ns
  }

  func dramShare(_ tenant: Int, _ batch: Int, _ part: GPULayout.Part) -> Double {
    let (ns, bytes) = measure(tenant, batch, part)
    return bytes / Double(max(1, ns)) / experiment.gpu.dramRate
  }

  /// Where the batches cannot run together, they run one after the other.
  func togetherNS(
    _ tenant: Int, _ batch: Int, _ processes: Int, _ part: GPULayout.Part,
    makespan: Planner.Makespan
  ) -> Int64 {
    let alone = latencyNS(tenant, batch, part)
    if processes <= 1 { return alone }
    let place = ProgramPlace(part, of: experiment.gpu)
    let key = Key(tenant: tenant, batch: batch, processes: processes, place: place)
    if let old = known[key] { return old.ns }
    let round = experiment.together(tenant: tenant, batch: batch, processes: processes)
    let profile = TogetherProfile(part, tenant: round.tenants[0].name, batch: batch)
    let time = makespan(profile, round, set.ordered(by: [tenant])) ?? Int64(processes) * alone
    known[key] = (time, 0)
    return time
  }

  private func measure(
    _ tenant: Int, _ batch: Int, _ part: GPULayout.Part
  ) -> (ns: Int64, bytes: Double) {
    let list = programs[tenant]
    let (size, rows) = list.first { $0.batch >= batch } ?? list[list.count - 1]
    let key = Key(tenant: tenant, batch: size, place: ProgramPlace(part, of: experiment.gpu))
    if let old = known[key] { return old }
    let number = builder.add(experiment.tenants[tenant], size, rows, place: key.place)
    let program = builder.programs[number]
    let testbed = experiment.testbed
    let pace = LaunchPace(testbed: testbed, hasSharedLock: false)
    let end = program.soloEnd(at: program.firstStart(pace), base: 0, pace: pace)
    let bytes = Double(program.launches.work.dramBytes)
    let new = (end + program.copyOutNS + testbed.completionSync, bytes)
    known[key] = new
    return new
  }
}
