/// Tasks and the tasks that each makes ready (`gpuloom.tasks/1`): the work of one request of an
/// irregular program, such as a search of a graph.
///
/// Times are nanoseconds. A task runs once, on one worker, when all its parents have ended.
package struct TaskGraph: Sendable {
  /// What a task costs.
  package enum Work: Hashable, Sendable {
    /// So long, on any worker of a full grid.
    case lasting(Int64)
    /// So many floating-point operations and bytes to and from DRAM.
    case doing(flop: Int64, dramBytes: Int64)
  }

  /// The name.
  package var name: String
  /// Where it comes from.
  package var source: String
  /// The precision of its operations.
  package var precision = Precision.fp32
  /// What its data take on the GPU, in MiB.
  package var dataMiB = 0.0
  /// Bytes that a request copies to the GPU, and back.
  package var inputBytes: Int64 = 0
  package var outputBytes: Int64 = 0
  /// The tasks, in the file's order.
  package var work: [Work]
  /// By task: those that wait for it, by number.
  package var children: [[Int32]]

  /// Creates a graph.
  package init(name: String, source: String, work: [Work], children: [[Int32]]) {
    self.name = name
    self.source = source
    self.work = work
    self.children = children
  }

  /// By task: how many it waits for.
  package var parentCounts: [Int32] {
    var counts = [Int32](repeating: 0, count: work.count)
    for list in children { for child in list { counts[Int(child)] += 1 } }
    return counts
  }

  /// The tasks that wait for none, in the file's order.
  package var roots: [Int32] {
    parentCounts.enumerated().compactMap { $1 == 0 ? Int32($0) : nil }
  }

  /// All operations and bytes.
  package var totals: (flop: Int64, dramBytes: Int64) {
    work.reduce((0, 0)) { sum, task in
      guard case .doing(let flop, let bytes) = task else { return sum }
      return (sum.0 + flop, sum.1 + bytes)
    }
  }

  /// The tasks by the wave in which they are ready, if all that are ready run and then all wait:
  /// breadth first, each behind its last parent. Those missing are on a cycle, or behind one.
  package var frontiers: [[Int32]] {
    var (waiting, frontier, all) = (parentCounts, roots, [[Int32]]())
    while !frontier.isEmpty {
      all.append(frontier)
      var next: [Int32] = []
      for task in frontier {
        for child in children[Int(task)] {
          waiting[Int(child)] -= 1
          if waiting[Int(child)] == 0 { next.append(child) }
        }
      }
      frontier = next
    }
    return all
  }

  /// The longest chain of tasks, each of which takes `times` of its number.
  package func criticalPath(_ times: [Int64]) -> Int64 {
    var end = times
    var longest: Int64 = 0
    for task in frontiers.joined() {
      longest = max(longest, end[Int(task)])
      for child in children[Int(task)] {
        end[Int(child)] = max(end[Int(child)], end[Int(task)] + times[Int(child)])
      }
    }
    return longest
  }

  /// Some tasks, for each of which the next waits and for the last the first, that of the lowest number
  /// before the others; nil without a cycle.
  package var cycle: [Int32]? {
    var isDone = [Bool](repeating: false, count: work.count)
    for task in frontiers.joined() { isDone[Int(task)] = true }
    guard isDone.contains(false) else { return nil }
    // What is not done waits for something that is not: back along those, it must come again.
    var parent = [Int32](repeating: -1, count: work.count)
    for task in work.indices where !isDone[task] {
      for child in children[task] where parent[Int(child)] < 0 { parent[Int(child)] = Int32(task) }
    }
    guard var task = isDone.firstIndex(of: false).map(Int32.init) else { return nil }
    var seen: [Int32: Int] = [:]
    var path: [Int32] = []
    while seen[task] == nil {
      seen[task] = path.count
      path.append(task)
      task = parent[Int(task)]
    }
    let loop = Array(path[(seen[task] ?? 0)...].reversed())
    let first = loop.indices.min { loop[$0] < loop[$1] } ?? 0
    return Array(loop[first...] + loop[..<first])
  }
}

extension TaskGraph {
  /// What stands for it where a model's launches are asked for: one launch as long as the longest
  /// chain of tasks, which no way of running it is below.
  package func table(on gpu: GPUSpec) -> KernelTable {
    let row = KernelProfile(
      name: name, grid: Extent3(1), block: Extent3(32), registersPerThread: 0,
      sharedMemoryBytes: 0, flop: 0, dramBytes: 0, durationNS: criticalPath(leastTimes(on: gpu)))
    return KernelTable(
      model: name, gpu: gpu.name, stack: "task graph", precision: precision, weightsMiB: dataMiB,
      workspaceMiB: 0, inputBytes: inputBytes, outputBytes: outputBytes, source: source,
      provenance: "derived", batches: [(1, [row])])
  }

  /// What each task takes at the least: a whole SM's rate and the whole DRAM's are its own.
  package func leastTimes(on gpu: GPUSpec) -> [Int64] {
    times(issueRate: gpu.smRate(precision), dramRate: gpu.dramRate, overheadNS: 0)
  }

  /// What each task takes on a worker.
  ///
  /// - Parameters:
  ///   - issueRate: operations a nanosecond.
  ///   - dramRate: bytes a nanosecond.
  ///   - overheadNS: of a task whose time is worked out.
  package func times(issueRate: Double, dramRate: Double, overheadNS: Double) -> [Int64] {
    work.map { task in
      switch task {
      case .lasting(let ns): return ns
      case .doing(let flop, let bytes):
        let busy = max(Double(flop) / issueRate, Double(bytes) / dramRate)
        return max(1, Int64((overheadNS + busy).rounded(.up)))
      }
    }
  }
}
