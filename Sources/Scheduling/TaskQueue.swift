/// How workers of one grid share a GPU through a queue of tasks. Times are nanoseconds.
public struct TaskQueue: Hashable, Sendable {
  /// Who gives tasks to workers.
  public enum Mode: String, CaseIterable, Hashable, Sendable {
    /// One grid; its workers take tasks from the queue until all are done.
    case persistent
    /// The host looks at the queue's end and launches what is new, without waiting for it.
    case discrete
    /// The host launches all that is ready and waits for it, again and again.
    case bsp
  }

  /// Who gives tasks to workers.
  public var mode = Mode.persistent
  /// Tasks that a worker takes at once, one after the other.
  public var fetch = 1
  /// What taking them costs a persistent worker.
  public var popNS: Int64 = 0
  /// What each child costs the worker that ended a parent of it.
  public var pushNS: Int64 = 0
  /// From one look of a persistent worker without a task to the next.
  public var pollNS: Int64 = 0
  /// Looks in vain after which a persistent worker is ready to end; 0: workers end with the last task.
  public var leastPolls = 0
  /// Threads of a worker, which holds its part of an SM to the end.
  public var threads = 512
  /// Registers of each of them.
  public var registers = 64

  /// Creates the rule that costs nothing.
  public init() {}
}
