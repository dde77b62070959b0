import Scheduling

// Where an atom goes, and how large it is.
extension LithOSPolicy {
  /// SMs for a launch, and whether some are not its tenant's; nil where there are none now.
  func room(
    for replica: Int, _ launch: LaunchView, _ view: borrowing SchedulingView
  ) -> (sms: Range<Int>, isBorrowing: Bool)? {
    let tenant = view.replicas[replica].tenant
    let own = quotas.own[tenant]
    let tpc = quotas.smsPerTPC
    var want = view.smCount
    if slip > 1 {
      want = min(want, launch.rightSize(slip: slip, smsPerTPC: tpc, smCount: want) * tpc)
    }
    let isOpen = openSMs(for: tenant, view)
    if own.isEmpty {
      return TPCRuns.longest(isOpen, atMost: want).map { ($0, true) }
    }
    if own.contains(where: { taken($0, notBy: tenant, view) }) || want <= own.count {
      let count = min(want, own.count)
      let first = stride(from: own.lowerBound, through: own.upperBound - count, by: tpc).first {
        start in !(start..<start + count).contains { running($0) }
      }
      let start = first ?? own.lowerBound
      return (start..<start + count, false)
    }
    let reach = TPCRuns.extended(own, over: isOpen, upTo: want)
    return (reach, reach != own)
  }

  /// By SM: whether a tenant may borrow it.
  private func openSMs(for tenant: Int, _ view: borrowing SchedulingView) -> [Bool] {
    var isOpen = [Bool](repeating: true, count: view.smCount)
    for t in view.tenants.indices where t != tenant && view.idleSince(of: t) == nil {
      for sm in quotas.own[t] { isOpen[sm] = false }
    }
    for case .some(let sms) in running { for sm in sms { isOpen[sm] = false } }
    return isOpen
  }

  private func running(_ sm: Int) -> Bool { running.contains { $0?.contains(sm) == true } }

  /// Whether another tenant's atom is on an SM.
  private func taken(_ sm: Int, notBy tenant: Int, _ view: borrowing SchedulingView) -> Bool {
    for r in running.indices where view.replicas[r].tenant != tenant {
      if running[r]?.contains(sm) == true { return true }
    }
    return false
  }

  /// Blocks of an atom: an equal part of the launch, in whole rounds where it has one or more.
  func atom(of launch: LaunchView, onSMs sms: Int, _ stretch: Double, _ smCount: Int) -> Int {
    let all = launch.aloneNS(onSMs: sms, of: smCount) * stretch
    if all <= atomNS { return launch.blocks }
    let count = Int((all / atomNS).rounded(.up))
    let part = (launch.blocks + count - 1) / count
    let round = max(1, launch.blocksPerSM) * sms
    return part > round ? part / round * round : max(sms, part)
  }
}
