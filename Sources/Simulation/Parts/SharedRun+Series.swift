// What is done over time, read off the devices between two instants without moving them.
extension SharedRun {
  /// The measured time begins, or a window of it has ended.
  mutating func noteWindow(at time: Int64) {
    guard let series else { return }
    let (integrals, smNS) = clock.devices.done(at: time)
    series.note(
      RunSeries.Mark(timeNS: time, integrals: integrals, flop: flow.totals.flop, smNS: smNS))
  }

  /// Nothing more happens before the run's end.
  mutating func noteWindows(before end: Int64) {
    while let time = series?.due(before: end) { noteWindow(at: time) }
  }

  /// The run is over, with these totals; timers may have moved idle devices beyond its end.
  mutating func finishWindows(at end: Int64, _ totals: RunTotals) {
    guard let series else { return }
    var mark = RunSeries.Mark(totals, at: end)
    mark.smNS = clock.devices.done(at: max(end, clock.devices.now)).smNS
    series.finish(mark)
  }
}
