import Tables

/// Rows of counts, packed: a count below 128 takes a byte, a run of zeros two or three.
struct PackedCounts {
  private(set) var bytes: [UInt8] = []
  private(set) var starts: [Int] = []
  private(set) var sourceRows: [Int64] = []
  private(set) var functions: [Int32] = []

  /// Adds a row of counts.
  mutating func append(_ counts: [Int64], sourceRow: Int64, function: Int32) {
    functions.append(function)
    starts.append(bytes.count)
    sourceRows.append(sourceRow)
    var zeros: Int64 = 0
    for count in counts {
      if count == 0 {
        zeros += 1
        continue
      }
      putZeros(&zeros)
      put(UInt64(count))
    }
    putZeros(&zeros)
  }

  private mutating func putZeros(_ zeros: inout Int64) {
    guard zeros > 0 else { return }
    bytes.append(0)
    put(UInt64(zeros))
    zeros = 0
  }

  private mutating func put(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Reads one number at `index` and moves it on.
  func number(at index: inout Int) -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = bytes[index]
      index += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return Int64(bitPattern: value) }
      shift += 7
    }
  }
}

/// Goes through the minutes of a day and merges the functions' requests of each by time.
struct MinuteMerge {
  /// The minutes of a day.
  static let minutes = 1440
  /// A minute in nanoseconds.
  static let minuteNS: Int64 = 60_000_000_000

  private struct Stream {
    var timeNS: Int64
    /// The place in the day's table.
    var function: Int
    var placer: BinPlacer
  }

  private let table: PackedCounts
  private let firstMinute: Int64
  private let series: [UInt64]
  private let options: TraceOptions
  private var cursors: [Int]
  private var zeros: [Int64]
  private var minute = 0
  private var heap: [Stream] = []

  init(table: PackedCounts, day: Int, names: NameTable, options: TraceOptions) {
    self.table = table
    firstMinute = Int64(day) * Int64(Self.minutes)
    self.options = options
    series = table.functions.map { names.seedHash(Int($0)) }
    cursors = table.starts
    zeros = [Int64](repeating: 0, count: table.starts.count)
  }

  /// Fills in the next request; false after the last minute.
  mutating func next(_ row: inout TraceRow) -> Bool {
    while heap.isEmpty {
      guard minute < Self.minutes else { return false }
      startMinute()
      minute += 1
    }
    let function = heap[0].function
    row = TraceRow(
      arrivalNS: heap[0].timeNS, sourceRow: table.sourceRows[function],
      tenant: table.functions[function])
    if let time = heap[0].placer.next() {
      heap[0].timeNS = time
    } else {
      let last = heap.removeLast()
      if !heap.isEmpty { heap[0] = last }
    }
    siftDown(0)
    return true
  }

  private mutating func startMinute() {
    let bin = firstMinute + Int64(minute)
    let startNS = bin * Self.minuteNS
    for function in cursors.indices {
      let count = nextCount(function)
      guard count > 0 else { continue }
      var placer = BinPlacer(
        startNS: startNS, widthNS: Self.minuteNS, count: count,
        placement: options.placement,
        seed: BinPlacer.seed(options.seed, series: series[function], bin: bin))
      if let time = placer.next() {
        heap.append(Stream(timeNS: time, function: function, placer: placer))
      }
    }
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
  }

  private mutating func nextCount(_ function: Int) -> Int64 {
    if zeros[function] == 0 {
      let count = table.number(at: &cursors[function])
      if count > 0 { return count }
      zeros[function] = table.number(at: &cursors[function])
    }
    zeros[function] -= 1
    return 0
  }

  private mutating func siftDown(_ start: Int) {
    var parent = start
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { return }
      if child + 1 < heap.count, precedes(child + 1, child) { child += 1 }
      guard precedes(child, parent) else { return }
      heap.swapAt(child, parent)
      parent = child
    }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    heap[a].timeNS != heap[b].timeNS
      ? heap[a].timeNS < heap[b].timeNS : heap[a].function < heap[b].function
  }
}
