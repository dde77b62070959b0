import Tables
import TestSupport
import Testing

@testable import KernelData

@Suite("Lowering stack reader")
struct LoweringStackTests {
  static let faults: [(old: String, new: String, error: String)] = [
    (
      "\"max_split\": 16", "\"max_split\": 0",
      "s.json:22:16: error: expected an integer from 1 to 64 in 'max_split', found 0"
    ),
    (
      "\"rows\": 128", "\"row\": 128",
      """
      s.json:8:5: error: a tile needs the key 'rows'
      s.json:8:26: error: unknown key 'row' in a tile
        hint: did you mean 'rows'?
      """
    ),
    (
      "\"efficiency\": 0.95", "\"efficiency\": 2",
      "s.json:8:133: error: expected a number from 0.01 to 1 in 'efficiency', found 2"
    ),
    (
      "\"elementwise\": \"fused\"", "\"elementwise\": \"seperate\"",
      """
      s.json:18:18: error: unknown word 'seperate' in 'elementwise'
        hint: did you mean 'separate'?
      """
    ),
    (
      "\"precision\": \"fp32\"", "\"precision\": \"fp61\"",
      """
      s.json:6:16: error: unknown word 'fp61' in 'precision'
        hint: did you mean 'fp16'?
      """
    ),
    (
      "stack/1", "gpu/1",
      "s.json:2:13: error: expected the format \"gpuloom.stack/1\", found \"gpuloom.gpu/1\""
    ),
    (
      "\"max_split\": \"derived:", "\"max_split\": \"seen:",
      """
      s.json:31:18: error: expected the source of 'max_split' to begin with how it is known, \
      found "seen: splits of up to 21 in NeuSight's V…"
        hint: begin with one of 'measured:', 'published:', 'derived:', 'assumed:'
      """
    ),
  ]

  @Test(arguments: faults.indices)
  func reportsFaultsWhereTheyStand(index: Int) throws {
    let (old, new, expected) = Self.faults[index]
    let text = try InputFile.text(
      at: SharedFiles.repositoryRoot + "/models/stacks/inference-fp32.json")
    let range = try #require(text.firstRange(of: old))
    let spoiled = text[..<range.lowerBound] + new + text[range.upperBound...]
    let error = #expect(throws: InputError.self) {
      try LoweringStack.read(
        JSONReader.node(of: String(spoiled), file: "s.json"), file: "s.json")
    }
    #expect(error?.description == expected)
  }
}
