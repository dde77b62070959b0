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

  @Test(arguments: seeds) func everyReaderTellsOrReads(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed, stream: "damage")
    let model = DamagedText.of(ModelText.mixture, &generator)
    do throws(InputError) {
      let read = try LanguageModel.read(JSONReader.node(of: model, file: "f"), file: "f")
      // What is read has sizes that can be worked with.
      #expect(read.parameters > 0 && read.kvBytesPerToken > 0, "seed \(seed)")
    } catch {
      #expect(DamagedText.isTold(error, in: "f"), "seed \(seed)")
    }
    let config = DamagedText.of(PublishedConfigTests.mixture, &generator)
    do throws(InputError) {
      let read = try PublishedConfig.read(JSONReader.node(of: config, file: "f"), file: "f").model
      #expect(read.parameters > 0, "seed \(seed)")
    } catch {
      #expect(DamagedText.isTold(error, in: "f"), "seed \(seed)")
    }
    let path = SharedFiles.repositoryRoot + "/models/"
    for file in ["llms/operators/a100-sxm4-80gb.json", "stacks/vllm-0.19.json"] {
      let text = DamagedText.of(TemporaryFolder.text(of: path + file), &generator)
      do throws(InputError) {
        let node = try JSONReader.node(of: text, file: "f")
        if file.hasPrefix("stacks") {
          _ = try ServingStack.read(node, file: "f")
        } else {
          _ = try OperatorFile.read(node, file: "f")
        }
      } catch {
        #expect(DamagedText.isTold(error, in: "f"), "seed \(seed)")
      }
    }
  }
}
