import Device

// What becomes of launches on devices.
extension ReasonBook {
  /// A replica's launch goes to its device, as one of a super-kernel where it is predicted.
  func sent(
    _ r: Int, launch: Int, blocks: Int, mask: Int, tag: Int, predictedNS: Int64? = nil,
    at now: Int64
  ) {
    waited(r, until: now)
    opens[r].mark = now
    opens[r].sent = SentLaunch(
      tag: tag, launch: launch, blocks: blocks, mask: mask, predictedNS: predictedNS)
    while lost.count <= tag { lost.append(LaunchLosses()) }
    lost[tag] = LaunchLosses()
  }

  /// A launch has completed on a device: a replica's own, or a grid of a super-kernel.
  func completed(_ completion: LaunchCompletion, on device: Int, at now: Int64) {
    lost[Int(completion.tag)] += tables[device].losses(of: completion.launch, by: now)
  }

  /// A replica's launch, or the part of it that was sent, has ended.
  func launchEnded(_ r: Int, on sms: SMSet, at now: Int64) {
    let (open, sent) = (opens[r], opens[r].sent)
    let span = now - open.mark
    let isAll = sent.blocks == blocks(of: sent, open)
    let own = isAll ? wholeNS(sent.launch, of: open) : aloneNS(sent, open, on: nil)
    var placed = own
    if let predicted = sent.predictedNS {
      placed = predicted
    } else if !alone.isWhole(sms.count) {
      let isOwn = isAll && open.isExact && sent.mask == open.ownMask
      placed =
        isOwn
        ? program(of: open).launches[sent.launch].durationNS
        : aloneNS(sent, open, on: (open.device, sms.count))
    }
    let mine = min(span, own)
    let rest = min(span, max(own, placed))
    opens[r].parts[.own] += mine
    opens[r].parts[sent.predictedNS == nil ? .slice : .held] += rest - mine
    opens[r].parts.add(excess: span - rest, by: lost[sent.tag])
    trace?.launch(r, open, from: open.mark, to: now, on: sms, batch: program(of: open).batch)
    opens[r].mark = now
  }

  /// The blocks of a launch of which all or some were sent.
  private func blocks(of sent: SentLaunch, _ open: OpenRequest) -> Int {
    open.iteration?.program.launches[sent.launch].blocks
      ?? wholeLaunch(sent.launch, of: open.program).blocks
  }

  /// What was sent takes so long alone on some SMs of a device, or on the whole GPU.
  private func aloneNS(
    _ sent: SentLaunch, _ open: OpenRequest, on part: (device: Int, sms: Int)?
  ) -> Int64 {
    if let iteration = open.iteration {
      return alone.duration(iteration, sent.launch, blocks: sent.blocks, on: part)
    }
    return alone.duration(
      wholeLaunch(sent.launch, of: open.program).profile, blocks: sent.blocks, on: part)
  }

  /// A replica's launch was killed on the device; `wasted` of its time was in vain.
  func killed(_ r: Int, _ id: LaunchID, on sms: SMSet, wasted: Int64, at now: Int64) {
    let open = opens[r]
    let span = now - open.mark
    let redone = min(span, wasted)
    let losses = tables[open.device].losses(of: id, by: now)
    let excess = Int64(min(losses.sum, Double(span - redone)))
    opens[r].parts[.redone] += redone
    opens[r].parts.add(excess: excess, by: losses)
    opens[r].parts[.own] += span - redone - excess
    trace?.launch(
      r, open, from: open.mark, to: now, on: sms, batch: program(of: open).batch, isKilled: true)
    opens[r].mark = now
  }

  /// So many blocks of a replica's launch were taken back before they ran; the others run on.
  func stopped(_ r: Int, blocks: Int) { opens[r].sent.blocks -= blocks }

  /// The same where the others have ended.
  func stopped(_ r: Int, blocks: Int, _ id: LaunchID, on device: Int, at now: Int64) {
    stopped(r, blocks: blocks)
    lost[opens[r].sent.tag] += tables[device].losses(of: id, by: now)
  }

  /// A replica's launch was taken back of which nothing had run: the policy has it again.
  func unbegun(_ r: Int, _ id: LaunchID, at now: Int64) {
    let span = now - opens[r].mark
    let losses = tables[opens[r].device].losses(of: id, by: now)
    let excess = Int64(min(losses.sum, Double(span)))
    opens[r].parts.add(excess: excess, by: losses)
    opens[r].parts[.held] += span - excess
    opens[r].mark = now
  }

  /// A super-kernel's members, as it is sent.
  func superKernel(_ group: Int, _ members: [Int]) {
    while self.members.count <= group { self.members.append([]) }
    self.members[group] = members
  }

  /// A super-kernel has ended, before its members' launches are told.
  func superKernelEnded(_ group: Int, at now: Int64) {
    guard let first = members[group].first else { return }
    trace?.superKernel(opens[first], members[group], at: now)
  }

  // MARK: - Looks at the devices

  /// Looks at a device at the end of an instant.
  func look(_ number: Int, _ device: UnsafeMutablePointer<Device>) {
    blame(number, until: device.pointee.now)
    device.pointee.look(&tables[number])
    trace?.use(number, tables[number])
  }

  /// Notes who was in the way of whom since the last look: of a launch that waits behind others the
  /// one at their head, else all others' resident warps.
  func blame(_ number: Int, until now: Int64) {
    guard following.blames else { return }
    let span = Double(now - blamedUntil[number])
    blamedUntil[number] = now
    if span <= 0 { return }
    let table = tables[number]
    var warps = [Double](repeating: 0, count: programs.byTenant.count)
    for slot in table.live {
      for (tenant, share) in owners(of: table.rows[slot].tag) {
        warps[tenant] += share * Double(table.rows[slot].warps)
      }
    }
    for slot in table.live {
      let row = table.rows[slot]
      if row.rate.sum <= 0 { continue }
      let isOrdered = row.rate.order > 0 && table.head >= 0 && table.head != slot
      let order = isOrdered ? row.rate.order * span : 0
      if isOrdered {
        for (tenant, share) in owners(of: table.rows[table.head].tag) {
          put(tenant, share * order, on: row.tag)
        }
      }
      var others = warps
      for (tenant, share) in owners(of: row.tag) { others[tenant] -= share * Double(row.warps) }
      let all = others.reduce(0) { $0 + max(0, $1) }
      guard all > 0 else { continue }
      for t in others.indices where others[t] > 0 {
        put(t, (row.rate.sum * span - order) * others[t] / all, on: row.tag)
      }
    }
  }

  private func put(_ tenant: Int, _ ns: Double, on tag: Int32) {
    for r in replicas(of: tag) where !opens[r].inTheWay.isEmpty {
      opens[r].inTheWay[tenant] += ns
    }
  }

  private func replicas(of tag: Int32) -> [Int] {
    let at = Int(tag)
    return at < opens.count ? [at] : members[at - opens.count]
  }

  /// Whose a launch is: of a super-kernel each member's, in equal parts.
  private func owners(of tag: Int32) -> [(tenant: Int, share: Double)] {
    let list = replicas(of: tag)
    return list.map { (opens[$0].tenant, 1 / Double(list.count)) }
  }
}
