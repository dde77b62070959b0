extension Mix {
  /// The smallest mix this one leads to by leaving out arrivals, kills, blocks and traits while it
  /// still fails.
  ///
  /// - Parameters:
  ///   - limit: the search ends after so many instants in all: a device that never comes to an end
  ///     would hold it up for hours.
  ///   - attempt: whether a mix fails, and how many instants it had.
  func shrunk(
    limit: Int = 1_000_000, while attempt: (Mix) -> (fails: Bool, instants: Int)
  ) -> Mix {
    var best = self
    var instants = 0
    var hasShrunk = true
    while hasShrunk {
      hasShrunk = false
      for candidate in best.smaller where instants < limit {
        let outcome = attempt(candidate)
        instants += outcome.instants
        if outcome.fails {
          best = candidate
          hasShrunk = true
          break
        }
      }
    }
    return best
  }

  private var smaller: [Mix] {
    var all: [Mix] = arrivals.indices.reversed().compactMap(without)
    for index in kills.indices {
      var mix = self
      mix.kills.remove(at: index)
      all.append(mix)
    }
    for index in ceilings.indices {
      var mix = self
      mix.ceilings.remove(at: index)
      all.append(mix)
    }
    for index in arrivals.indices {
      all += [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map { step in
        var mix = self
        mix.arrivals[index].simplify(step)
        return mix
      }.filter { $0.arrivals[index] != arrivals[index] }
    }
    return all
  }

  /// The mix without an arrival, unless others wait for it.
  private func without(_ index: Int) -> Mix? {
    guard arrivals.count > 1 else { return nil }
    var mix = self
    mix.arrivals.remove(at: index)
    for other in mix.arrivals.indices {
      guard case .after(let before, let gap) = mix.arrivals[other].start else { continue }
      if before == index { return nil }
      if before > index { mix.arrivals[other].start = .after(before - 1, gap: gap) }
    }
    mix.kills = kills.compactMap { kill in
      guard kill.arrival != index else { return nil }
      var kill = kill
      if kill.arrival > index { kill.arrival -= 1 }
      return kill
    }
    return mix
  }
}

extension Mix.Arrival {
  fileprivate mutating func simplify(_ step: Int) {
    switch step {
    case 0: launch.blocks = (launch.blocks + 1) / 2
    case 1: launch.blocks = max(1, launch.blocks - 1)
    case 2: launch.mask = nil
    case 3: launch.priority = 0
    case 4: launch.kernel.tailNS = 0
    case 5: launch.kernel.registers = 0
    case 6: launch.kernel.sharedMemory = 0
    case 7: launch.kernel.dramRate = 0
    case 8: launch.isConfined = false
    default: launch.kernel.soloNS = launch.kernel.soloNS.rounded(.up)
    }
  }
}
