import Tables

/// What a reader of records is given: the bytes at their start, and how to read them.
struct TraceReading {
  let input: TraceInput
  let stream: ByteStream
  let options: TraceOptions
  let log: TraceLog
  /// Whether counts are made into requests.
  let expands: Bool
  /// Which tenants' rows are wanted, by number; all where it is nil.
  let wanted: [Bool]?
  /// Whether requests that follow an answer are handed out too, with their delay and no time.
  var keepsFollowers = false
  /// Whether the names of prompts' blocks are kept: see `ObjectSource.blockNames`.
  var keepsBlocks = false
  /// Whether the content begins as JSON does.
  var isJSON = false
}

/// Reads one format's records in the order of the file; faulty ones go to the log, not to the rows.
protocol TraceRowSource: AnyObject {
  /// Fills in the next row, its time on the source's own clock; false at the end.
  func next(_ row: inout TraceRow) throws(InputError) -> Bool
  /// Puts the next rows into `batch` in place of what it holds; none at the end.
  func fill(_ batch: inout [TraceRow]) throws(InputError)
  /// The tenants' names met so far, by number.
  var tenantNames: [String] { get }
  /// What counted formats know of the whole without placing a single request; nil for others.
  var totals: BinTotals? { get }
  /// For counted formats, the requests of each of `tenantNames`; empty for others.
  var tenantTotals: [Int64] { get }
  /// Whether requests follow answers by delays that are known: they can be sent when those come.
  var hasDelays: Bool { get }
  /// The `# key: value` lines met before the header.
  var provenance: [TraceProvenance] { get }
}

/// How many rows are handed over at once: enough to forget the cost of the call, few enough to
/// stay in the nearest cache.
let traceBatchSize = 128

extension TraceRowSource {
  func fill(_ batch: inout [TraceRow]) throws(InputError) {
    batch.removeAll(keepingCapacity: true)
    var row = TraceRow()
    while batch.count < traceBatchSize, try next(&row) { batch.append(row) }
  }

  var tenantNames: [String] { [] }
  var totals: BinTotals? { nil }
  var tenantTotals: [Int64] { [] }
  var hasDelays: Bool { false }
  var provenance: [TraceProvenance] { [] }
}

/// The sums of a counted format.
struct BinTotals {
  /// Requests in all bins.
  var requests: Int64 = 0
  /// The first bin that holds a request starts here, in nanoseconds.
  var firstNS: Int64 = 0
  /// The end of the last bin.
  var endNS: Int64 = 0
  /// The width of a bin.
  var binNS: Int64 = 0
  /// What the bins' expected requests exceed the placed ones by in the end: less than one.
  var fraction = 0.0
  /// Requests at the same nanosecond as the one before, where the source looks for them, and how
  /// many requests it looked at.
  var ties: Int64 = 0
  var tiesLookedAt: Int64 = 0
  /// Records with at least the gap limit of empty time, and the longest run.
  var gaps = GapTally()
  /// Where the latest run of empty bins began.
  var emptySince: Int64 = 0

  /// Adds a bin.
  mutating func add(startNS: Int64, endNS: Int64, count: Int64, gapNS: Int64) {
    self.endNS = endNS
    guard count > 0 else { return }
    if requests == 0 { firstNS = startNS }
    // Bins times the largest count stay far below Int64.max for any file that can be read.
    requests &+= count
    closeRun(at: startNS, gapNS: gapNS)
    emptySince = endNS
  }

  /// Notes the run of empty bins that ends here.
  mutating func closeRun(at time: Int64, gapNS: Int64) {
    guard time > emptySince else { return }
    gaps.add(startNS: emptySince, lengthNS: time - emptySince, limit: gapNS)
  }
}

/// Notes silences: how many reach the limit, the first few, and the longest.
struct GapTally {
  private static let shown = 4

  private(set) var count: Int64 = 0
  private(set) var longestNS: Int64 = 0
  private(set) var longestStartNS: Int64 = 0
  private(set) var first: [(startNS: Int64, lengthNS: Int64)] = []

  @inline(__always)
  mutating func add(startNS: Int64, lengthNS: Int64, limit: Int64) {
    if lengthNS > longestNS {
      longestNS = lengthNS
      longestStartNS = startNS
    }
    if lengthNS >= limit { note(startNS, lengthNS) }
  }

  private mutating func note(_ startNS: Int64, _ lengthNS: Int64) {
    count += 1
    if first.count < Self.shown { first.append((startNS, lengthNS)) }
  }

  /// `1 739 s from 84 661 s, …`, with times as offsets from `origin`.
  func sentence(origin: Int64) -> String {
    let listed = first.map {
      "\(SecondsText.of($0.lengthNS)) s from \(SecondsText.of($0.startNS - origin)) s"
    }.joined(separator: ", ")
    return listed + (count > Int64(first.count) ? ", and \(count - Int64(first.count)) more" : "")
  }
}

/// Writes nanoseconds as seconds, exactly, without trailing zeros.
enum SecondsText {
  static func of(_ nanoseconds: Int64) -> String {
    let size = nanoseconds.magnitude
    var fraction = String(size % 1_000_000_000)
    fraction = String(repeating: "0", count: 9 - fraction.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    let whole = (nanoseconds < 0 ? "-" : "") + String(size / 1_000_000_000)
    return fraction.isEmpty ? whole : whole + "." + fraction
  }
}
