import Device
import Hardware
import LanguageModels
import TestSupport

@testable import Simulation

/// A run under streams of processes of their own, told simply: every launch of every request and
/// iteration goes to the naive device, one after the other in its stream.
///
/// What it leaves out: locks, shared queues, copies, priorities, policies that decide.
struct NaiveSharing {
  /// Launches of one request or iteration that follow each other.
  struct Work {
    var launches: [NaiveDevice.Launch]
    var next = 0
    /// When the next one may start.
    var readyAt: Int64
    /// When the host has sent each, counted from the first.
    var hostBase: Int64
    var perLaunch: Int64
    var gap: Int64
    var firstLaunch: Int64?

    /// When the next launch may start, whatever runs.
    var start: Int64 { max(readyAt, hostBase + Int64(next) * perLaunch) }
  }

  /// What a CNN's request was, in order of arrival.
  struct Answer: Equatable {
    var tenant: Int
    var arrival: Int64
    var first: Int64
    var end: Int64
  }

  struct Stream {
    var tenant: Int
    var work: Work?
    var running: Int?
    /// When what it does next was put off, among all: what is due at one instant is done in that
    /// order.
    var order = 0
    var arrival: Int64 = 0
    var serving: NaiveServing?
    /// When the host goes on after an iteration.
    var resumesAt: Int64?
    var hostFree: Int64 = 0
    /// CNN requests that wait.
    var queue: [Int64] = []
  }

  let experiment: Experiment
  let costs: IterationCosts?
  var device: NaiveDevice
  var streams: [Stream] = []
  private var made = 0
  var answers: [Answer] = []
  var cnnLaunches: [[NaiveDevice.Launch]] = []

  init(_ experiment: Experiment, blocks: Int) throws {
    self.experiment = experiment
    let (gpu, limits) = (experiment.gpu, experiment.gpu.limits)
    device = NaiveDevice(
      NaiveDevice.Machine(
        smCount: gpu.smCount, warps: limits.maxWarps, blocks: limits.maxBlocks,
        registers: limits.registers, sharedMemory: limits.sharedMemory, dramRate: gpu.dramRate,
        maxResidentGrids: gpu.maxResidentGrids,
        coRunnerSlowdown: experiment.testbed.coRunnerSlowdown))
    costs = experiment.tenants.compactMap(\.language).first?.costs(on: gpu)
    for (t, tenant) in experiment.tenants.enumerated() {
      var stream = Stream(tenant: t)
      if let language = tenant.language {
        stream.serving = NaiveServing(settings: language.settings, blocks: blocks)
        cnnLaunches.append([])
      } else {
        var launches: [NaiveDevice.Launch] = []
        for row in tenant.table.batches[0].launches {
          let profile = try BlockProfile.prepare(row, on: gpu, precision: tenant.table.precision)
          launches.append(Self.launch(profile))
        }
        cnnLaunches.append(launches)
      }
      streams.append(stream)
    }
  }

  static func launch(_ profile: BlockProfile) -> NaiveDevice.Launch {
    NaiveDevice.Launch(
      NaiveDevice.Kernel(
        warps: profile.cost.warps, registers: profile.cost.registers,
        sharedMemory: profile.cost.sharedMemory, soloNS: profile.soloNS,
        smShare: profile.smShare, dramRate: profile.dramRate, tailNS: profile.tailNS),
      blocks: profile.blocks)
  }

  /// Every launch of an iteration, one by one.
  private func launches(_ batch: IterationBatch) throws -> [NaiveDevice.Launch] {
    guard let costs else { return [] }
    return try Self.launches(batch, costs, on: experiment.gpu)
  }

  static func launches(
    _ batch: IterationBatch, _ costs: IterationCosts, on gpu: GPUSpec
  ) throws -> [NaiveDevice.Launch] {
    var launches: [NaiveDevice.Launch] = []
    for segment in costs.iteration(batch).segments {
      for _ in 0..<segment.repeats {
        for operation in segment.launches {
          let row = operation.row
          let occupancy = Occupancy(
            threads: row.block.count, registers: row.registersPerThread,
            sharedMemory: row.sharedMemoryBytes, limits: gpu.limits)
          let even = EvenLaunch(row, occupancy, unboundNS: operation.unboundNS, on: gpu)
          let demand = try Demand(of: row, on: gpu, precision: .bf16Tensor)
          launches.append(Self.launch(even.profile(demand, dramRate: gpu.dramRate)))
        }
      }
    }
    return launches
  }

  /// Runs until nothing is left to do.
  mutating func run() throws {
    try run(Self.arrivals(of: experiment))
  }

  mutating func run(_ arrivals: [(time: Int64, tenant: Int, number: Int)]) throws {
    var next = 0
    while true {
      var now = device.nextEvent ?? .max
      if next < arrivals.count { now = min(now, arrivals[next].time) }
      for stream in streams {
        if stream.running == nil, let work = stream.work { now = min(now, work.start) }
        if let time = stream.resumesAt { now = min(now, time) }
      }
      if now == .max { return }
      for number in device.advance(to: now) { try launchEnded(number, now) }
      try handleDue(now)
      while next < arrivals.count, arrivals[next].time == now {
        try arrive(arrivals[next].tenant, arrivals[next].number, now)
        next += 1
      }
      device.place(now: now)
    }
  }

  /// What was put off to this instant, in the order in which it was made.
  private mutating func handleDue(_ now: Int64) throws {
    for s in streams.indices.sorted(by: { streams[$0].order < streams[$1].order }) {
      if streams[s].resumesAt == now {
        streams[s].resumesAt = nil
        try goOn(s, at: now, follows: false)
      } else {
        sendIfReady(s, now)
      }
    }
  }

  private mutating func isMade(_ s: Int) {
    made += 1
    streams[s].order = made
  }

  private mutating func sendIfReady(_ s: Int, _ now: Int64) {
    guard streams[s].running == nil, let work = streams[s].work, work.start <= now else { return }
    streams[s].running = device.submit(work.launches[work.next])
    if work.next == 0 { streams[s].work?.firstLaunch = now }
  }

  private mutating func launchEnded(_ number: Int, _ now: Int64) throws {
    guard let s = streams.firstIndex(where: { $0.running == number }) else { return }
    streams[s].running = nil
    guard var work = streams[s].work else { return }
    work.next += 1
    if work.next < work.launches.count {
      work.readyAt = now + work.gap
      streams[s].work = work
      isMade(s)
      sendIfReady(s, now)
      return
    }
    streams[s].work = nil
    isMade(s)
    let (first, told) = (work.firstLaunch ?? now, now + experiment.testbed.completionSync)
    if streams[s].serving != nil {
      streams[s].serving?.end(start: first, told: told)
      let overlaps = experiment.tenants[streams[s].tenant].language?.stack.overlapsSteps ?? false
      if overlaps { return try goOn(s, at: now, follows: true) }
    } else {
      answers.append(
        Answer(tenant: streams[s].tenant, arrival: streams[s].arrival, first: first, end: told))
    }
    if told == now { try goOn(s, at: now, follows: false) } else { streams[s].resumesAt = told }
  }

  private mutating func arrive(_ tenant: Int, _ number: Int, _ now: Int64) throws {
    let s = tenant
    if streams[s].serving != nil {
      guard let tokens = experiment.tenants[tenant].tokens?.recorded?.requests[number] else {
        return
      }
      streams[s].serving?.waiting.append(
        NaiveServing.Sequence(
          number: number, input: Int(tokens.input), output: Int(tokens.output)))
    } else {
      streams[s].queue.append(now)
    }
    if streams[s].work == nil, streams[s].resumesAt == nil {
      try goOn(s, at: now, follows: false)
    }
  }

  /// A stream that has nothing to run takes what waits.
  private mutating func goOn(_ s: Int, at now: Int64, follows: Bool) throws {
    let testbed = experiment.testbed
    if let language = experiment.tenants[streams[s].tenant].language {
      guard let batch = streams[s].serving?.next() else { return }
      let stack = language.stack
      let count = batch.sequences.count
      let isGraph =
        batch.sequences.allSatisfy { $0.newTokens == 1 } && count <= stack.graphSequences
      let base = follows ? streams[s].hostFree : now
      let step = stack.stepCPUNS + Int64(count) * stack.stepCPUPerSequenceNS
      let perLaunch = isGraph ? 0 : testbed.launchCPU
      let launches = try launches(batch)
      let hostBase = base + step + testbed.launchCPU
      streams[s].work = Work(
        launches: launches, readyAt: follows ? now + testbed.launchGap : now,
        hostBase: hostBase, perLaunch: perLaunch,
        gap: isGraph ? stack.graphGapNS : testbed.launchGap)
      streams[s].hostFree = hostBase + Int64(launches.count - 1) * perLaunch
    } else {
      guard !streams[s].queue.isEmpty else { return }
      streams[s].arrival = streams[s].queue.removeFirst()
      streams[s].work = Work(
        launches: cnnLaunches[streams[s].tenant], readyAt: now,
        hostBase: now + testbed.requestCPU + testbed.launchCPU, perLaunch: testbed.launchCPU,
        gap: testbed.launchGap)
    }
    isMade(s)
    sendIfReady(s, now)
  }
}
