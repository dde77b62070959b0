import Testing

@testable import Reports

/// Whatever is drawn can be read: words stand apart and within the figure.
struct FigureLayoutTests {
  /// Words that share a place, and words that leave the figure.
  static func faults(_ figure: SVGFigure) -> [String] {
    let drawing = FigureDrawing(figure, id: nil)
    let labels = drawing.canvas.labels.sorted { $0.y.lowerBound < $1.y.lowerBound }
    var faults: [String] = []
    for (i, a) in labels.enumerated() {
      for b in labels[(i + 1)...] {
        if b.y.lowerBound >= a.y.upperBound { break }
        if a.overlaps(b) { faults.append("'\(a.text)' on '\(b.text)'") }
      }
      let isInside =
        a.x.lowerBound >= 0 && a.x.upperBound <= drawing.width && a.y.lowerBound >= 0
        && a.y.upperBound <= drawing.height
      if !isInside { faults.append("'\(a.text)' leaves the figure") }
    }
    return faults
  }

  private static func policy(_ i: Int) -> String {
    i % 3 == 0
      ? "policy-\(i)(an_option=\(i * 1_000),another_option=true,a_third=\(i))" : "policy-\(i)"
  }

  private static func lines(_ count: Int, log: Bool) -> FigurePanel {
    FigurePanel(
      title: "a figure of some name", x: FigureAxis("load, % of capacity"),
      y: FigureAxis("latency, ms", scale: log ? .log : .linear),
      series: (0..<count).map { s in
        FigureSeries(
          policy(s), policy: policy(s),
          points: (1...9).map { FigurePoint(Double($0) * 10, Double(s + 1) * Double($0 * $0)) },
          hasMarkers: true)
      },
      rules: [
        FigureRule(.horizontal, at: 20, label: "SLO of one"),
        FigureRule(.horizontal, at: 20.1, label: "SLO of another"),
        FigureRule(.vertical, at: 85, label: "the knee of something"),
        FigureRule(.vertical, at: 86, label: "the knee of something else"),
      ])
  }

  @Test(arguments: 1...24)
  func linesOfManyPolicies(count: Int) {
    for log in [false, true] {
      for columns in 1...2 {
        let figure = SVGFigure(
          title: "Title", subtitle: String(repeating: "what the reader looks at ", count: 12),
          panels: [Self.lines(count, log: log), Self.lines(min(3, count), log: log)],
          columns: columns)
        #expect(Self.faults(figure) == [], "\(count) series, log \(log), \(columns) columns")
        // Every name is there, in the legend or in the key.
        let text = FigureDrawing(figure, id: nil).canvas.labels.map(\.text).joined(separator: " ")
        for i in 0..<count where count > 1 {
          #expect(text.contains(Self.policy(i).prefix { $0 != "(" }))
        }
      }
    }
  }

  private static func bars(_ names: [String], isUpright: Bool) -> SVGFigure {
    let groups = FigureAxis("", scale: .categories(names))
    let values = FigureAxis("latency, ms", scale: .log)
    var points: [FigurePoint] = []
    for i in names.indices {
      let (place, value) = (Double(i), Double(i + 1))
      points.append(
        FigurePoint(isUpright ? place : value, isUpright ? value : place, low: 0.5, high: 90))
    }
    let series = ["p50", "p99"].map { FigureSeries($0, style: .bars, points: points) }
    let panel = FigurePanel(
      title: "bars", x: isUpright ? groups : values, y: isUpright ? values : groups, series: series)
    return SVGFigure(title: "Bars", panels: [panel, panel], columns: 2)
  }

  private static func tenantPanel(_ title: String, _ label: String, _ count: Int) -> FigurePanel {
    var series: [FigureSeries] = []
    for i in 0..<count {
      let points = [FigurePoint(0.1, Double(i)), FigurePoint(1e5, Double(i))]
      series.append(FigureSeries(policy(i), policy: policy(i), points: points))
    }
    return FigurePanel(
      title: title, x: FigureAxis(label, scale: .log),
      y: FigureAxis("", scale: .categories((0..<count).map(policy))), series: series,
      rules: [FigureRule(.vertical, at: 10, label: "SLO")])
  }

  @Test(arguments: [1, 5, 12, 13, 24, 40])
  func groupsOfBars(count: Int) {
    let names = (0..<count).map(Self.policy)
    for isUpright in [true, false] {
      let figure = Self.bars(names, isUpright: isUpright)
      #expect(Self.faults(figure) == [], "\(count), upright \(isUpright)")
      // More than twelve have a panel more, of the same scale: its ticks are the first one's.
      let parts = (count + 11) / 12
      let words = FigureDrawing(figure, id: nil).canvas.labels.map(\.text)
      #expect(words.filter { $0 == "latency, ms" }.count == 2 * parts)
      #expect(words.filter { $0 == "100" }.count == 2 * parts)
      let bars = figure.svg.split(separator: "\n").filter {
        $0.hasPrefix("<rect x=") && !$0.contains("rx=")
      }
      #expect(bars.count == 4 * count)
    }
  }

  /// As `compare` draws them: a row for each policy, two panels for each tenant.
  @Test(arguments: 1...24)
  func rowsOfPolicies(count: Int) {
    for tenants in [1, 3, 4, 20] {
      var panels: [FigurePanel] = []
      for t in 0...tenants {
        for label in ["latency, ms", "share, %"] {
          panels.append(Self.tenantPanel("tenant \(t) of a name: something", label, count))
        }
      }
      let isLarge = tenants > 3
      let figure = SVGFigure(
        title: "Title", panels: panels, columns: isLarge ? 4 : 2, plotWidth: isLarge ? 220 : 400,
        plotHeight: Double(min(12, count) * 17))
      #expect(Self.faults(figure) == [], "\(count) policies, \(tenants) tenants")
    }
  }

  @Test func moreThanEightSeriesHaveAPanelEach() {
    func panels(_ count: Int) -> Int {
      FigureDrawing(
        SVGFigure(title: "", panels: [Self.lines(count, log: true)]), id: nil
      ).canvas.labels.filter {
        $0.text == "load, % of capacity"
      }.count
    }
    #expect(panels(8) == 1 && panels(9) == 9 && panels(24) == 24)
    let svg = SVGFigure(title: "", panels: [Self.lines(9, log: true)]).svg
    let ghosts = svg.split(separator: "\n").filter {
      $0.hasPrefix("<path") && $0.contains(FigureTheme.ghost)
    }
    #expect(ghosts.count == 9 * 8)
  }

  @Test func aRuleWithoutRoomIsToldInTheKey() {
    var panel = Self.lines(2, log: false)
    panel.rules = (0..<9).map {
      FigureRule(.horizontal, at: 20 + Double($0) / 50, label: "SLO \($0)")
    }
    let figure = SVGFigure(title: "", panels: [panel], plotHeight: 80)
    #expect(Self.faults(figure) == [])
    let text = FigureDrawing(figure, id: nil).canvas.labels.map(\.text)
    for i in 0..<9 { #expect(text.contains("SLO \(i)") || text.contains("dotted line: SLO \(i)")) }
    #expect(text.contains { $0.hasPrefix("dotted line") })
  }

  @Test func overlapsAreFound() {
    var canvas = FigureCanvas()
    canvas.text("one", x: 10, y: 20)
    canvas.text("two", x: 20, y: 22)
    canvas.text("three", x: 10, y: 60)
    #expect(canvas.labels[0].overlaps(canvas.labels[1]))
    #expect(!canvas.labels[0].overlaps(canvas.labels[2]))
    #expect(SVGText.lines("ab, cd ef", to: 22, size: 10) == ["ab,", "cd", "ef"])
    #expect(SVGText.lines("abcdefgh", to: 22, size: 10) == ["abc", "defg", "h"])
  }
}

/// Policies look the same everywhere, and apart from each other.
struct SeriesStyleTests {
  private func style(_ names: [String], _ name: String) -> SeriesStyle {
    FigureStyles(names.map { FigureSeries($0, policy: $0, points: []) })[
      FigureSeries(name, policy: name, points: [])]
  }

  @Test func aPolicyLooksTheSameInEveryCompany() {
    for name in PolicyStyles.known + ["space-time(window_us=0)", "mine"] {
      let alone = style([name], name)
      #expect(alone == PolicyStyles.style(name))
      #expect(style(PolicyStyles.known.reversed() + [name], name) == alone)
    }
    #expect(PolicyStyles.style("space-only") != PolicyStyles.style("space-only(mechanism=streams)"))
    let (base, variant) = (PolicyStyles.style("nexus"), PolicyStyles.style("nexus(x=1)"))
    #expect(base.color == variant.color && base.mark != variant.mark && base.dash != variant.dash)
  }

  /// A name without the options behind it looks as it does elsewhere, unless the label has a look of
  /// its own.
  @Test func oneShownNameHasOneLook() {
    func style(_ name: String, _ policy: String?) -> SeriesStyle {
      let series = FigureSeries(name, policy: policy, points: [])
      return FigureStyles([series])[series]
    }
    let base = PolicyStyles.style("space-only")
    #expect(style("space-only", "space-only(hardware_queues=2)") == base)
    #expect(style("space-only", "space-only(mechanism=streams)") != base)
    #expect(style("mine", "mine(x=1)") == PolicyStyles.style("mine(x=1)"))
  }

  @Test func placesOfTheirOwnDiffer() {
    #expect(Set(PolicyStyles.known.map(PolicyStyles.style)).count == PolicyStyles.known.count)
    let many = (0..<25).map { "space-time(window_us=\($0))" } + (0..<40).map { "other-\($0)" }
    let series = many.map { FigureSeries($0, policy: $0, points: []) }
    let styles = FigureStyles(series)
    #expect(Set(series.map { styles[$0] }).count == 65)
    // Of one colour there are 32 looks: more of them share some, and nothing stops.
    let crowd = (0..<200).map { FigureSeries("space-time(window_us=\($0))", points: []) }
    let looks = FigureStyles(crowd)
    #expect(Set(crowd.map { looks[$0] }).count == 32)
  }

  @Test func namesOfNoPolicyHaveTheirOrder() {
    let series = ["p50", "p99", "space-time"].map { FigureSeries($0, points: []) }
    let styles = FigureStyles(series)
    #expect(styles[series[2]] == PolicyStyles.style("space-time"))
    #expect(styles[series[1]] == SeriesStyle(inOrder: 1))
    #expect(styles[series[0]] != styles[series[2]])
  }
}
