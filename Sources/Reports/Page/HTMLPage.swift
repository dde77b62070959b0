/// One self-contained page: nothing is fetched, which its own policy forbids too.
package struct HTMLPage {
  /// The page's title.
  package var title: String
  /// A line below it.
  package var subtitle: String
  /// The policies that are on it, in order, for the legend.
  package var policies: [String]
  private var sections: [(id: String, heading: String, body: String)] = []

  /// Creates a page without sections.
  package init(title: String, subtitle: String, policies: [String]) {
    self.title = title
    self.subtitle = subtitle
    self.policies = policies
  }

  /// Adds a section; `id` is a word no other has, `body` is HTML.
  package mutating func add(_ id: String, _ heading: String, _ body: String) {
    sections.append((id, heading, body))
  }

  /// The page as HTML.
  package var text: String {
    let name = HTMLText.escaped(title)
    var text = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src \
      'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
      <title>\(name)</title>
      <style>
      \(PageStyle.css)
      </style>
      </head>
      <body>
      <a class="skip" href="#main">To the content</a>
      <header>
      <h1>\(name)</h1>
      \(HTMLText.paragraph(subtitle, kind: "lead"))\
      <nav aria-label="Sections">
      <ul>

      """
    for section in sections {
      text += "<li><a href=\"#\(section.id)\">\(HTMLText.escaped(section.heading))</a></li>\n"
    }
    text += "</ul>\n</nav>\n" + legend + "</header>\n<main id=\"main\">\n"
    for section in sections {
      text += "<section aria-labelledby=\"\(section.id)\">\n"
      text += "<h2 id=\"\(section.id)\">\(HTMLText.escaped(section.heading))</h2>\n"
      text += section.body + "</section>\n"
    }
    return text + "</main>\n<script>\n\(PageScript.text)\n</script>\n</body>\n</html>\n"
  }

  /// The policies' colours and marks; a script makes switches of them.
  private var legend: String {
    if policies.isEmpty { return "" }
    var text = "<div id=\"legend\"><h2 id=\"policies\">Policies</h2>\n"
    text += "<ul aria-labelledby=\"policies\">\n"
    for policy in policies {
      text += "<li data-policy=\"\(HTMLText.escaped(policy))\">\(Self.sample(policy))"
      text += "<span>\(HTMLText.escaped(policy))</span></li>\n"
    }
    return text + "</ul></div>\n"
  }

  private static func sample(_ policy: String) -> String {
    let style = PolicyStyles.style(policy)
    let color = FigureTheme.color(style)
    return "<svg width=\"26\" height=\"12\" aria-hidden=\"true\">"
      + SVGText.line(
        1, 6, 25, 6, color: color, width: 2.2, extra: FigureTheme.dash(style))
      + SVGMark.svg(style, x: 13, y: 6, radius: 3.6, isRing: false, color: color) + "</svg>"
  }
}
