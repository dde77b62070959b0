import Simulation
import Tables

extension ExperimentReader {
  /// Deals the arrivals of traces that tenants split, in turn: the first to the first of them.
  mutating func dealTraces(_ tenants: inout [TenantSpec], _ texts: inout [String]) {
    var isDealt = [Bool](repeating: false, count: tenants.count)
    for t in tenants.indices where !isDealt[t] {
      guard let own = uses[t], own.isSplit, case .trace(let times) = tenants[t].arrivals else {
        continue
      }
      let group = (t..<tenants.count).filter { other in
        uses[other].map { $0.isSplit && $0.isEqual(to: own) } ?? false
      }
      if group.count == 1 {
        faults.append(
          at(
            own.node,
            "'split' deals a trace to the tenants that split it: '\(tenants[t].name)' is alone "
              + "with '\(own.name)'",
            hint: "give the other tenants the same trace, 'rate_scale', 'start_s' and 'split'"))
      }
      for (i, member) in group.enumerated() {
        isDealt[member] = true
        let dealt = stride(from: i, to: times.count, by: group.count).map { times[$0] }
        tenants[member].arrivals = .trace(dealt)
        tenants[member].tokens?.recorded?.keep(from: i, by: group.count)
        uses[member]?.after += ", dealt in turn to \(group.count) tenants"
        texts[member] = uses[member]?.text(dealt, before: durationNS) ?? ""
      }
    }
  }
}
