import Scheduling

/// Rule, `persistent`: one grid of as many workers as the GPU holds; each claims the next `fetch` places
/// of a queue, runs what is there, puts the children that have no other parent to wait for behind it,
/// and looks again every `poll_ns` where nothing is there yet; a request is one launch. With `min_iter`
/// a worker is ready to end after so many looks in vain over the whole run, and all end when all are: a
/// grid that ends before its tasks do refuses the run and says how many are left, where the original
/// returns what it has. Without it workers end with the last task.
/// Rule, `discrete`: the host copies the queue's end and launches what is new on stream i mod 32, with no
/// wait between. Rule, `bsp` (the paper's baseline): one launch and one wait for each frontier.
/// A model's launches are tasks block by block, each launch's ready when the one before has ended: a
/// persistent worker then holds the most threads, registers and shared memory of any kernel there.
/// Tie-breaks: what ends at one instant, by place in the queue; children in the file's order; workers
/// that wait are served in the order of their claims.
/// Ignores: deadlines and priorities; contention for the queue's counters; that asynchrony may repeat
/// work (a graph's task runs once); of a model's later launches, that hosts meet at the lock.
/// Follows code: ATOS e11b724, single-GPU/queue/queue.cuh:645-725; the baseline, its abstract.
public struct AtosPolicy: SharingPolicy {
  /// Name, options and sources.
  public static let descriptor = PolicyDescriptor(
    name: "atos",
    summary: "workers take tasks from a queue: one persistent grid, discrete launches, or barriers",
    source: "Atos (ICPP 2022, arXiv 2112.00132), code ATOS e11b724, single-GPU/queue/queue.cuh",
    options: [
      PolicyOption(
        "mode", .choice(TaskQueue.Mode.allCases.map(\.rawValue)), fallback: "persistent",
        help: "one grid, launches without a wait, or launch and wait for each frontier (code)"),
      PolicyOption(
        "fetch", .integer(1...1024), fallback: "1",
        help: "tasks of a graph a worker takes at once (code: 1, 32 or 32 to 256 by worker)"),
      PolicyOption(
        "pop_ns", .integer(0...1_000_000), fallback: "156",
        help: "of a persistent worker, to claim places: an L2 round trip of a V100 (215 cycles)"),
      PolicyOption(
        "push_ns", .integer(0...1_000_000), fallback: "312",
        help: "for each child, to reserve a place and to publish it: two round trips"),
      PolicyOption(
        "poll_ns", .integer(0...1_000_000), fallback: "156",
        help: "of a persistent worker without a task, from look to look: one round trip"),
      PolicyOption(
        "min_iter", .integer(0...1_000_000_000), fallback: "0",
        help: "looks in vain before a worker may end (code: 800, 10 to 305000 by graph); 0: with "
          + "the last task"),
      PolicyOption(
        "worker_threads", .integer(1...1024), fallback: "512",
        help: "threads of a worker for graphs (code: 512; 768 for workers of a warp)"),
      PolicyOption(
        "worker_registers", .integer(0...255), fallback: "64",
        help: "registers of each thread (derived: 160 workers of 512 threads on 80 SMs)"),
    ],
    rule: "persistent: one grid of as many workers as fit, each claims fetch tasks, runs them, "
      + "pushes their children and looks again; discrete: the host launches what is new, stream i "
      + "mod 32; bsp: one launch and one wait a frontier. Ties: place in the queue, file order, order "
      + "of claims. A grid that min_iter ends before its tasks refuses the run. Launch and wait are "
      + "the testbed's",
    ignores:
      "deadlines, priorities, contention for the queue's counters; that asynchrony may repeat "
      + "work: each task of a graph runs once; that hosts meet at the lock for a model's later "
      + "launches")

  private let queue: TaskQueue

  /// Creates the policy.
  public init(_ options: PolicyOptions) {
    var queue = TaskQueue()
    queue.mode = TaskQueue.Mode(rawValue: options.word("mode", "persistent")) ?? .persistent
    queue.fetch = options.integer("fetch", 1)
    queue.popNS = Int64(options.integer("pop_ns", 156))
    queue.pushNS = Int64(options.integer("push_ns", 312))
    queue.pollNS = Int64(options.integer("poll_ns", 156))
    queue.leastPolls = options.integer("min_iter", 0)
    queue.threads = options.integer("worker_threads", 512)
    queue.registers = options.integer("worker_registers", 64)
    self.queue = queue
  }

  /// Workers and a queue.
  public var mechanism: SharingMechanism { .taskQueue(queue) }
  /// Iterations come and go; a grid does not know when the next is due.
  public var servesIterations: Bool { false }
  /// Yes.
  public var runsTaskGraphs: Bool { true }

  /// Refuses options that nothing here would heed.
  public static func objection(to tenants: [TenantView], _ options: PolicyOptions) -> String? {
    let mode = options.word("mode", "persistent")
    if let model = tenants.first(where: { !$0.isTaskGraph }) {
      if let graph = tenants.first(where: \.isTaskGraph) {
        return "runs task graphs or models, not both: '\(graph.name)' is a graph, '\(model.name)' "
          + "is not"
      }
      for name in ["fetch", "min_iter", "worker_threads", "worker_registers"]
      where options.has(name) {
        return "has '\(name)', which is for task graphs: '\(model.name)' is a model, whose workers "
          + "hold what its largest kernel needs and take a block at a time"
      }
    }
    if mode != "persistent" {
      for name in ["pop_ns", "poll_ns", "min_iter"] where options.has(name) {
        return "has '\(name)', which only the workers of the mode 'persistent' heed"
      }
    }
    if options.integer("min_iter", 0) > 0, options.integer("poll_ns", 156) == 0 {
      return "has 'min_iter', looks in vain that take no time: 'poll_ns' is 0"
    }
    return nil
  }
}
