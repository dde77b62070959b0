import Scheduling
import Simulation
import Tables
import Workloads

extension Experiment {
  /// Whether anything is drawn at random: where not, all seeds give one run.
  package var drawsArrivals: Bool {
    tenants.contains { tenant in
      switch tenant.arrivals {
      case .trace, .closedLoop, .sessions, .process(.deterministic): false
      case .process: true
      }
    }
  }
}

extension PolicyChoice {
  /// Whether the policy looks at a tenant's priority, or lets the device do so.
  var heedsPriorities: Bool {
    let policy = make()
    switch policy.mechanism {
    // One context at a time, or one replica: nobody is there to go before.
    case .dedicated, .bound, .taskQueue: return false
    case .timeSlices: return name == "gpreempt"
    // One batch at a time, chosen by slack; jobs by what is left of them.
    case .mps, .streams, .partitions: return !policy.startsOneAtATime && name != "paella"
    }
  }
}

/// Choices that change nothing.
extension ExperimentJudge {
  mutating func judgeSeeds() {
    guard !experiment.drawsArrivals else { return }
    if experiment.seeds.count > 1 {
      warn(
        "the \(experiment.seeds.count) seeds give one and the same run: no arrival is drawn, and "
          + "there is no spread to tell")
    } else if loaded.hasSeeds, experiment.seeds != [1] {
      warn("the seed changes nothing: no arrival is drawn")
    }
  }

  mutating func judgePriorities() {
    guard let first = tenants.first?.priority,
      tenants.contains(where: { $0.priority != 0 })
    else { return }
    if tenants.allSatisfy({ $0.priority == first }) {
      warn("every tenant has the priority \(first): priorities tell only where they differ")
      return
    }
    let deaf = experiment.policies.filter { !$0.heedsPriorities }.map(\.label)
    if !deaf.isEmpty { warn("priorities have no effect under \(Self.list(deaf))") }
  }

  mutating func judgeOptions() {
    for choice in experiment.policies { judgeOptions(of: choice) }
  }

  private mutating func judgeOptions(of choice: PolicyChoice) {
    let given = choice.policy.descriptor.options.map(\.name).filter { choice.options.has($0) }
    func without(_ names: [String]) -> [String] { given.filter(names.contains) }
    func say(_ names: [String], _ why: String) {
      guard !names.isEmpty else { return }
      warn(
        "\(Self.list(names)) \(names.count == 1 ? "has" : "have") no effect in "
          + "'\(choice.label)': \(why)")
    }
    let replicas = tenants.reduce(0) { $0 + $1.replicas }
    switch choice.name {
    case "space-time":
      if !choice.options.flag("evict_stragglers", true) {
        say(
          without(["straggler_ratio", "straggler_patience", "straggler_cooldown_ms"]),
          "'evict_stragglers' is false")
      }
      if tenants.allSatisfy({ $0.sloNS == nil }) {
        say(without(["slo_aware"]), "no tenant has an SLO")
      }
      if replicas == 1 {
        say(
          without(["window_us", "max_problems", "variable_size", "cache_size"]),
          "there is one replica, with nobody to fuse with")
      }
    case "time-only":
      if replicas == 1 { say(without(["time_slice_us", "switch_us"]), "there is one replica") }
    case "space-only":
      if choice.options.numbersByTenant("active_thread_percentage")[""] == 100 {
        say(without(["active_thread_percentage"]), "100 % is no cap")
      }
    default: break
    }
    if let given = choice.options.number("hardware_queues"),
      min(Int(given), replicas) == min(queuesUnasked(of: choice), replicas)
    {
      say(without(["hardware_queues"]), "there are \(replicas) replicas, no more than queues")
    }
  }

  /// The hardware queues that a policy's streams share where it is not told how many.
  private func queuesUnasked(of choice: PolicyChoice) -> Int {
    let options = choice.policy.descriptor.options
    if let own = options.first(where: { $0.name == "hardware_queues" }),
      let number = Int(own.fallback)
    {
      return number
    }
    if case .streams = choice.make().mechanism { return experiment.testbed.hardwareQueues }
    // A process of its own under MPS has queues of its own.
    return .max
  }
}
