import Hardware
import Simulation

/// The kinds of a timeline's events, by what a reader calls them.
enum TimelineKind: String, CaseIterable {
  case request = "requests"
  case work = "requests or batches on replicas"
  case iteration = "iterations"
  case launch = "launches"
  case superKernel = "super-kernels"
  case member = "members of super-kernels"
  case held = "holds"
  case slice = "slices"
  case switched = "switches"
  case dropped = "dropped requests"
  case use = "changes of use"
}

/// The names of a timeline's tracks and launches, as quoted JSON.
struct TimelineNames {
  /// By tenant: the number of its first replica.
  let firstReplica: [Int]
  /// By tenant, and by replica.
  let tenants: [[UInt8]]
  let replicas: [[UInt8]]
  private let tenantOf: [Int]
  private let tables: [KernelTable]
  /// By tenant and batch: the launches' names. Looked up by key only.
  private var launches: [Int: [[UInt8]]] = [:]
  /// The last of them that was asked for.
  private var last: (key: Int, names: [[UInt8]]) = (-1, [])
  /// By kernel of a language model: its name, quoted. Looked up by key only.
  private var kernels: [String: [UInt8]] = [:]

  /// By reason: the name of its part of a request's time.
  static let columns = WaitReason.allCases.map { Array($0.column.utf8) }

  init(_ experiment: Experiment) {
    var (first, owners, names) = ([Int](), [Int](), [[UInt8]]())
    for (t, tenant) in experiment.tenants.enumerated() {
      first.append(owners.count)
      owners += Array(repeating: t, count: tenant.replicas)
      names += (0..<tenant.replicas).map { TraceBytes.quoted("\(tenant.name) replica \($0 + 1)") }
    }
    firstReplica = first
    tenantOf = owners
    replicas = names
    tenants = experiment.tenants.map { TraceBytes.quoted($0.name) }
    tables = experiment.tenants.map(\.table)
  }

  /// Prefills beside decodes have the number of their replica behind all replicas.
  func tenant(of replica: Int) -> Int { tenantOf[replica % tenantOf.count] }

  func isPrefills(_ replica: Int) -> Bool { replica >= tenantOf.count }

  /// The number of a replica of its tenant, from 1.
  func place(of replica: Int) -> Int {
    replica % tenantOf.count - firstReplica[tenant(of: replica)] + 1
  }

  /// The kernel's name.
  mutating func launch(_ launch: RunEvent.Launch) -> [UInt8] {
    if let name = launch.name {
      if let known = kernels[name] { return known }
      let quoted = TraceBytes.quoted(name)
      kernels[name] = quoted
      return quoted
    }
    let key = tenantOf[launch.replica] << 16 | launch.batch
    if last.key != key {
      if launches[key] == nil {
        let rows =
          tables[tenantOf[launch.replica]].programs(upTo: launch.batch)
          .last { $0.batch == launch.batch }?.launches ?? []
        launches[key] = rows.map { TraceBytes.quoted($0.name) }
      }
      last = (key, launches[key] ?? [])
    }
    return launch.index < last.names.count
      ? last.names[launch.index] : TraceBytes.quoted("launch \(launch.index)")
  }
}

/// Threads of a part of the GPU: what overlaps in time is on different ones.
struct TimelineLanes {
  private var ends: [Int64] = []

  /// The lane of what ends last so far, and whether it has not been used before.
  mutating func take(from start: Int64, to end: Int64) -> (lane: Int, isNew: Bool) {
    if let lane = ends.firstIndex(where: { $0 <= start }) {
      ends[lane] = end
      return (lane, false)
    }
    ends.append(end)
    return (ends.count - 1, true)
  }
}
