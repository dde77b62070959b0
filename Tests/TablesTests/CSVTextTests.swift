import SimBasics
import Testing

@testable import Tables

/// Words written as fields of CSV and read again, and text that no name may hold.
struct CSVTextTests {
  private static let words = [
    "=1+1", "+x", "-2+3", "@a", "-", "'=q", "''-x", "'", "''", "'plain", "'-5", "-5", "+1e3",
    "-inf",
    "#hash", " lead", "trail ", "a,b", "say \"hi\"", "=\"a\",b", "", "*", "naïve", "=ü",
  ]

  private func cells(_ fields: [String], isOurs: Bool = true) throws -> [String] {
    let text = "a,b\n" + fields.map { $0 + ",\n" }.joined()
    return try CSVReader.table(of: text, file: "f", isOurs: isOurs).rows.map { $0.fields[0] }
  }

  @Test func everyWordComesBackAsItWas() throws {
    #expect(try cells(Self.words.map(CSVText.field)) == Self.words)
    var random = SeededGenerator(seed: 5)
    let letters = Array("'=+-@#, \"01ea.")
    let made = (0..<20_000).map { _ in
      String(
        (0..<Int.random(in: 0...6, using: &random)).map { _ in
          letters.randomElement(using: &random)!
        })
    }
    #expect(try cells(made.map(CSVText.field)) == made)
  }

  @Test func noFieldIsAFormulaAndNothingElseIsTouched() throws {
    for word in Self.words {
      let field = CSVText.defused(word)
      let isNumber = Double(field)?.isFinite == true
      #expect(isNumber || !"=+-@".contains(field.first ?? "a"), "\(field)")
      #expect(CSVText.plain(field) == word)
    }
    // What was not written so stays as it is, and so does whatever stands in the files of others.
    for text in ["'plain", "'-5", "''", "x'=1", "=1+1", "-2+3"] {
      #expect(try cells([text]) == [text])
    }
    #expect(try cells(["'=1+1"]) == ["=1+1"])
    #expect(try cells(["'=1+1"], isOurs: false) == ["'=1+1"])
  }

  @Test(arguments: [
    (
      "# k: a\u{7}b\nx\n1\n",
      "f:1:6: error: expected text without control characters, found \"a\\u{7}b\""
    ),
    (
      "# k\u{1}: a\nx\n1\n",
      "f:1:3: error: expected text without control characters, found \"k\\u{1}\""
    ),
    ("x\ty\n1\n", "f:1:2: error: expected text without control characters, found \"x\\ty\""),
    (
      "x,y\n1,\"a\tb\"\n", "f:2:5: error: expected text without control characters, found \"a\\tb\""
    ),
    ("x\n\"a\nb\"\n", "f:2: error: expected text without control characters, found \"a\\u{a}b\""),
    (
      "x\n1\na\u{85}b\n",
      "f:3:2: error: expected text without control characters, found \"a\\u{85}b\""
    ),
  ])
  func controlCharactersAreRefusedInTables(text: String, sentence: String) throws {
    #expect(throws: InputError.self) { try CSVReader.table(of: text, file: "f") }
    do {
      _ = try CSVReader.table(of: text, file: "f")
    } catch { #expect("\(error)" == sentence) }
    // The same where a file is streamed; lines before the header are its caller's.
    if text.hasPrefix("#") { return }
    let rows = CSVRows(
      ByteStream(name: "f", bytes: Array(text.utf8)), refusing: .controls, isOurs: true)
    do {
      while try rows.next() {}
      Issue.record("accepted \(text)")
    } catch { #expect("\(error)" == sentence) }
  }

  @Test(arguments: [
    (
      "{\"a\": [1, \"x\\ny\"]}",
      "f:1:11: error: expected text without control characters, found \"x\\u{a}y\" in 'a'"
    ),
    (
      "{\"a\": {\"b\\u0007\": 1}}",
      "f:1:8: error: expected text without control characters, found \"b\\u{7}\""
    ),
    ("[\"\\u0085\"]", "f:1:2: error: expected text without control characters, found \"\\u{85}\""),
  ])
  func controlCharactersAreRefusedInJSON(text: String, sentence: String) throws {
    do {
      _ = try JSONReader.node(of: text, file: "f")
      Issue.record("accepted \(text)")
    } catch { #expect("\(error)" == sentence) }
    _ = try JSONReader.node(of: text, file: "f", isOurs: false)
  }
}
