import Reports
import Testing

/// The table's three faces: for readers, CSV, JSON.
struct ReportTableTests {
  private func sample() -> ReportTable {
    var table = ReportTable(columns: [
      ReportColumn("policy"),
      ReportColumn("latency_ms_p99", title: "p99", unit: "ms", best: .lowest),
      ReportColumn(
        "slo_attainment", title: "in SLO", unit: "%", decimals: 1, scale: 100, best: .highest),
      ReportColumn("launches"),
    ])
    table.append([.text("time-only"), .number(1234.5), .number(0.25), .integer(7)])
    table.append([.text("space-time"), .number(12.25), .interval(1, halfWidth: 0.005), .none])
    table.append([.text("a,\"b\""), .number(0.5), .number(.nan), .integer(-3)])
    return table
  }

  @Test func alignsPointsMarksTheBestAndShowsUnits() {
    #expect(
      sample().text() == """
        policy            p99       in SLO  launches
                           ms            %
        ──────────  ─────────  ───────────  ────────
        time-only   1234        25.0               7
        space-time    12.2     100.0 ±0.5*         -
        a,"b"          0.500*    -                -3

        """)
  }

  @Test func filesHoldExactNumbers() {
    #expect(
      sample().csv == """
        policy,latency_ms_p99,slo_attainment,launches
        time-only,1234.5,0.25,7
        space-time,12.25,1,
        "a,""b""\",0.5,,-3

        """)
    #expect(
      sample().json.line
        == #"[{"policy":"time-only","latency_ms_p99":1234.5,"slo_attainment":0.25,"launches":7},"#
        + #"{"policy":"space-time","latency_ms_p99":12.25,"slo_attainment":1,"launches":null},"#
        + #"{"policy":"a,\"b\"","latency_ms_p99":0.5,"slo_attainment":null,"launches":-3}]"#)
  }

  @Test func bestIsSoughtInEachGroupAndNotAmongEquals() {
    var table = ReportTable(columns: [
      ReportColumn("tenant"), ReportColumn("ms", decimals: 1, best: .lowest),
    ])
    for (name, value) in [("a", 1.0), ("b", 2.0)] { table.append([.text(name), .number(value)]) }
    table.beginGroup()
    for (name, value) in [("c", 5.0), ("d", 5.04)] { table.append([.text(name), .number(value)]) }
    table.beginGroup()
    for (name, value) in [("e", 9.0), ("f", 8.0)] { table.append([.text(name), .number(value)]) }
    let lines = table.text().split(separator: "\n", omittingEmptySubsequences: false).map(
      String.init)
    #expect(lines.filter { $0.contains("*") } == ["a       1.0*", "f       8.0*"])
    #expect(lines.filter(\.isEmpty).count == 3)
  }

  @Test(arguments: [20, 30, 45, 60, 80, 200])
  func columnsBeyondTheTerminalAreLeftOutFromTheEndAndTold(width: Int) {
    let (table, whole) = (sample(), sample().text())
    let text = table.text(.init(width: width))
    for line in text.split(separator: "\n") {
      #expect(DisplayText.width(String(line)) <= max(width, 24), "\(line)")
    }
    let told = text.split(separator: "\n").drop { !$0.hasPrefix("not shown in") }
      .joined(separator: " ")
    let heads = table.columns.map(\.title)
    let shown = heads.prefix { text.split(separator: "\n")[0].contains($0) }
    if shown.count == heads.count {
      #expect(text == whole && told.isEmpty)
    } else {
      let missing = heads[shown.count...].joined(separator: ", ")
      #expect(told == "not shown in \(width) columns: \(missing) (--wide shows all)")
      #expect(width < 200)
    }
    // What is shown is as it is without a limit.
    let lines = zip(text.split(separator: "\n"), whole.split(separator: "\n"))
    for (short, long) in lines.prefix(table.rows.count + 3) where width >= 45 {
      #expect(long.hasPrefix(short))
    }
  }

  @Test func aLastColumnOfWordsIsCutShort() {
    var table = ReportTable(columns: [ReportColumn("name"), ReportColumn("summary")])
    table.append([.text("a"), .text("some words that are too long for the terminal they are in")])
    let text = table.text(.init(width: 40))
    #expect(text.contains("…") && !text.contains("not shown"))
    #expect(text.split(separator: "\n").allSatisfy { DisplayText.width(String($0)) <= 40 })
  }

  @Test func colorOnlySurroundsWhatIsThere() {
    let colored = sample().text(.init(hasColor: true))
    var plain = ""
    var isEscape = false
    for scalar in colored.unicodeScalars {
      if scalar == "\u{1B}" { isEscape = true }
      if !isEscape { plain.unicodeScalars.append(scalar) }
      if isEscape, scalar == "m" { isEscape = false }
    }
    #expect(plain == sample().text())
    #expect(colored != plain)
  }

  @Test func controlCharactersAreShownAndWideOnesCounted() {
    var table = ReportTable(columns: [ReportColumn("name"), ReportColumn("n")])
    table.append([.text("\u{1B}[31mred"), .integer(1)])
    table.append([.text("模型"), .integer(22)])
    let text = table.text()
    #expect(!text.contains("\u{1B}"))
    let widths = text.split(separator: "\n").dropFirst(1).map { DisplayText.width(String($0)) }
    #expect(Set(widths).count == 1, "\(text)")
  }
}

/// Numbers as text.
struct NumberTextTests {
  @Test(arguments: [
    (0.0, 2, "0.00"), (1.005, 2, "1.00"), (-0.001, 2, "0.00"), (2.5, 0, "2"), (3.5, 0, "4"),
    (-12.345, 1, "-12.3"), (1e22, 2, "1e+22"), (123456789.123, 3, "123456789.123"),
    (0.07, 1, "0.1"), (Double.infinity, 1, "-"),
  ])
  func fixed(x: Double, decimals: Int, text: String) {
    #expect(NumberText.fixed(x, decimals) == text)
  }

  @Test(arguments: [
    (1234.5, "1234"), (999.9, "1000"), (99.95, "100.0"), (12.25, "12.2"), (1.0, "1.00"),
    (0.5, "0.500"), (0.0123, "0.0123"), (-0.00123, "-0.00123"), (0, "0"), (1e-20, "0.00000000000"),
  ])
  func significant(x: Double, text: String) {
    #expect(NumberText.significant(x, 3) == text)
  }

  @Test(arguments: [
    (5.0, "5"), (-0.0, "0"), (0.1, "0.1"), (1e-7, "1e-07"),
    (9007199254740993, "9007199254740992.0"),
    (Double.nan, ""),
  ])
  func exact(x: Double, text: String) {
    #expect(NumberText.exact(x) == text)
    if x.isFinite { #expect(Double(text) == x) }
  }

  @Test func jsonEscapes() {
    #expect(JSONReport.quoted("a\"\\\n\u{1}é") == "\"a\\\"\\\\\\n\\u0001é\"")
    #expect(
      JSONReport.object([("a", .array([])), ("b", .object([]))]).text == """
        {
          "a": [],
          "b": {}
        }

        """)
  }
}
