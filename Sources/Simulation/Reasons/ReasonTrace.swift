import Device
import Hardware

/// Tells a tracer what happens in a run, in the experiment's numbers.
final class ReasonTrace {
  private let tracer: any RunTracer
  private let following: RunFollowing
  /// By device.
  private let devices: [GPUSpec]
  /// The parts that have a number: the devices first.
  private var parts: [(device: Int, sms: SMSet)] = []
  /// By device: the use that was told last.
  private var told: [(time: Int64, sms: Double, dram: Double)]
  private var superKernels = 0
  /// By replica: the iteration of a language model that it is at work on. Looked up by key only.
  private var iterations: [Int: (names: [String], launches: LaunchSequence)] = [:]

  /// Changes of use are told no closer to each other than this, in nanoseconds.
  static let useStep: Int64 = 10_000

  init(_ tracer: any RunTracer, _ following: RunFollowing, _ devices: [GPUSpec]) {
    self.tracer = tracer
    self.following = following
    self.devices = devices
    told = Array(repeating: (.min / 2, 0, 0), count: devices.count)
    for (number, device) in devices.enumerated() {
      parts.append((number, SMSet(0..<device.smCount)))
      let name = devices.count == 1 ? "GPU" : "\(device.name) \(number)"
      tracer.trace(.part(number, name: name))
    }
  }

  // MARK: - Requests

  func request(_ explanation: RequestExplanation) {
    var explanation = explanation
    explanation.record.tenant = following.tenant(explanation.record.tenant)
    explanation.record.replica = following.replica(explanation.record.replica)
    tracer.trace(.request(explanation))
  }

  func dropped(_ t: Int, _ arrival: Int64, _ now: Int64) {
    tracer.trace(.dropped(tenant: following.tenant(t), arrivalNS: arrival, atNS: now))
  }

  func work(_ r: Int, _ open: OpenRequest, at now: Int64) {
    work(
      r, tenant: open.tenant, from: open.begun, to: now, batch: open.waited.count,
      parts: open.parts)
  }

  func work(
    _ r: Int, tenant: Int, from start: Int64, to end: Int64, batch: Int, parts: WaitParts
  ) {
    tracer.trace(
      .work(
        tenant: following.tenant(tenant), replica: following.replica(r), startNS: start,
        endNS: end, batch: batch, parts: parts))
  }

  /// A language model's iteration begins: its launches have the names of its rows.
  func begins(_ r: Int, _ iteration: OpenIteration) {
    iterations[r] = (iteration.names, iteration.program.launches)
  }

  func ended(
    _ r: Int, tenant: Int, _ iteration: OpenIteration, from start: Int64, to end: Int64,
    parts: WaitParts
  ) {
    tracer.trace(
      .iteration(
        RunEvent.Iteration(
          tenant: following.tenant(tenant), replica: following.replica(r), startNS: start,
          endNS: end, requests: iteration.members.count,
          prefillTokens: iteration.work.prefillTokens, decodeTokens: iteration.work.decodes,
          parts: parts)))
  }

  /// The kernel of a language model's launch; nil for others.
  private func name(_ r: Int, _ launch: Int) -> String? {
    iterations[r].map { $0.names[$0.launches.row(of: launch)] }
  }

  func held(_ r: Int, _ start: Int64, _ end: Int64) {
    tracer.trace(.held(replica: following.replica(r), startNS: start, endNS: end))
  }

  // MARK: - Launches

  func launch(
    _ r: Int, _ open: OpenRequest, from start: Int64, to end: Int64, on sms: SMSet,
    batch: Int, isKilled: Bool = false
  ) {
    var launch = RunEvent.Launch(
      replica: following.replica(r), index: open.sent.launch, batch: batch,
      part: part(open.device, sms), startNS: start, endNS: end)
    launch.isKilled = isKilled
    launch.name = name(r, open.sent.launch)
    if open.sent.predictedNS != nil { launch.superKernel = superKernels }
    tracer.trace(.launch(launch))
  }

  /// Launches of a request that nothing disturbed.
  func alone(
    _ r: Int, device: Int, base: Int64, _ program: Program, launches count: Int, start: Int64,
    pace: LaunchPace
  ) {
    var time = start
    for i in 0..<count {
      if i > 0 { time = max(time + pace.gap, pace.submitted(i, base: base)) }
      let end = time + program.launches[i].durationNS
      use(program.launches[i], on: device, at: time)
      launch(r, i, batch: program.batch, on: device, from: time, to: end)
      time = end
    }
    if count > 0 { tell(device, time, 0, 0) }
  }

  /// A launch that is alone on its device, from an instant on.
  func use(_ launch: ProgramLaunch, on device: Int, at time: Int64) {
    let span = Double(max(1, launch.durationNS))
    tell(
      device, time,
      Double(launch.integrals.activeSMTime) / span / Double(devices[device].smCount),
      min(1, Double(launch.dramBytes) / span / devices[device].dramRate))
  }

  func superKernel(_ first: OpenRequest, _ members: [Int], at now: Int64) {
    superKernels += 1
    tracer.trace(
      .superKernel(
        number: superKernels, part: first.device, startNS: first.mark, endNS: now,
        members: members.map(following.replica)))
  }

  // MARK: - Contexts

  func slice(_ r: Int, _ start: Int64, _ end: Int64) {
    if end > start {
      tracer.trace(.slice(replica: following.replica(r), startNS: start, endNS: end))
    }
  }

  func switched(to r: Int, _ start: Int64, _ end: Int64) {
    tracer.trace(.switched(toReplica: following.replica(r), startNS: start, endNS: end))
  }

  func launch(
    _ r: Int, _ index: Int, batch: Int, on device: Int = 0, from start: Int64, to end: Int64
  ) {
    var launch = RunEvent.Launch(
      replica: following.replica(r), index: index, batch: batch, part: device, startNS: start,
      endNS: end)
    launch.name = name(r, index)
    tracer.trace(.launch(launch))
  }

  // MARK: - Use

  func use(_ device: Int, _ table: LossTable) {
    if table.live.isEmpty {
      tell(device, table.time, 0, 0)
    } else if table.time - told[device].time >= Self.useStep {
      tell(
        device, table.time, Double(table.activeSMs) / Double(devices[device].smCount),
        table.dramUse)
    }
  }

  func idle(_ device: Int, at time: Int64) { tell(device, time, 0, 0) }

  private func tell(_ device: Int, _ time: Int64, _ sms: Double, _ dram: Double) {
    if told[device].sms == sms, told[device].dram == dram { return }
    told[device] = (time, sms, dram)
    tracer.trace(.use(part: device, atNS: time, sms: sms, dram: dram))
  }

  /// The number of a set of SMs.
  private func part(_ device: Int, _ sms: SMSet) -> Int {
    if let known = parts.firstIndex(where: { $0.device == device && $0.sms == sms }) {
      return known
    }
    parts.append((device, sms))
    tracer.trace(.part(parts.count - 1, name: "SMs " + Self.ranges(sms)))
    return parts.count - 1
  }

  /// "0-39, 60-79".
  private static func ranges(_ sms: SMSet) -> String {
    var (ranges, sm) = ([String](), 0)
    while sm < SMSet.capacity {
      guard sms.contains(sm) else {
        sm += 1
        continue
      }
      var end = sm
      while end + 1 < SMSet.capacity, sms.contains(end + 1) { end += 1 }
      ranges.append(end == sm ? "\(sm)" : "\(sm)-\(end)")
      sm = end + 1
    }
    return ranges.joined(separator: ", ")
  }
}
