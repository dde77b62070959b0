import SimBasics
import Testing

@testable import Tables

@Suite struct JSONStreamTests {
  private func stream(_ text: String) throws -> JSONStream {
    try JSONStream(ByteStream(name: "x.json", bytes: Array(text.utf8)))
  }

  @Test func readsWhatIsAskedForAndPassesOverTheRest() throws {
    let json = try stream(
      #"""
      {"skipped": {"a": [1, {"b": "}]\"\\"}]}, "name": "k\u00e9\ud83d\ude00\n\ud800\ud801x",
       "list": [1, -2.5e3, true], "tail": null}
      """#)
    var seen: [String] = []
    try json.enterObject()
    while try json.nextKey() {
      if json.textIs("name") {
        try json.string()
        seen.append(String(decoding: json.text, as: UTF8.self))
      } else if json.textIs("list") {
        try json.enterArray()
        while try json.nextElement() {
          try json.scalar()
          seen.append(String(decoding: json.text, as: UTF8.self))
        }
      } else {
        try json.skip()
      }
    }
    try json.finish()
    #expect(seen == ["ké😀\n\u{10001}x", "1", "-2.5e3", "true"])
  }

  @Test(arguments: ["{", "[1,", "{\"a\"", "{\"a\":", "[\"x", "[[1]", "{\"a\":{\"b\":1}", "[1"])
  func aCutIsNamed(text: String) throws {
    let json = try stream(text)
    do {
      try skipAll(json)
      Issue.record("accepted \(text)")
    } catch { #expect("\(error)".contains("the end of the file"), "\(text): \(error)") }
  }

  @Test(arguments: ["[1 2]", "{\"a\" 1}", "[1]]", "{1: 2}", "[\u{1}]", "[{]}", "[\"\\q\"]"])
  func otherTextIsRefused(text: String) throws {
    let json = try stream(text)
    #expect(throws: InputError.self) { try self.skipAll(json) }
  }

  /// Reads one level, so that the level's own grammar is checked.
  private func skipAll(_ json: JSONStream) throws {
    if try json.peekByte() == UInt8(ascii: "{") {
      try json.enterObject()
      while try json.nextKey() { try json.skip() }
    } else {
      try json.enterArray()
      while try json.nextElement() {
        if try json.peekByte() == UInt8(ascii: "\"") { try json.string() } else { try json.skip() }
      }
    }
    try json.finish()
  }

  @Test func positionsHoldBeyondTheBuffer() throws {
    let filler = String(repeating: "  \"abcdefgh\",\n", count: 30_000)
    let json = try stream("[\n" + filler + "  oops~\u{1}]")
    do {
      try skipAll(json)
      Issue.record("accepted")
    } catch { #expect("\(error)".hasPrefix("x.json:30002:8: error:"), "\(error)") }
  }

  @Test func depthIsBounded() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: InputError.self) { try self.skipAll(try self.stream(deep)) }
  }
}
