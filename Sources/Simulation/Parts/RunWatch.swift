/// What is kept of a run beside its result.
struct RunWatch {
  var book: ReasonBook?
  let series: RunSeries?
}
