import SimBasics
import TestSupport
import Testing

@testable import Tables

@Suite struct CSVRowsTests {
  /// The rows of a text, however few bytes come at a time.
  private func rows(
    _ text: String, _ quoting: CSVRows.Quoting = .rows, chunk: Int = .max
  ) throws -> [[String]] {
    let reader = CSVRows(
      ByteStream(name: "t.csv", bytes: Array(text.utf8), chunk: chunk), quoting: quoting)
    var rows: [[String]] = []
    while try reader.next() { rows.append(reader.strings) }
    return rows
  }

  @Test(arguments: [1, 2, 3, 7, 1000])
  func rowsAreSplitHoweverTheBytesCome(chunk: Int) throws {
    let text = "\u{FEFF}a,b\r\n\"x,1\",\"say \"\"hi\"\"\"\n\n,\n\"two\r\nlines\",z\nlast,"
    #expect(
      try rows(text, chunk: chunk) == [
        ["a", "b"], ["x,1", "say \"hi\""], [""], ["", ""], ["two\r\nlines", "z"], ["last", ""],
      ])
  }

  @Test func aQuoteReachesAsFarAsItIsAllowedTo() throws {
    let text = "\"a\nb\",1\n"
    #expect(try rows(text, .rows) == [["a\nb", "1"]])
    #expect(try rows(text, .none) == [["\"a"], ["b\"", "1"]])
    let reader = CSVRows(ByteStream(name: "t", bytes: Array(text.utf8)), quoting: .line)
    #expect(try reader.next())
    #expect(reader.quoteFault == 1)
    #expect(reader.count == 1)
    #expect(try reader.next())
    #expect(reader.quoteFault == 0)
    #expect(reader.strings == ["b\"", "1"])
  }

  @Test(arguments: [
    ("a\n1,\"x", "t.csv:2:3: error: expected a closing quote before the end of the file"),
    ("a\n\"x\"y,1\n", "t.csv:2:4: error: expected ',' after a closing quote"),
    ("a\n\"x\ny\"z\n", "t.csv:3: error: expected ',' after a closing quote"),
  ])
  func openQuotesAreNamed(text: String, sentence: String) throws {
    do {
      _ = try rows(text)
      Issue.record("accepted \(text)")
    } catch { #expect("\(error)" == sentence) }
  }

  @Test func fieldsKnowWhereTheyStand() throws {
    let text = "#c\nab,\"c\"\"d\",e\n\"1\n2\",3\n"
    let reader = CSVRows(ByteStream(name: "t.csv", bytes: Array(text.utf8)))
    #expect(try reader.nextLine())
    #expect(try reader.next())
    #expect((0..<4).map { reader.column($0) } == [1, 4, 11, 0])
    #expect((0..<3).map { reader.isQuoted($0) } == [false, true, false])
    #expect(String(decoding: reader[1], as: UTF8.self) == "c\"\"d")
    #expect(reader[3].isEmpty && reader[-1].isEmpty)
    #expect(try reader.next())
    #expect(reader.lineNumber == 3)
    #expect(reader.fault(1, "x").description == "t.csv:3:7: error: x")
  }

  @Test func aRowMayBeWiderThanWhatIsKept() throws {
    let wide = String(repeating: "1,", count: CSVRows.fieldLimit + 5) + "1\n"
    let reader = CSVRows(ByteStream(name: "t", bytes: Array(wide.utf8)))
    #expect(try reader.next())
    #expect(reader.count == CSVRows.fieldLimit + 6)
    #expect(reader[CSVRows.fieldLimit - 1].elementsEqual("1".utf8))
    #expect(reader[CSVRows.fieldLimit].isEmpty)
  }

  @Test func aNULByteIsRefusedWhereItIsNoText() throws {
    let bytes = Array("a\nb,\0c\n".utf8)
    let reader = CSVRows(ByteStream(name: "t.csv", bytes: bytes), refusing: .nul)
    #expect(try reader.next())
    do {
      _ = try reader.next()
      Issue.record("accepted a NUL byte")
    } catch { #expect("\(error)" == "t.csv:2:3: error: expected text, found a NUL byte") }
  }

  /// Fields without quotes, commas and line ends of their own are what splitting by hand gives.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func plainTextSplitsAtItsCommas(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("abc,,\n1 é".unicodeScalars)
    for _ in 0..<200 {
      var text = String.UnicodeScalarView()
      for _ in 0..<random.nextBelow(60) { text.append(alphabet[random.nextBelow(alphabet.count)]) }
      let string = String(text)
      var lines = string.split(separator: "\n", omittingEmptySubsequences: false)
      if lines.last == "" { lines.removeLast() }
      let expected = lines.map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      #expect(try rows(string, chunk: 1 + random.nextBelow(5)) == expected, "\(string)")
    }
  }

  @Test func headersFindColumnsByNameAndUnit() throws {
    let text = " Start (us) ,\"Grid X\",Bytes [KB],Grid X\n"
    let reader = CSVRows(ByteStream(name: "t.csv", bytes: Array(text.utf8)), quoting: .none)
    #expect(try reader.next())
    var header = CSVHeader(reader, isFolded: true)
    #expect(header.names == ["start", "grid x", "bytes", "grid x"])
    #expect(header.column("begin", "start") == 0)
    #expect(header.column("end") == -1)
    #expect(try header.timePower(0) == 3)
    #expect(try header.byteScale(2) == 1000)
    #expect(try header.byteScale(2, isBinary: true) == 1024)
    #expect(header.repeated == [3])
    #expect(header.unused == ["Grid X", "Bytes [KB]", "Grid X"])
    #expect(header.places == [1, 14, 23, 34])
    #expect(throws: InputError.self) { try header.timePower(2) }
    #expect(CSVHeader(reader, isFolded: false).names[0] == "Start (us)")
  }
}
