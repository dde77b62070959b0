import CommandLine
import Reports
import Studies
import Tables

/// The results of a check as text, for JUnit readers, and as annotations of a hosted run.
struct CheckReport {
  /// How many misses of one experiment are shown.
  private static let most = 12

  let results: [CheckResult]
  let isUpdate: Bool

  /// A line for each result and for what it missed; faults are told on standard error.
  var text: String {
    var text = ""
    for result in results where result.faults.isEmpty {
      if let reason = result.leftOut {
        text += "LEFT OUT \(result.path): \(reason)\n"
      } else if isUpdate, result.misses.isEmpty {
        text += "updated  \(result.path)\n"
      } else if result.misses.isEmpty {
        text += "ok       \(result.path): \(result.count) figures\n"
        text += result.held.map { "  held: \($0.text)\n" }.joined()
        text += result.changes.map { "  note: \($0)\n" }.joined()
      } else {
        text +=
          "MISSED   \(result.path): \(result.misses.count) of \(result.count) figures moved\n"
        text += lines(result).map { "  \($0)\n" }.joined()
      }
    }
    return DiagnosticText.printable(text)
  }

  private func lines(_ result: CheckResult) -> [String] {
    var lines = result.misses.prefix(Self.most).map(\.text)
    if result.misses.count > Self.most {
      lines.append("and \(result.misses.count - Self.most) more")
    }
    lines += result.held.map { "held: \($0.text)" }
    if result.changes.isEmpty, !result.isPage {
      lines.append("no input changed: the simulator itself did")
    }
    return lines + result.changes
  }

  // MARK: JUnit

  /// A test case for each result that is as expected, in error where it could not be checked,
  /// skipped where it was not looked at; where figures moved, or single ones are held, one for each
  /// of them.
  var junit: String {
    func escaped(_ text: String) -> String { XMLText.escaped(DiagnosticText.printable(text)) }
    func part(_ name: String, _ lines: [String]) -> String {
      ">\n    <\(name) message=\"\(escaped(lines.first ?? ""))\">"
        + lines.map(escaped).joined(separator: "\n") + "</\(name)>\n  </testcase>\n"
    }
    var (cases, tests) = ("", 0)
    func add(_ name: String, _ rest: String = "/>\n") {
      tests += 1
      cases += "  <testcase classname=\"experiments\" name=\"\(escaped(name))\"" + rest
    }
    for result in results {
      if !result.faults.isEmpty {
        let lines = result.faults.flatMap { $0.description.split(separator: "\n") }
        add(result.path, part("error", lines.map(String.init)))
      } else if let reason = result.leftOut {
        add(result.path, ">\n    <skipped message=\"\(escaped(reason))\"/>\n  </testcase>\n")
      } else {
        for miss in result.misses {
          add("\(result.path): \(miss.figure)", part("failure", [miss.text] + result.changes))
        }
        for figure in result.held { add("\(result.path): \(figure.figure)") }
        if result.misses.isEmpty, result.held.isEmpty { add(result.path) }
      }
    }
    let counts = [
      ("tests", tests), ("failures", results.reduce(0) { $0 + $1.misses.count }),
      ("errors", results.count { !$0.faults.isEmpty }),
      ("skipped", results.count { $0.leftOut != nil && $0.faults.isEmpty }),
    ]
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"gpuloom check\""
      + counts.map { " \($0)=\"\($1)\"" }.joined() + ">\n" + cases + "</testsuite>\n"
  }

  // MARK: Files

  /// `check.csv`: a row for each figure that moved or is held by itself, and one for each result
  /// without any.
  var table: ReportTable {
    var table = ReportTable(
      columns: ["path", "status", "figure", "expected", "found", "detail"].map { ReportColumn($0) })
    for result in results {
      func add(_ status: String, _ figure: String, _ old: String, _ new: String, _ detail: String) {
        table.append([result.path, status, figure, old, new, detail].map { .text($0) })
      }
      for fault in result.faults { add("error", "", "", "", fault.description) }
      if let reason = result.leftOut { add("left out", "", "", "", reason) }
      for miss in result.misses {
        add("moved", miss.figure, miss.expected, miss.found, miss.detail)
      }
      for figure in result.held {
        add("held", figure.figure, figure.expected, figure.found, figure.detail)
      }
      if result.faults.isEmpty, result.leftOut == nil, result.misses.isEmpty, result.held.isEmpty {
        add(isUpdate ? "updated" : "ok", "\(result.count) figures", "", "", "")
      }
      for change in result.changes { add("input", "", "", "", change) }
    }
    return table
  }

  // MARK: Annotations

  /// Workflow commands of GitHub Actions: an error for each miss and each fault.
  var github: String {
    var text = ""
    for result in results {
      for fault in result.faults {
        let hint = fault.hint.map { "\nhint: \($0)" } ?? ""
        text += Self.annotation(
          "error", file: fault.file, line: fault.line, column: fault.column, fault.message + hint)
      }
      // What stands in a line of its own is told there, the rows of expected.csv together.
      let placed = result.misses.filter { $0.place != nil }
      for miss in placed.prefix(Self.most) {
        text += Self.annotation(
          "error", file: miss.place?.file ?? "", line: miss.place?.line ?? 0,
          title: "\(result.path): a figure moved", miss.text)
      }
      if result.misses.count > placed.count || placed.count > Self.most {
        text += Self.annotation(
          "error", file: result.isPage ? result.path : result.path + "/expected.csv",
          title: "\(result.path): \(result.misses.count) figures moved",
          lines(result).joined(separator: "\n"))
      }
    }
    let leftOut = results.filter { $0.leftOut != nil }
    if let reason = leftOut.first?.leftOut {
      text += Self.annotation(
        "warning", "\(reason): not checked: " + leftOut.map(\.path).joined(separator: ", "))
    }
    return text
  }

  /// One command; what is empty or 0 is not known.
  private static func annotation(
    _ command: String, file: String = "", line: Int = 0, column: Int = 0, title: String = "",
    _ message: String
  ) -> String {
    var properties: [String] = []
    // Annotations are placed by paths from the repository's root, which have no './'.
    let path = file.hasPrefix("./") ? String(file.dropFirst(2)) : file
    if !path.isEmpty { properties.append("file=" + escaped(path, isProperty: true)) }
    if line > 0 { properties.append("line=\(line)") }
    if line > 0, column > 0 { properties.append("col=\(column)") }
    if !title.isEmpty { properties.append("title=" + escaped(title, isProperty: true)) }
    let list = properties.isEmpty ? "" : " " + properties.joined(separator: ",")
    return "::\(command)\(list)::\(escaped(message, isProperty: false))\n"
  }

  /// A text as a command holds it: what would end it, or in a property the property, as codes.
  private static func escaped(_ text: String, isProperty: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "%": result += "%25"
      case "\r": result += "%0D"
      case "\n": result += "%0A"
      case ":" where isProperty: result += "%3A"
      case "," where isProperty: result += "%2C"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return DiagnosticText.printable(result)
  }
}
