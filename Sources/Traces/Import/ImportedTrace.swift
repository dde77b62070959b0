import SimBasics
import Tables

/// Requests of which each but the first follows the answer to the one before.
package struct TraceSession: Equatable, Sendable {
  /// When the first arrives, in nanoseconds from the trace's start.
  package var startNS: Int64
  /// From each answer to the next request, in nanoseconds.
  package var delaysNS: [Int64] = []
  /// All its requests, in their order.
  package var requests: [Request] = []

  /// A request of a session: its lengths in tokens, -1 where they are not known, and its row.
  package struct Request: Equatable, Sendable {
    /// The prompt's length.
    package var inputTokens: Int64
    /// The answer's length.
    package var outputTokens: Int64
    /// `TraceRow.sourceRow`.
    package var sourceRow: Int64

    init(_ row: TraceRow) {
      (inputTokens, outputTokens) = (row.inputTokens, row.outputTokens)
      sourceRow = row.sourceRow
    }
  }
}

/// The blocks of a trace's prompts by name, by row of the source.
package struct TracePromptBlocks: Sendable {
  /// How many tokens a block has.
  package let tokens: Int64
  /// Where each row's names begin in `names`, by `TraceRow.sourceRow`, which counts from 1; a row
  /// beyond has none.
  private var starts: [Int] = [0]
  /// The names as numbers from 0, in the order in which they are met.
  private var names: [Int32] = []
  private var numbers: [Int64: Int32] = [:]

  init(tokens: Int64) { self.tokens = tokens }

  mutating func append(_ blocks: [Int64], row: Int64) {
    while Int64(starts.count) <= row { starts.append(names.count) }
    for block in blocks {
      let number = numbers[block] ?? Int32(numbers.count)
      numbers[block] = number
      names.append(number)
    }
    starts.append(names.count)
  }

  /// The names of the blocks of a row's prompt.
  package subscript(row: Int64) -> ArraySlice<Int32> {
    guard row >= 0, row + 1 < starts.count else { return [] }
    return names[starts[Int(row)]..<starts[Int(row) + 1]]
  }
}

/// A trace that passed its check: what is in it, and as many readings of its rows as wanted.
package struct ImportedTrace: Sendable {
  /// What the check found.
  package let summary: TraceSummary
  /// The names that `TraceRow.tenant` numbers, in the order of their first row.
  package let tenantNames: [String]
  /// The requests of each of `tenantNames`.
  package let tenantRequests: [Int64]
  /// Whether requests follow answers of their session by known delays: see `sessions()`.
  package internal(set) var hasDelays = false
  private let input: TraceInput
  private let options: TraceOptions

  init(
    summary: TraceSummary, tenantNames: [String], tenantRequests: [Int64], input: TraceInput,
    options: TraceOptions
  ) {
    self.summary = summary
    self.tenantNames = tenantNames
    self.tenantRequests = tenantRequests
    self.input = input
    self.options = options
  }

  /// How far reading moves arrivals at most, in nanoseconds.
  package var spreadNS: Int64 { options.dequantiseNS ?? 0 }

  /// Starts a reading from the first row, of some tenants' rows alone where these are given; the
  /// others cost little where they are counts.
  ///
  /// - Parameter tenants: for each of `tenantNames` whether its rows are wanted.
  package func makeReader(tenants: [Bool]? = nil) throws(InputError) -> TraceRowReader {
    let log = TraceLog(file: input.name, options: options, isQuiet: true)
    let source = try summary.format.read(
      input, options: options, log: log, expands: true, wanted: tenants)
    var whole = summary
    // Counts of tenants that are not wanted are not made into rows.
    if let tenants, summary.format == .azureFunctionsMinute {
      whole.requests = zip(tenants, tenantRequests).reduce(0) { $0 + ($1.0 ? $1.1 : 0) }
    }
    let spread = options.dequantiseNS.map {
      TickSpread(tick: $0, SeededGenerator(seed: options.seed, stream: "dequantise"))
    }
    return TraceRowReader(source: source, summary: whole, wanted: tenants, spread: spread)
  }

  /// The sessions of a trace in which requests follow answers, in the order in which they begin.
  ///
  /// Each request with a time of its own begins one; the others follow the latest of their session.
  /// - Complexity: O(file); memory 32 bytes a request.
  package func sessions() throws(InputError) -> [TraceSession] {
    let log = TraceLog(file: input.name, options: options, isQuiet: true)
    let source = try summary.format.read(
      input, options: options, log: log, expands: true, keepsFollowers: true)
    var found: [TraceSession] = []
    var latest: [Int32: Int] = [:]
    var row = TraceRow()
    while try source.next(&row) {
      if row.delayNS < 0 {
        latest[row.session] = found.count
        found.append(
          TraceSession(startNS: row.arrivalNS - summary.startNS, requests: [.init(row)]))
      } else if let index = latest[row.session] {
        found[index].delaysNS.append(row.delayNS)
        found[index].requests.append(.init(row))
      }
    }
    let order = found.indices.sorted {
      found[$0].startNS != found[$1].startNS ? found[$0].startNS < found[$1].startNS : $0 < $1
    }
    return order.map { found[$0] }
  }

  /// What the trace says of tokens that prompts have in common; nil where its format says nothing.
  ///
  /// - Complexity: O(file); memory 4 bytes a block.
  package func promptBlocks() throws(InputError) -> TracePromptBlocks? {
    var tokens: Int64?
    for column in summary.format.columns {
      if case .hashBlocks(let count) = column.meaning { tokens = count }
    }
    guard let tokens else { return nil }
    let log = TraceLog(file: input.name, options: options, isQuiet: true)
    let read = try summary.format.read(
      input, options: options, log: log, expands: true, keepsFollowers: true, keepsBlocks: true)
    guard let source = read as? ObjectSource else { return nil }
    var blocks = TracePromptBlocks(tokens: tokens)
    var row = TraceRow()
    while try source.next(&row) { blocks.append(source.blockNames ?? [], row: row.sourceRow) }
    return blocks
  }

  /// The tenants' numbers, the one with the most requests first; equals in the order of their first
  /// row.
  package var tenantsByRank: [Int] {
    tenantNames.indices.sorted {
      tenantRequests[$0] != tenantRequests[$1] ? tenantRequests[$0] > tenantRequests[$1] : $0 < $1
    }
  }

  /// Calls `body` with every row in order of time.
  ///
  /// - Throws: what `body` throws, and `InputError` when the file changed since it was opened.
  package func forEachRow(_ body: (TraceRow) throws(InputError) -> Void) throws(InputError) {
    let reader = try makeReader()
    var row = TraceRow()
    while try reader.next(&row) { try body(row) }
  }
}
