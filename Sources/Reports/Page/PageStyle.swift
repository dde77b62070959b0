/// How pages look: on light ground and dark, and in print, which is always light.
enum PageStyle {
  /// Grounds of shaded cells, from little to much, on light and on dark ground.
  static let shades: [(light: String, dark: String)] = [
    ("#fdf0e9", "#2b211c"), ("#fbdccb", "#43291c"), ("#f6bd9d", "#60351d"), ("#ee9a6c", "#80441f"),
  ]
  /// Links, on light and on dark ground.
  static let link = (light: "#005a9c", dark: "#8ab4f8")

  private static func twin(_ light: String) -> String {
    FigureTheme.darkTwins.first { $0.light == light }?.dark ?? light
  }

  private static func variables(isDark: Bool) -> String {
    func color(_ light: String) -> String { isDark ? twin(light) : light }
    var text = "--paper:\(color(FigureTheme.paper));--text:\(color(FigureTheme.text));"
    text += "--muted:\(color(FigureTheme.muted));--line:\(color(FigureTheme.grid));"
    text += "--link:\(isDark ? link.dark : link.light);"
    for (i, shade) in shades.enumerated() {
      text += "--h\(i + 1):\(isDark ? shade.dark : shade.light);"
    }
    return text
  }

  static let css = """
    :root{color-scheme:light dark;\(variables(isDark: false))}
    @media screen and (prefers-color-scheme: dark){
    :root{\(variables(isDark: true))}
    \(FigureTheme.darkRules(scope: "svg "))
    }
    *{box-sizing:border-box}
    @media screen{section{content-visibility:auto;contain-intrinsic-size:auto 900px}}
    body{margin:0 auto;max-width:1280px;padding:16px 20px 60px;background:var(--paper);
    color:var(--text);font:15px/1.5 \(FigureTheme.fonts)}
    h1{font-size:26px;margin:8px 0 0}
    h2{font-size:20px;margin:36px 0 8px;padding-top:8px;border-top:1px solid var(--line)}
    h3{font-size:16px;margin:20px 0 6px}
    p{margin:6px 0;max-width:85ch}
    .lead,figcaption,small,.note{color:var(--muted)}
    a{color:var(--link)}
    a:focus-visible,button:focus-visible,summary:focus-visible,input:focus-visible,
    .scroll:focus-visible{outline:2px solid var(--link);outline-offset:2px}
    .skip{position:absolute;left:-9999px}
    .skip:focus{position:static}
    nav ul,#legend ul{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;padding:0;margin:8px 0}
    #legend h2{font-size:15px;margin:10px 0 0;border:0;padding:0}
    #legend li,#legend label{display:flex;align-items:center;gap:6px}
    figure{margin:12px 0 24px}
    .scroll{overflow-x:auto;max-width:100%}
    svg.figure{max-width:max(100%,960px);height:auto;display:block}
    table{border-collapse:collapse;font-size:14px;margin:8px 0 4px}
    caption{text-align:left;color:var(--muted);padding:4px 0}
    th,td{padding:3px 10px;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
    th[scope=row]{font-weight:400;white-space:nowrap}
    .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
    .best{font-weight:700}
    .h1{background:var(--h1)}.h2{background:var(--h2)}.h3{background:var(--h3)}.h4{background:var(--h4)}
    th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;
    text-align:inherit;text-decoration:underline dotted}
    th[aria-sort=ascending] button::after{content:" \\2191"}
    th[aria-sort=descending] button::after{content:" \\2193"}
    .sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    pre{overflow-x:auto;font-size:13px;white-space:pre-wrap;overflow-wrap:anywhere}
    code{overflow-wrap:anywhere}
    .dim{opacity:.15}
    @media print{body{max-width:none;padding:0;font-size:11pt}nav,.skip{display:none}
    .scroll{overflow:visible}svg.figure{max-width:100%;height:auto}
    h2{break-after:avoid}figure,tr{break-inside:avoid}details>*{display:block}}
    """
}
