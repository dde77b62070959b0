import Testing

@testable import Reports

/// Pages: whole, safe from what users write, in order for those who do not see them.
struct HTMLPageTests {
  private static let nasty = "<script>alert(\"x\")</script> & 'a' \u{1B}[31m"

  private static var page: String {
    var table = ReportTable(columns: [
      ReportColumn(nasty), ReportColumn("p99", title: nasty, unit: nasty, best: .lowest),
    ])
    table.append([.text(nasty), .number(2)])
    table.append([.text("b"), .interval(3, halfWidth: 1)])
    table.append([.text("c"), .none])
    let figure = SVGFigure(
      title: nasty, subtitle: nasty,
      panels: [
        FigurePanel(
          title: nasty, x: FigureAxis(nasty), y: FigureAxis(nasty),
          series: [
            FigureSeries(
              nasty, policy: nasty, points: [.init(0, 1), .init(1, 2)], hasMarkers: true)
          ], rules: [FigureRule(.horizontal, at: 1, label: nasty)])
      ])
    var page = HTMLPage(title: nasty, subtitle: nasty, policies: [nasty, "space-time"])
    page.add(
      "one", nasty,
      HTMLText.figure(figure, id: "f", caption: nasty)
        + table.html(caption: nasty, keys: [nasty, "b", "c"]) { row, column in
          row == 0 && column == 1 ? "h1" : nil
        } + HTMLText.details(nasty, HTMLText.paragraph(nasty)))
    page.add("two", "Second", "<h3>Third</h3>\n" + HTMLText.figure(figure, id: "g", caption: ""))
    return page.text
  }

  /// The elements of a page in order, with their attributes; what is opened and not closed.
  static func elements(_ html: String) -> (all: [Substring], faults: [String]) {
    var (all, faults, open) = ([Substring](), [String](), [Substring]())
    var rest = html[...]
    while let start = rest.firstIndex(of: "<") {
      rest = rest[rest.index(after: start)...]
      guard let end = rest.firstIndex(of: ">") else { break }
      let tag = rest[..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("!") { continue }
      let name = tag.prefix { !" /".contains($0) }
      if tag.hasPrefix("/") {
        if open.popLast() != tag.dropFirst() { faults.append("wrong end: \(tag)") }
        continue
      }
      all.append(tag)
      if tag.filter({ $0 == "\"" }).count % 2 != 0 { faults.append("quotes: \(tag)") }
      if !["meta", "br", "input"].contains(name), !tag.hasSuffix("/") { open.append(name) }
      // What stands in these is no markup.
      if name == "script" || name == "style", let close = rest.firstRange(of: "</\(name)>") {
        rest = rest[close.lowerBound...]
      }
    }
    return (all, faults + open.map { "left open: \($0)" })
  }

  @Test func whatUsersWriteIsText() {
    let page = Self.page
    let (all, faults) = Self.elements(page)
    #expect(faults == [])
    // The page's own script and no other; no handler in an attribute.
    #expect(all.filter { $0.hasPrefix("script") }.count == 1)
    #expect(!page.contains("alert(\"x\")") && page.contains("&lt;script&gt;alert(&quot;x&quot;)"))
    #expect(!page.contains("\u{1B}"))
    #expect(!all.contains { $0.contains(" on") && $0.contains("=\"alert") })
  }

  @Test func nothingIsFetched() {
    let page = Self.page
    for word in ["http:", "https:", "//cdn", "@import", "url(http", "src=", "<link"] {
      // The name of SVG's language is no address that is looked up.
      let text = page.replacing("http://www.w3.org/2000/svg", with: "")
      #expect(!text.contains(word), "the page holds '\(word)'")
    }
    #expect(page.contains("default-src 'none'"))
  }

  @Test func headingsAndNamesAreInOrder() {
    let (all, _) = Self.elements(Self.page)
    let levels = all.compactMap { tag -> Int? in
      guard tag.first == "h", let level = tag.dropFirst().first?.wholeNumberValue else {
        return nil
      }
      return level
    }
    #expect(levels.first == 1 && levels.filter { $0 == 1 }.count == 1)
    for (a, b) in zip(levels, levels.dropFirst()) { #expect(b <= a + 1, "\(levels)") }
    func value(_ name: String, _ tag: Substring) -> String? {
      guard let from = tag.firstRange(of: " \(name)=\"")?.upperBound,
        let to = tag[from...].firstIndex(of: "\"")
      else { return nil }
      return String(tag[from..<to])
    }
    let ids = all.compactMap { value("id", $0) }
    #expect(Set(ids).count == ids.count, "\(ids.sorted())")
    for tag in all {
      for name in ["aria-labelledby"] {
        if let id = value(name, tag) { #expect(ids.contains(id), "\(tag)") }
      }
      if tag.hasPrefix("a "), let target = value("href", tag) {
        #expect(ids.contains(String(target.dropFirst())), "\(tag)")
      }
      if tag.hasPrefix("svg "), value("aria-hidden", tag) == nil {
        #expect(value("role", tag) == "img" && value("aria-labelledby", tag) != nil)
      }
      if tag.hasPrefix("th ") || tag == "th" { #expect(value("scope", tag) != nil, "\(tag)") }
      if value("role", tag) == "region" {
        #expect(value("tabindex", tag) == "0" && value("aria-label", tag) != nil)
      }
    }
    #expect(all.filter { $0 == "caption" }.count == all.filter { $0.hasPrefix("table") }.count)
    #expect(all.contains("html lang=\"en\"") && all.contains { $0.hasPrefix("main") })
  }

  @Test func tablesTellTheBestAndWhatScriptsSortBy() {
    var table = ReportTable(columns: [ReportColumn("a"), ReportColumn("b", best: .lowest)])
    table.append([.text("x"), .number(1234.5678)])
    table.append([.text("y"), .number(2)])
    let html = table.html(caption: "c", keys: ["x", "y"])
    #expect(
      html.contains("<td class=\"n best\" data-v=\"2\">2.00<span class=\"sr\"> best</span></td>"))
    #expect(html.contains("<td class=\"n\" data-v=\"1234.5678\">1235</td>"))
    #expect(html.contains("<tr data-policy=\"y\">") && html.contains("<table class=\"sortable\">"))
  }

  @Test func hatchesOfSeveralFiguresHaveNamesOfTheirOwn() {
    let panel = FigurePanel(
      x: FigureAxis("x"), y: FigureAxis("", scale: .categories(["a"])),
      series: (0..<12).map { FigureSeries("part \($0)", style: .stacked, points: [.init(1, 0)]) })
    let figure = SVGFigure(title: "t", panels: [panel])
    #expect(figure.svg.contains("<pattern id=\"hatch\"") && figure.svg.contains("url(#hatch)"))
    let element = figure.element(id: "f")
    #expect(element.contains("<pattern id=\"f-hatch\"") && !element.contains("url(#hatch)"))
    // Twelve parts of 1 end at 12.
    let labels = FigureDrawing(figure, id: nil).canvas.labels.map(\.text)
    #expect(labels.contains("12") && labels.contains("part 11"))
    #expect(FigureLayoutTests.faults(figure) == [])
    // Shared out among panels, all have the scale of the longest bar.
    let names = (0..<20).map { "row \($0)" }
    let many = FigurePanel(
      x: FigureAxis("x"), y: FigureAxis("", scale: .categories(names)),
      series: (0..<3).map { s in
        FigureSeries(
          "part \(s)", style: .stacked,
          points: names.indices.map { .init($0 == 19 ? 100 : 1, Double($0)) })
      })
    let words = FigureDrawing(SVGFigure(title: "t", panels: [many]), id: nil).canvas.labels
    #expect(words.filter { $0.text == "300" }.count == 2)
  }
}
