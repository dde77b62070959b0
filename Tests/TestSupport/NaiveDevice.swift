/// The device's oracle: every block alone, every SM alone, every speed worked out anew at every
/// instant. Slow, and meant to be read against the model; it shares nothing with the engine.
///
/// An instant `t` is `advance(to: t)` (blocks leave, launches complete), then any number of
/// `submit` and `kill`, then `place(now: t)` (placement and speeds). What is not modelled here:
/// contexts, the host and copies, which are not the device's.
public struct NaiveDevice {
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
  /// The part of the DRAM that confined launches get together at most.
  public var ceiling = 1.0
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

  /// Takes back a launch's blocks that are not placed; one of which nothing runs never completes.
  ///
  /// - Returns: whether it is still to complete.
  public mutating func withdraw(_ number: Int) -> Bool {
    let grid = grids[number]
    guard grid.state == .waiting || grid.state == .resident else { return false }
    if grid.unplaced > 0, grid.running == 0 {
      grids[number].state = .killed
    }
    grids[number].unplaced = 0
    return grids[number].state != .killed
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
    let slowdown = residentCount > 1 ? machine.coRunnerSlowdown : 0
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
            workLeft: launch.kernel.soloNS * (1 + slowdown)))
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
