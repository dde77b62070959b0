import Device
import Hardware
import Scheduling

/// Splits the latencies of a run in which launches share the GPU, by reason, and tells what happens
/// when. The run says what becomes of requests and launches, in their order; the book changes nothing.
///
/// Each replica's request is accounted for up to a mark, which every call moves on: so no nanosecond
/// is lost or counted twice. A class, for a run without one pays for no more than a look at a pointer.
final class ReasonBook {
  let following: RunFollowing
  let programs: ProgramSet
  /// By program: that of the whole GPU in its place.
  private let whole: [Int]
  var opens: [OpenRequest]
  var clocks: QueueClocks
  /// By device.
  let tables: UnsafeMutablePointer<LossTable>
  private let deviceCount: Int
  /// By device: up to when it is known who was in the way.
  var blamedUntil: [Int64]
  /// By tag: what its launch, or all grids of its super-kernel, lost.
  var lost: [LaunchLosses] = []
  var alone: AloneTimes
  /// By super-kernel: its members.
  var members: [[Int]] = []
  let trace: ReasonTrace?
  /// Language models' requests.
  let sequences: SequenceBook
  /// By replica in an instance of MIG: what makes its iterations for the whole GPU.
  let wholes: [Int: IterationProgram]

  /// - Parameters:
  ///   - replicas: by replica, its tenant, device and mask.
  init(
    _ experiment: Experiment, _ programs: ProgramSet, _ clocks: QueueClocks, devices: [GPUSpec],
    replicas: [(tenant: Int, device: Int, mask: Int)], _ following: RunFollowing
  ) {
    self.following = following
    self.programs = programs
    self.clocks = clocks
    opens = replicas.map { OpenRequest(tenant: $0.tenant, device: $0.device, ownMask: $0.mask) }
    var whole = Array(programs.programs.indices)
    for (t, placed) in programs.capped.enumerated() {
      for entry in placed {
        guard let own = programs.byTenant[t].first(where: { $0.batch == entry.batch }) else {
          continue
        }
        whole[entry.program] = own.program
      }
    }
    self.whole = whole
    deviceCount = devices.count
    tables = .allocate(capacity: deviceCount)
    tables.initialize(repeating: LossTable(), count: deviceCount)
    blamedUntil = Array(repeating: 0, count: devices.count)
    alone = AloneTimes(programs.profiles, experiment.gpu, devices: devices)
    let trace = following.tracer.map { ReasonTrace($0, following, devices) }
    self.trace = trace
    sequences = SequenceBook(
      tenants: experiment.tenants.count, wanted: clocks.batches ? .batch : .held, trace)
    var wholes: [Int: IterationProgram] = [:]
    for (r, replica) in replicas.enumerated()
    where devices[replica.device].smCount < experiment.gpu.smCount {
      guard let language = experiment.tenants[replica.tenant].language else { continue }
      wholes[r] = IterationProgram(
        language.costs(on: experiment.gpu), firstKernel: 0, firstClass: 0)
    }
    self.wholes = wholes
  }

  deinit {
    tables.deinitialize(count: deviceCount)
    tables.deallocate()
  }

  // MARK: - Requests

  /// A request of a tenant arrives, of which a language model is told by number.
  // The optimizer of Swift 6.3 fails where this is inlined into a run, a noncopyable value.
  @inline(never)
  func arrived(_ t: Int, _ number: Int, isLanguage: Bool, at now: Int64) {
    if isLanguage {
      sequences.arrived(t, number, readings: clocks.readings(of: t, at: now), at: now)
    } else {
      clocks.arrived(t, at: now)
    }
  }

  /// Requests of a tenant have left its queue for a replica.
  func began(
    _ r: Int, program: Int, isExact: Bool, arrivals: [Int64], copyNS: Int64, copied: Int64,
    at now: Int64
  ) {
    let t = opens[r].tenant
    var open = OpenRequest(tenant: t, device: opens[r].device, ownMask: opens[r].ownMask)
    open.program = program
    open.isExact = isExact
    open.begun = now
    open.mark = now
    open.copyStart = copied - copyNS
    open.copied = copied
    for arrival in arrivals {
      let queue = clocks.left(t, arrival: arrival, at: now)
      open.waited.append((queue, now - arrival - queue))
    }
    if following.blames { open.inTheWay = Array(repeating: 0, count: programs.byTenant.count) }
    opens[r] = open
    clocks.note(1, of: t, at: now)
  }

  /// The last launch has ended: the answer is copied from `copied - copyNS` on and there at `end`.
  func gpuDone(_ r: Int, copyNS: Int64, copied: Int64, end: Int64, at now: Int64) {
    opens[r].parts[.order] += copied - copyNS - now
    opens[r].parts[.own] += copyNS
    opens[r].parts[.host] += end - copied
    opens[r].mark = end
  }

  /// The replica is idle again.
  func ended(_ r: Int, at now: Int64) {
    clocks.note(-1, of: opens[r].tenant, at: now)
    trace?.work(r, opens[r], at: now)
  }

  /// Where the time of a request of the replica's batch went.
  func explanation(_ i: Int, of r: Int, _ record: RequestRecord) -> RequestExplanation {
    var parts = opens[r].parts
    parts[.queue] += opens[r].waited[i].queue
    parts[clocks.batches ? .batch : .held] += opens[r].waited[i].policy
    assert(parts.sum == record.completionNS - record.arrivalNS, "parts of \(record): \(parts)")
    let explanation = RequestExplanation(
      record: record, parts: parts, begunNS: opens[r].begun, batch: opens[r].waited.count,
      inTheWay: opens[r].inTheWay)
    trace?.request(explanation)
    return explanation
  }

  /// The first request that waits was dropped.
  func dropped(_ t: Int, _ request: Arrival, isLanguage: Bool, at now: Int64) {
    if isLanguage {
      sequences.dropped(t, request.record)
    } else {
      _ = clocks.left(t, arrival: request.timeNS, at: now)
    }
    trace?.dropped(t, request.timeNS, now)
  }

  // MARK: - Before a launch

  /// A replica's launch waits behind others' in a shared queue and for nothing else.
  func blocked(_ r: Int, at now: Int64) {
    opens[r].blockedSince = min(opens[r].blockedSince, now)
  }

  /// What has gone by was the copy, the host, and from when it was blocked on a queue.
  func waited(_ r: Int, until now: Int64) {
    let copyStart = min(opens[r].copyStart, now)
    if opens[r].mark < copyStart { pass(r, .order, until: copyStart) }
    let copied = min(opens[r].copied, now)
    if opens[r].mark < copied { pass(r, .own, until: copied) }
    let blocked = min(max(opens[r].blockedSince, opens[r].mark), now)
    pass(r, .host, until: blocked)
    pass(r, .order, until: now)
    opens[r].blockedSince = .max
  }

  /// What has gone by since a launch became ready was the policy's doing.
  func held(_ r: Int, until now: Int64) {
    if now > opens[r].mark { trace?.held(r, opens[r].mark, now) }
    pass(r, .held, until: now)
  }

  /// Accounts for all time up to an instant.
  func pass(_ r: Int, _ reason: WaitReason, until time: Int64) {
    guard time > opens[r].mark else { return }
    opens[r].parts[reason] += time - opens[r].mark
    opens[r].mark = time
  }

  /// Nanoseconds of a replica's launch on the whole GPU.
  func wholeNS(_ i: Int, of open: OpenRequest) -> Int64 {
    open.iteration?.wholeNS(i) ?? wholeLaunch(i, of: open.program).durationNS
  }

  /// A program's launch as it is on the whole GPU.
  func wholeLaunch(_ i: Int, of program: Int) -> ProgramLaunch {
    programs.programs[whole[program]].launches[i]
  }

  /// What a replica runs.
  func program(of open: OpenRequest) -> Program {
    open.iteration?.program ?? programs.programs[open.program]
  }
}
