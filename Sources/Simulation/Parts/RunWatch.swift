/// What is kept of a run beside its result.
struct RunWatch {
  /// What had been done when the warm-up ended.
  var atWarmup: RunTotals?
  var book: ReasonBook?
  let series: RunSeries?
}
