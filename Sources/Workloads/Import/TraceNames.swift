/// The named reasons for which a record, or a whole file, cannot be used.
public enum TraceFault: String, CaseIterable, Sendable {
  case empty = "E_EMPTY"
  case header = "E_HEADER"
  case rowWidth = "E_ROW_WIDTH"
  case timeParse = "E_TIME_PARSE"
  case timeNegative = "E_TIME_NEG"
  case notFinite = "E_NOT_FINITE"
  case countNegative = "E_COUNT_NEG"
  case countNotInteger = "E_COUNT_NONINT"
  /// A count above `TraceOptions.maximumCount`.
  case countTooLarge = "E_COUNT_LARGE"
  case sizeNegative = "E_SIZE_NEG"
  /// A token count that is not a whole number.
  case sizeParse = "E_SIZE_PARSE"
  case json = "E_JSON"
  case lfsPointer = "E_LFS_POINTER"
  case html = "E_HTML"
  case unit = "E_UNIT"
  /// A NUL byte, a compressed file, or text in UTF-16.
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
  /// The last record was cut off in the middle.
  case truncated = "W_TRUNCATED_LAST_ROW"
}

/// The named things a user should know about a trace that was read.
public enum TraceWarning: String, CaseIterable, Sendable {
  case unsorted = "W_UNSORTED"
  case clockReset = "W_CLOCK_RESET"
  case ties = "W_TIES"
  case duplicateRow = "W_DUP_ROW"
  case zeroSize = "W_ZERO_SIZE"
  case quantised = "W_QUANTISED"
  case gap = "W_GAP"
  case periodic = "W_PERIODIC"
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
  /// Records that were left out in lenient reading.
  case leftOut = "W_LEFT_OUT"
}
