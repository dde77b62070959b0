import Tables

/// Requests of a nested document, held in memory until all are known: such files hold what one
/// program noted down, not months of a service.
struct EventList {
  private var rows: [TraceRow] = []
  private var position = 0
  private(set) var isSorted = true

  /// How many there are.
  var count: Int { rows.count }

  mutating func append(_ row: TraceRow) {
    if let last = rows.last, row.arrivalNS < last.arrivalNS { isSorted = false }
    rows.append(row)
  }

  /// Puts them in order of time; equal times in the order of the file.
  mutating func sort() {
    rows.sort {
      $0.arrivalNS != $1.arrivalNS ? $0.arrivalNS < $1.arrivalNS : $0.sourceRow < $1.sourceRow
    }
  }

  /// Hands out the next; false after the last.
  mutating func next(_ row: inout TraceRow) -> Bool {
    guard position < rows.count else { return false }
    row = rows[position]
    position += 1
    return true
  }
}

extension JSONStream {
  /// Goes through what a file holds: an object, several one after the other, or a list of them.
  func forEachObject(_ body: () throws(InputError) -> Void) throws(InputError) {
    while true {
      let first = try peekByte()
      if first == 0 { return }
      guard first == UInt8(ascii: "[") else {
        try body()
        continue
      }
      try enterArray()
      while try nextElement() { try body() }
    }
  }
}
