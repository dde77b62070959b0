import Metrics
import Reports
import Tables

/// One run of a study as it is kept: what decides it, what it came to, and a checksum by which a
/// record that was cut short or damaged is told (`gpuloom.run/1`).
///
/// Lines `# key: value`, the header of `summary.csv`, and its rows of this run. The record depends
/// on nothing but the run and its place in the study.
package struct RunRecord: Sendable {
  package static let format = "gpuloom.run/1"

  /// The run's name.
  package let run: String
  /// Why the policy cannot run there; nil where it ran.
  package let refusal: String?
  /// The run's digest, in hexadecimal digits: equal runs have equal ones.
  package let digest: String
  /// What a reader of the run's figures must know.
  package let remarks: [String]
  /// The names of the columns, as a line of CSV.
  package let header: String
  /// The rows of the summary, each a line of CSV.
  package let rows: [String]
  /// The whole file.
  package let text: String

  /// A record of a run that was just made.
  ///
  /// - Parameters:
  ///   - about: further lines `# key: value` for readers.
  ///   - summary: the rows of the run, with their header; none where it was refused.
  init(
    run: String, version: String, about: [(key: String, value: String)], digest: UInt64,
    refusal: String?, remarks: [String], summary: ReportTable
  ) {
    func line(_ text: String) -> String {
      text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
    let digits = String(digest, radix: 16)
    let lines = summary.csv.split(separator: "\n").map(String.init)
    self.run = run
    self.refusal = refusal.map(line)
    self.digest = String(repeating: "0", count: 16 - digits.utf8.count) + digits
    self.remarks = remarks.map(line)
    header = lines.first ?? ""
    rows = Array(lines.dropFirst())
    var comments = [("format", Self.format), ("version", version), ("run", run)] + about
    if let refusal = self.refusal {
      comments.append(("refused", refusal))
    } else {
      comments.append(("digest", self.digest))
    }
    comments += self.remarks.map { ("remark", $0) }
    comments.append(("rows", "\(rows.count)"))
    let body = lines.map { $0 + "\n" }.joined()
    let head = comments.map { "# \($0.0): \($0.1)\n" }.joined()
    text = head + "# sha256: \(SHA256.hex(Array((head + body).utf8)))\n" + body
  }

  /// Reads a record.
  ///
  /// - Parameter run: the name that it must have.
  /// - Throws: `badData` for another format, another run, and what was cut short or damaged.
  package init(_ text: String, run: String, file: String) throws(InputError) {
    var keys: [(key: String, value: String)] = []
    var rest = text[...]
    var unhashed = ""
    while rest.utf8.first == UInt8(ascii: "#"), let end = rest.utf8.firstIndex(of: 10) {
      let line = CSVComment(Array(rest[..<end].utf8)[...], line: keys.count + 1)
      if line.key == "sha256" { unhashed = String(text[..<rest.startIndex]) }
      keys.append((line.key, line.value))
      rest = rest[rest.utf8.index(after: end)...]
    }
    func value(_ key: String) -> String? { keys.first { $0.key == key }?.value }
    func line(_ key: String) -> Int { (keys.firstIndex { $0.key == key } ?? -1) + 1 }
    if let format = value("format"), format != Self.format {
      throw InputError(
        file: file, line: line("format"), column: 11,
        message: "expected the format '\(Self.format)', found '\(Excerpt.word(format))'")
    }
    let sum = SHA256.hex(Array((unhashed + rest).utf8))
    guard let own = value("sha256"), own == sum, let count = value("rows").flatMap({ Int($0) })
    else {
      throw InputError(
        file: file,
        message: "the run was cut short or damaged: its checksum is not that of its text",
        hint: "'gpuloom sweep' runs it again")
    }
    guard value("run") == run else {
      throw InputError(
        file: file, line: line("run"), column: 8,
        message: "expected the run '\(run)', found '\(Excerpt.word(value("run") ?? ""))'",
        hint: "a run's file is named after it")
    }
    let lines = rest.split(separator: "\n").map(String.init)
    guard lines.count == count + 1 else {
      throw InputError(file: file, message: "expected \(count) rows, found \(lines.count - 1)")
    }
    self.run = run
    refusal = value("refused")
    digest = value("digest") ?? ""
    remarks = keys.filter { $0.key == "remark" }.map(\.value)
    header = lines[0]
    rows = Array(lines.dropFirst())
    self.text = text
  }
}
