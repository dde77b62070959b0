import Testing

@testable import Reports

/// Figures: well formed, bounded and the same bytes, whatever is drawn.
struct SVGFigureTests {
  private func figure(
    _ points: [FigurePoint], style: FigureSeries.Style = .line, scale: FigureAxis.Scale = .linear,
    name: String = "series"
  ) -> SVGFigure {
    let panel = FigurePanel(
      x: FigureAxis("x", scale: scale), y: FigureAxis("y", scale: scale),
      series: [FigureSeries(name, style: style, points: points)])
    return SVGFigure(title: "Title", panels: [panel])
  }

  /// Opened elements that are not closed, and what stands between quotes that is no number.
  private func faults(of svg: String) -> [String] {
    var open: [Substring] = []
    var faults: [String] = []
    for part in svg.split(separator: "<").dropFirst(0) {
      guard let end = part.firstIndex(of: ">") else {
        faults.append("no end of \(part.prefix(30))")
        continue
      }
      let tag = part[..<end]
      let name = tag.prefix { $0 != " " && $0 != "/" }
      if tag.hasPrefix("/") {
        if open.popLast() != tag.dropFirst() { faults.append("wrong end \(tag)") }
      } else if !tag.hasSuffix("/") {
        open.append(name)
      }
      if tag.utf8.filter({ $0 == UInt8(ascii: "\"") }).count % 2 != 0 {
        faults.append("quotes in \(tag)")
      }
    }
    if !open.isEmpty { faults.append("left open: \(open)") }
    for word in ["nan", "inf", "e+", "\"-\""]
    where svg.contains("\(word)\"") || svg.contains("\(word) ") {
      faults.append("holds \(word)")
    }
    return faults
  }

  static let hard: [[FigurePoint]] = [
    [], [.init(0, 0)], [.init(5, -3)], [.init(1, .nan), .init(2, 1)], [.init(1, .infinity)],
    [.init(0, 1e300), .init(1, -1e300)], [.init(1e-300, 1e-300), .init(2e-300, 3e-300)],
    [.init(1e15, 1e15 + 1), .init(1e15 + 1, 1e15)], [.init(1, 2, low: .nan, high: 3)],
    [.init(-1, 10, low: -5, high: 20), .init(0, 0), .init(1, 1000)],
    (0..<300).map { .init(Double($0), Double($0 * $0)) },
  ]

  @Test(arguments: hard.indices)
  func anyPointsGiveAWellFormedFigure(case index: Int) {
    for style in [FigureSeries.Style.line, .step, .points, .bars] {
      for scale in [FigureAxis.Scale.linear, .log, .categories(["a", "b"])] {
        let svg = figure(Self.hard[index], style: style, scale: scale).svg
        #expect(faults(of: svg) == [], "\(style) \(scale)")
        #expect(svg == figure(Self.hard[index], style: style, scale: scale).svg)
      }
    }
  }

  @Test func namesAreEscaped() {
    let svg = figure([.init(0, 1), .init(1, 2)], name: "a<b & \"c\"\u{1}").svg
    #expect(faults(of: svg) == [])
    let two = SVGFigure(
      title: "<&>",
      panels: [
        FigurePanel(
          x: FigureAxis("x"), y: FigureAxis("y"),
          series: [
            FigureSeries("a<b", points: [.init(0, 1)]), FigureSeries("c&d", points: [.init(0, 1)]),
          ])
      ])
    #expect(two.svg.contains("&lt;&amp;&gt;") && two.svg.contains("c&amp;d"))
    #expect(faults(of: two.svg) == [])
  }

  @Test func publishedPointsShareTheirLinesColorAndOneLegendEntry() {
    let points: [FigurePoint] = [.init(0, 1), .init(10, 5)]
    let panel = FigurePanel(
      x: FigureAxis("x"), y: FigureAxis("y"),
      series: [
        FigureSeries("first", points: points),
        FigureSeries("first", style: .points, points: points),
        FigureSeries("second", points: points),
      ])
    let svg = SVGFigure(title: "", panels: [panel]).svg
    #expect(svg.components(between: ">first<") == 1)
    // A line and two rings, the two of the legend, and the rule for dark ground.
    #expect(svg.components(between: "stroke=\"#0072b2\"") == 3 + 2 + 1)
    #expect(svg.contains("line: simulated · marks: published"))
  }

  @Test func dashesMarkASecondReading() {
    let points: [FigurePoint] = [.init(0, 1), .init(10, 5)]
    let panel = FigurePanel(
      x: FigureAxis("x"), y: FigureAxis("y"),
      series: [
        FigureSeries("a", points: points, isDashed: true), FigureSeries("b", points: points),
      ],
      rules: [
        FigureRule(.horizontal, at: 3, label: "SLO"), FigureRule(.vertical, at: 99, label: "no"),
      ])
    let svg = SVGFigure(title: "", panels: [panel, panel], columns: 2).svg
    #expect(svg.components(between: "stroke-dasharray=\"5 4\"") == 3)
    #expect(svg.components(between: ">SLO<") == 2)
    #expect(faults(of: svg) == [])
  }

  @Test func longTitlesEndInTheFigure() {
    var long = figure([FigurePoint(1, 1)])
    long.title = String(repeating: "a_long_file_name.", count: 40)
    #expect(long.svg.contains("…</text>"))
    let shown = SVGText.clipped(long.title, to: 300, size: 17)
    #expect(shown.hasSuffix("…") && SVGText.width(shown, size: 17) <= 300)
    #expect(SVGText.clipped("Title", to: 300, size: 17) == "Title")
  }
}

/// Ticks of the axes.
struct FigureScaleTests {
  @Test(arguments: [0.001, 0.37, 1, 4.2, 99, 1234, 7.7e6])
  func linearTicksAreRoundFewAndCoverTheData(top: Double) {
    let scale = FigureScale(
      FigureAxis("x"), values: [0, top], length: 420, isVertical: false)
    #expect((3...9).contains(scale.ticks.count))
    #expect(scale.place(0) == 0)
    #expect((scale.place(top) ?? 2) <= 1 + 1e-9)
    #expect(Set(scale.ticks.map(\.text)).count == scale.ticks.count, "\(scale.ticks)")
    for (a, b) in zip(scale.ticks, scale.ticks.dropFirst()) { #expect(a.place < b.place) }
  }

  private func named(_ values: [Double], length: Double, isVertical: Bool) -> [String] {
    FigureScale(
      FigureAxis("x", scale: .log), values: values, length: length, isVertical: isVertical
    ).ticks.map(\.text).filter { !$0.isEmpty }
  }

  @Test func logTicksStandAtOneTwoAndFive() {
    let all = ["1", "2", "5", "10", "20", "50", "100", "200", "500", "1000"]
    #expect(named([1, 1_000], length: 300, isVertical: true) == all)
    #expect(named([1, 1_000], length: 600, isVertical: false) == all)
    #expect(named([3, 4], length: 300, isVertical: true) == ["2", "5"])
    #expect(named([0.03, 7], length: 300, isVertical: true).first == "0.02")
  }

  @Test func logTicksStandAtDecadesWhereRoomIsShort() {
    #expect(named([1, 10_000], length: 90, isVertical: true) == ["1", "10", "100", "1000", "10k"])
    #expect(named([1, 1e8], length: 90, isVertical: true) == ["1", "100", "10k", "1M", "100M"])
    let scale = FigureScale(
      FigureAxis("x", scale: .log), values: [1, 10_000], length: 90, isVertical: true)
    for (i, tick) in scale.ticks.filter({ !$0.text.isEmpty }).enumerated() {
      #expect(abs(tick.place - Double(i) / 4) < 1e-12)
    }
    #expect(scale.place(0) == nil && scale.place(-1) == nil)
  }

  @Test(arguments: [0.00002, 0.4, 3, 77, 5e6], [2.0, 9, 800, 1e7])
  func logTicksHaveRoom(low: Double, factor: Double) {
    for (length, isVertical) in [(60.0, true), (300, true), (150, false), (600, false)] {
      let scale = FigureScale(
        FigureAxis("x", scale: .log), values: [low, low * factor], length: length,
        isVertical: isVertical)
      #expect(TickRoom(length: length, isVertical: isVertical).holds(scale.ticks))
      #expect(scale.ticks.contains { !$0.text.isEmpty })
      #expect((scale.place(low) ?? -1) >= -1e-9 && (scale.place(low * factor) ?? 2) <= 1 + 1e-9)
    }
  }

  @Test func aGivenRangeIsKept() {
    let scale = FigureScale(
      FigureAxis("x", range: 3...17), values: [100], length: 350, isVertical: false)
    #expect(scale.place(3) == 0 && scale.place(17) == 1)
    #expect(scale.ticks.map(\.text) == ["5", "10", "15"])
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(between text: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: text) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
