import Scheduling

/// What `parvagpu` makes of a tenant: instances, each with batches of one size in so many processes.
struct ParvaGPUSegment: Hashable, Sendable {
  /// The tenant's index.
  var tenant: Int
  /// The MIG profile, by its number.
  var profile: Int
  /// Compute slices of it.
  var size: Int
  var batch: Int
  var processes: Int
  /// Requests a second, always at work.
  var throughput: Double
}

/// The planner of `parvagpu`: see there for its rule.
struct ParvaGPUPlanner {
  /// The part of the SLO that a batch may take: half of it, less a tenth (configurator.c).
  static let sloPart = 0.45
  static let mostProcesses = 3

  let view: PlanningView
  let largestBatch: Int
  /// By tenant: its segments for every profile, batch and number of processes that are within its SLO.
  private let choices: [[ParvaGPUSegment]]

  init(_ view: PlanningView, largestBatch: Int) {
    self.view = view
    self.largestBatch = largestBatch
    choices = view.tenants.indices.map { Self.choices(of: $0, view, largestBatch) }
  }

  /// Of each number of compute slices the profile of least memory that holds the model is tried.
  private static func choices(
    of t: Int, _ view: PlanningView, _ largestBatch: Int
  ) -> [ParvaGPUSegment] {
    let tenant = view.tenants[t]
    let slo = tenant.sloNS.map { Double($0) * sloPart } ?? .infinity
    var list: [ParvaGPUSegment] = []
    for profile in view.profiles.indices {
      let slice = view.profiles[profile]
      let isBeaten = view.profiles.contains {
        $0.computeSlices == slice.computeSlices && $0.memoryMiB < slice.memoryMiB
          && Double($0.memoryMiB) >= tenant.memoryMiB
      }
      if isBeaten { continue }
      let part = GPULayout.Part.slice(slice.name)
      for batch in tenant.batches
      where batch <= largestBatch && batch.nonzeroBitCount == 1 {
        for processes in 1...max(1, min(mostProcesses, tenant.replicas)) {
          if Double(processes) * tenant.memoryMiB > Double(slice.memoryMiB) { break }
          let latency = Double(view.togetherNS(t, batch, processes, part))
          // With more processes it takes no less.
          if latency >= slo { break }
          list.append(
            ParvaGPUSegment(
              tenant: t, profile: profile, size: slice.computeSlices, batch: batch,
              processes: processes, throughput: Double(batch * processes) / latency * 1e9))
        }
      }
    }
    return list
  }

  /// The segment of most throughput for its size, with so many processes at most.
  func best(_ t: Int, processes: Int, size: Int? = nil) -> ParvaGPUSegment? {
    var best: ParvaGPUSegment?
    for choice in choices[t]
    where choice.processes <= processes && (size == nil || choice.size == size) {
      if let best {
        let (new, old) = (
          choice.throughput / Double(choice.size), best.throughput / Double(best.size)
        )
        if new < old * (1 + 1e-9) { continue }
      }
      best = choice
    }
    return best
  }

  /// What a tenant's rate takes: the best segment as often as the rate holds it whole, then the
  /// smallest that serves the rest; its replicas are its processes.
  func segments(of t: Int) -> [ParvaGPUSegment] {
    var left = view.tenants[t].requestsPerSecond
    var replicas = view.tenants[t].replicas
    var list: [ParvaGPUSegment] = []
    let sizes = Set(view.profiles.map(\.computeSlices)).sorted()
    while replicas > 0, left > 1e-9 || list.isEmpty {
      guard let best = best(t, processes: replicas) else { break }
      var next = best
      if left <= best.throughput {
        let small = sizes.lazy.compactMap { self.best(t, processes: replicas, size: $0) }
        next = small.first { $0.throughput >= left } ?? best
      }
      list.append(next)
      left -= next.throughput
      replicas -= next.processes
    }
    return list
  }

  /// Segments that fit the GPU, the largest first; what they do not serve of the tenants' rates, in
  /// requests a second. Nil where not every tenant can have one.
  func plan() -> (segments: [ParvaGPUSegment], uncovered: [Double])? {
    var list = view.tenants.indices.flatMap { t -> [ParvaGPUSegment] in
      let own = segments(of: t)
      return own.isEmpty ? [fallback(t)].compactMap { $0 } : own
    }
    while !fits(list) {
      // The largest gives way, of equals the last.
      guard let at = shrinkable(list).last(where: { i in list[i].size == largest(list) }) else {
        return nil
      }
      let (old, isOnly) = (list[at], list.count { $0.tenant == list[at].tenant } == 1)
      if let smaller = smaller(old) {
        list[at] = smaller
      } else if isOnly {
        return nil
      } else {
        list.remove(at: at)
      }
    }
    if Set(list.map(\.tenant)).count < view.tenants.count { return nil }
    let order = list.indices.sorted { (-list[$0].size, $0) < (-list[$1].size, $1) }
    var uncovered = view.tenants.map(\.requestsPerSecond)
    for segment in list { uncovered[segment.tenant] -= segment.throughput }
    return (order.map { list[$0] }, uncovered.map { max(0, $0) })
  }

  private func largest(_ list: [ParvaGPUSegment]) -> Int {
    shrinkable(list).map { list[$0].size }.max() ?? 0
  }

  /// Those that can be made smaller, or left out.
  private func shrinkable(_ list: [ParvaGPUSegment]) -> [Int] {
    list.indices.filter { i in
      smaller(list[i]) != nil || list.count { $0.tenant == list[i].tenant } > 1
    }
  }

  private func smaller(_ segment: ParvaGPUSegment) -> ParvaGPUSegment? {
    let sizes = Set(view.profiles.map(\.computeSlices)).filter { $0 < segment.size }.sorted()
    for size in sizes.reversed() {
      if let own = best(segment.tenant, processes: segment.processes, size: size) { return own }
    }
    return sizes.isEmpty ? nil : fallback(segment.tenant, below: segment.size)
  }

  /// One request at a time in the smallest instance that holds it, where nothing is within the SLO.
  private func fallback(_ t: Int, below limit: Int = .max) -> ParvaGPUSegment? {
    let fitting = view.profiles.indices.filter {
      view.tenants[t].memoryMiB <= Double(view.profiles[$0].memoryMiB)
        && view.profiles[$0].computeSlices < limit
    }
    guard
      let profile = fitting.min(by: {
        (view.profiles[$0].computeSlices, view.profiles[$0].memoryMiB, $0)
          < (view.profiles[$1].computeSlices, view.profiles[$1].memoryMiB, $1)
      })
    else { return nil }
    let latency = Double(view.latencyNS(t, 1, .slice(view.profiles[profile].name)))
    return ParvaGPUSegment(
      tenant: t, profile: profile, size: view.profiles[profile].computeSlices, batch: 1,
      processes: 1, throughput: 1e9 / latency)
  }

  private func fits(_ list: [ParvaGPUSegment]) -> Bool {
    SliceProfile.fit(list.map { view.profiles[$0.profile] }, of: view.profiles)
  }
}
