import Testing

@testable import Reports

/// Colours: contrast with the ground (WCAG 2.2), and distance under colour blindness.
struct FigureColorTests {
  /// Linear red, green and blue of "#rrggbb".
  private func linear(_ hex: String) -> [Double] {
    let digits = Array(hex.utf8.dropFirst())
    return (0..<3).map { i in
      let byte = Int(String(decoding: digits[(2 * i)..<(2 * i + 2)], as: UTF8.self), radix: 16) ?? 0
      let x = Double(byte) / 255
      return x <= 0.04045 ? x / 12.92 : power((x + 0.055) / 1.055, 2.4)
    }
  }

  /// x to an exponent in tenths, by bisection: this target has no mathematics library.
  private func power(_ x: Double, _ exponent: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    func raised(_ y: Double, _ n: Int) -> Double { (0..<n).reduce(1.0) { p, _ in p * y } }
    let goal = raised(x, Int(exponent * 5))
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if raised(middle, 5) < goal { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  private func contrast(_ a: String, _ b: String) -> Double {
    func luminance(_ hex: String) -> Double {
      zip(linear(hex), [0.2126, 0.7152, 0.0722]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let (x, y) = (luminance(a), luminance(b))
    return (max(x, y) + 0.05) / (min(x, y) + 0.05)
  }

  // Machado, Oliveira and Fernandes 2009, severity 1.
  private static let visions: [(name: String, matrix: [[Double]])] = [
    ("normal", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    (
      "protan",
      [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
      ]
    ),
    (
      "deutan",
      [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
      ]
    ),
    (
      "tritan",
      [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
      ]
    ),
  ]

  /// CIE L*a*b* (D65) as a kind of vision has it.
  private func lab(_ hex: String, _ matrix: [[Double]]) -> [Double] {
    let color = linear(hex)
    let seen = matrix.map { row in min(1, max(0, zip(row, color).reduce(0) { $0 + $1.0 * $1.1 })) }
    let rows = [
      [0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505],
    ]
    let xyz = zip(rows, [0.9505, 1, 1.089]).map { row, white in
      zip(row, seen).reduce(0) { $0 + $1.0 * $1.1 } / white
    }
    let f = xyz.map { $0 > 0.008856 ? cubeRoot($0) : 7.787 * $0 + 16.0 / 116 }
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
  }

  private func cubeRoot(_ x: Double) -> Double {
    var y = max(x, 0.1)
    for _ in 0..<40 { y -= (y * y * y - x) / (3 * y * y) }
    return y
  }

  private func dark(_ light: String) -> String {
    FigureTheme.darkTwins.first { $0.light == light }?.dark ?? light
  }

  @Test func wordsAndSeriesStandOutFromTheGround() {
    #expect(abs(contrast("#ffffff", "#000000") - 21) < 0.01)
    #expect(abs(contrast("#ffffff", "#767676") - 4.54) < 0.01)
    for isDark in [false, true] {
      func color(_ light: String) -> String { isDark ? dark(light) : light }
      let ground = color(FigureTheme.paper)
      for word in [FigureTheme.text, FigureTheme.muted] {
        #expect(contrast(color(word), ground) >= 4.5, "\(word), dark \(isDark)")
      }
      for series in FigureTheme.series + [FigureTheme.rule] {
        #expect(contrast(color(series), ground) >= 3, "\(series), dark \(isDark)")
      }
    }
  }

  @Test func wordsOfPagesStandOutFromTheirGrounds() {
    let text = (FigureTheme.text, dark(FigureTheme.text))
    for shade in PageStyle.shades {
      #expect(contrast(text.0, shade.light) >= 4.5, "\(shade.light)")
      #expect(contrast(text.1, shade.dark) >= 4.5, "\(shade.dark)")
    }
    #expect(contrast(PageStyle.link.light, FigureTheme.paper) >= 4.5)
    #expect(contrast(PageStyle.link.dark, dark(FigureTheme.paper)) >= 4.5)
  }

  @Test func seriesStayApartForColourBlindReaders() {
    for isDark in [false, true] {
      let colors = FigureTheme.series.map { isDark ? dark($0) : $0 }
      for vision in Self.visions {
        let places = colors.map { lab($0, vision.matrix) }
        for i in places.indices {
          for j in 0..<i {
            let squares = zip(places[i], places[j]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            // A distance of 2.3 is just seen.
            #expect(
              squares.squareRoot() > 12, "\(colors[i]) and \(colors[j]), \(vision.name)")
          }
        }
      }
    }
  }

  @Test func everyColourHasATwinForDarkGround() {
    let light = [
      FigureTheme.paper, FigureTheme.text, FigureTheme.muted, FigureTheme.grid, FigureTheme.axis,
      FigureTheme.rule, FigureTheme.ghost,
    ]
    #expect(FigureTheme.darkTwins.map(\.light) == light + FigureTheme.series)
    let svg = SVGFigure(
      title: "t",
      panels: [
        FigurePanel(
          x: FigureAxis("x"), y: FigureAxis("y"),
          series: [FigureSeries("s", points: [.init(0, 1), .init(1, 2)], hasMarkers: true)],
          rules: [FigureRule(.horizontal, at: 1, label: "r")])
      ]
    ).svg
    // What is drawn has no colour of which the dark ground knows nothing.
    for part in svg.split(separator: "\"") where part.hasPrefix("#") && part.utf8.count == 7 {
      #expect(FigureTheme.darkTwins.contains { $0.light == part || $0.dark == part }, "\(part)")
    }
  }
}
