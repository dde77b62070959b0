import Tables

/// Reads the `sources` object of a catalogue file: one entry per number, each saying how the
/// number is known.
package enum SourceReader {
  /// How a number may be known; the first word of every source.
  static let marks = ["measured", "published", "derived", "assumed"]

  /// The sources, and the faults: a number without a source, a source without a number, a source
  /// that does not begin with a mark.
  package static func read(
    _ node: JSONNode?, file: String, numbers: [String]
  ) -> (sources: [(key: String, source: String)], faults: [Diagnostic]) {
    guard let node else { return ([], []) }
    var fields = FieldReader(node, file: file, what: "'sources'")
    var sources: [(key: String, source: String)] = []
    for key in numbers {
      guard let entry = fields.required(key) else { continue }
      guard case .string(let text) = entry.value else {
        fields.fault(entry, "expected a string in '\(key)', found \(entry.found)")
        continue
      }
      let mark = String(text.prefix { $0 != ":" })
      if mark == text || !marks.contains(mark) {
        fields.fault(
          entry,
          "expected the source of '\(key)' to begin with how it is known, found \(entry.found)",
          hint: "begin with one of " + marks.map { "'\($0):'" }.joined(separator: ", "))
      }
      sources.append((key, text))
    }
    return (sources, fields.finish())
  }
}
