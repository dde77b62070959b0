import Hardware
import Scheduling

/// Task graphs on a queue's workers, nanosecond by nanosecond: every look is made, nothing is worked
/// out ahead. The oracle of `TaskRun`, with which it shares no code but the graph.
struct NaiveTaskQueue {
  struct Costs {
    var request: Int64 = 0
    var call: Int64 = 0
    var sync: Int64 = 0
    var hostLook: Int64 = 0
  }

  struct Worker {
    var place = -1
    var end: Int64 = -1
    var lookAt: Int64 = -1
    var claimEnd = 0
    var kernel = -1
    var polls = 0
    var isReady = false
  }

  struct Kernel {
    var places: Range<Int>
    var next: Int
    var left: Int
    var isIn = false
  }

  let rule: TaskQueue
  let costs: Costs
  let graphs: [TaskGraph]
  /// When they arrive, ascending, each with an instance of its own.
  let arrivals: [Int64]

  var now: Int64 = 0
  var workers: [Worker]
  var queue: [(request: Int, task: Int)] = []
  var waiting: [[Int32]]
  var left: [Int]
  /// By request: when it begins, when it is answered.
  var begins: [Int64] = []
  var completions: [Int64?]
  /// How often each task ran.
  var runs: [[Int]]
  var launches = 0
  /// Tasks lost to a grid that ended early.
  var lost = 0
  private var nextClaim = 0
  private var isUp = false
  private var endsAt: Int64?
  private var isPending: [Bool]
  private var kernels: [Kernel] = []
  private var launched = 0
  private var calling = 0
  private var order: [Int] = []
  private var hostFree: Int64 = 0
  private var lookEnd: Int64?
  private var callEnd: Int64?

  init(
    _ graphs: [TaskGraph], at arrivals: [Int64], workers: Int, _ rule: TaskQueue, _ costs: Costs
  ) {
    self.graphs = graphs
    self.arrivals = arrivals
    self.rule = rule
    self.costs = costs
    self.workers = Array(repeating: Worker(), count: workers)
    waiting = graphs.map(\.parentCounts)
    left = graphs.map(\.work.count)
    completions = graphs.map { _ in nil }
    runs = graphs.map { $0.work.map { _ in 0 } }
    isPending = graphs.map { _ in true }
    var free: Int64 = 0
    for arrival in arrivals {
      if rule.mode == .persistent {
        free = max(free, arrival + costs.request) + costs.call
        begins.append(free)
      } else {
        begins.append(arrival + costs.request)
      }
    }
  }

  mutating func run() {
    while completions.contains(where: { $0 == nil }), lost == 0 {
      endTasks()
      beginRequests()
      if rule.mode == .persistent { lookAll() } else { stepHost() }
      now += 1
    }
  }

  private func time(_ place: Int) -> Int64 {
    let graph = graphs[queue[place].request]
    guard case .lasting(let ns) = graph.work[queue[place].task] else { return 0 }
    return ns + rule.pushNS * Int64(graph.children[queue[place].task].count)
  }

  private mutating func endTasks() {
    let ended = workers.indices.filter { workers[$0].end == now }
      .sorted { workers[$0].place < workers[$1].place }
    for w in ended {
      let (r, task) = queue[workers[w].place]
      left[r] -= 1
      runs[r][task] += 1
      for child in graphs[r].children[task] {
        waiting[r][Int(child)] -= 1
        if waiting[r][Int(child)] == 0 { queue.append((r, Int(child))) }
      }
      workers[w].end = -1
      workers[w].place += 1
      if rule.mode == .persistent { goOn(w) } else { endInBlock(w) }
      if left[r] == 0, rule.mode == .discrete || rule.mode == .persistent && rule.leastPolls == 0 {
        completions[r] = now + costs.sync
      }
    }
    if rule.mode == .persistent, rule.leastPolls == 0, isUp, !isBusyWithAny { isUp = false }
    if rule.mode == .discrete, !isBusyWithAny { lookEnd = nil }
    if endsAt == now {
      isUp = false
      endsAt = nil
      for r in graphs.indices where left[r] == 0 && completions[r] == nil {
        completions[r] = now + costs.sync
      }
    }
  }

  private var isBusyWithAny: Bool { graphs.indices.contains { !isPending[$0] && left[$0] > 0 } }

  private mutating func goOn(_ w: Int) {
    if endsAt != nil { return }
    if workers[w].place < workers[w].claimEnd {
      workers[w].lookAt = now
    } else {
      claim(w)
    }
  }

  private mutating func claim(_ w: Int) {
    workers[w].place = nextClaim
    nextClaim += rule.fetch
    workers[w].claimEnd = nextClaim
    workers[w].lookAt = now + rule.popNS
  }

  private mutating func beginRequests() {
    for r in graphs.indices where isPending[r] && begins[r] <= now {
      if rule.leastPolls > 0, isUp { continue }
      if rule.mode == .discrete, !isBusyWithAny { hostFree = max(hostFree, now) }
      isPending[r] = false
      for (task, count) in graphs[r].parentCounts.enumerated() where count == 0 {
        queue.append((r, task))
      }
      guard rule.mode == .persistent else { continue }
      launches += 1
      if isUp { continue }
      isUp = true
      nextClaim = queue.count - graphs[r].parentCounts.count { $0 == 0 }
      for w in workers.indices {
        workers[w] = Worker()
        claim(w)
      }
    }
  }

  private mutating func lookAll() {
    guard isUp, endsAt == nil else { return }
    for w in workers.indices where workers[w].lookAt == now && workers[w].end < 0 {
      if workers[w].place < queue.count {
        workers[w].end = now + time(workers[w].place)
      } else {
        workers[w].polls += 1
        workers[w].lookAt = now + max(1, rule.pollNS)
        if workers[w].polls == rule.leastPolls { workers[w].isReady = true }
      }
    }
    guard rule.leastPolls > 0, workers.allSatisfy(\.isReady) else { return }
    let busy = workers.filter { $0.end >= 0 }
    lost = graphs.indices.filter { !isPending[$0] }.reduce(0) { $0 + left[$1] } - busy.count
    endsAt = workers.map { $0.end >= 0 ? $0.end : $0.lookAt }.max()
  }

  // MARK: The host's launches

  private mutating func endInBlock(_ w: Int) {
    let k = workers[w].kernel
    kernels[k].left -= 1
    if workers[w].place < workers[w].claimEnd {
      workers[w].end = now + time(workers[w].place)
    } else {
      workers[w].kernel = -1
    }
    guard kernels[k].left == 0 else { return }
    if k + 32 < kernels.count, kernels[k + 32].isIn { order.append(k + 32) }
    guard rule.mode == .bsp else { return }
    hostFree = now + costs.sync
    for r in graphs.indices where left[r] == 0 && completions[r] == nil {
      completions[r] = now + costs.sync
    }
  }

  private mutating func stepHost() {
    if rule.mode == .discrete {
      // Without costs there is a look, a call and a look again in one instant.
      while lookOnce() || launch() {}
    } else {
      if callEnd == nil, hostFree <= now, queue.count > launched,
        kernels.allSatisfy({ $0.left == 0 })
      {
        call()
      }
      _ = launch()
    }
    place()
  }

  /// A look of the host that ends now; whether it found something.
  private mutating func lookOnce() -> Bool {
    if lookEnd == nil, callEnd == nil, isBusyWithAny { lookEnd = hostFree + costs.hostLook }
    guard let end = lookEnd, end <= now else { return false }
    if queue.count > launched {
      call()
      return true
    }
    lookEnd = now + max(1, costs.hostLook)
    return false
  }

  /// A call of the host that ends now.
  private mutating func launch() -> Bool {
    guard callEnd == now else { return false }
    callEnd = nil
    hostFree = now
    launches += 1
    let places = launched..<calling
    launched = calling
    kernels.append(
      Kernel(places: places, next: places.lowerBound, left: places.count, isIn: true))
    let k = kernels.count - 1
    if k < 32 || kernels[k - 32].left == 0 { order.append(k) }
    return true
  }

  private mutating func place() {
    while let k = order.first, let w = workers.firstIndex(where: { $0.kernel < 0 }) {
      workers[w].kernel = k
      workers[w].place = kernels[k].next
      workers[w].claimEnd = min(kernels[k].next + rule.fetch, kernels[k].places.upperBound)
      workers[w].end = now + time(workers[w].place)
      kernels[k].next = workers[w].claimEnd
      if kernels[k].next == kernels[k].places.upperBound { order.removeFirst() }
    }
  }

  private mutating func call() {
    lookEnd = nil
    calling = queue.count
    callEnd = now + costs.call
  }
}
