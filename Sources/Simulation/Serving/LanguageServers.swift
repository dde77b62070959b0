import Hardware
import Scheduling
import Tables
import Workloads

/// The replicas of a run that serve language models, by the replica's number.
struct LanguageServers {
  /// By replica: its number in `servers`; -1 for replicas of other models.
  private var numbers: [Int]
  /// By replica: the number of the server of its prefills, where they run beside decodes; else -1.
  private var seconds: [Int] = []
  /// By replica: the one with the other side's iterations; -1 where one has both.
  private(set) var partners: [Int] = []
  /// The replicas whose prefills run as further ones, behind all others, in their order.
  private(set) var second: [Int] = []
  private(set) var servers: [LanguageServer] = []
  /// The quotas of replicas that share one pool, each with its replica's number, its tenant, and its
  /// blocks in use times nanoseconds when quotas moved last; nil where each has a pool of its own.
  private(set) var quotas: (shares: KVQuotas, replicas: [Int], used: [Int128], movedNS: Int64)?

  /// Whether there are any.
  var isEmpty: Bool { servers.isEmpty }

  /// None, for runs without language models.
  init() { numbers = [] }

  /// A replica before it serves: where it is, and what it is capped to.
  typealias Placed = (tenant: Int, slice: Int?)

  /// The servers of a run under a way of sharing.
  ///
  /// - Throws: as below.
  init(
    _ experiment: Experiment, _ mechanism: SharingMechanism, _ programs: ProgramSet,
    _ flow: inout RequestFlow, splitsPhases: Bool = false, sharing: PoolSharing? = nil
  ) throws(InputError) {
    var layout: GPULayout?
    if case .partitions(let parts) = mechanism { layout = parts }
    var isStreams = false
    if case .streams = mechanism { isStreams = true }
    var replicas: [Placed] = []
    for (t, tenant) in experiment.tenants.enumerated() {
      for i in 0..<tenant.replicas {
        var slice: Int?
        if let layout, let part = layout.part(of: tenant.name, replica: i),
          case .slice(let number) = ProgramPlace(layout.parts[part], of: experiment.gpu)
        {
          slice = number
        }
        replicas.append((t, slice))
      }
    }
    try self.init(
      experiment, replicas, programs, hasSharedLock: isStreams, &flow, splitsPhases: splitsPhases,
      sharing: sharing)
  }

  /// - Parameters:
  ///   - replicas: by number.
  ///   - programs: kernels and classes of theirs are numbered behind those of the programs.
  ///   - flow: its tenants' requests are bounded by what fits.
  /// - Throws: `InputError` naming a recorded request that can never be served.
  init(
    _ experiment: Experiment, _ replicas: [Placed], _ programs: ProgramSet, hasSharedLock: Bool,
    _ flow: inout RequestFlow, splitsPhases: Bool = false, sharing: PoolSharing? = nil
  ) throws(InputError) {
    numbers = Array(repeating: -1, count: replicas.count)
    seconds = numbers
    let classes = programs.programs.flatMap(\.launches.rows).reduce(-1) {
      max($0, $1.classID, $1.familyID)
    }
    for (r, placed) in replicas.enumerated() {
      let tenant = experiment.tenants[placed.tenant]
      guard let language = tenant.language else { continue }
      let gpu = experiment.gpu
      let part = placed.slice.flatMap { gpu.slice(gpu.migSlices[$0].name) } ?? gpu
      let testbed = experiment.testbed
      let blocks = language.poolBlocks(
        capacityMiB: Double(part.memoryMiB), otherMiB: testbed.contextMiB + testbed.replicaMiB)
      let loop = LanguageServer.Shared(
        ServingLoop(
          language.settings, blocks: blocks,
          prefixTokens: tenant.tokens?.recorded?.blocks.map { Int($0.tokens) }))
      let costs = language.costs(on: part, slice: placed.slice)
      func server(_ phase: ServingLoop.Phase) -> LanguageServer {
        LanguageServer(
          language, testbed, tenant: placed.tenant, replica: r, phase, loop, costs: costs,
          hasSharedLock: hasSharedLock,
          firstKernel: programs.profiles.count + servers.count * IterationProgram.mostRows,
          firstClass: classes + 1 + servers.count * IterationProgram.mostRows)
      }
      numbers[r] = servers.count
      servers.append(server(splitsPhases ? .decode : .both))
      if splitsPhases {
        seconds[r] = servers.count
        servers.append(server(.prefill))
      }
    }
    // Prefills that run beside decodes do so as replicas behind all others.
    partners = Array(repeating: -1, count: numbers.count)
    for r in replicas.indices where seconds[r] >= 0 {
      partners[r] = numbers.count
      numbers.append(seconds[r])
      partners.append(r)
      second.append(r)
    }
    if let sharing { share(sharing, experiment) }
    for t in experiment.tenants.indices {
      guard let language = experiment.tenants[t].language,
        let blocks = servers.filter({ $0.tenant == t }).map(\.loop.pool.blocks).min()
      else { continue }
      let limit = ServingLimit(
        tenant: experiment.tenants[t].name, model: language.model.name,
        maxContext: language.model.maxContext, blocks: blocks,
        blockTokens: language.settings.kvBlock)
      if let refusal = limit.refusal(of: experiment.tenants[t].tokens) {
        throw InputError(refusal)
      }
      flow.limit(t, to: limit)
    }
  }

  // MARK: - One pool for several

  /// Makes one pool of all replicas' and gives each its quota.
  private mutating func share(_ sharing: PoolSharing, _ experiment: Experiment) {
    let replicas = numbers.indices.filter { contains($0) && self[$0].phase != .prefill }
    var bytes = 0
    let members = replicas.map { r in
      let (tenant, pool) = (experiment.tenants[self[r].tenant], self[r].loop.pool)
      let size = tenant.language?.blockBytes ?? 1
      bytes += pool.blocks * size
      let rate = tenant.requestsPerSecond(
        durationNS: experiment.durationNS, soloNS: Self.soloNS(tenant, experiment))
      // The answer's last token is never computed.
      let most = min(
        tenant.tokens?.mostTokens ?? 2, Int64(tenant.language?.model.maxContext ?? 2))
      return (
        blockBytes: size, weight: rate / Double(tenant.replicas) * Double(size / pool.blockTokens),
        least: pool.blocks(for: Int(most) - 1)
      )
    }
    let shares = KVQuotas(bytes: bytes, members, sharing)
    for (r, member) in zip(replicas, shares.members) {
      self[r].loop.resize(to: member.quota, at: 0)
    }
    quotas = (shares, replicas, replicas.map { _ in 0 }, 0)
  }

  /// What a request of a closed loop takes alone, as far as the rate of its clients goes by it: as the
  /// first does.
  private static func soloNS(_ tenant: TenantSpec, _ experiment: Experiment) -> Int64 {
    guard case .closedLoop = tenant.arrivals, let language = tenant.language,
      let source = tenant.tokens
    else { return 0 }
    var lengths = TokenStream(source, seed: 1, stream: tenant.name)
    let first = lengths.next(record: 0)
    var lone = LoneRequests(language, experiment.testbed, on: experiment.gpu)
    return lone.latencyNS(input: max(1, Int(first.input)), output: max(1, Int(first.output)))
  }

  /// Moves quotas where so much time has passed since they moved last.
  ///
  /// - Returns: whether it was time.
  mutating func moveQuotas(at now: Int64, _ flow: RequestFlow) -> Bool {
    guard var held = quotas, now - held.movedNS >= held.shares.sharing.intervalNS,
      now > held.movedNS
    else { return false }
    var uses: [KVQuotas.Use] = []
    for (i, r) in held.replicas.enumerated() {
      var pool = self[r].loop.pool
      pool.pass(to: now)
      uses.append(
        KVQuotas.Use(
          mean: Double(pool.blockTime - held.used[i]) / Double(now - held.movedNS),
          used: pool.used,
          isWaitedFor: flow.queues[self[r].tenant].count > 0 || !self[r].loop.preempted.isEmpty))
      held.used[i] = pool.blockTime
    }
    held.shares.move(uses)
    for (r, member) in zip(held.replicas, held.shares.members) {
      self[r].loop.resize(to: member.quota, at: now)
    }
    held.movedNS = now
    quotas = held
    return true
  }

  /// Kernels that the devices keep places for.
  var kernels: Int { servers.count * IterationProgram.mostRows }

  /// Whether a replica serves a language model.
  func contains(_ r: Int) -> Bool { r < numbers.count && numbers[r] >= 0 }

  /// A replica's server.
  ///
  /// - Precondition: it serves a language model.
  subscript(r: Int) -> LanguageServer {
    get { servers[numbers[r]] }
    _modify { yield &servers[numbers[r]] }
  }

  /// Adds what replicas have counted up to now.
  func add(to totals: inout RunTotals, at now: Int64) {
    for server in servers where server.phase != .prefill {
      totals.serving[server.tenant].add(server.loop, at: now)
    }
  }
}
