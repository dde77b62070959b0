import Tables

/// Tells formats apart by what is in a file, never by its name, and names what is no trace at all.
enum FormatDetection {
  /// How much of a file's start is looked at.
  static let headSize = 64 << 10

  /// Refuses what cannot be a trace in any format: nothing, pages, pointers, binary data.
  static func refuseForeign(_ head: [UInt8], file: String) throws(InputError) {
    func refusal(_ fault: TraceFault, _ message: String, _ hint: String?) -> InputError {
      InputError(
        Diagnostic(
          file: file, line: fault == .empty ? 0 : 1, column: fault == .empty ? 0 : 1,
          message: message, hint: TraceLog.hint(fault.rawValue, hint)))
    }
    let text = head[start(head)...]
    guard text.contains(where: { !isBlank($0) }) else {
      throw refusal(.empty, "the file is empty", nil)
    }
    if text.starts(with: "version https://git-lfs.github.com/spec/v1".utf8) {
      throw refusal(
        .lfsPointer, "this is a Git LFS pointer, not the data",
        "fetch the data with 'git lfs pull', or download the raw file")
    }
    if isPage(text) {
      throw refusal(
        .html, "this is an HTML page, not the data",
        "download the raw file rather than the page that shows it")
    }
    let magic: [([UInt8], String)] = [
      ([0x1F, 0x8B], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"), ([0x50, 0x4B, 3, 4], "zip"),
      ([0x42, 0x5A, 0x68], "bzip2"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"),
      ([0x50, 0x41, 0x52, 0x31], "Parquet"),
    ]
    for (bytes, name) in magic where head.starts(with: bytes) {
      throw refusal(.binary, "this is \(name) data, not text", "unpack or convert it first")
    }
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
      throw refusal(.binary, "this is text in UTF-16", "convert it to UTF-8 first")
    }
    if let index = head.firstIndex(of: 0) {
      let before = head[..<index]
      let line = before.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
      let column = index - (before.lastIndex(of: 0x0A) ?? -1)
      throw InputError(
        Diagnostic(
          file: file, line: line, column: column, message: "found a NUL byte: this is not text",
          hint: TraceFault.binary.rawValue))
    }
  }

  /// The format of a file that starts with `head`, as far as it can be told.
  static func detect(_ head: [UInt8]) -> TraceFormat? {
    let text = head[start(head)...]
    guard let first = text.first(where: { !isBlank($0) }) else { return nil }
    if first == UInt8(ascii: "{") { return detectObject(text) }
    if first == UInt8(ascii: "[") { return detectArray(text) }
    let line = firstLine(text)
    if let format = detectHeader(line) { return format }
    return detectPlain(line, in: text)
  }

  private static func start(_ head: [UInt8]) -> Int {
    head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  private static func isPage(_ text: ArraySlice<UInt8>) -> Bool {
    let front = text.drop(while: isBlank).prefix(512)
    let word = String(decoding: front, as: UTF8.self).lowercased()
    return ["<!doctype", "<html", "<head", "<?xml", "<body"].contains { word.hasPrefix($0) }
  }

  /// The first line that holds data: blank ones and `#` lines are passed over.
  private static func firstLine(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = text
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
      let line = rest[rest.startIndex..<end]
      let isData = line.contains { !isBlank($0) } && line.first != UInt8(ascii: "#")
      if isData { return line.last == 0x0D ? line.dropLast() : line }
      rest = end < rest.endIndex ? rest[(end + 1)...] : []
    }
    return []
  }

  /// The format most of whose columns the header names; the formats' order settles equals.
  private static func detectHeader(_ line: ArraySlice<UInt8>) -> TraceFormat? {
    let names = line.withUnsafeBufferPointer { CSVHeader.names($0).map(\.text) }
    var best: (format: TraceFormat, share: Double)?
    for format in TraceFormat.allCases {
      let columns = format.columns
      guard !columns.required.isEmpty else { continue }
      let matched = columns.required.filter { names.contains($0) }.count
      let share = Double(matched) / Double(columns.required.count)
      if matched > 0, share > (best?.share ?? 0) { best = (format, share) }
    }
    if let best { return best.format }
    // A single mistyped word in an own table still deserves a message about that word.
    let isNearOwn = names.contains {
      $0.utf8.count <= 16 && NearestName.of($0, in: ["arrival_ns"]) != nil
    }
    return isNearOwn ? .own : nil
  }

  private static func detectObject(_ text: ArraySlice<UInt8>) -> TraceFormat? {
    // DISB's list of tasks is the only object that spans the file; all else is one in each line.
    let front = String(decoding: text.prefix(4096), as: UTF8.self)
    if front.contains("\"tasks\"") { return .disb }
    let keys = ["\"timestamp\"", "\"input_length\"", "\"output_length\"", "\"hash_ids\""]
    if keys.contains(where: { front.contains($0) }) { return .mooncake }
    return nil
  }

  private static func detectArray(_ text: ArraySlice<UInt8>) -> TraceFormat? {
    // Counts are whole and gaps in seconds hardly ever all are, so a point settles it.
    let numbers = text.drop(while: isBlank).dropFirst()
    let isNumeric: (UInt8) -> Bool = {
      isBlank($0) || ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: ",") || $0 == 0x5D
        || $0 == UInt8(ascii: "-")
    }
    return numbers.allSatisfy(isNumeric) ? .ratePerSecond : .interArrival
  }

  private static func detectPlain(
    _ line: ArraySlice<UInt8>, in text: ArraySlice<UInt8>
  ) -> TraceFormat? {
    let commas = line.reduce(0) { $0 + ($1 == UInt8(ascii: ",") ? 1 : 0) }
    let isNumberStart: (UInt8?) -> Bool = { byte in
      guard let byte else { return false }
      return (byte >= 0x30 && byte <= 0x39) || byte == UInt8(ascii: "-")
    }
    guard isNumberStart(line.first) else { return nil }
    if commas == 5 { return .serveGen }
    guard commas == 0 else { return nil }
    let words = line.split(whereSeparator: isBlank)
    let lineCount = text.split(separator: 0x0A).filter { $0.contains { !isBlank($0) } }.count
    return words.count == 2 && lineCount > 1 ? .rateSteps : .ratePerSecond
  }
}
