/// What a policy sees of a run. Times are nanoseconds. Replicas' phases and ready launches are kept
/// where the policy sends launches.
public struct SchedulingView: Sendable {
  /// The present instant.
  public var now: Int64 = 0
  /// SMs of the device.
  public var smCount: Int = 0
  /// From a launch's end to its successor's start.
  public var launchGapNS: Int64 = 0
  /// Until when the thread that sends a policy's launches is at work on earlier ones.
  public var schedulerFreeNS: Int64 = 0
  /// What sending launches costs the host.
  public var costs = HostCosts()
  /// The tenants, by index: the more urgent before others, then those with the tighter objective, the
  /// shorter request, the model whose name comes first, whatever their order in the experiment.
  public var tenants: [TenantView] = []
  /// The replicas, by index.
  public var replicas: [ReplicaView] = []
  /// What requests of a tenant run, by program index.
  public var programs: [ProgramView] = []
  /// Replicas whose next launch is ready, in the order they became so.
  public private(set) var ready: [Int] = []
  private var readyByClass: [[Int]] = []
  private var readyByFamily: [[Int]] = []
  /// Super-kernels on the device or on their way to it.
  public var residentSuperKernels: Int = 0
  /// Replicas with a request.
  public var activeReplicas: Int = 0

  /// Creates an empty view.
  public init() {}

  /// The ready replicas whose launches are of a fusion class, in the order they became so.
  public func ready(ofClass id: Int) -> [Int] {
    id < readyByClass.count ? readyByClass[id] : []
  }

  /// How many launches of a fusion class are ready.
  public func readyCount(ofClass id: Int) -> Int {
    id < readyByClass.count ? readyByClass[id].count : 0
  }

  /// How many launches of a family, which fuse where sizes may vary, are ready.
  public func readyCount(ofFamily id: Int) -> Int {
    id < readyByFamily.count ? readyByFamily[id].count : 0
  }

  /// How many launches of a tenant are on the device, or on their way there, where the policy
  /// sends them.
  public func launchesInFlight(of tenant: Int) -> Int {
    tenants[tenant].replicas.count { replicas[$0].phase == .running }
  }

  /// Since when a tenant has had no request; nil while it has one.
  public func idleSince(of tenant: Int) -> Int64? {
    if tenants[tenant].waiting > 0 { return nil }
    var since: Int64 = 0
    for replica in tenants[tenant].replicas {
      guard replicas[replica].phase == .idle else { return nil }
      since = max(since, replicas[replica].idleSinceNS)
    }
    return since
  }

  /// A replica's next launch, the one its view tells, is ready.
  public mutating func addReady(_ replica: Int) {
    let (classID, familyID) = fusion(of: replica)
    ready.append(replica)
    while readyByClass.count <= classID { readyByClass.append([]) }
    while readyByFamily.count <= familyID { readyByFamily.append([]) }
    readyByClass[classID].append(replica)
    readyByFamily[familyID].append(replica)
  }

  /// A replica's launch is no longer ready.
  ///
  /// - Complexity: O(ready launches).
  public mutating func removeReady(_ replica: Int) {
    let (classID, familyID) = fusion(of: replica)
    func remove(from list: inout [Int]) {
      if let at = list.firstIndex(of: replica) { list.remove(at: at) }
    }
    remove(from: &ready)
    remove(from: &readyByClass[classID])
    remove(from: &readyByFamily[familyID])
  }

  private func fusion(of replica: Int) -> (classID: Int, familyID: Int) {
    let (program, launch) = (replicas[replica].program, replicas[replica].launch)
    return (
      programs[program].launches[launch].classID, programs[program].launches[launch].familyID
    )
  }

  /// The launch of a replica that is next, or running.
  @inlinable public func launch(of replica: Int) -> LaunchView {
    programs[replicas[replica].program].launches[replicas[replica].launch]
  }
}

/// A tenant as a policy sees it.
public struct TenantView: Sendable {
  /// The name in the experiment.
  public var name: String
  /// Higher is more urgent.
  public var priority: Int
  /// The latency objective; `Int64.max / 4` where there is none.
  public var sloNS: Int64
  /// The tenant's replicas.
  public var replicas: Range<Int>
  /// Whether it is a language model, whose iterations take the place of requests.
  public var isLanguageModel = false
  /// Whether its requests are task graphs.
  public var isTaskGraph = false
  /// A language model's objective of the gap between an answer's tokens; nil where there is none.
  public var tokenGapNS: Int64?
  /// Programs by batch, ascending: the batch and its program's index.
  public var programs: [(batch: Int, program: Int)]
  /// Requests that wait.
  public var waiting: Int = 0
  /// When the first of them arrived.
  public var oldestArrivalNS: Int64 = 0

  /// Creates a tenant.
  public init(
    name: String, priority: Int, sloNS: Int64, replicas: Range<Int>,
    programs: [(batch: Int, program: Int)]
  ) {
    self.name = name
    self.priority = priority
    self.sloNS = sloNS
    self.replicas = replicas
    self.programs = programs
  }

  /// The program that runs a batch of a size: the next larger one's.
  public func program(batch: Int) -> Int? {
    programs.first { $0.batch >= batch }?.program
  }
}

/// A replica as a policy sees it.
public struct ReplicaView: Sendable {
  /// What a replica is doing.
  public enum Phase: Sendable {
    /// Without a request.
    case idle
    /// Its next launch is not ready yet.
    case waiting
    /// Its next launch is ready.
    case ready
    /// A launch of its is on the device, or on its way there.
    case running
    /// Its last launch has ended; the host completes the request.
    case finishing
  }

  /// The tenant.
  public var tenant: Int
  /// What it is doing.
  public var phase: Phase = .idle
  /// The program of its request.
  public var program: Int = 0
  /// The launch that is next, or running.
  public var launch: Int = 0
  /// When the oldest request of its batch must be done.
  public var deadlineNS: Int64 = 0
  /// While running: when the launch should end; while waiting: when it should be ready.
  public var expectedNS: Int64 = 0
  /// Before this time it takes no new request.
  public var excludedUntilNS: Int64 = 0
  /// SMs of the MIG instance it is in; nil for the whole device's.
  public var smCount: Int?
  /// While idle: since when.
  public var idleSinceNS: Int64 = 0
  /// Which iterations of a language model it has, where prefills and decodes are iterations of their
  /// own: prefills are then a replica of their own behind all tenants' others.
  public var side = IterationSide.both
  /// While idle: whether it has an iteration that might begin. One that turns out to lack its blocks
  /// is not due from then on until something changes for it.
  public var isDue = false

  /// Creates an idle replica.
  public init(tenant: Int) { self.tenant = tenant }
}

/// The launches of one request or batch.
public struct ProgramView: Sendable {
  /// Its batch.
  public var batch: Int
  /// Its launches, in order.
  public var launches: [LaunchView]
  /// Alone on the idle GPU, from the request's start to its completion.
  public var soloNS: Int64
  /// For each launch, the sum of its and all later launches' durations alone.
  public let remainingNS: [Int64]

  /// Creates a program.
  public init(batch: Int, launches: [LaunchView], soloNS: Int64) {
    var remaining = [Int64](repeating: 0, count: launches.count)
    var sum: Int64 = 0
    for i in launches.indices.reversed() {
      sum += launches[i].soloNS
      remaining[i] = sum
    }
    remainingNS = remaining
    self.batch = batch
    self.launches = launches
    self.soloNS = soloNS
  }
}

/// One launch as a policy sees it.
public struct LaunchView: Sendable {
  /// Launches of one class may fuse: same kernel, block shape, precision and problem size.
  public var classID: Int
  /// Launches of one family may fuse where variable sizes are allowed: same kernel and block shape.
  public var familyID: Int
  /// Its thread blocks.
  public var blocks: Int
  /// How many of them an SM holds.
  public var blocksPerSM: Int
  /// Its duration alone on the idle GPU.
  public var soloNS: Int64
  /// Share of an SM one of its blocks asks for.
  public var smShare: Double
  /// DRAM it asks for while it runs alone, in bytes/ns.
  public var dramRate: Double
  /// Floating-point operations it does.
  public var flop: Int64
  /// Bytes it moves to and from DRAM.
  public var dramBytes: Int64
  /// What a block of it takes in a super-kernel of equal problems, over its own time.
  public var fusedStretch: Double
  /// Share of an SM such a block asks for.
  public var fusedSMShare: Double
  /// Its operations a byte over the roofline's ridge, above 1 where arithmetic bounds it; nil where
  /// the table does not tell its operations.
  public var intensity: Double?
  /// What one of its blocks takes alone on the idle GPU.
  public var blockNS: Int64

  /// Creates a launch.
  public init(
    classID: Int, familyID: Int, blocks: Int, blocksPerSM: Int, soloNS: Int64, smShare: Double,
    dramRate: Double, flop: Int64 = 0, dramBytes: Int64 = 0, fusedStretch: Double = 1,
    fusedSMShare: Double? = nil, intensity: Double? = nil, blockNS: Int64 = 0
  ) {
    self.classID = classID
    self.familyID = familyID
    self.blocks = blocks
    self.blocksPerSM = blocksPerSM
    self.soloNS = soloNS
    self.smShare = smShare
    self.dramRate = dramRate
    self.flop = flop
    self.dramBytes = dramBytes
    self.fusedStretch = fusedStretch
    self.fusedSMShare = fusedSMShare ?? smShare
    self.intensity = intensity
    self.blockNS = blockNS
  }
}
