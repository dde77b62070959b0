import Device

// What is done over time, read off the devices between two instants without moving them.
extension SharedRun {
  /// The measured time begins, or a window of it has ended.
  mutating func noteWindow(at time: Int64) {
    guard let series else { return }
    let done = done(at: time)
    series.note(
      RunSeries.Mark(
        timeNS: time, integrals: done.integrals, flop: flow.totals.flop, smNS: done.smNS))
  }

  /// What the devices, or the workers of a persistent grid on all of their SMs, have done by an instant.
  private mutating func done(at time: Int64) -> (integrals: DeviceIntegrals, smNS: [Int64]) {
    guard let sums = residency?.integrals(at: time) else { return clock.devices.done(at: time) }
    return (sums, Array(repeating: Int64(sums.busyTime), count: experiment.gpu.smCount))
  }

  /// Nothing more happens before the run's end.
  mutating func noteWindows(before end: Int64) {
    while let time = series?.due(before: end) { noteWindow(at: time) }
  }

  /// The run is over, with these totals; timers may have moved idle devices beyond its end.
  mutating func finishWindows(at end: Int64, _ totals: RunTotals) {
    guard let series else { return }
    var mark = RunSeries.Mark(totals, at: end)
    mark.smNS = done(at: max(end, clock.devices.now)).smNS
    series.finish(mark)
  }
}

extension SharedRun {
  /// Has the devices look at the instants that they pass by themselves.
  mutating func watchLosses() {
    guard let book else { return }
    for device in 0..<clock.devices.count {
      clock.devices[device].pointee.look(always: book.tables + device)
    }
  }
}
