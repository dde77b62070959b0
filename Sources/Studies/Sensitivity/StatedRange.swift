import Hardware
import Tables

/// A range that a source gives for a constant: from a file of the format `gpuloom.ranges/1`.
package struct StatedRange: Sendable {
  /// The format's name and version.
  package static let format = "gpuloom.ranges/1"

  /// The constant's key, as in testbeds' and GPUs' files.
  package let name: String
  /// The smallest value.
  package let low: Double
  /// The largest value.
  package let high: Double
  /// Where it is from; begins with how it is known.
  package let source: String
  let file: String
  let node: JSONNode

  /// Reads a file of ranges.
  ///
  /// - Throws: as `InputFile.text(at:)`, and `badData` with every fault found.
  package static func read(_ path: String) throws(InputError) -> [StatedRange] {
    let node = try JSONReader.node(at: path)
    var fields = FieldReader(node, file: path, what: "a file of ranges")
    try fields.expectFormat(format)
    var (ranges, faults) = ([StatedRange](), [Diagnostic]())
    if let list = fields.required("ranges") {
      var inner = FieldReader(list, file: path, what: "'ranges'")
      for member in inner.remaining() {
        if let range = range(member, path, &inner, &faults) { ranges.append(range) }
      }
      faults += inner.finish()
    }
    faults = fields.finish() + faults
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    return ranges
  }

  private static func range(
    _ member: JSONNode.Member, _ path: String, _ inner: inout FieldReader,
    _ faults: inout [Diagnostic]
  ) -> StatedRange? {
    let testbeds = Testbed.constantNames + Testbed.otherConstantNames
    let known = testbeds + GPUSpec.constantNames
    guard known.contains(member.name) else {
      faults.append(
        Diagnostic(
          file: path, line: member.line, column: member.column,
          message: "neither a testbed nor a GPU has a constant '\(Excerpt.word(member.name))'",
          hint: NearestName.hint(for: member.name, in: known)))
      return nil
    }
    let bounds =
      testbeds.contains(member.name)
      ? Testbed.bounds(ofConstant: member.name) : GPUSpec.bounds(ofConstant: member.name)
    var fields = FieldReader(member.node, file: path, what: "the range '\(member.name)'")
    let low = fields.double("low", atLeast: bounds.lowerBound, atMost: bounds.upperBound)
    let high = fields.double("high", atLeast: bounds.lowerBound, atMost: bounds.upperBound)
    let source = fields.string("source")
    let marks = ["measured:", "published:", "derived:", "assumed:"]
    if !source.isEmpty, !marks.contains(where: { source.hasPrefix($0) }) {
      fields.fault(
        member.node, "expected the source to begin with how the range is known",
        hint: "begin with one of " + marks.map { "'\($0)'" }.joined(separator: ", "))
    }
    let found = fields.finish()
    faults += found
    guard found.isEmpty else { return nil }
    guard low < high else {
      inner.fault(member.node, "expected a 'low' below 'high' in the range '\(member.name)'")
      return nil
    }
    return StatedRange(
      name: member.name, low: low, high: high, source: source, file: path, node: member.node)
  }

  /// The fault of a range that leaves out what an experiment has.
  func fault(leavingOut value: Double) -> Diagnostic {
    Diagnostic(
      file: file, line: node.line, column: node.column,
      message: "the range of '\(name)', \(low) to \(high), leaves out what the experiment has, "
        + "\(value)")
  }
}
