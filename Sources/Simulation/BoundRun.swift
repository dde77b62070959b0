import Device
import Hardware
import Tables

/// What no policy on one GPU can beat on an experiment's arrivals, told as if it were a run.
///
/// Latencies are bounds in ascending order: which request has which says nothing. The row of all
/// tenants has its own, in `RunTotals.bound`, for tenants compete.
struct BoundRun {
  /// The least that a request of a tenant needs.
  private struct Need {
    /// From arrival to completion with nobody in the way, in nanoseconds.
    var pathNS: Int64 = .max
    /// Host and copies before the first launch and after the last.
    var outsideNS: Int64 = .max
    /// The whole GPU's time: of its SMs, of its DRAM.
    var smNS = Double.infinity
    var dramNS = Double.infinity
  }

  let experiment: Experiment
  let programs: ProgramSet
  let seed: UInt64
  var observer: any RunObserver
  /// By tenant: requests before the warm-up's end.
  private var warmedUp: [Int] = []

  init(
    _ experiment: Experiment, _ programs: ProgramSet, seed: UInt64, observer: any RunObserver
  ) {
    self.experiment = experiment
    self.programs = programs
    self.seed = seed
    self.observer = observer
  }

  /// Works out the bounds.
  ///
  /// - Throws: `InputError` where an arrival process has impossible numbers, or arrivals follow from
  ///   answers.
  mutating func run() throws(InputError) -> RunTotals {
    var totals = RunTotals(tenants: experiment.tenants.count)
    let needs = experiment.tenants.indices.map { need(of: $0) }
    var times: [[Int64]] = []
    for tenant in experiment.tenants { times.append(try arrivals(of: tenant)) }
    let end = experiment.durationNS ?? .max
    var lastNS = experiment.warmupNS
    var paths: [Int64] = []
    var all: [(time: Int64, tenant: Int)] = []
    for t in times.indices {
      let latencies = bound(times[t], needs[t])
      tell(t, times[t], latencies, needs[t], end: end, &totals)
      paths += latencies
      all += times[t].map { ($0, t) }
      if let last = times[t].last { lastNS = max(lastNS, last + needs[t].pathNS) }
    }
    paths.sort()
    all.sort { ($0.time, $0.tenant) < ($1.time, $1.tenant) }
    let outside = Double(needs.map(\.outsideNS).min() ?? 0)
    var unfinished = 0
    for work in [\Need.smNS, \Need.dramNS] {
      let fluid = FluidBound(
        arrivals: all.map(\.time), work: all.map { needs[$0.tenant][keyPath: work] })
      fluid.raise(&paths, floor: outside)
      lastNS = max(lastNS, fluid.endNS)
      unfinished = max(unfinished, fluid.unfinished(at: end))
    }
    let completed = min(totals.completed.reduce(0, +), paths.count - min(paths.count, unfinished))
    totals.bound = RunTotals.Bound(
      latenciesNS: paths, completed: completed)
    totals.endNS = experiment.durationNS ?? lastNS
    totals.spanNS = totals.endNS - experiment.warmupNS
    return totals
  }

  /// The latencies of a tenant that has the GPU to itself, ascending.
  private func bound(_ times: [Int64], _ need: Need) -> [Int64] {
    var latencies = Array(repeating: need.pathNS, count: times.count)
    for work in [need.smNS, need.dramNS] {
      FluidBound(arrivals: times, work: Array(repeating: work, count: times.count))
        .raise(&latencies, floor: Double(need.outsideNS))
    }
    return latencies
  }

  private mutating func tell(
    _ t: Int, _ times: [Int64], _ latencies: [Int64], _ need: Need, end: Int64,
    _ totals: inout RunTotals
  ) {
    let replica = experiment.tenants[..<t].reduce(0) { $0 + $1.replicas }
    var late = times.count { $0 > end - need.pathNS }
    for work in [need.smNS, need.dramNS] {
      let fluid = FluidBound(
        arrivals: times, work: Array(repeating: work, count: times.count))
      late = max(late, min(times.count, fluid.unfinished(at: end)))
    }
    let done = times.count - late
    totals.arrived[t] = times.count
    totals.completed[t] = done
    totals.finished[t] = done
    for i in times.indices {
      guard i < done else {
        observer.requestUnfinished(
          UnfinishedRequest(tenant: t, arrivalNS: times[i], number: warmedUp[t] + i))
        continue
      }
      let completion = times[i] + latencies[i]
      observer.requestCompleted(
        RequestRecord(
          tenant: t, replica: replica, number: warmedUp[t] + i, arrivalNS: times[i],
          firstLaunchNS: completion - need.pathNS, completionNS: completion))
      totals.mix(completion)
    }
    let program = programs.programs[programs.byTenant[t][0].program]
    totals.launches[t] = done * program.launches.count
    var work = program.launches.work
    if let graph = experiment.tenants[t].graph {
      (work.flop, work.dramBytes) = (Int128(graph.totals.flop), Int128(graph.totals.dramBytes))
    }
    totals.flop[t].add(work.flop * Int128(done), requests: 1, of: program.batch)
    totals.dramBytes[t] = work.dramBytes * Int128(done) / Int128(program.batch)
  }

  /// The counted arrivals of the next tenant, ascending.
  private mutating func arrivals(of tenant: TenantSpec) throws(InputError) -> [Int64] {
    guard !tenant.waitsForAnswers else {
      throw InputError(
        Diagnostic(
          message: "there is no bound where arrivals follow from answers, as those of "
            + "'\(Excerpt.word(tenant.name))' do",
          hint: "a run's requests.csv, given back as traces, has fixed arrivals"))
    }
    var source = try ArrivalSource(tenant, seed: seed)
    var (times, last, before) = ([Int64](), Int64(0), 0)
    while let request = source.nextArrival(before: experiment.durationNS ?? .max) {
      last = max(last, request.timeNS)
      if last >= experiment.warmupNS { times.append(last) } else { before += 1 }
    }
    warmedUp.append(before)
    return times
  }

  private func need(of t: Int) -> Need {
    let testbed = experiment.testbed
    // A task queue has neither a launch's gap nor a kernel's own occupancy.
    let hasQueue = experiment.policies.contains {
      if case .taskQueue = $0.make().mechanism { true } else { false }
    }
    let gap = hasQueue ? 0 : testbed.launchGap
    var need = Need()
    for (batch, number) in programs.byTenant[t] {
      let program = programs.programs[number]
      var (path, sm, dram) = (Int64(0), 0.0, 0.0)
      for launch in program.launches {
        let own = programs.profiles[launch.profile]
        let fused = programs.fused[launch.profile]
        var (issue, stretch) = (own.smShare * own.soloNS, 1.0)
        for other in [fused.equal, fused.variable].map({ programs.profiles[$0] }) {
          issue = min(issue, other.smShare * other.soloNS)
          stretch = min(stretch, other.soloNS / own.soloNS)
        }
        sm += issue * Double(launch.blocks)
        dram += own.dramRate * own.soloNS * Double(launch.blocks)
        var least = Double(launch.durationNS)
        if hasQueue {
          // Workers of another shape have other last waves: what no way of running it is below.
          let blocks = Double(launch.blocks) * own.soloNS
          least = min(
            least,
            max(
              own.soloNS, own.smShare * blocks / Double(experiment.gpu.smCount),
              own.dramRate * blocks / experiment.gpu.dramRate))
        }
        path += Int64(least * stretch) + gap
      }
      if let graph = experiment.tenants[t].graph {
        let rate = experiment.gpu.smRate(graph.precision)
        sm = Double(graph.totals.flop) / rate
        dram = Double(graph.totals.dramBytes)
      }
      let outside =
        max(testbed.requestCPU, program.copyInNS) + program.copyOutNS + testbed.completionSync
      need.pathNS = min(need.pathNS, path - gap + outside)
      need.outsideNS = min(need.outsideNS, outside)
      need.smNS = min(need.smNS, sm / Double(experiment.gpu.smCount) / Double(batch))
      need.dramNS = min(need.dramNS, dram / experiment.gpu.dramRate / Double(batch))
    }
    return need
  }
}
