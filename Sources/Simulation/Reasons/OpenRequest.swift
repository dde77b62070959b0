/// What was sent to a device last.
struct SentLaunch {
  var tag = 0
  var launch = 0
  var blocks = 0
  var mask = 0
  /// Of a super-kernel: how long it takes alone.
  var predictedNS: Int64?
}

/// A replica's request or batch, as far as it is accounted for.
struct OpenRequest {
  var tenant: Int
  var device: Int
  var program = 0
  /// The iteration that takes the program's place, of a language model.
  var iteration: OpenIteration?
  /// Whether the program's times are those of the replica's part of the GPU, whose mask this is.
  var isExact = true
  var ownMask = 0
  var begun: Int64 = 0
  /// Up to when its time is accounted for.
  var mark: Int64 = 0
  /// The copy of its input.
  var copyStart: Int64 = 0
  var copied: Int64 = 0
  /// Since when its launch has waited behind others' in a shared queue.
  var blockedSince = Int64.max
  /// What all requests of the batch have in common.
  var parts = WaitParts()
  /// By request: its wait for a replica, and for others or the policy.
  var waited: [(queue: Int64, policy: Int64)] = []
  var sent = SentLaunch()
  /// By tenant; empty where that is not followed.
  var inTheWay: [Double] = []
}
