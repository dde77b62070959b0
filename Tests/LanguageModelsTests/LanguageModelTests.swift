import Hardware
import Tables
import TestSupport
import Testing

@testable import LanguageModels

struct LanguageModelTests {
  static let library = ModelLibrary(folder: SharedFiles.repositoryRoot + "/models")

  /// Parameters as publishers count them, in millions; what biases add is below 0.1 %.
  @Test(arguments: [
    ("llama-2-7b", 6_738.4), ("llama-3.1-8b", 8_030.3), ("llama-3.1-70b", 70_553.7),
    ("qwen2.5-7b", 7_615.6), ("qwen3-32b", 32_762.1), ("qwen3-30b-a3b", 30_532.1),
    ("mixtral-8x7b", 46_702.8), ("phi-2", 2_779.7),
  ])
  func parametersAreThePublishers(name: String, millions: Double) throws {
    let model = try Self.library.languageModel(name)
    let own = Double(model.parameters) / 1e6
    #expect(abs(own / millions - 1) < 0.001, "\(name): \(own)")
  }
}
