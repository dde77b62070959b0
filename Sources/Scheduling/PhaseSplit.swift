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
