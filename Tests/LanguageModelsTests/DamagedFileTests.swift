import Hardware
import SimBasics
import Tables
import TestSupport
import Testing

@testable import LanguageModels

/// Files with bytes changed, cut or doubled are read or refused with places, and never crash.
struct DamagedFileTests {
  private static let library = LanguageModelTests.library
  private static let seeds: Range<UInt64> = SharedFiles.isDeepRun ? 0..<2000 : 0..<60

  /// A text with one to four damages, still ASCII.
  private static func damaged(_ text: String, _ generator: inout SeededGenerator) -> String {
    var bytes = Array(text.utf8)
    func below(_ n: Int) -> Int { Int(generator.next() % UInt64(max(1, n))) }
    for _ in 0...below(4) {
      let at = below(bytes.count)
      switch below(4) {
      case 0: bytes[at] = UInt8(32 + below(95))
      case 1: bytes.remove(at: at)
      case 2:
        bytes.insert(
          contentsOf: "0123456789-.e\",:[]{}".utf8.shuffled(using: &generator).prefix(2), at: at)
      default:
        let end = min(bytes.count, at + 1 + below(12))
        bytes.replaceSubrange(at..<end, with: Array("99999999999".utf8.prefix(below(12))))
      }
      if bytes.isEmpty { bytes = [32] }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func expectPlaces(_ fault: InputError, _ name: String, _ seed: UInt64) {
    #expect(!fault.diagnostics.isEmpty, "seed \(seed)")
    for diagnostic in fault.diagnostics {
      #expect(diagnostic.file == name && !diagnostic.message.isEmpty, "seed \(seed)")
    }
  }

  @Test(arguments: seeds) func everyReaderTellsOrReads(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed, stream: "damage")
    let model = Self.damaged(ModelText.mixture, &generator)
    do throws(InputError) {
      let read = try LanguageModel.read(JSONReader.node(of: model, file: "f"), file: "f")
      // What is read has sizes that can be worked with.
      #expect(read.parameters > 0 && read.kvBytesPerToken > 0, "seed \(seed)")
    } catch {
      Self.expectPlaces(error, "f", seed)
    }
    let config = Self.damaged(PublishedConfigTests.mixture, &generator)
    do throws(InputError) {
      let read = try PublishedConfig.read(JSONReader.node(of: config, file: "f"), file: "f").model
      #expect(read.parameters > 0, "seed \(seed)")
    } catch {
      Self.expectPlaces(error, "f", seed)
    }
    let path = SharedFiles.repositoryRoot + "/models/"
    for file in ["llms/operators/a100-sxm4-80gb.json", "stacks/vllm-0.19.json"] {
      let text = Self.damaged(TemporaryFolder.text(of: path + file), &generator)
      do throws(InputError) {
        let node = try JSONReader.node(of: text, file: "f")
        if file.hasPrefix("stacks") {
          _ = try ServingStack.read(node, file: "f")
        } else {
          _ = try OperatorFile.read(node, file: "f")
        }
      } catch {
        Self.expectPlaces(error, "f", seed)
      }
    }
    for rows in [OperatorRowsTests.gemm, OperatorRowsTests.decode, OperatorRowsTests.experts] {
      do throws(InputError) {
        let table = try CSVReader.table(of: Self.damaged(rows, &generator), file: "f")
        guard let family = OperatorSampleFile.family(of: table.header.fields) else { continue }
        _ = try OperatorSampleFile.of(table, family, library: Self.library)
      } catch {
        Self.expectPlaces(error, "f", seed)
      }
    }
  }
}
