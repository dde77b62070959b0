/// The workers of one grid that take tasks from the queue themselves.
struct PersistentWorkers {
  struct Worker {
    /// The places of the queue that it has claimed and not run: its next, and the end of its claim.
    var next = 0
    var end = 0
    /// Since when it looks in vain; nil while it does not.
    var waitingSince: Int64?
    /// When it will have ended its task, or looks next.
    var until: Int64 = 0
    /// Whether it runs a task.
    var isBusy = false
    /// Looks in vain since the grid began.
    var polls = 0
  }

  let count: Int
  /// Which grid it is, or was last.
  private(set) var number: Int32 = 0
  private(set) var isUp = false
  var workers: [Worker] = []
  /// By claim, in the order in which they were made: whose it is.
  private(set) var owners: [Int32] = []
  /// Workers that have looked in vain often enough.
  var readyToEnd = 0
  /// Whether all have, and the grid ends.
  var isEnding = false
  /// Requests that wait for the grid to end, since each has one of its own; and whose it is.
  var held: [Int] = []
  var request: Int?

  init(count: Int) { self.count = count }

  mutating func start() {
    number &+= 1
    (isUp, isEnding, readyToEnd) = (true, false, 0)
    workers = Array(repeating: Worker(), count: count)
    owners.removeAll(keepingCapacity: true)
  }

  /// The grid has ended: what its workers had in mind is void.
  mutating func end() {
    number &+= 1
    isUp = false
  }

  /// A worker claims the next places of the queue.
  mutating func claim(_ w: Int, fetch: Int) {
    workers[w].next = owners.count * fetch
    workers[w].end = workers[w].next + fetch
    owners.append(Int32(w))
  }

  /// The worker that looks in vain for what is at a place; nil where none does.
  func waiter(at place: Int, fetch: Int) -> Int? {
    guard place / fetch < owners.count else { return nil }
    let w = Int(owners[place / fetch])
    return workers[w].next == place && workers[w].waitingSince != nil ? w : nil
  }
}
