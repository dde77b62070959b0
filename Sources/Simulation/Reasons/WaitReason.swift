/// What a request's time from its arrival to its answer went to.
///
/// Every nanosecond has one reason, so that a request's parts add up to its latency exactly. Where
/// several things are in the way at once, the rules of `WaitReasons.md` say which one counts.
package enum WaitReason: Int, CaseIterable, Sendable {
  /// No replica of its tenant was free.
  case queue
  /// A replica was free, and the policy let the request wait to form a batch.
  case batch
  /// The software stack: host threads, the context's lock, gaps between launches, completion.
  case host
  /// Behind others in a queue of the hardware: the block scheduler's, a shared stream queue's, a
  /// copy engine's.
  case order
  /// Others' blocks had taken the room on the SMs.
  case smsFull
  /// Slowed by others on its SMs, or by their mere presence (`co_runner_slowdown`).
  case smSharing
  /// Slowed by others at the DRAM.
  case dram
  /// The GPU, or a part of it, belonged to others: another context's slice, MIG, a cap on its SMs.
  case slice
  /// The GPU was switching between contexts.
  case switching
  /// A launch was ready and the policy held it, or it waited for the others of its super-kernel.
  case held
  /// On the GPU for launches that were killed and ran again.
  case redone
  /// Its own work: launches as alone on the whole GPU, and copies.
  case own

  /// The column of `summary.csv` with the mean over a tenant's requests, in milliseconds.
  package var column: String {
    switch self {
    case .queue: "wait_queue_ms"
    case .batch: "wait_batch_ms"
    case .host: "wait_host_ms"
    case .order: "wait_order_ms"
    case .smsFull: "wait_sms_full_ms"
    case .smSharing: "wait_sm_sharing_ms"
    case .dram: "wait_dram_ms"
    case .slice: "wait_slice_ms"
    case .switching: "wait_switch_ms"
    case .held: "wait_held_ms"
    case .redone: "wait_redone_ms"
    case .own: "own_work_ms"
    }
  }

  /// A short name for tables and tracks.
  package var title: String {
    switch self {
    case .queue: "queue"
    case .batch: "batch"
    case .host: "host"
    case .order: "order"
    case .smsFull: "SMs full"
    case .smSharing: "SM sharing"
    case .dram: "DRAM"
    case .slice: "slice"
    case .switching: "switch"
    case .held: "held"
    case .redone: "redone"
    case .own: "own work"
    }
  }

  /// The reason in a sentence, after "it spent … ms".
  package var phrase: String {
    switch self {
    case .queue: "in its tenant's queue, no replica free"
    case .batch: "waiting to form a batch"
    case .host: "in the host's software"
    case .order: "behind others in the hardware's queues"
    case .smsFull: "while others filled the SMs"
    case .smSharing: "slowed by others on its SMs"
    case .dram: "slowed by others at the DRAM"
    case .slice: "while the GPU or a part of it was others'"
    case .switching: "while the GPU switched contexts"
    case .held: "held by the policy or by its super-kernel"
    case .redone: "in launches that were killed and ran again"
    case .own: "in its own work"
    }
  }

  /// The same of a language model's request.
  package var servingPhrase: String {
    switch self {
    case .queue: "waiting for a place in its replica's iterations"
    case .redone: "in tokens computed again, or launches that were killed and ran again"
    default: phrase
    }
  }
}
