// Language models: an iteration takes the place of a request, and its parts are those of all requests
// in it; what they wait before and between, their own account has.
extension ReasonBook {
  /// A replica begins the iteration that its server has planned, swapped blocks copied by `copied`.
  ///
  /// - Parameter isExact: whether its launches' times are those of the replica's part of the GPU.
  func iterationBegan(
    _ r: Int, _ server: LanguageServer, isExact: Bool, copied: Int64, at now: Int64
  ) {
    let t = opens[r].tenant
    let side = server.phase.lane
    let clock = side == 0 ? t : clocks.prefills(of: t)
    let readings = clocks.readings(of: t, at: now)
    let iteration = OpenIteration(server, whole: wholes[r])
    sequences.joined(
      t, iteration.members, side: side, reading: clocks.isDecided ? readings[side] : nil, at: now)
    var open = OpenRequest(tenant: t, device: opens[r].device, ownMask: opens[r].ownMask)
    open.iteration = iteration
    open.isExact = isExact
    open.begun = now
    open.mark = now
    open.copyStart = copied - iteration.program.copyInNS
    open.copied = copied
    if following.blames { open.inTheWay = Array(repeating: 0, count: programs.byTenant.count) }
    opens[r] = open
    clocks.note(1, of: clock, at: now)
    trace?.begins(r, iteration)
  }

  /// The iteration's last launch has ended.
  func iterationEnded(_ r: Int, at now: Int64) {
    let open = opens[r]
    guard let iteration = open.iteration else { return }
    sequences.ran(
      open.tenant, iteration.members, open.parts, inTheWay: open.inTheWay,
      readings: clocks.readings(of: open.tenant, at: now), until: now)
    trace?.ended(r, tenant: open.tenant, iteration, from: open.begun, to: now, parts: open.parts)
  }

  /// The replica goes on from an iteration: with the next, or it is idle.
  ///
  /// - Parameter side: the prefills beside decodes are 1.
  func iterationTold(_ r: Int, side: Int, at now: Int64) {
    let t = opens[r].tenant
    guard let iteration = opens[r].iteration else { return }
    clocks.note(-1, of: side == 0 ? t : clocks.prefills(of: t), at: now)
    sequences.told(
      t, iteration.members, readings: clocks.readings(of: t, at: now), at: now)
  }
}
