import Tables

/// ServeGen's parameters: for each window of 600 s a rate, a variation, and a family with shape and
/// scale; no header.
///
/// Published at https://github.com/alibaba/ServeGen under Apache-2.0. As its generator does, gaps
/// are drawn from the family's shape and rescaled to the rate: a window gets `rate` × 600 s
/// requests, rounded to the nearest, and hands what rounding took or gave to the next window that
/// is not idle. The variation and scale are checked but do not enter.
final class ServeGenSource: TraceRowSource {
  static let windowNS: Int64 = 600_000_000_000
  private static let families = ["Gamma", "Weibull"]

  private struct Window {
    var startNS: Int64 = 0
    var count: Int64 = 0
    var law = GapLaw.exponential
  }

  private let rows: CSVRows
  private let log: TraceLog
  private let options: TraceOptions
  private let expands: Bool
  private var rowNumber: Int64 = 0
  private var expectedNS: Int64?
  private var placer: BinPlacer?
  private var sums = BinTotals()
  /// What the windows' expected requests exceed the placed ones by, from -0.5 to below 0.5.
  private var carried = 0.0
  /// Requests drawn to look for ties when a file is checked: as long as that takes a second or so.
  private static let mostLookedAt: Int64 = 4_000_000

  init(_ reading: TraceReading) {
    rows = CSVRows(reading.stream, quoting: .line)
    log = reading.log
    options = reading.options
    expands = reading.expands
    sums.binNS = Self.windowNS
  }

  var totals: BinTotals? { sums }

  func next(_ row: inout TraceRow) throws(InputError) -> Bool {
    while true {
      if let time = placer?.next() {
        row = TraceRow(arrivalNS: time, sourceRow: rowNumber)
        return true
      }
      guard try rows.next() else {
        sums.closeRun(at: sums.endNS, gapNS: options.gapNS)
        return false
      }
      if rows.isBlank { continue }
      log.countRecord()
      rowNumber += 1
      var window = Window()
      guard try read(&window) else { continue }
      if sums.endNS == 0 { sums.emptySince = window.startNS }
      sums.add(
        startNS: window.startNS, endNS: window.startNS + Self.windowNS, count: window.count,
        gapNS: options.gapNS)
      guard window.count > 0 else { continue }
      if expands { placer = makePlacer(window) } else { lookForTies(window) }
    }
  }

  private func makePlacer(_ window: Window) -> BinPlacer {
    BinPlacer(
      startNS: window.startNS, widthNS: Self.windowNS, count: window.count,
      placement: options.placement,
      seed: BinPlacer.seed(
        options.seed, series: 0, bin: window.startNS / Self.windowNS), law: window.law)
  }

  /// Small shapes draw gaps below a nanosecond: the reader of the file should know before its rows
  /// are used.
  private func lookForTies(_ window: Window) {
    guard window.count <= Self.mostLookedAt - sums.tiesLookedAt else { return }
    var drawn = makePlacer(window)
    var before: Int64?
    while let time = drawn.next() {
      if time == before { sums.ties += 1 }
      before = time
    }
    sums.tiesLookedAt += window.count
  }

  private func leaveOut(
    _ fault: TraceFault, _ field: Int, _ expected: String, hint: String? = nil
  ) throws(InputError) -> Bool {
    try log.leaveOut(
      fault, line: rows.lineNumber, column: rows.column(field),
      "expected \(expected), found \(Excerpt.of(rows[field]))", hint: hint)
    return false
  }

  private func read(_ window: inout Window) throws(InputError) -> Bool {
    guard rows.count == 6 else {
      try log.leaveOutShape(rows, width: 6)
      return false
    }
    let status = NumberScan.decimal(rows[0], shift: 9, &window.startNS)
    guard status == .ok, window.startNS <= Int64.max - 2 * Self.windowNS else {
      return try leaveOut(
        status.fault(isTime: true).0, 0, "a start in seconds (the format has no header)")
    }
    let expected = expectedNS ?? window.startNS
    // Lenient reading goes on from here, so that one hole does not leave out all that follows.
    if window.startNS >= expected { expectedNS = window.startNS + Self.windowNS }
    guard window.startNS == expected else {
      return try leaveOut(.timeParse, 0, "a window that starts at \(SecondsText.of(expected)) s")
    }
    var rate = 0.0
    var ignored = 0.0
    guard try number(1, "a rate", &rate), try number(2, "a coefficient of variation", &ignored)
    else { return false }
    return try readFamily(rate, &window)
  }

  private func readFamily(_ rate: Double, _ window: inout Window) throws(InputError) -> Bool {
    var shape = 0.0
    var scale = 0.0
    guard try number(4, "a shape", &shape), try number(5, "a scale", &scale) else { return false }
    let expected = rate * Double(Self.windowNS) / 1e9 + (rate > 0 ? carried : 0)
    let count = (expected + 0.5).rounded(.down)
    guard count <= Double(options.maximumCount) else {
      let (fault, expected, hint) = ScanStatus.tooLarge.countFault(maximum: options.maximumCount)
      return try leaveOut(fault, 1, expected, hint: hint)
    }
    window.count = Int64(count)
    let family = String(decoding: rows[3].prefix(40), as: UTF8.self)
    switch family {
    case "Gamma": window.law = .gamma(shape: shape)
    case "Weibull": window.law = .weibull(shape: shape)
    case "":
      if rate > 0 { return try leaveOut(.category, 3, "a family, as the rate is not 0") }
      return true
    default:
      return try leaveOut(
        .category, 3, "Gamma or Weibull", hint: NearestName.hint(for: family, in: Self.families))
    }
    // Outside these bounds the gaps of a window no longer fit a Double.
    guard rate == 0 || (0.01...1000).contains(shape) else {
      return try leaveOut(.parameter, 4, "a shape between 0.01 and 1000")
    }
    if rate > 0 {
      carried = expected - count
      sums.fraction = carried
    }
    return true
  }

  private func number(
    _ field: Int, _ name: String, _ value: inout Double
  ) throws(InputError) -> Bool {
    var ignored: Int64 = 0
    let status = NumberScan.decimal(rows[field], shift: 0, &ignored)
    if status == .ok || status == .tooLarge,
      let number = Double(String(decoding: rows[field], as: UTF8.self)), number.isFinite
    {
      value = number
      return true
    }
    let fault: TraceFault
    switch status {
    case .negative: fault = .countNegative
    case .notFinite: fault = .notFinite
    default: fault = .parameter
    }
    return try leaveOut(fault, field, "\(name), a non-negative number")
  }
}
