import EventEngine
import GPUModel
import Policies
import SimBasics

extension SharedRun {
  /// What a mechanism means here.
  static func sharingMode(
    _ mechanism: SharingMechanism, _ testbed: Testbed, streams: Int
  ) -> (isMPS: Bool, queues: Int, percentages: [String: Double]) {
    switch mechanism {
    case .streams(let given): return (false, given ?? testbed.hardwareQueues, [:])
    case .mps(let caps, let given): return (true, given ?? max(1, streams), caps)
    case .dedicated, .timeSlices: preconditionFailure("not a way of sharing in space")
    }
  }

  /// Extra gap per kernel for each number of active MPS clients from none to all.
  static func mpsDelays(_ testbed: Testbed, clients: Int) -> [Int64] {
    (0...clients).map { active in
      let delay = testbed.mpsDelaySlope * Double(active) + testbed.mpsDelayOffset
      return active < 2 ? 0 : max(0, Int64(delay.rounded()))
    }
  }

  /// Extra gap per kernel with the present number of active MPS clients.
  var mpsDelay: Int64 { isMPS ? mpsDelays[activeReplicas] : 0 }

  /// Waits for the next launch to become ready, from `streamReady` on.
  mutating func waitForLaunch(_ r: Int) {
    replicas[r].isWaiting = true
    var time = replicas[r].streamReady
    if !hasHostEvents {
      time = max(time, pace.submitted(replicas[r].launch, base: replicas[r].base))
    }
    driver.view.replicas[r].note(.waiting, launch: replicas[r].launch, expected: time)
    if time > now {
      queue.schedule(
        .ready(replica: Int32(r)), at: SimTime(nanoseconds: time), phase: .completion)
    } else if hasHostEvents {
      readyCheck(r)
    } else {
      launchIsReady(r)
    }
  }

  mutating func launchIsReady(_ r: Int) {
    replicas[r].isWaiting = false
    let launch = programs.programs[replicas[r].program].launches[replicas[r].launch]
    if driver.isGated {
      replicas[r].blocksLeft = launch.blocks
      becomeReady(r)
      return
    }
    if replicas[r].launch == 0 { replicas[r].firstLaunch = now }
    replicas[r].launchStart = now
    replicas[r].device = device.submit(
      kernel: launch.profile, blocks: launch.blocks,
      priority: experiment.tenants[replicas[r].tenant].priority, mask: replicas[r].mask,
      tag: Int32(r))
  }

  /// A launch of the device has ended: a replica's own, or a super-kernel.
  mutating func deviceEnded(_ tag: Int32) {
    let index = Int(tag)
    if index < replicas.count {
      flow.withTotals { $0.deviceLaunches += 1 }
      if replicas[index].blocksLeft > 0, driver.isGated {
        becomeReady(index)
      } else {
        launchEnded(index)
      }
      return
    }
    let group = index - replicas.count
    groups[group].partsLeft -= 1
    if groups[group].partsLeft > 0 { return }
    flow.withTotals {
      $0.deviceLaunches += 1
      $0.superKernels += 1
    }
    driver.view.residentSuperKernels -= 1
    for i in groups[group].members.indices { launchEnded(groups[group].members[i]) }
    groups[group].members.removeAll(keepingCapacity: true)
    freeGroups.append(group)
    driver.needsDecision = true
  }

  /// A replica's launch has ended: the stream goes on, or the request is done.
  private mutating func launchEnded(_ r: Int) {
    let program = replicas[r].program
    let i = replicas[r].launch
    let launch = programs.programs[program].launches[i]
    flow.count(
      launches: 1, useful(WorkSum(flop: launch.flop, dramBytes: launch.dramBytes), of: r),
      tenant: replicas[r].tenant)
    if driver.isGated {
      driver.tell(
        .launchEnded(
          replica: r, classID: launch.classID, startNS: replicas[r].launchStart,
          predictedNS: replicas[r].predictedNS, problems: replicas[r].problems), at: now)
      driver.needsDecision = true
    }
    if i + 1 == programs.programs[program].launches.count {
      replicas[r].device = nil
      gpuDone(r)
      return
    }
    replicas[r].advance(to: i + 1, at: now + pace.gap + mpsDelay)
    waitForLaunch(r)
  }

  /// Work of a replica's batch that its requests asked for.
  func useful(_ work: WorkSum, of r: Int) -> WorkSum {
    programs.programs[replicas[r].program]
      .useful(work, requests: replicas[r].moreArrivals.count + 1)
  }

  // MARK: - Hosts that wait for each other

  mutating func startHost(of r: Int) {
    schedule(.hostLock(replica: Int32(r)), in: pace.requestCPU + experiment.testbed.launchCPU)
  }

  mutating func schedule(_ event: Event, in delay: Int64) {
    queue.schedule(event, at: SimTime(nanoseconds: now + delay), phase: .completion)
  }

  /// A host thread has its launch ready and takes its turn at the context's lock; a process under
  /// MPS has its own.
  mutating func takeLock(_ r: Int) {
    if isMPS {
      hostSubmitted(r)
      return
    }
    lockFree = max(now, lockFree) + experiment.testbed.launchLock
    schedule(.hostSubmit(replica: Int32(r)), in: lockFree - now)
  }

  mutating func hostSubmitted(_ r: Int) {
    replicas[r].submitted += 1
    if sharesQueues {
      hardwareQueues[r % queueCount].append(r)
    }
    if replicas[r].submitted < programs.programs[replicas[r].program].launches.count {
      schedule(.hostLock(replica: Int32(r)), in: experiment.testbed.launchCPU)
    }
    readyCheck(r)
  }

  /// Whether two streams meet in one hardware queue, where the later waits behind the earlier.
  var sharesQueues: Bool { replicas.count > queueCount }

  /// Sends the replica's next launch if it is submitted, its stream allows it, and it is first in
  /// its hardware queue.
  mutating func readyCheck(_ r: Int) {
    guard replicas[r].isWaiting, replicas[r].submitted > replicas[r].launch,
      replicas[r].streamReady <= now
    else { return }
    guard sharesQueues else {
      launchIsReady(r)
      return
    }
    let q = r % queueCount
    guard hardwareQueues[q].first == r else { return }
    hardwareQueues[q].removeFirst()
    launchIsReady(r)
    if let next = hardwareQueues[q].first, next != r { readyCheck(next) }
  }
}

/// How many SMs a share of the GPU is.
public enum PartitionRule {
  /// SMs of an MPS client with an active-thread percentage: rounded down to whole TPCs, at least
  /// one TPC (a cap, not a reservation).
  public static func smCap(percentage: Double, gpu: GPUSpec) -> Int {
    if percentage >= 100 { return gpu.smCount }
    let sms = Int(Double(gpu.smCount) * percentage / 100 + 1e-9)
    return max(gpu.smsPerTPC, sms / gpu.smsPerTPC * gpu.smsPerTPC)
  }
}
