import Device
import EventEngine
import Hardware
import Scheduling
import SimBasics

/// A launch from its stream to the device and back.
extension SharedRun {
  /// A replica's extra gap per kernel with the present number of active clients beside it.
  func mpsDelay(of r: Int) -> Int64 { mpsDelays[active[replicas[r].device]] }

  /// Waits for the next launch to become ready, once its stream allows it.
  mutating func waitForLaunch(_ r: Int) {
    replicas[r].stream.isWaiting = true
    let launch = replicas[r].work.launch
    var time = replicas[r].stream.readyAt
    if !host.isContended || replicas[r].isSent {
      let pace = host.pace(of: r, isGated: replicas[r].isSent)
      time = max(time, pace.submitted(launch, base: replicas[r].base))
    }
    driver.view.replicas[r].note(.waiting, launch: launch, expected: time)
    if time > clock.now {
      clock.schedule(.ready(replica: Int32(r)), at: time)
    } else {
      streamIsReady(r)
    }
  }

  mutating func streamIsReady(_ r: Int) {
    if replicas[r].sent.blocksLeft > 0 {
      // A launch that goes in slices: the host has sent its first.
      replicas[r].stream.isWaiting = false
      becomeReady(r)
    } else if host.isContended, !replicas[r].isSent {
      sendIfFirst(r)
    } else {
      launchIsReady(r)
    }
  }

  private mutating func launchIsReady(_ r: Int) {
    replicas[r].stream.isWaiting = false
    let launch = replicas[r].work.launch(in: programs)
    if replicas[r].isGated {
      replicas[r].sent.blocksLeft = launch.blocks
      becomeReady(r)
      return
    }
    if replicas[r].firstLaunch < 0 { residency?.enter(at: clock.now) }
    replicas[r].start(at: clock.now)
    replicas[r].sent.blocks = launch.blocks
    book?.sent(
      r, launch: replicas[r].work.launch, blocks: launch.blocks, mask: replicas[r].mask, tag: r,
      at: clock.now)
    replicas[r].sent.id = clock.devices[replicas[r].device].pointee.submit(
      kernel: launch.profile, blocks: launch.blocks,
      priority: driver.view.tenants[replicas[r].tenant].priority, mask: replicas[r].mask,
      isConfined: replicas[r].isConfined, tag: Int32(r))
  }

  /// What has completed on the devices.
  mutating func devicesEnded() {
    for device in 0..<clock.devices.count {
      book?.blame(device, until: clock.now)
      for i in clock.devices[device].pointee.completions.indices {
        book?.completed(
          clock.devices[device].pointee.completions[i], on: device, at: clock.now)
        launchEnded(tag: Int(clock.devices[device].pointee.completions[i].tag))
      }
    }
  }

  /// A replica's own launch has ended, or a grid of a super-kernel, whose tags are behind.
  private mutating func launchEnded(tag: Int) {
    if tag < replicas.count {
      if residency == nil { flow.withTotals { $0.deviceLaunches += 1 } }
      if replicas[tag].sent.blocksLeft > 0 {
        sliceEnded(tag)
      } else {
        launchEnded(tag)
      }
      return
    }
    let group = tag - replicas.count
    guard fusion.gridEnded(of: group) else { return }
    flow.withTotals {
      $0.deviceLaunches += 1
      $0.superKernels += 1
    }
    driver.view.residentSuperKernels -= 1
    book?.superKernelEnded(group, at: clock.now)
    for i in 0..<fusion.count(of: group) { launchEnded(fusion.member(i, of: group)) }
    fusion.close(group)
    driver.needsDecision = true
  }

  /// A slice of a replica's launch has ended: the next is a launch of its own, after the gap.
  mutating func sliceEnded(_ r: Int) {
    bookEnd(of: r)
    replicas[r].sent.id = nil
    driver.needsDecision = true
    let time = clock.now + host.paces[r].gap + mpsDelay(of: r)
    if time == clock.now {
      becomeReady(r)
      return
    }
    driver.view.replicas[r].note(.waiting, launch: replicas[r].work.launch, expected: time)
    clock.schedule(.ready(replica: Int32(r)), at: time)
  }

  /// A replica's launch has ended: the stream goes on, or the request is done.
  private mutating func launchEnded(_ r: Int) {
    let launch = replicas[r].work.launch(in: programs)
    let work = WorkSum(
      flop: Int128(launch.flop), dramBytes: Int128(launch.dramBytes), cost: launch.cost)
    flow.count(
      launches: 1, work, replicas[r].work.usefulShare(in: programs),
      tenant: replicas[r].tenant)
    if replicas[r].isGated {
      driver.tell(
        .launchEnded(
          replica: r, classID: launch.classID, startNS: replicas[r].sent.start,
          predictedNS: replicas[r].sent.predictedNS, problems: replicas[r].sent.problems),
        at: clock.now)
      driver.needsDecision = true
    }
    bookEnd(of: r)
    replicas[r].sent.id = nil
    if replicas[r].work.advance(in: programs) {
      replicas[r].stream.readyAt = clock.now + host.paces[r].gap + mpsDelay(of: r)
      waitForLaunch(r)
    } else {
      gpuDone(r)
    }
  }

  /// What was sent last has ended.
  private func bookEnd(of r: Int) {
    guard let book else { return }
    book.launchEnded(r, on: sms(of: r, book), at: clock.now)
  }

  /// The SMs that what was sent last may use.
  func sms(of r: Int, _ book: ReasonBook) -> SMSet {
    clock.devices[replicas[r].device].pointee.sms(ofMask: book.opens[r].sent.mask)
  }

  // MARK: - Hosts that wait for each other

  mutating func schedule(_ step: HostSubmission.Step, of r: Int) {
    switch step {
    case .lock(let time): clock.schedule(.hostLock(replica: Int32(r)), at: time)
    case .submit(let time): clock.schedule(.hostSubmit(replica: Int32(r)), at: time)
    }
  }

  /// A host thread has its launch ready and takes its turn at the lock.
  mutating func takeLock(_ r: Int) {
    if let time = host.takeLock(at: clock.now) {
      clock.schedule(.hostSubmit(replica: Int32(r)), at: time)
    } else {
      hostSubmitted(r)
    }
  }

  mutating func hostSubmitted(_ r: Int) {
    let count = replicas[r].work.program(in: programs).launches.count
    streams.append(r, count: host.paces[r].isGraph ? count : 1)
    if let next = host.submit(r, of: count, at: clock.now) { schedule(next, of: r) }
    sendIfFirst(r)
  }

  /// Sends the replica's next launch if it is submitted, its stream allows it, and it is first in
  /// its hardware queue.
  private mutating func sendIfFirst(_ r: Int) {
    guard replicas[r].stream.isWaiting, host.hasSubmitted(replicas[r].work.launch, of: r),
      replicas[r].stream.readyAt <= clock.now
    else { return }
    guard streams.isFirst(r) else {
      book?.blocked(r, at: clock.now)
      return
    }
    let next = streams.removeFirst(r)
    launchIsReady(r)
    if let next, next != r { sendIfFirst(next) }
  }
}
