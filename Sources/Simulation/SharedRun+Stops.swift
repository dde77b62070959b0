import Scheduling

// What persistent workers do that are told to stop: blocks that run end, and no others begin.
extension SharedRun {
  /// Takes back what of a replica's launch has not begun; the rest ends as a slice does.
  mutating func stop(_ r: Int, _ decision: Decision) throws(PolicyFault) {
    guard let id = replicas[r].sent.id, !replicas[r].sent.isOnItsWay else {
      // On its way to the device nothing of it has begun, and nothing is lost.
      try kill(r, false, decision)
      return
    }
    let device = replicas[r].device
    let (blocks, runsOn) = clock.devices[device].pointee.withdraw(id)
    replicas[r].sent.blocks -= blocks
    replicas[r].sent.blocksLeft += blocks
    if runsOn {
      book?.stopped(r, blocks: blocks)
    } else if replicas[r].sent.blocks > 0 {
      // Those that ran have ended, and others had taken their place.
      book?.stopped(r, blocks: blocks, id, on: device, at: clock.now)
      flow.withTotals { $0.deviceLaunches += 1 }
      sliceEnded(r)
    } else {
      book?.unbegun(r, id, at: clock.now)
      replicas[r].sent.id = nil
      becomeReady(r)
    }
  }
}
