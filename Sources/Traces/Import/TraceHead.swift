import Tables

/// The start of a file, by whose content formats are told apart, never by its name.
struct TraceHead {
  /// How much of a file's start is looked at.
  static let size = 64 << 10

  let text: ArraySlice<UInt8>
  /// The first byte that is not blank; 0 where there is none.
  let first: UInt8
  /// The first line that holds data: blank ones and `#` lines are passed over.
  let line: ArraySlice<UInt8>

  init(_ head: [UInt8]) {
    text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head[3...] : head[...]
    first = text.first { !Self.isBlank($0) } ?? 0
    line =
      text.split(separator: 0x0A).first { line in
        line.contains { !Self.isBlank($0) } && line.first != UInt8(ascii: "#")
      } ?? []
  }

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// Whether JSON begins here.
  var isJSON: Bool { first == UInt8(ascii: "{") || first == UInt8(ascii: "[") }

  /// The names of the first record: the columns of a header, or the keys of the first object, as far
  /// as they are within the head; empty for numbers alone.
  var names: [String] {
    if isJSON { return keys.map(\.name) }
    if isNumber(line.first ?? 0) { return [] }
    let rows = CSVRows(ByteStream(name: "", bytes: Array(line)), quoting: .line)
    guard (try? rows.next()) == true else { return [] }
    return CSVHeader(rows, isFolded: false).names
  }

  /// The keys of the first object, and the numbers and words behind them.
  var keys: [(name: String, value: String)] {
    guard let json = try? JSONStream(ByteStream(name: "", bytes: Array(text))) else { return [] }
    var found: [(name: String, value: String)] = []
    do {
      if first == UInt8(ascii: "[") {
        try json.enterArray()
        guard try json.nextElement() else { return [] }
      }
      try json.enterObject()
      while try json.nextKey() {
        found.append((json.textString, ""))
        if try json.compoundText() == nil {
          try json.scalar()
          found[found.count - 1].value = json.textString
        }
      }
    } catch {
      // The head ends within the object: what was found before will do.
    }
    return found
  }

  private func isNumber(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }
}

/// Numbers without a name: what is to be seen of them before one knows what they are.
struct BareNumbers {
  /// How they stand in the file.
  enum Shape { case list, line, column, pairs, table }

  let shape: Shape
  /// The fields of the first line, where there are commas.
  private(set) var fields: [String] = []
  /// The first numbers; those that are none are left out.
  private(set) var values: [Double] = []
  private var whole = 0
  private var words = 0

  /// Whether (nearly) all are whole: a damaged one among counts is a fault of the counts.
  var areWhole: Bool { whole * 2 >= words }
  /// Whether they are whole, all of them.
  var areAllWhole: Bool { whole == words }

  /// Whether none is below the one before, and at least three are above it.
  var rise: Bool {
    let pairs = zip(values, values.dropFirst())
    return pairs.allSatisfy { $0.0 <= $0.1 } && pairs.count { $0.0 < $0.1 } >= 3
  }

  /// Whether they rise as times do: by more than ten a step.
  var isClimb: Bool { rise && (values.last ?? 0) >= 10 * Double(values.count) }

  /// The middle one; 0 where there are none.
  var median: Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }

  /// Looks at a file's start; nil where it holds something else.
  init?(_ head: TraceHead) {
    let isList = head.first == UInt8(ascii: "[")
    let text = isList ? head.text.drop(while: TraceHead.isBlank).dropFirst() : head.text
    let begin = text.drop(while: TraceHead.isBlank)
    // A number of more than an excerpt's digits is still one.
    let word = begin.prefix(64).prefix {
      !TraceHead.isBlank($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "]")
    }
    let startsNumber = Array(word).withUnsafeBufferPointer { ExactDecimal($0) != nil }
    guard startsNumber || isList && begin.first == UInt8(ascii: "]") else { return nil }
    let lines = text.split(separator: 0x0A).filter { $0.contains { !TraceHead.isBlank($0) } }
    if isList {
      shape = .list
    } else if let line = lines.first, line.contains(UInt8(ascii: ",")) {
      shape = .table
      fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    } else {
      let counts = lines.prefix(64).map { $0.split(whereSeparator: TraceHead.isBlank).count }
      shape =
        counts.count > 1 && counts.allSatisfy { $0 == 1 }
        ? .column : counts.count > 1 && counts[0] == 2 ? .pairs : .line
    }
    // The last word of a full head may be cut.
    let isCut = text.count >= TraceHead.size - 16
    let words = text.split { TraceHead.isBlank($0) || $0 == UInt8(ascii: ",") || $0 == 0x5D }
    for word in isCut ? words.dropLast() : words[...] { add(word) }
  }

  private mutating func add(_ word: ArraySlice<UInt8>) {
    words += 1
    Array(word).withUnsafeBufferPointer { bytes in
      guard let number = ExactDecimal(bytes) else { return }
      var ignored: Int64 = 0
      if [.ok, .tooLarge, .negative].contains(NumberScan.whole(bytes, &ignored)) { whole += 1 }
      values.append(number.double)
    }
  }
}
