import Testing

@testable import Tables

@Suite struct CSVCommentTests {
  /// A line, its parts, and the columns at which they stand.
  struct Case: Sendable {
    var line: String
    var key: String
    var value: String
    var keyColumn: Int
    var valueColumn: Int
  }

  static let cases = [
    Case(line: "# gpu: t4", key: "gpu", value: "t4", keyColumn: 3, valueColumn: 8),
    Case(line: "#gpu:t4", key: "gpu", value: "t4", keyColumn: 2, valueColumn: 6),
    Case(line: "#\tgpu \t: t4 \r", key: "gpu", value: "t4", keyColumn: 3, valueColumn: 10),
    Case(line: "# source: a: b", key: "source", value: "a: b", keyColumn: 3, valueColumn: 11),
    // Columns count bytes, as they do in rows.
    Case(line: "# größe: 1", key: "größe", value: "1", keyColumn: 3, valueColumn: 12),
    // A value that is not there is looked for behind the blank after the colon.
    Case(line: "# gpu: ", key: "gpu", value: "", keyColumn: 3, valueColumn: 8),
    Case(line: "# gpu:", key: "gpu", value: "", keyColumn: 3, valueColumn: 7),
    Case(line: "# gpu t4", key: "", value: "gpu t4", keyColumn: 3, valueColumn: 3),
    Case(line: "#", key: "", value: "", keyColumn: 2, valueColumn: 2),
    Case(line: "# : t4", key: "", value: "t4", keyColumn: 5, valueColumn: 5),
  ]

  @Test("A line before the header knows where its key and value stand", arguments: cases)
  func positions(of expected: Case) throws {
    let table = try CSVReader.table(of: "# first: 1\n\(expected.line)\na,b\n1,2\n", file: "t.csv")
    let comment = try #require(table.comments.last)
    #expect(comment.key == expected.key)
    #expect(comment.value == expected.value)
    #expect(comment.line == 2)
    #expect(comment.keyColumn == expected.keyColumn)
    #expect(comment.valueColumn == expected.valueColumn)
    #expect(table.fault(comment, at: .key, "").column == expected.keyColumn)
    #expect(table.fault(comment, "").column == expected.valueColumn)
  }

  @Test("The format's line is missing, or names another, or is right")
  func format() throws {
    func faults(_ lines: String) throws -> [String] {
      try CSVReader.table(of: lines + "a\n", file: "t.csv").formatFaults("x/1").map(\.description)
    }
    #expect(try faults("# format: x/1\n") == [])
    #expect(try faults("# note: y\n") == ["t.csv: error: the line '# format: x/1' is missing"])
    #expect(
      try faults("# note: y\n# format: x/2\n")
        == ["t.csv:2:11: error: expected the format 'x/1', found 'x/2'"])
  }
}
