import Foundation
import SimBasics
import Tables
import TestSupport
import Testing

@testable import Traces
@testable import Workloads

/// The traces in `traces/` are the bytes that the commands on their pages make, on every platform.
@Suite struct ShippedTraceTests {
  static let folder = SharedFiles.repositoryRoot + "/traces"

  struct Recipe: Sendable, CustomTestStringConvertible {
    var file: String
    var parameters: [(name: String, value: Double)]
    var seed: UInt64
    var tokens: TokenSizes.Name
    var testDescription: String { file }
  }

  @Test(arguments: [
    Recipe(file: "code-onoff", parameters: [], seed: 36, tokens: .code),
    Recipe(file: "chat-steady", parameters: [], seed: 34, tokens: .chat),
    Recipe(file: "diurnal", parameters: [("rps", 5), ("day_s", 3_600)], seed: 1, tokens: .chat),
  ])
  func isWhatItsCommandMakes(recipe: Recipe) throws {
    let path = Self.folder + "/\(recipe.file).csv"
    let shipped = try InputFile.bytes(at: path)
    let trace = try TraceImport.open(path: path)
    let command = try #require(trace.summary.provenance.first { $0.key == "made_by" })
    #expect(command.value.contains("--duration-s 3600 --seed \(recipe.seed) "))
    let text = TraceText(hasSizes: true)
    var made = Array(text.header(trace.summary.provenance).utf8)
    var arrivals = try ArrivalGenerator(
      .generator(GeneratorSpec(recipe.file, parameters: recipe.parameters)), seed: recipe.seed,
      stream: "trace")
    var sizes = try #require(TokenSizes(recipe.tokens, seed: recipe.seed, stream: "trace"))
    while let time = arrivals.next(), time < 3_600_000_000_000 {
      let size = sizes.next()
      text.append(
        TraceRow(arrivalNS: time, inputTokens: size.input, outputTokens: size.output), to: &made)
    }
    #expect(made.count == shipped.count)
    #expect(made == shipped)
    #expect(shipped.count < 600_000)
  }

  @Test func everyTraceHasItsPage() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
    for name in names where name.hasSuffix(".csv") {
      let page = String(name.dropLast(4)) + ".md"
      #expect(names.contains(page), "\(name) needs \(page): origin, licence, command, limits")
    }
    #expect(names.contains("README.md"))
  }
}
