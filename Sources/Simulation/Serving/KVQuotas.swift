import Scheduling

/// The room for keys and values that replicas of language models share, each up to a quota in blocks
/// of its own model's size.
///
/// After MuxServe (`muxsched/scheduler.py`, `init_max_num_seqs` and `adapt_max_num_seqs`), which
/// counts a quota in sequences of the mean length; here it is blocks, as in its paper. Sums are kept
/// to the byte: what makes no whole block is spare.
struct KVQuotas: Sendable {
  /// A replica's part.
  struct Member: Equatable, Sendable {
    /// Bytes of a block.
    let blockBytes: Int
    /// Blocks it may have at present.
    fileprivate(set) var quota: Int
    /// Blocks it always keeps: what its largest request takes.
    let least: Int
  }

  /// What a replica made of its quota since quotas moved last.
  struct Use: Sendable {
    /// The mean of its blocks in use.
    var mean: Double
    /// Those in use now.
    var used: Int
    /// Whether requests wait for it.
    var isWaitedFor: Bool
  }

  let sharing: PoolSharing
  private(set) var members: [Member] = []
  /// Bytes that no whole block is made of.
  private(set) var spareBytes: Int

  /// Divides the room in proportion to weights; where it suffices, each has the least it needs.
  ///
  /// - Parameter members: each with the bytes of a block, a weight and the blocks it needs at least.
  init(
    bytes: Int, _ members: [(blockBytes: Int, weight: Double, least: Int)], _ sharing: PoolSharing
  ) {
    self.sharing = sharing
    // Those whose part would be less than they need have that; the others share the rest.
    var isLeast = members.map { _ in false }
    func part(_ i: Int) -> Double {
      if isLeast[i] { return Double(members[i].least * members[i].blockBytes) }
      let open = members.indices.filter { !isLeast[$0] }
      let rest = members.indices.filter { isLeast[$0] }.reduce(bytes) {
        $0 - members[$1].least * members[$1].blockBytes
      }
      let sum = open.reduce(0) { $0 + members[$1].weight }
      return Double(rest) * (sum > 0 ? members[i].weight / sum : 1 / Double(open.count))
    }
    let needed = members.reduce(0) { $0 + $1.least * $1.blockBytes }
    while needed <= bytes,
      let short = members.indices.first(where: {
        !isLeast[$0] && part($0) < Double(members[$0].least * members[$0].blockBytes)
      })
    { isLeast[short] = true }
    spareBytes = bytes
    for (i, member) in members.enumerated() {
      let quota = Int(part(i)) / member.blockBytes
      spareBytes -= quota * member.blockBytes
      self.members.append(
        Member(blockBytes: member.blockBytes, quota: quota, least: min(member.least, quota)))
    }
  }

  /// Moves quotas from replicas that leave room to those that are full and waited for, the fullest
  /// first; of two equally full the first.
  mutating func move(_ uses: [Use]) {
    func fullness(_ i: Int) -> Double { uses[i].mean / Double(max(1, members[i].quota)) }
    let takers = members.indices.filter { fullness($0) >= sharing.fullShare }
      .sorted { (-fullness($0), $0) < (-fullness($1), $1) }
    // By giver: blocks it can spare.
    var left = members.indices.map { i in
      if fullness(i) >= sharing.fullShare { return 0 }
      let spared = Int(sharing.keptShare * Double(members[i].quota) - uses[i].mean)
      return max(0, min(spared, members[i].quota - max(uses[i].used, members[i].least)))
    }
    let offered = zip(left, members).reduce(0) { $0 + $1.0 * $1.1.blockBytes }
    for taker in takers where uses[taker].isWaitedFor {
      let size = members[taker].blockBytes
      let wanted = max(1, Int(sharing.stepShare * uses[taker].mean)) * size
      let lacking = Double(max(0, wanted - spareBytes))
      for giver in members.indices where left[giver] > 0 {
        let own = left[giver] * members[giver].blockBytes
        // In proportion to what they can spare, a whole block each.
        let share = lacking * (Double(own) / Double(max(offered, 1)))
        let given = min(
          left[giver], Int((share / Double(members[giver].blockBytes)).rounded(.up)))
        left[giver] -= given
        members[giver].quota -= given
        spareBytes += given * members[giver].blockBytes
      }
      let gained = min(spareBytes, wanted) / size
      members[taker].quota += gained
      spareBytes -= gained * size
    }
  }
}
