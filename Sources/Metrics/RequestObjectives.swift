import Simulation

/// A tenant's objectives, and whether a request met all of them.
package struct RequestObjectives: Sendable {
  private let latencyNS: Int64?
  private let ttftNS: Int64?
  private let tpotNS: Int64?

  /// Those of a tenant.
  package init(_ tenant: TenantSpec) {
    latencyNS = tenant.sloNS
    (ttftNS, tpotNS) = (tenant.language?.ttftNS, tenant.language?.tpotNS)
  }

  /// Whether a request that was answered met all there are.
  package func areMet(by record: RequestRecord) -> Bool {
    if let latencyNS, record.completionNS - record.arrivalNS > latencyNS { return false }
    guard let tokens = record.tokens else { return true }
    if let ttftNS, tokens.firstNS - record.arrivalNS > ttftNS { return false }
    if let tpotNS, let gap = tokens.meanGapNS, gap > Double(tpotNS) { return false }
    return true
  }
}
