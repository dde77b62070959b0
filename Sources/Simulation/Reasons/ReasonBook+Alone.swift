// Requests that run undisturbed and are not followed launch by launch.
extension ReasonBook {
  /// A request has done its first `count` launches undisturbed, the first of which started at
  /// `start`: what has gone by up to an instant was they, its copy, and the host between.
  func ranAlone(_ r: Int, launches count: Int, start: Int64, pace: LaunchPace, until now: Int64) {
    let open = opens[r]
    let program = program(of: open)
    var (own, slice) = (Int64(0), Int64(0))
    for i in 0..<count {
      let duration = program.launches[i].durationNS
      let mine = min(duration, wholeNS(i, of: open))
      own += mine
      slice += duration - mine
    }
    opens[r].parts[.order] += open.copyStart - open.begun
    opens[r].parts[.own] += own + open.copied - open.copyStart
    opens[r].parts[.slice] += slice
    opens[r].parts[.host] += now - open.copied - own - slice
    opens[r].mark = now
    trace?.alone(
      r, device: open.device, base: open.begun, program, launches: count, start: start, pace: pace)
  }
}
