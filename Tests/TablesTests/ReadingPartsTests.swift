import Testing

@testable import Tables

@Suite struct ReadingPartsTests {
  private func whole(_ text: String) -> (ScanStatus, Int64) {
    var (text, value) = (text, Int64(-7))
    let status = text.withUTF8 { NumberScan.whole($0, &value) }
    return (status, value)
  }

  @Test func aCountIsOneHoweverItIsWritten() {
    for (text, value) in [
      ("480", 480), ("480.0", 480), ("4.8e2", 480), ("0", 0), ("-0", 0), ("007", 7),
      ("9223372036854775807", Int64.max), ("1000000000000000000000e-3", 1_000_000_000_000_000_000),
    ] as [(String, Int64)] {
      #expect(whole(text) == (.ok, value), "\(text)")
    }
    for (text, status) in [
      ("", .empty), ("x", .malformed), ("1 ", .malformed), ("-1", .negative), ("1.5", .fractional),
      ("9223372036854775808", .tooLarge), ("1e30", .tooLarge), ("nan", .notFinite),
      ("1e", .malformed), ("12345678901234567890.1", .tooLarge),
    ] as [(String, ScanStatus)] {
      #expect(whole(text).0 == status, "\(text)")
    }
  }

  @Test func decimalsAreExactToNineteenDigits() {
    #expect(ExactDecimal("1695823412345678.123")?.scaled(by: 3) == 1_695_823_412_345_678_123)
    #expect(ExactDecimal(" -1.5 ")?.scaled(by: 0) == -2)
    #expect(ExactDecimal("2.5")?.scaled(by: 0) == 3)
    #expect(ExactDecimal("1.4999999999999999999999")?.scaled(by: 0) == 1)
    #expect(ExactDecimal("1,234.5", group: UInt8(ascii: ","))?.scaled(by: 1) == 12345)
    #expect(
      ExactDecimal("1.234,5", point: UInt8(ascii: ","), group: UInt8(ascii: "."))?.double == 1234.5)
    #expect(ExactDecimal("1e-400")?.scaled(by: 0) == 0)
    #expect(ExactDecimal("0.1")?.double == 0.1)
    #expect(ExactDecimal("1e400")?.scaled(by: 0) == nil)
    for text in ["", " ", "1 2", "1e", "inf", "0x1", "--1", ",1"] {
      #expect(ExactDecimal(text) == nil, "\(text)")
    }
  }

  @Test func namesKeepTheirNumbers() {
    var names = NameTable()
    let texts = (0..<2000).map { "name \($0 % 700)" }
    for (i, text) in texts.enumerated() { #expect(Int(names.index(of: text)) == i % 700) }
    #expect(names.count == 700)
    #expect(names.names == Array(texts[..<700]))
    // The FNV-1a of "a", folded once.
    var one = NameTable()
    _ = one.index(of: "a")
    let fnv: UInt64 = 0xAF63_DC4C_8601_EC8C
    #expect(one.seedHash(0) == fnv ^ (fnv >> 32))
    let broken: [UInt8] = [0x61, 0xFF]
    broken.withUnsafeBufferPointer { bytes in
      #expect(one.number(of: bytes) == nil)
      #expect(one.index(of: bytes) == 1)
      #expect(one.number(of: bytes) == 1)
    }
  }

  @Test func whatIsNoDataIsNamed() {
    for (text, kind) in [
      ("", .empty), (" \n\t", .empty), ("version https://git-lfs.github.com/spec/v1\n", .pointer),
      ("\n<!DOCTYPE html>", .page), ("<HTML>", .page), ("<a/>", .page), ("PK\u{3}\u{4}", .packed),
      ("ab\nc\0", .binary),
    ] as [(String, ForeignContent.Kind)] {
      #expect(ForeignContent.of(Array(text.utf8))?.kind == kind, "\(text)")
    }
    #expect(ForeignContent.of(Array("a,b\n1,2\n".utf8)) == nil)
    let binary = ForeignContent.of(Array("ab\nc\0".utf8))
    #expect(
      binary?.diagnostic(file: "f").description
        == "f:2:2: error: found a NUL byte: this is not text")
  }

  @Test func theFormatWithMostOfItsNamesIsTheBest() {
    let signatures = [
      FormatSignature("x", required: ["a", "b", "c"]), FormatSignature("y", required: ["a", "d"]),
      FormatSignature("z", required: []),
    ]
    #expect(FormatSignature.best(of: signatures, for: ["a", "b"])?.signature.format == "x")
    #expect(FormatSignature.best(of: signatures, for: ["a", "d", "b"])?.signature.format == "y")
    #expect(FormatSignature.best(of: signatures, for: ["q"]) == nil)
    #expect(signatures[0].missing(in: ["b"]) == ["a", "c"])
  }

  @Test func aLogCountsEveryRecordAndStopsAtItsLimit() throws {
    func fault(_ line: Int) -> Diagnostic { Diagnostic(file: "f", line: line, message: "bad") }
    let strict = RecordLog(file: "f", reasons: 2, isStrict: true, limit: 3)
    try strict.fault(0, fault(1))
    try strict.fault(1, isFailure: false, fault(2))
    #expect(strict.hasFailed)
    #expect(strict.diagnostics.map(\.severity) == [.error, .warning])
    #expect(throws: InputError.self) { try strict.fault(0, fault(3)) }
    #expect(strict.fatal(fault(4)).diagnostics.map(\.line) == [1, 2, 3, 4])
    let lenient = RecordLog(file: "f", reasons: 2, isStrict: false, limit: 3)
    for line in 1...10 {
      lenient.countRecord()
      try lenient.fault(1, fault(line))
    }
    #expect(lenient.recordsRead == 10 && lenient.leftOut(1) == 10 && lenient.leftOut(0) == 0)
    #expect(lenient.diagnostics.map(\.line) == [1, 2, 3])
    #expect(!lenient.hasFailed && lenient.diagnostics.allSatisfy { $0.severity == .warning })
    let quiet = RecordLog(file: "f", reasons: 2, isStrict: true, limit: 0)
    try quiet.fault(0, fault(1))
    #expect(quiet.diagnostics.isEmpty && quiet.leftOut(0) == 1)
  }

  @Test func linesAreJoinedWhereTheyAreOne() throws {
    var lines = LineReader(ByteStream(name: "f", bytes: Array("a\r\nb\nc".utf8), chunk: 1))
    #expect(try lines.next())
    #expect(try lines.extend())
    #expect(lines.line.elementsEqual("a\r\nb".utf8))
    #expect(lines.lineNumber == 1 && lines.lastLineNumber == 2 && lines.isTerminated)
    #expect(try lines.next())
    #expect(lines.line.elementsEqual("c".utf8))
    #expect(lines.lineNumber == 3 && !lines.isTerminated)
    #expect(try !lines.extend())
    #expect(try !lines.next())
  }

  @Test func treesAreStrictAndStreamsTakeWhatRecordersWrite() throws {
    func tree(_ text: String) -> String {
      do {
        return try JSONReader.node(of: text, file: "f").found
      } catch { return "\(error)" }
    }
    #expect(tree(" [1, \"a\"]\n") == "a list of 2")
    for (text, sentence) in [
      ("{\"a\": NaN}", "f:1:7: error: expected a value, found 'N'"),
      ("[01]", "f:1:2: error: expected no leading zero in a number"),
      ("[1.]", "f:1:4: error: expected a digit, found ']'"),
      ("[tru]", "f:1:2: error: expected a value, found 't'"),
      ("{\"a\":1,\n\"a\":2}", "f:2:1: error: the key 'a' is given twice"),
      ("[1] 2", "f:1:5: error: expected the end of the file, found '2'"),
      (
        "[1,",
        "f:1:4: error: expected a value, found the end of the file\n"
          + "  hint: the file may be cut off"
      ),
      ("[\"a\u{1}\"]", "f:1:4: error: expected '\"' before the end of the line, found byte 0x1"),
      ("[\"\\ud800\"]", "f:1:9: error: expected a Unicode scalar"),
    ] as [(String, String)] {
      #expect(tree(text) == sentence)
    }
    let json = JSONStream(linesOf: "f")
    var line = "{\"t\": NaN, \"h\": [1, 2 ,3], \"r\": {\"x\": [\"]\"]}}"
    try line.withUTF8 { bytes in
      json.start(bytes, line: 7)
      try json.enterObject()
      #expect(try json.nextKey())
      try json.scalar()
      #expect(json.textIs("NaN"))
      #expect(try json.nextKey())
      #expect(try json.countIntegers() == 3)
      #expect(try json.nextKey())
      #expect(json.place.line == 7)
      try json.skip()
      #expect(try !json.nextKey())
      try json.finish()
    }
    var cut = "{\"t\": 1"
    try cut.withUTF8 { bytes in
      json.start(bytes, line: 8)
      try json.enterObject()
      #expect(try json.nextKey())
      try json.scalar()
      do {
        _ = try json.nextKey()
        Issue.record("accepted a cut line")
      } catch {
        #expect("\(error)".contains("expected ',' or '}', found the end of the line"))
      }
    }
  }

  @Test func whatIsKnownIsListedOnce() {
    #expect(NearestName.hint(for: "zzz", in: ["a", "b", "a"]) == "known: a, b")
    #expect(NearestName.hint(for: "nam", in: ["name", "name", "gpu"]) == "did you mean 'name'?")
  }

  @Test func aTableOfAnotherKindIsToldOnce() throws {
    let required = ["one", "two", "three", "four"]
    func faults(_ text: String) throws -> [String] {
      try CSVReader.table(of: text, file: "f.csv").structuralFaults(required: required).map(
        \.message)
    }
    #expect(
      try faults("a,b,one\n1,2\n") == ["the columns 'two', 'three' and 'four' are missing"])
    #expect(
      try faults("one,two,x\n1,2,3\n")
        == ["unknown column 'x'", "the columns 'three' and 'four' are missing"])
    #expect(try faults("one,two,three\n") == ["the column 'four' is missing"])
    #expect(try faults("one,two,three,four\n").isEmpty)
  }
}
