/// The device's oracle: every block alone, every SM alone, every speed worked out anew at every
/// instant. Slow, and meant to be read against the model; it shares nothing with the engine.
///
/// An instant `t` is `advance(to: t)` (blocks leave, launches complete), then any number of
/// `submit` and `kill`, then `place(now: t)` (placement and speeds). What is not modelled here:
/// contexts, the host and copies, which are not the device's.
public struct NaiveDevice {
  /// What the device has.
  public struct Machine: Equatable, Sendable {
    /// Number of SMs.
    public var smCount: Int
    /// Warps, blocks, registers and bytes of shared memory an SM holds.
    public var warps, blocks, registers, sharedMemory: Int
    /// DRAM bandwidth in bytes per nanosecond.
    public var dramRate: Double
    /// Most launches resident at once.
    public var maxResidentGrids: Int

    /// Creates a machine; by default an SM has 64 warps, 32 blocks, 65 536 registers and 96 KiB.
    public init(
      smCount: Int, warps: Int = 64, blocks: Int = 32, registers: Int = 65536,
      sharedMemory: Int = 98304, dramRate: Double = 800, maxResidentGrids: Int = 128
    ) {
      self.smCount = smCount
      self.warps = warps
      self.blocks = blocks
      self.registers = registers
      self.sharedMemory = sharedMemory
      self.dramRate = dramRate
      self.maxResidentGrids = maxResidentGrids
    }
  }

  /// What a block takes and asks for.
  public struct Kernel: Equatable, Sendable {
    /// Warps, registers and bytes of shared memory of a block.
    public var warps, registers, sharedMemory: Int
    /// Nanoseconds of a block at full speed.
    public var soloNS: Double
    /// Share of its SM a block asks for, 0...1.
    public var smShare: Double
    /// DRAM bytes per nanosecond a block asks for at full speed.
    public var dramRate: Double
    /// Nanoseconds from the last block's end to the launch's.
    public var tailNS: Int64

    /// Creates a kernel.
    public init(
      warps: Int, registers: Int = 0, sharedMemory: Int = 0, soloNS: Double, smShare: Double = 0,
      dramRate: Double = 0, tailNS: Int64 = 0
    ) {
      self.warps = warps
      self.registers = registers
      self.sharedMemory = sharedMemory
      self.soloNS = soloNS
      self.smShare = smShare
      self.dramRate = dramRate
      self.tailNS = tailNS
    }
  }

  /// One launch to run.
  public struct Launch: Equatable, Sendable {
    /// What its blocks are.
    public var kernel: Kernel
    /// How many blocks it has, at least 1.
    public var blocks: Int
    /// Higher goes first.
    public var priority: Int
    /// The SMs it may use, by index; nil is all of them.
    public var mask: [Bool]?
    /// Factor on its blocks' time.
    public var timeScale: Double

    /// Creates a launch.
    public init(
      _ kernel: Kernel, blocks: Int, priority: Int = 0, mask: [Bool]? = nil, timeScale: Double = 1
    ) {
      self.kernel = kernel
      self.blocks = blocks
      self.priority = priority
      self.mask = mask
      self.timeScale = timeScale
    }
  }

  /// What adds up over time.
  public struct Totals: Equatable, Sendable {
    /// Blocks placed.
    public var placedBlocks: Int64 = 0
    /// SMs with a resident block, times nanoseconds.
    public var activeSMTime: Int64 = 0
    /// Resident warps times nanoseconds.
    public var warpTime: Int64 = 0
    /// Nanoseconds with a resident launch.
    public var busyTime: Int64 = 0

    /// Creates totals of nothing.
    public init() {}
  }

  /// A launch's progress.
  public struct Grid: Sendable {
    enum State { case waiting, resident, done, killed }

    var launch: Launch
    var state = State.waiting
    /// Blocks not placed yet.
    public var unplaced: Int
    /// Blocks on an SM.
    public var running = 0
    /// When the tail ends, once the last block has left.
    var tailEnd: Int64?
  }

  /// What the blocks on an SM take of it.
  public struct Use: Equatable, Sendable {
    /// Warps, blocks, registers and bytes of shared memory.
    public var warps = 0, blocks = 0, registers = 0, sharedMemory = 0

    /// Creates the use of an idle SM.
    public init() {}

    mutating func add(_ kernel: Kernel) {
      warps += kernel.warps
      blocks += 1
      registers += kernel.registers
      sharedMemory += kernel.sharedMemory
    }
  }

  struct Block {
    var grid: Int
    var kernel: Kernel
    var sm: Int
    var workLeft: Double
    var speed = 0.0
    var finish = Int64.max
  }

  /// The machine.
  public let machine: Machine
  /// Every launch ever submitted, by its number.
  public private(set) var grids: [Grid] = []
  /// What has added up since time zero.
  public private(set) var totals = Totals()
  var blocks: [Block] = []
  private var clock: Int64 = 0

  /// Creates an idle device at time zero.
  public init(_ machine: Machine) { self.machine = machine }

  /// The next instant at which a block or a launch finishes by itself.
  public var nextEvent: Int64? {
    var next = Int64.max
    for block in blocks where block.finish < next { next = block.finish }
    for grid in grids where grid.state == .resident {
      if let end = grid.tailEnd, end < next { next = end }
    }
    return next == .max ? nil : next
  }

  /// Adds a launch and returns its number, which is its place in submission order.
  ///
  /// Where none waits and a slot is free it is resident at once; else it waits, and whoever waits
  /// is admitted at the end of an instant, highest priority first.
  public mutating func submit(_ launch: Launch) -> Int {
    let isNext = firstWaiting == nil && residentCount < machine.maxResidentGrids
    grids.append(
      Grid(launch: launch, state: isNext ? .resident : .waiting, unplaced: launch.blocks))
    return grids.count - 1
  }

  /// Takes a launch away with all its blocks, unless it has completed.
  public mutating func kill(_ number: Int) {
    guard grids[number].state == .waiting || grids[number].state == .resident else { return }
    blocks.removeAll { $0.grid == number }
    grids[number].state = .killed
    grids[number].unplaced = 0
    grids[number].running = 0
  }

  /// Runs to `time`, where finished blocks leave and finished launches complete.
  ///
  /// - Returns: the numbers of the launches completed, in submission order.
  /// - Precondition: nothing finishes before `time`.
  public mutating func advance(to time: Int64) -> [Int] {
    accumulate(time - clock)
    clock = time
    var staying: [Block] = []
    for block in blocks {
      precondition(block.finish >= time, "a block's end at \(block.finish) was skipped")
      if block.finish == time {
        grids[block.grid].running -= 1
      } else {
        staying.append(block)
      }
    }
    blocks = staying
    var completed: [Int] = []
    for number in grids.indices where grids[number].state == .resident {
      guard grids[number].unplaced == 0, grids[number].running == 0 else { continue }
      let end = grids[number].tailEnd ?? time + grids[number].launch.kernel.tailNS
      grids[number].tailEnd = end
      precondition(end >= time, "a launch's end at \(end) was skipped")
      if end == time {
        grids[number].state = .done
        completed.append(number)
      }
    }
    return completed
  }

  private mutating func accumulate(_ elapsed: Int64) {
    var isActive = [Bool](repeating: false, count: machine.smCount)
    for index in blocks.indices {
      blocks[index].workLeft -= blocks[index].speed * Double(elapsed)
      isActive[blocks[index].sm] = true
      totals.warpTime += Int64(blocks[index].kernel.warps) * elapsed
    }
    for active in isActive where active { totals.activeSMTime += elapsed }
    if grids.contains(where: { $0.state == .resident }) { totals.busyTime += elapsed }
  }

  /// Ends an instant: admits waiting launches, places what has room, and sets every speed.
  public mutating func place(now: Int64) {
    while residentCount < machine.maxResidentGrids, let number = firstWaiting {
      grids[number].state = .resident
    }
    var use = self.use
    // A launch with blocks left over holds the SMs it may use against all behind it.
    var isHeld = [Bool](repeating: false, count: machine.smCount)
    for head in placementOrder {
      let launch = grids[head].launch
      while grids[head].unplaced > 0 {
        guard let sm = roomiestSM(for: launch, beside: use, isHeld: isHeld) else {
          for sm in isHeld.indices where launch.mask?[sm] ?? true { isHeld[sm] = true }
          break
        }
        grids[head].unplaced -= 1
        grids[head].running += 1
        totals.placedBlocks += 1
        use[sm].add(launch.kernel)
        blocks.append(
          Block(
            grid: head, kernel: launch.kernel, sm: sm,
            workLeft: launch.kernel.soloNS * launch.timeScale))
      }
    }
    setSpeeds()
    for index in blocks.indices {
      let block = blocks[index]
      // A millionth of a nanosecond forgives the rounding of doubles; what leaves at this instant
      // has left, so the rest stays for a nanosecond at least.
      let wait = Int64((block.workLeft / block.speed - 1e-6).rounded(.up))
      blocks[index].finish = now + max(1, wait)
    }
  }

  private var residentCount: Int { grids.reduce(0) { $0 + ($1.state == .resident ? 1 : 0) } }

  /// The waiting launch that goes first: highest priority, then oldest.
  private var firstWaiting: Int? {
    var best: Int?
    for number in grids.indices where grids[number].state == .waiting {
      if let other = best, grids[other].launch.priority >= grids[number].launch.priority {
        continue
      }
      best = number
    }
    return best
  }

  /// The resident launches with unplaced blocks, highest priority first, then oldest.
  private var placementOrder: [Int] {
    grids.indices.filter { grids[$0].state == .resident && grids[$0].unplaced > 0 }.sorted {
      (-grids[$0].launch.priority, $0) < (-grids[$1].launch.priority, $1)
    }
  }

  /// The SM with room for the most blocks of a launch, the lowest index among equals.
  private func roomiestSM(for launch: Launch, beside use: [Use], isHeld: [Bool]) -> Int? {
    var best: Int?
    var bestRoom = 0
    for sm in 0..<machine.smCount where !isHeld[sm] && launch.mask?[sm] ?? true {
      let room = self.room(for: launch.kernel, beside: use[sm])
      if room > bestRoom {
        best = sm
        bestRoom = room
      }
    }
    return best
  }

  private func room(for kernel: Kernel, beside use: Use) -> Int {
    var room = (machine.warps - use.warps) / kernel.warps
    room = min(room, machine.blocks - use.blocks)
    if kernel.registers > 0 {
      room = min(room, (machine.registers - use.registers) / kernel.registers)
    }
    if kernel.sharedMemory > 0 {
      room = min(room, (machine.sharedMemory - use.sharedMemory) / kernel.sharedMemory)
    }
    return room
  }

  /// What the blocks on each SM take.
  public var use: [Use] {
    var use = [Use](repeating: Use(), count: machine.smCount)
    for block in blocks { use[block.sm].add(block.kernel) }
    return use
  }
}
