/// What a policy sees when it splits a GPU between the two sides of a language model's replica.
public struct PhaseView {
  /// SMs of the device.
  public var smCount: Int
  /// SMs that are handed out together.
  public var smsPerTPC: Int
  /// The objective of the gap between an answer's tokens; `Int64.max / 4` where there is none.
  public var tokenGapNS: Int64
  /// Sequences of the decode iteration.
  public var decodes: Int
  /// What the decode iteration is predicted to take on so many SMs, by the waves of its blocks: host
  /// and neighbours left out.
  public var decodeNS: (_ sms: Int) -> Int64

  /// Creates a view.
  public init(
    smCount: Int, smsPerTPC: Int, tokenGapNS: Int64, decodes: Int,
    decodeNS: @escaping (_ sms: Int) -> Int64
  ) {
    self.smCount = smCount
    self.smsPerTPC = smsPerTPC
    self.tokenGapNS = tokenGapNS
    self.decodes = decodes
    self.decodeNS = decodeNS
  }
}

/// The SMs of the two sides of a language model's replica while both have an iteration.
public struct PhaseSplit: Equatable, Sendable {
  /// Where decodes run.
  public var decode: Range<Int>
  /// Where prefills run; it may have SMs in common with the other.
  public var prefill: Range<Int>

  /// Creates a split.
  public init(decode: Range<Int>, prefill: Range<Int>) {
    self.decode = decode
    self.prefill = prefill
  }
}

/// Which iterations of a language model a replica of a run has.
public enum IterationSide: Sendable {
  /// All.
  case both
  /// Those of one token of each answer that has begun.
  case decodes
  /// Those of prompts.
  case prefills
}

/// How language models on one GPU share the room that their replicas have for keys and values.
///
/// Each replica has a quota of all their room, at first in proportion to its mean rate and its bytes
/// per token. A replica whose quota is nearly full, and for which requests wait, takes of those that
/// leave room; what moves is whole blocks, and never what live sequences have.
public struct PoolSharing: Hashable, Sendable {
  /// From one moving of quotas to the next, at the end of an iteration.
  public var intervalNS: Int64
  /// From this mean share of its quota on a replica is full: it takes, and gives nothing.
  public var fullShare = 0.9
  /// One that gives can spare what its mean use leaves of this share of its quota.
  public var keptShare = 0.95
  /// What a full one takes at once, as a share of its mean use; a block at least.
  public var stepShare = 0.1

  /// Creates the constants of MuxServe.
  public init(intervalNS: Int64) { self.intervalNS = intervalNS }
}
