/// Colours of all figures, on light ground and on dark; quiet axes, series that stay apart for
/// colour-blind readers (after Okabe and Ito 2008). Tests hold the contrast with the ground at 3 or
/// more (WCAG 2.2, 1.4.11), that of words at 4.5 (1.4.3), and the distance of any two series under
/// each kind of colour blindness.
package enum FigureTheme {
  static let paper = "#ffffff"
  static let text = "#1f2933"
  static let muted = "#5f6b7a"
  static let grid = "#e8ebef"
  static let axis = "#9aa5b1"
  static let rule = "#7b8794"
  /// What stands behind the series a panel is about.
  static let ghost = "#cfd6de"
  static let series = [
    "#0072b2", "#e0490f", "#009e78", "#b0608f", "#6f9433", "#3a93f0", "#4b5563", "#7a3e1d",
  ]
  static let fonts = "system-ui, 'Helvetica Neue', Helvetica, Arial, sans-serif"

  /// Every colour and what takes its place on dark ground.
  package static let darkTwins: [(light: String, dark: String)] = [
    (paper, "#14181d"), (text, "#e6e9ed"), (muted, "#a7b1bd"), (grid, "#2a313a"),
    (axis, "#6b7683"), (rule, "#8c97a4"), (ghost, "#3d4752"),
    ("#0072b2", "#6a8fe8"), ("#e0490f", "#f07a35"), ("#009e78", "#23dd92"),
    ("#b0608f", "#b392b5"), ("#6f9433", "#ebe030"), ("#3a93f0", "#9fd8ff"),
    ("#4b5563", "#c6d6c6"), ("#7a3e1d", "#bb775e"),
  ]

  /// Rules of CSS that turn a drawing's colours into those for dark ground: they are above the
  /// presentation attributes, which say the light ones. `scope` stands before each selector.
  package static func darkRules(scope: String = "") -> String {
    darkTwins.map { light, dark in
      "\(scope)[fill=\"\(light)\"]{fill:\(dark)}\(scope)[stroke=\"\(light)\"]{stroke:\(dark)}"
    }.joined(separator: "\n")
  }

  /// The colour of a style.
  package static func color(_ style: SeriesStyle) -> String { series[style.color % series.count] }

  /// The `stroke-dasharray` of a style's lines; empty for whole ones.
  static func dash(_ style: SeriesStyle) -> String {
    let patterns = ["", "6 3", "2 3", "9 3 2 3"]
    let pattern = patterns[style.dash % patterns.count]
    return pattern.isEmpty ? "" : " stroke-dasharray=\"\(pattern)\""
  }
}
