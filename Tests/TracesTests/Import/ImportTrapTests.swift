import Tables
import Testing

@testable import Traces
@testable import Workloads

/// The traps that published traces hold, each with the sentence a user gets.
@Suite struct ImportTrapTests {
  private static let azureHeader = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
  private static let burstHeader =
    "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"

  private var lenient: TraceOptions {
    var options = TraceOptions()
    options.isStrict = false
    return options
  }

  @Test func `A wrong time in the own table is told as the manual shows it`() {
    #expect(
      ImportResult.faults("arrival_ns\n0\n-3\n").hasPrefix(
        "trace.txt:3:1: error: expected a non-negative integer in 'arrival_ns', found \"-3\""))
  }

  @Test func `Foreign files are named for what they are`() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"
    let cases = [
      ("", "E_EMPTY"), (" \r\n\n", "E_EMPTY"), (pointer, "E_LFS_POINTER"),
      ("\n<!DOCTYPE html>\n<html>", "E_HTML"), ("<HTML><body>", "E_HTML"),
      ("arrival_ns\n0\0\n", "E_BINARY"), ("\u{1F}\u{8B}\u{8}", "E_HEADER"),
      ("a,b,c\n1,2,3\n", "E_HEADER"), ("{\"a\": 1}", "E_HEADER"),
    ]
    for (text, name) in cases {
      #expect(ImportResult.faults(text).contains(name), "\(text)")
      #expect(
        text.isEmpty || name == "E_HEADER"
          || ImportResult.faults(text, format: .own).contains(name), "\(text)")
    }
    for (bytes, name) in [([0x1F, 0x8B, 8], "gzip"), ([0xFF, 0xFE, 65, 0], "UTF-16")] {
      let input = TraceInput.bytes(bytes.map { UInt8($0) }, name: "x")
      #expect { try TraceImport.open(input) } throws: { "\($0)".contains(name) }
    }
  }

  @Test func `Missing and unreadable files are told apart`() {
    #expect { try TraceImport.open(path: "/nowhere/at/all.csv") } throws: {
      ($0 as? InputError)?.kind == .missingFile
    }
    for path in ["/", "/dev/null"] {
      #expect { try TraceImport.open(path: path) } throws: {
        ($0 as? InputError)?.kind == .badData
      }
    }
  }

  @Test func `Header faults are collected and name the nearest column`() {
    let faults = ImportResult.faults("TIMESTAMP,ContextToken,GeneratedTokens,GeneratedTokens\n")
    #expect(faults.contains("trace.txt:1:11: error: unknown column 'ContextToken'"))
    #expect(faults.contains("did you mean 'ContextTokens'?"))
    #expect(faults.contains("trace.txt:1:40: error: column 'GeneratedTokens' is given twice"))
    #expect(faults.contains("missing column 'ContextTokens'"))
  }

  @Test func `An inserted column is a fault in strict reading and a warning in lenient`() throws {
    let text = "arrival_ns,colour,tenant\n5,red,a\n"
    #expect(ImportResult.faults(text).contains("unknown column 'colour'"))
    let result = try ImportResult(text, options: lenient)
    #expect(result.warnings == [.unknownColumn])
    #expect(result.trace.tenantNames == ["a"])
  }

  @Test func `Several faults are collected before stopping`() {
    let faults = ImportResult.faults(
      Self.azureHeader + "2023-11-16 18:17:03.9799600,1\r\n2023-13-16 18:17:03,1,1\r\n"
        + "2023-11-16 18:17:03,-1,1\r\n2023-11-16 18:17:03,1,x\r\n2023-11-16 18:17:03,1,1\r\n")
    #expect(faults.contains(":2:1: error: expected 3 fields, found 2"))
    #expect(faults.contains(":3:1: error: expected YYYY-MM-DD"))
    #expect(faults.contains(":4:21: error: expected a non-negative integer in 'ContextTokens'"))
    #expect(faults.contains(":5:23: error: expected a non-negative integer in 'GeneratedTokens'"))
    #expect(faults.contains("E_SIZE_NEG"))
  }

  @Test func `Lenient reading counts what it leaves out, by reason`() throws {
    let result = try ImportResult(
      Self.azureHeader + "2023-11-16 18:17:03,1\r\n2023-11-16 18:17:03,-1,1\r\n\r\n"
        + "2023-11-16 18:17:04,1,1\r\n2023-11-16 18:17:05,NaN,1\r\n2023-11-16 18:1",
      options: lenient)
    let summary = result.trace.summary
    #expect(summary.recordsRead == 6)
    #expect(summary.recordsUsed == 1)
    #expect(
      summary.leftOut == [
        TraceLeftOut(reason: .rowWidth, count: 2), TraceLeftOut(reason: .notFinite, count: 1),
        TraceLeftOut(reason: .sizeNegative, count: 1), TraceLeftOut(reason: .truncated, count: 1),
      ])
    #expect(result.warnings == [.truncatedLastRow, .leftOut])
    #expect(result.rows.map(\.sourceRow) == [4])
  }

  @Test func `A cut last row is left out and told, even in strict reading`() throws {
    let rows = "2023-11-16 18:17:03,1,1\r\n"
    let csv = try ImportResult(Self.azureHeader + rows + "2023-11-16 18:17:0")
    #expect(csv.rows.count == 1)
    #expect(csv.warnings == [.truncatedLastRow])
    let mooncake = try ImportResult(
      #"{"timestamp": 0, "input_length": 1, "output_length": 9}"# + "\n"
        + #"{"timestamp": 27, "input_le"#)
    #expect(mooncake.rows.count == 1)
    #expect(mooncake.warnings == [.truncatedLastRow])
    let counts = try ImportResult("4 0 12")
    #expect(counts.rows.count == 16)
    #expect(counts.trace.summary.warning(.truncatedLastRow)?.message.contains("12") == true)
    #expect(try ImportResult("4 0 12\n").trace.summary.warning(.truncatedLastRow) == nil)
  }

  @Test func `Rows out of order are sorted, and rows of one time keep the file's order`() throws {
    let text =
      Self.burstHeader + "9,a,1,1,2,API log\n3,b,2,1,3,API log\n9,c,3,1,4,API log\n"
      + "3,d,4,1,5,API log\n200,e,5,1,6,API log\n5,f,6,1,7,API log\n"
    let result = try ImportResult(text)
    #expect(result.rows.map(\.inputTokens) == [2, 4, 6, 1, 3, 5])
    #expect(result.times == [0, 0, 2, 6, 6, 197].map { $0 * 1_000_000_000 })
    #expect(result.trace.summary.warning(.unsorted)?.count == 3)
    #expect(result.trace.summary.warning(.clockReset)?.count == 1)
    #expect(result.trace.summary.ties == 2)
  }

  @Test func `The own table promises order`() throws {
    let text = "arrival_ns\n5\n3\n"
    #expect(ImportResult.faults(text).contains("'arrival_ns' decreases from 5 to 3"))
    #expect(try ImportResult(text, options: lenient).times == [3, 5])
  }

  @Test func `Whole seconds show as a tick with ties`() throws {
    let rows = (0..<200).map { "\($0 / 4),m,1,1,2,API log\n" }.joined()
    let result = try ImportResult(Self.burstHeader + rows)
    #expect(result.trace.summary.ties == 150)
    #expect(result.trace.summary.tickNS == 1_000_000_000)
    #expect(result.trace.summary.warning(.quantised)?.message.contains("1 s ticks") == true)
  }

  @Test func `A hole at the end of the day is told and not closed`() throws {
    let day = Array(repeating: "1", count: 300) + Array(repeating: "0", count: 100)
    let result = try ImportResult((day + day).joined(separator: " ") + "\n")
    let gap = try #require(result.trace.summary.warning(.gap))
    #expect(gap.count == 2)
    #expect(gap.message.contains("100 s from 300 s, 100 s from 700 s"))
    #expect(result.trace.summary.spanNS == 800_000_000_000)
    #expect(result.times.filter { $0 >= 400_000_000_000 }.count == 300)
  }

  @Test func `A wrong unit is refused`() {
    let seconds = #"{"timestamp": 1.5, "input_length": 1, "output_length": 9}"# + "\n"
    #expect(ImportResult.faults(seconds).contains("E_UNIT"))
    #expect(ImportResult.faults("arrival_ns\n0.25\n").contains("E_UNIT"))
    let whole = (0..<400).map {
      #"{"timestamp": \#($0 / 4), "input_length": 1, "output_length": 9}"# + "\n"
    }
    #expect(ImportResult.faults(whole.joined()).contains("are the times seconds?"))
    let epoch = "arrived_at,num_prefill_tokens,num_decode_tokens\n1700158623.9,3,4\n"
    var fromOrigin = TraceOptions()
    fromOrigin.startsAtFirstArrival = false
    #expect(ImportResult.faults(epoch, options: fromOrigin).contains("is the unit right?"))
    let fast = "arrival_ns\n" + (0..<2000).map { "\($0)\n" }.joined()
    #expect(ImportResult.faults(fast).contains("more than 1000000 requests a second"))
    var options = TraceOptions()
    options.acceptsAnyUnit = true
    #expect(ImportResult.faults(fast, options: options) == "no fault: 2000 requests")
    #expect(ImportResult.faults("0 4\n10 4\n").contains("E_UNIT"))
  }

  @Test func `Python literals are text, never evaluated`() {
    let cell = ImportSample.minuteFile(["__import__('os').getpid()"])
    #expect(ImportResult.faults(cell).contains("never evaluated"))
    #expect(ImportResult.faults("[0.1, {'a': 1}]").contains("E_TIME_PARSE"))
    #expect(ImportResult.faults("0,1,1,\"{'a': 0.5}\",1,1\n").contains("E_CATEGORY"))
    #expect(ImportResult.faults(#"{"0": {"pdf": "{1: 0.5}"}}"#).contains("no known trace"))
    #expect(ImportResult.faults("[0.1, None]").contains("E_TIME_PARSE"))
    #expect(ImportResult.faults("[0.1, NaN]").contains("E_NOT_FINITE"))
  }

  @Test func `Counts are whole, not negative, and within the limit`() {
    for (cell, name) in [
      ("1000000000000000000", "E_COUNT_LARGE"), ("99999999999999999999999", "E_COUNT_LARGE"),
      ("-1", "E_COUNT_NEG"), ("1.5", "E_COUNT_NONINT"), ("2e-1", "E_COUNT_NONINT"),
      ("", "E_COUNT_NONINT"), ("x", "E_COUNT_NONINT"), ("nan", "E_NOT_FINITE"),
    ] {
      let faults = ImportResult.faults(ImportSample.minuteFile(["0,\(cell),0"]))
      #expect(faults.contains(name), "\(cell): \(faults)")
      #expect(faults.contains("trace.txt:2:15: error: expected"), "\(cell): \(faults)")
      if !cell.isEmpty {
        #expect(ImportResult.faults("1 \(cell) 0").contains(name), "\(cell)")
      }
    }
    // A whole number is whole however it is written.
    #expect(ImportResult.faults("1 2.0 0") == "no fault: 3 requests")
    #expect(ImportResult.faults(ImportSample.minuteFile(["0,2.0,0"])) == "no fault: 2 requests")
  }

  @Test func `The minutes of a header are checked one by one`() {
    let whole = ImportSample.minuteFile
    let cases = [
      (",1440\n", "\n", "the column '1440' is missing"),
      (",77,78,", ",78,", "expected the column '77', found '78'"),
      (",77,78,", ",77,77,", "expected the column '78', found '77'"),
      (",1440\n", ",1440,1441\n", "unknown column '1441'"),
      ("HashApp", "HashAp", "expected the column 'HashApp', found 'HashAp'"),
    ]
    for (old, new, sentence) in cases {
      let text = whole.replacing(old, with: new, maxReplacements: 1)
      #expect(ImportResult.faults(text).contains(sentence), "\(sentence)")
    }
    let twice = whole + whole.split(separator: "\n")[1] + "\n"
    #expect(ImportResult.faults(twice).contains("given twice"))
    #expect(ImportResult.faults(whole.replacing("timer", with: "tmer")).contains("'timer'"))
  }

  @Test func `A number too long to keep is not read as its beginning`() throws {
    let long = String(repeating: "0", count: 5_000) + "7"
    #expect(ImportResult.faults("1 \(long) 1") == "no fault: 9 requests")
    #expect(try ImportResult("[0.5, \(long).5]").times == [500_000_000, 8_000_000_000])
    #expect(ImportResult.faults("1 \(long)x 1").contains("E_COUNT_NONINT"))
  }

  @Test func `Times as far apart as dates go are sorted`() throws {
    var options = TraceOptions()
    options.acceptsAnyUnit = true
    let result = try ImportResult(
      Self.azureHeader + "2150-12-31 23:59:59,1,1\n1900-01-01 00:00:00,2,2\n", options: options)
    #expect(result.rows.map(\.inputTokens) == [2, 1])
    #expect(result.times == [0, 7_920_806_399_000_000_000])
  }

  @Test func `A line without end is refused after a bounded length`() {
    let endless = TraceInput.generated(name: "endless") {
      var isFirst = true
      return { buffer in
        buffer.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "7"))
        if isFirst { buffer[0] = UInt8(ascii: "[") }
        isFirst = false
        return buffer.count
      }
    }
    // What must hold objects is refused at the first byte within the bracket.
    let documents: [TraceFormat] = [.disb, .weka, .spans]
    for format in TraceFormat.allCases
    where !documents.contains(format) && (format.makeSource != nil || format.comesInDays) {
      var options = TraceOptions()
      options.rateScale = 1
      options.unit = .seconds
      let numbers: [TraceFormat] = [.interArrival, .ratePerSecond, .gaps, .times, .perfAnalyzer]
      let hasLines = !numbers.contains(format)
      #expect { try TraceImport.open(endless, format: format, options: options) } throws: {
        "\($0)".contains("a \(hasLines ? "line" : "value") is longer than 16777216 bytes")
      }
    }
  }

  @Test func `A string without end is refused after a bounded length`() {
    let endless = TraceInput.generated(name: "endless") {
      var isFirst = true
      return { buffer in
        buffer.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "x"))
        if isFirst {
          let start = Array("{\"tasks\": [{\"id\": \"".utf8)
          for (index, byte) in start.enumerated() { buffer[index] = byte }
        }
        isFirst = false
        return buffer.count
      }
    }
    #expect { try TraceImport.open(endless, format: .disb) } throws: {
      "\($0)".contains("error: a value is longer than 16777216 bytes")
    }
  }

  /// The traps that have no test of their own above: the names by which people look for them.
  @Test func `A NUL byte behind the start of a file is a fault of its row`() throws {
    let long = (0..<10_000).map { "\($0 * 1_000_000)\n" }.joined()
    #expect(
      ImportResult.faults("arrival_ns\n" + long + "10000\0000\n").contains(
        "trace.txt:10002:1: error: expected a non-negative integer in 'arrival_ns'"))
  }

  @Test func `Nothing is lost to CR LF and a missing final line feed`() throws {
    let rows = "2023-11-16 18:17:03.9799600,374,44\r\n2023-11-16 18:17:04.0319600,396,109"
    let result = try ImportResult(Self.azureHeader + rows)
    #expect(result.times == [0, 52_000_000] && !result.warnings.contains(.truncatedLastRow))
    #expect(result.rows.map(\.outputTokens) == [44, 109])
  }

  @Test func `Seven fractional digits are kept to the last`() throws {
    let rows = "2023-11-16 18:17:03.9799601,1,1\r\n2023-11-16 18:17:03.9799603,1,1"
    #expect(try ImportResult(Self.azureHeader + rows).times == [0, 200])
  }

  @Test func `A byte order mark is no part of the first column's name`() throws {
    #expect(try ImportResult("\u{FEFF}arrival_ns\n5\n").times == [5])
  }

  @Test func `Objects over several lines are refused with the line`() {
    let pretty = "{\n  \"timestamp\": 0,\n  \"input_length\": 1,\n  \"output_length\": 9\n}\n"
    #expect(ImportResult.faults(pretty).contains("trace.txt:1:2: error: expected a name in quotes"))
    #expect(ImportResult.faults(pretty).contains("E_JSON"))
  }

  @Test func `A gap list knows its faults by place`() {
    for (text, sentence) in [
      ("[0.1,\n -0.5]", ":2:2: error: expected a non-negative gap in seconds, found \"-0.5\""),
      ("[0.1, [0.2]]", "E_TIME_PARSE"), ("[0.1 0.2]", "expected ',' or ']'"),
      ("[0.1, 0.2", "the file may be cut off"), ("[0.1,]", "E_JSON"),
      ("[0.5] x", "expected the end of the file"), ("[9e18, 9e18, 0.5]", "E_TIME_PARSE"),
    ] {
      #expect(ImportResult.faults(text).contains(sentence), "\(ImportResult.faults(text))")
    }
    #expect(ImportResult.faults("[]", format: .interArrival).contains("E_EMPTY"))
  }
}
