import Device
import Hardware

/// What a replica executes for the requests it holds: launches, each ready when the one before has
/// ended. A run asks for nothing else, so that work of another kind (the iterations of a language
/// model, whose requests come and go between them) needs no run of its own.
protocol ReplicaWork {
  /// The launch that is next, or running.
  func launch(in programs: ProgramSet) -> ProgramLaunch
  /// That launch has ended; whether there is another, which is then next.
  mutating func advance(in programs: ProgramSet) -> Bool
  /// The part of its work that requests asked for: places taken, and all places, of its batch.
  func usefulShare(in programs: ProgramSet) -> (requests: Int, batch: Int)
  /// The requests that end with the last launch.
  var requests: [Arrival] { get }
}

/// The launches of one request, or of a batch: its program's.
struct RequestWork: ReplicaWork {
  /// The program's number, and the launch's in it.
  private(set) var program = 0
  var launch = 0
  private(set) var requests: [Arrival] = []
  /// The iteration of a language model that takes a program's place; its requests come and go with
  /// its replica's server.
  private var iteration: Program?

  mutating func begin(program: Int) {
    self.program = program
    launch = 0
  }

  mutating func begin(iteration: Program) {
    self.iteration = iteration
    launch = 0
  }

  /// What it runs.
  @inline(__always)
  func program(in programs: ProgramSet) -> Program { iteration ?? programs.programs[program] }

  /// Takes requests in place of those it had.
  mutating func take(_ flow: inout RequestFlow, of tenant: Int, count: Int) {
    requests.removeAll(keepingCapacity: true)
    for _ in 0..<max(count, 1) {
      if let request = flow.take(tenant) { requests.append(request) }
    }
  }

  func launch(in programs: ProgramSet) -> ProgramLaunch {
    if let iteration { return iteration.launches[launch] }
    return programs.programs[program].launches[launch]
  }

  mutating func advance(in programs: ProgramSet) -> Bool {
    let count = iteration?.launches.count ?? programs.programs[program].launches.count
    if launch + 1 == count { return false }
    launch += 1
    return true
  }

  func usefulShare(in programs: ProgramSet) -> (requests: Int, batch: Int) {
    iteration == nil ? (requests.count, programs.programs[program].batch) : (1, 1)
  }
}

/// An instance of a tenant's model: its request, and the launch of it that is next or running.
struct Replica {
  /// Its stream, in which launches are in order.
  struct Stream {
    /// When it allows the next launch: copy or predecessor done, gap over.
    var readyAt: Int64 = 0
    /// Whether the next launch has yet to become ready.
    var isWaiting = false
  }

  /// What was sent to the device last.
  struct Sent {
    var id: LaunchID?
    var start: Int64 = 0
    var blocks = 0
    /// Blocks of the launch that are not sent yet, where a policy sends slices.
    var blocksLeft = 0
    var priority = 0
    var mask = 0
    /// What was killed on its way to the device, and is not to be submitted when it gets there.
    var recalled = 0
    /// Whether what was sent last is on its way still.
    var isOnItsWay = false
    /// Launches in its super-kernel.
    var problems = 1
    /// How long it, or its super-kernel, takes on the idle GPU.
    var predictedNS: Int64 = 0
  }

  let tenant: Int
  /// The number of the device it is on.
  let device: Int
  var work = RequestWork()
  /// Whether the request's launches wait for the policy.
  var isGated = false
  /// Whether the scheduler's thread sends them, not the replica's own.
  var isSent = false
  /// Whether an iteration of a language model is under way.
  var isIterating = false
  /// When the host began the request.
  var base: Int64 = 0
  /// When its first launch went to the device; -1 before.
  var firstLaunch: Int64 = -1
  var stream = Stream()
  var sent = Sent()
  /// The device's number for the SMs it may use, and what part of the GPU they are; nil for all.
  var mask = 0
  var place: ProgramPlace?
  /// Whether the DRAM's ceiling is for its launches.
  var isConfined = false

  init(tenant: Int, device: Int) {
    self.tenant = tenant
    self.device = device
  }

  /// A launch goes to the device.
  mutating func start(at now: Int64) {
    if work.launch == 0, firstLaunch < 0 { firstLaunch = now }
    sent.start = now
  }
}
