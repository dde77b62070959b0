import Policies
import Reports
import Scheduling
import TestSupport
import Testing

@testable import gpuloom

/// The comparison's picture can be read, however much is in it.
struct CompareFigureTests {
  private let folder = TemporaryFolder()

  /// A text of the figure and about where it stands.
  private struct Word {
    var text: String
    var x: ClosedRange<Double>
    var y: Double
    var size: Double
  }

  /// The texts that run from left to right.
  private static func words(_ svg: String) -> [Word] {
    var down = 0.0
    return svg.split(separator: "\n").compactMap { line in
      // Panels are drawn below a head, in a group moved down by its height.
      if let from = line.firstRange(of: "translate(0 ")?.upperBound {
        down = Double(line[from...].prefix { $0 != ")" }) ?? 0
      }
      guard line.hasPrefix("<text "), !line.contains("rotate") else { return nil }
      func value(_ name: String) -> Double {
        guard let from = line.firstRange(of: " \(name)=\"")?.upperBound,
          let to = line[from...].firstIndex(of: "\"")
        else { return 0 }
        return Double(line[from..<to]) ?? 0
      }
      guard let start = line.firstIndex(of: ">"), let end = line.lastIndex(of: "<"), start < end
      else { return nil }
      let text = String(line[line.index(after: start)..<end])
      let (x, size) = (value("x"), value("font-size"))
      let width = SVGText.width(text, size: size)
      var left = x
      if line.contains("text-anchor=\"middle\"") { left = x - width / 2 }
      if line.contains("text-anchor=\"end\"") { left = x - width }
      return Word(text: text, x: left...(left + width), y: value("y") + down, size: size)
    }
  }

  private func svg(policies: [String], tenants: Int) -> String {
    let list = (0..<tenants).map {
      """
      {"name": "a tenant of some name, \($0)", "model": "lstm_cell", "slo_ms": 5,
       "arrivals": {"poisson_rps": 1000}}
      """
    }
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "f", "gpu": "v100-sxm2-16gb", "testbed": "ideal",
       "tenants": [\(list.joined(separator: ",\n"))],
       "policies": [\(policies.joined(separator: ", "))], "duration_s": 0.02}

      """)
    let run = CommandLineRun(["compare", "e.json", "--out", "o", "--quiet"], in: folder.path)
    #expect(run.status == 0, "\(run.error)")
    return folder.text("o/comparison.svg")
  }

  private static let five = [
    "\"exclusive\"", "\"time-only\"", "\"space-only\"", "\"batched\"", "\"space-time\"",
  ]
  private static let nine =
    five + [
      "{\"policy\": \"batched\", \"max_batch\": 4, \"max_delay_ms\": 10}",
      "{\"policy\": \"space-time\", \"window_us\": 200, \"slo_aware\": false}",
      "{\"policy\": \"space-time\", \"variable_size\": true}",
      "{\"policy\": \"space-only\", \"mechanism\": \"streams\"}",
    ]

  private static let many = (1...24).map {
    "{\"policy\": \"space-time\", \"window_us\": \($0), \"max_problems\": \($0 + 1)}"
  }

  @Test("no two words overlap", arguments: [five, nine, many], [1, 3, 20])
  func wordsStandApart(policies: [String], tenants: Int) {
    let words = Self.words(svg(policies: policies, tenants: tenants))
    #expect(words.count > 20)
    for (i, a) in words.enumerated() {
      for b in words[..<i] where abs(a.y - b.y) < min(a.size, b.size) * 0.7 {
        #expect(!a.x.overlaps(b.x), "'\(a.text)' and '\(b.text)' at y \(a.y)")
      }
    }
    let names = words.map(\.text)
    #expect(names.contains("time-only") == (policies.count < 24))
    // A long list of options is in the key, its number beside the row.
    let key = "[1] batched(max_batch=4,max_delay_ms=10)"
    #expect(names.contains(key) == (policies.count == 9))
    #expect(names.contains("batched [1]") == (policies.count == 9))
  }

  @Test("tenants beyond the most that are drawn are told of")
  func manyTenants() {
    let svg = svg(policies: ["\"exclusive\"", "\"space-time\""], tenants: 40)
    #expect(svg.contains("24 of 40 tenants are drawn"))
    #expect(svg.contains("a tenant of some name, 23") && !svg.contains("some name, 24"))
  }

  @Test("a policy has one colour in all panels, and another than those beside it")
  func colours() {
    let svg = svg(policies: Self.five, tenants: 3)
    let rows = svg.split(separator: "\n").filter {
      $0.hasPrefix("<rect x=") && $0.contains("fill=")
    }
    let fills = rows.compactMap { line in
      line.firstRange(of: "fill=\"").map { String(line[$0.upperBound...].prefix(7)) }
    }
    // The device's useful work and three tenants' objectives, five policies each.
    #expect(fills.count == 20 && Set(fills).count == 5)
    for start in stride(from: 0, to: fills.count, by: 5) {
      #expect(Array(fills[start..<min(start + 5, fills.count)]) == Array(fills.prefix(5)))
    }
  }

  @Test("every policy that ships has a look of its own")
  func looks() {
    let names = PolicyCatalog.builtIn.allNames
    var seen: [SeriesStyle: String] = [:]
    for name in names {
      let style = PolicyStyles.style(name)
      #expect(
        seen[style] == nil,
        "'\(name)' looks like '\(seen[style] ?? "")': add it to the end of PolicyStyles.known")
      seen[style] = name
    }
  }
}
