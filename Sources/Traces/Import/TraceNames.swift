/// The named reasons for which a record, or a whole file, cannot be used.
package enum TraceFault: String, CaseIterable, Sendable {
  /// Nothing in the file, or nothing left of it.
  case empty = "E_EMPTY"
  /// A column missing, repeated or unknown, or no known format at all.
  case header = "E_HEADER"
  /// A row with too many or too few fields.
  case rowWidth = "E_ROW_WIDTH"
  /// A time that cannot be read or does not fit.
  case timeParse = "E_TIME_PARSE"
  /// A time before the start of the trace.
  case timeNegative = "E_TIME_NEG"
  /// A number that is not finite.
  case notFinite = "E_NOT_FINITE"
  /// A count or parameter below 0.
  case countNegative = "E_COUNT_NEG"
  /// A count that is not a whole number.
  case countNotInteger = "E_COUNT_NONINT"
  /// A count above `TraceOptions.maximumCount`.
  case countTooLarge = "E_COUNT_LARGE"
  /// A token count below 0.
  case sizeNegative = "E_SIZE_NEG"
  /// A token count that is not a whole number.
  case sizeParse = "E_SIZE_PARSE"
  /// Numbers that may be counts, gaps or times.
  case ambiguous = "E_AMBIGUOUS"
  /// JSON that does not have the form of its format.
  case json = "E_JSON"
  /// A Git LFS pointer in place of the data.
  case lfsPointer = "E_LFS_POINTER"
  /// A web page in place of the data.
  case html = "E_HTML"
  /// Numbers that suggest, or a format that needs, another unit.
  case unit = "E_UNIT"
  /// A NUL byte, a compressed file, text in UTF-16, or bytes that are no UTF-8.
  case binary = "E_BINARY"
  /// A name or category outside what the format allows.
  case category = "E_CATEGORY"
  /// A parameter of a distribution outside what it allows.
  case parameter = "E_PARAMETER"
  /// A key given twice.
  case duplicateKey = "E_DUP_KEY"
  /// A time before the one above it, in a format that promises order.
  case timeOrder = "E_TIME_ORDER"
  /// An event later than the end that its file states, left out on request.
  case pastEnd = "E_PAST_END"
  /// A request without a time of its own, which follows an answer: left out where times are asked for.
  case followsAnswer = "E_FOLLOWS_ANSWER"
  /// A row of another run than the one that is read.
  case otherRun = "E_OTHER_RUN"
  /// A span of another kind than a request to a model.
  case otherSpan = "E_OTHER_SPAN"
  /// The last record was cut off in the middle.
  case truncated = "W_TRUNCATED_LAST_ROW"
}

/// The named things a user should know about a trace that was read.
package enum TraceWarning: String, CaseIterable, Sendable {
  /// Rows earlier than a row before them.
  case unsorted = "W_UNSORTED"
  /// Backward jumps beyond `TraceOptions.clockResetNS`.
  case clockReset = "W_CLOCK_RESET"
  /// Arrivals at the same nanosecond as the one before.
  case ties = "W_TIES"
  /// Rows that repeat another of the same time in full; they are kept.
  case duplicateRow = "W_DUP_ROW"
  /// Rows with zero tokens; they are kept.
  case zeroSize = "W_ZERO_SIZE"
  /// A clock so coarse that gaps mean little, or counts over bins.
  case quantised = "W_QUANTISED"
  /// Silences of at least `TraceOptions.gapNS`.
  case gap = "W_GAP"
  /// Gaps that repeat with a short period.
  case periodic = "W_PERIODIC"
  /// A last record that is, or may be, cut off.
  case truncatedLastRow = "W_TRUNCATED_LAST_ROW"
  /// Tasks or functions without recorded arrivals.
  case noArrivals = "W_NO_ARRIVALS"
  /// Rows whose size fields are empty.
  case missingSize = "W_MISSING_SIZE"
  /// Rows whose total is not the sum of its parts.
  case totalMismatch = "W_TOTAL"
  /// Rows whose `hash_ids` do not number `ceil(input_length / 512)`.
  case hashCount = "W_HASH_COUNT"
  /// Events later than the end that the file states; they are kept.
  case pastEnd = "W_PAST_END"
  /// Arrivals before time zero moved to zero on request.
  case clamped = "W_CLAMPED"
  /// Columns or keys that lenient reading does not use.
  case unknownColumn = "W_UNKNOWN_COLUMN"
  /// Requests that the source reports as failed; they are kept.
  case failedRequests = "W_FAILED"
  /// A rate or span that suggests a wrong unit; an error in strict reading.
  case unit = "W_UNIT"
  /// What a file is taken for where its bytes could be something else too.
  case assumed = "W_ASSUMED"
  /// Times counted from 1970, moved so that the first arrival is time 0.
  case epoch = "W_EPOCH"
  /// Requests that followed an earlier answer of their session.
  case sessions = "W_SESSIONS"
  /// A file of several runs, one of which is read.
  case otherRuns = "W_OTHER_RUNS"
  /// Records that were left out in lenient reading.
  case leftOut = "W_LEFT_OUT"
}
