import Simulation

// Figures of serving a language model.
extension MetricCollector {
  /// Fills in what a language model's tenant has beside others.
  mutating func serving(_ t: Int, _ totals: RunTotals, _ row: inout SummaryRow) {
    guard tenants[t].serving != nil else { return }
    func milliseconds(_ ns: Int64?) -> Double? { ns.map { Double($0) / 1e6 } }
    func fill(_ store: inout SampleStore, _ figures: [(SummaryFigure, Quantile)]) {
      for (figure, quantile) in figures { row[figure] = milliseconds(store.quantile(quantile)) }
    }
    if var store = tenants[t].serving?.firstTokens {
      tenants[t].serving?.firstTokens = SampleStore()
      row[.ttftMean] = store.mean.map { $0 / 1e6 }
      fill(&store, [(.ttftP50, .p50), (.ttftP90, .p90), (.ttftP99, .p99)])
      tenants[t].serving?.firstTokens = store
    }
    if var store = tenants[t].serving?.meanGaps {
      tenants[t].serving?.meanGaps = SampleStore()
      row[.tpotMean] = store.mean.map { $0 / 1e6 }
      fill(&store, [(.tpotP50, .p50), (.tpotP90, .p90), (.tpotP99, .p99)])
      tenants[t].serving?.meanGaps = store
    }
    if var store = tenants[t].serving?.gaps {
      tenants[t].serving?.gaps = SampleStore()
      fill(&store, [(.itlP50, .p50), (.itlP99, .p99)])
      tenants[t].serving?.gaps = store
    }
    if var store = tenants[t].serving?.slowdowns {
      tenants[t].serving?.slowdowns = SampleStore()
      row[.slowdownMean] = tenants[t].serving.flatMap {
        store.count > 0 ? $0.slowdownSum / Double(store.count) : nil
      }
      row[.slowdownP99] = store.quantile(.p99).map { Double(bitPattern: UInt64($0)) }
      tenants[t].serving?.slowdowns = store
    }
    let (served, span) = (totals.serving[t], Double(totals.spanNS))
    if span > 0 {
      row[.inputTokens] = Double(served.inputTokens) / span * 1e9
      row[.outputTokens] = Double(served.outputTokens) / span * 1e9
      if served.capacityTime > 0 {
        row[.kvUtilization] = Double(served.blockTime) / Double(served.capacityTime)
      }
    }
    row[.preemptions] = Double(served.preemptions)
    row[.iterations] = Double(served.iterations)
  }
}
