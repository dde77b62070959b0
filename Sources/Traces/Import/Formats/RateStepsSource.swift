import Tables

/// Lines `offset_s value`: a value in a unit that only the user knows, held over a uniform step.
///
/// Requests are whole while rate times step is not: each step gets the growth of the rounded-down
/// running sum, so the total is right to one request however long the trace is. The values are
/// added up before they are scaled, and what the additions round off is kept, so that a sum which
/// is whole in decimals is not lost to binary fractions.
final class RateStepsSource: TraceRowSource {
  private var lines: LineReader
  private let log: TraceLog
  private let options: TraceOptions
  private let scale: Double
  private let expands: Bool
  private var step: Int64 = 0
  private var pending: (startNS: Int64, value: Double, line: Int)?
  /// The offset of the last line that kept the step, or from which reading went on after a hole.
  private var latestNS: Int64 = 0
  /// The values so far, and what rounding took from their sum (Neumaier's summation).
  private var sum = 0.0
  private var lost = 0.0
  private var given: Int64 = 0
  private var stepNumber: Int64 = 0
  private var placer: BinPlacer?
  private var isDone = false
  private var sums = BinTotals()

  init(_ reading: TraceReading) throws(InputError) {
    lines = LineReader(reading.stream)
    log = reading.log
    options = reading.options
    expands = reading.expands
    guard let scale = options.rateScale else {
      throw log.fatal(
        .unit, "the unit of the values is not in the file",
        hint: "say how many requests a second one unit stands for, e.g. --scale 0.000001")
    }
    guard scale > 0, scale.isFinite else {
      throw log.fatal(.unit, "the scale must be a positive number, found \(scale)")
    }
    self.scale = scale
  }

  var totals: BinTotals? { sums }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while true {
      if let time = placer?.next() {
        row = TraceRow(arrivalNS: time, sourceRow: stepNumber)
        return true
      }
      if isDone { return false }
      let current = try nextLine()
      if let pending {
        guard step > 0 else {
          throw log.fatal(
            .timeParse, line: pending.line, "the step is unknown: the file has a single line")
        }
        try place(pending)
      }
      pending = current
      if current == nil { isDone = true }
    }
  }

  private func place(_ bin: (startNS: Int64, value: Double, line: Int)) throws(InputError) {
    stepNumber += 1
    let before = (sum, lost)
    add(bin.value)
    let running = expected
    let grown = running.rounded(.down) - Double(given)
    guard grown <= Double(options.maximumCount), running < 0x1p52 else {
      (sum, lost) = before
      let (fault, expected, hint) = ScanStatus.tooLarge.countFault(maximum: options.maximumCount)
      return try log.leaveOut(
        fault, line: bin.line, "expected \(expected), found \(grown) requests in a step",
        hint: hint)
    }
    let count = Int64(grown)
    given += count
    sums.fraction = max(0, running - running.rounded(.down))
    let (end, overflows) = bin.startNS.addingReportingOverflow(step)
    if overflows { throw log.fatal(.timeParse, line: bin.line, "at most 292 years fit") }
    sums.binNS = step
    sums.add(startNS: bin.startNS, endNS: end, count: count, gapNS: options.gapNS)
    if expands, count > 0 {
      placer = BinPlacer(
        startNS: bin.startNS, widthNS: step, count: count, placement: options.placement,
        seed: BinPlacer.seed(options.seed, series: 0, bin: stepNumber))
    }
  }

  private func add(_ value: Double) {
    let total = sum + value
    lost += sum >= value ? (sum - total) + value : (value - total) + sum
    sum = total
  }

  /// The requests expected up to here. Scale, step and products are each right to half a unit in
  /// the last place: a sum that falls short of a whole number by less than that is that number.
  private var expected: Double {
    (sum + lost) * scale * (Double(step) / 1e9) * (1 + 8 * Double.ulpOfOne)
  }

  /// The next usable line; nil at the end.
  private func nextLine() throws(InputError) -> (startNS: Int64, value: Double, line: Int)? {
    while try lines.next() {
      let words = lines.line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 })
      if words.isEmpty { continue }
      log.countRecord()
      let number = lines.lineNumber
      guard words.count == 2 else {
        if !lines.isTerminated, words.count == 1 {
          try log.leaveOut(.truncated, line: number, "the last line is cut off")
        } else {
          try log.leaveOut(
            .rowWidth, line: number, column: 1,
            "expected 'offset_s value', found "
              + Excerpt.of(lines.line))
        }
        continue
      }
      let time = UnsafeBufferPointer(rebasing: words[0])
      var start: Int64 = 0
      let status = NumberScan.decimal(time, shift: 9, &start)
      guard status == .ok else {
        try log.leaveOut(
          status.fault(isTime: true).0, line: number, column: words[0].startIndex + 1,
          "expected an offset in seconds, found \(Excerpt.of(time))")
        continue
      }
      guard try isUniform(start, number) else { continue }
      latestNS = start
      guard let value = try value(words[1], number) else { continue }
      return (start, value, number)
    }
    return nil
  }

  private func isUniform(_ start: Int64, _ line: Int) throws(InputError) -> Bool {
    guard pending != nil else { return true }
    let found = start - latestNS
    if step == 0, found > 0 { step = found }
    if step > 0, found == step { return true }
    let expected = step == 0 ? "a later offset" : "a step of \(SecondsText.of(step)) s"
    try log.leaveOut(
      .timeParse, line: line, column: 1,
      "expected \(expected), found one of \(SecondsText.of(found)) s",
      hint: "values are held over one uniform step")
    // Lenient reading goes on from here, so that one hole does not leave out all that follows.
    if step > 0, found > step { latestNS = start }
    return false
  }

  private func value(
    _ word: Slice<UnsafeBufferPointer<UInt8>>, _ line: Int
  ) throws(InputError) -> Double? {
    let bytes = UnsafeBufferPointer(rebasing: word)
    var ignored: Int64 = 0
    let status = NumberScan.decimal(bytes, shift: 0, &ignored)
    // The scan accepts exactly plain decimals, so what Double reads is what was checked.
    if status == .ok, let value = Double(String(decoding: bytes, as: UTF8.self)) { return value }
    try log.leaveOut(
      status.countFault(maximum: 0).0, line: line, column: word.startIndex + 1,
      "expected a non-negative value, found \(Excerpt.of(bytes))")
    return nil
  }
}
