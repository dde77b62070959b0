import Scheduling

/// The part of a run that asks its policy and checks what it answers; the run applies it.
struct PolicyDriver {
  /// The most decisions a policy may give at one instant: enough to drop a long queue one by one.
  static let mostDecisionsAtOneInstant = 1_000_000

  private var policy: any SharingPolicy
  let control: PolicyControl
  /// What the policy sees; the run keeps it up to date.
  var view = SchedulingView()
  /// What it answered last.
  private(set) var answer = DecisionBuffer()
  /// Whether something has changed that the policy has not been asked about.
  var needsDecision = false
  /// When the policy wants to be asked in any case.
  private(set) var wakeAt: Int64 = .max
  private var instant: Int64 = -1
  private var decisionsAtInstant = 0

  init(_ policy: any SharingPolicy) {
    self.policy = policy
    control = policy.control
  }

  /// Whether requests and iterations wait for the policy.
  var startsRequests: Bool { control.contains(.requests) }
  /// Whether launches wait for the policy.
  var isGated: Bool { control.contains(.launches) }
  /// Whether the scheduler's thread sends them.
  var sendsLaunches: Bool { isGated && !control.contains(.ownThreads) }

  /// The SMs of the two sides of a language model's replica.
  func split(_ view: PhaseView) -> PhaseSplit { policy.split(view) }

  /// Tells the policy what happened.
  mutating func tell(_ event: PolicyEvent, at now: Int64) {
    view.now = now
    policy.observe(event, view)
  }

  /// Asks the policy what to do now; `answer` holds what it says.
  mutating func ask(at now: Int64) throws(PolicyFault) {
    needsDecision = false
    answer.removeAll()
    if control.isEmpty { return }
    view.now = now
    policy.decide(view, &answer)
    if now > instant { (instant, decisionsAtInstant) = (now, 0) }
    // An answer of nothing counts too, or time could stand still.
    decisionsAtInstant += max(1, answer.decisions.count)
    if decisionsAtInstant > Self.mostDecisionsAtOneInstant {
      throw fault("go on deciding", "more than \(Self.mostDecisionsAtOneInstant) decisions at once")
    }
  }

  /// A timer has run out: asks again, unless an earlier one took its place.
  mutating func wake(at now: Int64) {
    guard now >= wakeAt else { return }
    wakeAt = .max
    needsDecision = true
  }

  /// Takes in when the policy wants to be woken; false where it will be earlier.
  mutating func setWake(at time: Int64) -> Bool {
    guard time < wakeAt else { return false }
    wakeAt = time
    return true
  }

  // MARK: - Checks

  /// Makes sure that a decision can be applied as things stand in the view.
  func check(_ decision: Decision, at now: Int64) throws(PolicyFault) {
    if let reason = objection(to: decision, at: now) { throw fault("\(decision)", reason, at: now) }
  }

  func fault(_ decision: String, _ reason: String, at now: Int64? = nil) -> PolicyFault {
    PolicyFault(
      policy: type(of: policy).descriptor.name, decision: decision, reason: reason,
      timeNS: now ?? view.now)
  }

  private func objection(to decision: Decision, at now: Int64) -> String? {
    switch decision {
    case .start(let tenant, let r, let count, _): return startObjection(tenant, r, count, at: now)
    case .reject(let tenant):
      guard view.tenants.indices.contains(tenant) else { return Self.noTenant }
      return view.tenants[tenant].waiting > 0 ? nil : "none waits"
    case .launch(let r, let priority, let blocks, let sms):
      if let objection = launchObjection(r) ?? objection(to: sms, of: r) { return objection }
      if let blocks, blocks < 1 { return "a launch has at least one block" }
      return Int32(exactly: priority) == nil ? "its priority is beyond ±2^31" : nil
    case .fuse(let members, _, _):
      guard members.upperBound <= answer.members.count else { return "they are not its members" }
      if !sendsLaunches { return "replicas' own threads send their launches" }
      for i in members {
        if let objection = launchObjection(answer.members[i]) { return objection }
      }
      return members.isEmpty ? "a super-kernel has at least one launch" : nil
    case .kill(let r, _), .stop(let r):
      if let objection = objection(to: r) { return objection }
      return view.replicas[r].phase == .running ? nil : Self.nothingRuns
    case .setSMs(let r, let sms): return objection(to: r) ?? objection(to: sms, of: r)
    case .confine(let r, _): return objection(to: r)
    case .limitDRAM(let fraction):
      return fraction > 0 && fraction <= 1 ? nil : "it is a part of the DRAM, above 0 and at most 1"
    case .exclude(let r, _): return objection(to: r)
    case .wake(let time): return time > now ? nil : "that is not later"
    }
  }

  static let noTenant = "there is no such tenant"
  static let nothingRuns = "no launch of its own is running"

  private func startObjection(_ tenant: Int, _ r: Int, _ count: Int, at now: Int64) -> String? {
    if !control.contains(.requests) { return "starting requests is not under its control" }
    guard view.tenants.indices.contains(tenant) else { return Self.noTenant }
    guard view.replicas.indices.contains(r), view.replicas[r].tenant == tenant else {
      return "it is not the tenant's"
    }
    if view.replicas[r].phase != .idle { return "the replica is not idle" }
    if view.replicas[r].excludedUntilNS > now { return "the replica is excluded" }
    let waiting = view.tenants[tenant].waiting
    return count >= 1 && count <= waiting ? nil : "\(waiting) wait"
  }

  private func launchObjection(_ r: Int) -> String? {
    if !isGated { return "sending launches is not under its control" }
    if let objection = objection(to: r) { return objection }
    return view.replicas[r].phase == .ready ? nil : "no launch of replica \(r) is ready"
  }

  private func objection(to r: Int) -> String? {
    view.replicas.indices.contains(r) ? nil : "there is no replica \(r)"
  }

  private func objection(to sms: Range<Int>?, of r: Int) -> String? {
    guard let sms else { return nil }
    if sms.isEmpty { return "a launch needs SMs to run on" }
    let count = view.replicas[r].smCount ?? view.smCount
    let isThere = sms.lowerBound >= 0 && sms.upperBound <= count
    return isThere ? nil : "the device has \(count) SMs"
  }
}
