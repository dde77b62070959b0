/// Who sees a level of the DRAM while a ceiling is in force.
private enum DRAMPart {
  /// All blocks, where the ceiling does not bind.
  case all
  case confined
  /// Blocks that are not confined.
  case open
}

/// The two levels of the DRAM under a ceiling. One level for all, if confined blocks get no more than
/// the ceiling at it; else one at which they get the ceiling, and one at which the others get the rest.
/// The second is above the first then, and only then.
extension Device {
  /// Finds the levels, and holds or frees the blocks whose asks they cross.
  mutating func shareUnderCeiling() {
    if ceiling.isSlack {
      fill(.all)
      if ceiling.given <= ceiling.capacity { return }
      ceiling.isSlack = false
    }
    fill(.confined)
    fill(.open)
    if dram.level >= ceiling.confined.level { return }
    ceiling.isSlack = true
    // From here on both are at one level: what lies between the two is held.
    let level = dram.level
    while ceiling.confined.greatestFreeAsk > level {
      setLevel(ceiling.confined.greatestFreeAsk.nextDown, of: .confined)
      refresh(ceiling.confined.freeAsks.leastIndex)
    }
    setLevel(level, of: .confined)
    fill(.all)
  }

  /// Frees the blocks of a part whose asks the level passes, then holds those that it does not reach:
  /// where asks just fill what there is, the rounding of sums may make a freed one seem too much.
  private mutating func fill(_ part: DRAMPart) {
    var level = levelOfHeld(part)
    var (ask, g) = leastHeldAsk(of: part)
    while level >= ask, heldWarps(of: part) > 0 {
      setLevel(ask, of: part)
      refresh(g)
      level = levelOfHeld(part)
      (ask, g) = leastHeldAsk(of: part)
    }
    (ask, g) = greatestFreeAsk(of: part)
    while level < ask {
      setLevel(ask.nextDown, of: part)
      refresh(g)
      level = levelOfHeld(part)
      (ask, g) = greatestFreeAsk(of: part)
    }
    // Nobody asks for anything where it is not above 0.
    setLevel(level > 0 ? level : .infinity, of: part)
  }

  private mutating func setLevel(_ level: Double, of part: DRAMPart) {
    if part != .confined { dram.level = level }
    if part != .open { ceiling.confined.level = level }
  }

  private mutating func heldWarps(of part: DRAMPart) -> Int64 {
    switch part {
    case .all: dram.heldWarps &+ ceiling.confined.heldWarps
    case .confined: ceiling.confined.heldWarps
    case .open: dram.heldWarps
    }
  }

  /// What is left for each held warp of a part.
  private mutating func levelOfHeld(_ part: DRAMPart) -> Double {
    let left: Int128
    // The DRAM's sum is of all blocks that are not held.
    switch part {
    case .all: left = Int128(dram.units) &- dram.freeAsk
    case .confined: left = ceiling.capacity &- ceiling.confined.freeAsk
    case .open:
      let taken =
        ceiling.confined.heldWarps > 0 ? ceiling.capacity : ceiling.confined.freeAsk
      left = Int128(dram.units) &- taken &- (dram.freeAsk &- ceiling.confined.freeAsk)
    }
    return dram.level(sharing: left, among: heldWarps(of: part))
  }

  /// The greatest ask per warp of blocks of a part that are not held, and a group that has it; below
  /// all where nobody asks for anything.
  private mutating func greatestFreeAsk(of part: DRAMPart) -> (ask: Double, group: Int) {
    let (open, confined) = (dram.greatestFreeAsk, ceiling.confined.greatestFreeAsk)
    let isOpen = part == .open || part == .all && open >= confined
    let (ask, asks) = isOpen ? (open, dram.freeAsks) : (confined, ceiling.confined.freeAsks)
    return (ask > 0 ? ask : -.infinity, asks.leastIndex)
  }

  /// The least ask per warp of held blocks of a part, and a group that has it.
  private mutating func leastHeldAsk(of part: DRAMPart) -> (ask: Double, group: Int) {
    let hasOpen = part != .confined && dram.heldWarps > 0
    let hasConfined = part != .open && ceiling.confined.heldWarps > 0
    if hasOpen, !hasConfined || dram.leastHeldAsk <= ceiling.confined.leastHeldAsk {
      return (dram.leastHeldAsk, dram.heldAsks.leastIndex)
    }
    if hasConfined {
      return (ceiling.confined.leastHeldAsk, ceiling.confined.heldAsks.leastIndex)
    }
    return (.infinity, 0)
  }
}
