/// What a policy may answer.
public enum Decision: Hashable, Sendable {
  /// Starts the first `count` waiting requests of a tenant on an idle replica, as one batch. Where
  /// the policy sends launches, those of an `ungated` request go by themselves all the same, sent by
  /// the replica's own thread, as on a stream.
  case start(tenant: Int, replica: Int, count: Int, ungated: Bool = false)
  /// Drops the first waiting request of a tenant.
  case reject(tenant: Int)
  /// Sends a replica's ready launch to the device: `blocks` of it only, where given (the rest stays
  /// ready), on `sms` only, where given (else on those the replica may use).
  case launch(replica: Int, priority: Int = 0, blocks: Int? = nil, sms: Range<Int>? = nil)
  /// Sends the ready launches of several replicas, `DecisionBuffer.members` of the range, to the
  /// device as one super-kernel.
  case fuse(members: Range<Int>, isCold: Bool, isVariable: Bool)
  /// Ends a replica's running launch, or the slice of it that runs; its blocks are ready again, those
  /// too that have ended, unless these are kept.
  case kill(replica: Int, keepingBlocks: Bool = false)
  /// Lets the blocks of a replica's launch that run end, and no others of it begin: they are ready
  /// again, to be sent once those have ended. What persistent workers do that look at a flag between
  /// two blocks.
  case stop(replica: Int)
  /// Restricts a replica's later launches to some SMs; nil lifts the restriction.
  case setSMs(replica: Int, Range<Int>?)
  /// Has a replica's later launches be confined, or no longer be: all that are on a device get no more
  /// of its DRAM together than `limitDRAM` says.
  case confine(replica: Int, Bool)
  /// From now on, confined launches get at most this part of a device's DRAM bandwidth together, those
  /// included that run; more than 0, and 1 is no limit.
  case limitDRAM(fraction: Double)
  /// Gives a replica no new request before the given time.
  case exclude(replica: Int, untilNS: Int64)
  /// Asks to decide again at the given time; the earliest of several counts.
  case wake(atNS: Int64)
}

extension Decision: CustomStringConvertible {
  /// The decision after "cannot".
  public var description: String {
    switch self {
    case .start(let tenant, let replica, let count, _):
      "start \(count) requests of tenant \(tenant) on replica \(replica)"
    case .reject(let tenant): "reject a request of tenant \(tenant)"
    case .launch(let replica, _, let blocks?, _): "launch \(blocks) blocks of replica \(replica)"
    case .launch(let replica, _, nil, _): "launch for replica \(replica)"
    case .fuse(let members, _, _): "fuse \(members.count) launches"
    case .kill(let replica, _): "kill the launch of replica \(replica)"
    case .stop(let replica): "stop the launch of replica \(replica)"
    case .setSMs(let replica, let sms?):
      "restrict replica \(replica) to SMs \(sms.lowerBound) to \(sms.upperBound - 1)"
    case .setSMs(let replica, nil): "lift the restriction of replica \(replica)"
    case .confine(let replica, true): "confine replica \(replica)"
    case .confine(let replica, false): "no longer confine replica \(replica)"
    case .limitDRAM(let fraction): "limit confined launches to \(fraction) of the DRAM"
    case .exclude(let replica, let time): "exclude replica \(replica) until \(time) ns"
    case .wake(let time): "be woken at \(time) ns"
    }
  }
}

/// What a policy answers at one instant, in the order in which it is applied.
///
/// The run owns it and uses it again, so that answering allocates nothing once it has grown.
public struct DecisionBuffer: Sendable {
  /// The decisions, in order.
  public private(set) var decisions: [Decision] = []
  /// The replicas of the super-kernels among them, one after the other.
  public private(set) var members: [Int] = []

  /// Creates an empty buffer.
  public init() {}

  /// Adds a decision.
  public mutating func append(_ decision: Decision) { decisions.append(decision) }

  /// Fuses the ready launches of some replicas into one super-kernel.
  ///
  /// - Parameters:
  ///   - isCold: whether the combination has to be prepared first.
  ///   - isVariable: whether the launches differ in problem size.
  public mutating func fuse(_ replicas: [Int], isCold: Bool, isVariable: Bool) {
    let first = members.count
    members.append(contentsOf: replicas)
    decisions.append(
      .fuse(members: first..<members.count, isCold: isCold, isVariable: isVariable))
  }

  /// Empties the buffer and keeps its room.
  public mutating func removeAll() {
    while !decisions.isEmpty { decisions.removeLast() }
    while !members.isEmpty { members.removeLast() }
  }
}
