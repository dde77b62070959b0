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

  @Test func catalogueIsWhatShipsAndReadsBackEqual() throws {
    let names = Self.library.languageModelNames
    #expect(names.count >= 8)
    for name in names {
      let model = try Self.library.languageModel(name)
      #expect(model.name == name)
      #expect(!model.sources.isEmpty)
      let again = try LanguageModel.read(
        JSONReader.node(of: model.jsonText, file: "again.json"), file: "again.json")
      #expect(again.jsonText == model.jsonText)
      #expect(again.parameters == model.parameters)
    }
  }

  @Test func bytesAreThoseOfWeightsAndCache() throws {
    let llama = try Self.library.languageModel("llama-3.1-8b")
    #expect(llama.kvBytesPerToken == 32 * 2 * 8 * 128 * 2)
    #expect(llama.weightsBytes == 2 * Int64(llama.parameters))
    #expect(llama.activeParameters == llama.parameters)
    var half = llama
    half.precision = .fp8
    let ends = 2 * llama.vocab * llama.hidden + (2 * llama.layers + 1) * llama.hidden
    #expect(half.weightsBytes == llama.weightsBytes - Int64(llama.parameters - ends))
    // The publisher's name says it: 30 billion, 3 of them at work.
    let mixture = try Self.library.languageModel("qwen3-30b-a3b")
    #expect((3.2e9...3.5e9).contains(Double(mixture.activeParameters)))
  }

  @Test func aModelIsFoundByNameOrFile() throws {
    #expect(Self.library.isLanguageModel("Llama-3.1-8B"))
    #expect(!Self.library.isLanguageModel("resnet50"))
    #expect(!Self.library.isLanguageModel("nowhere.csv"))
    let folder = TemporaryFolder()
    folder.write("m.json", ModelText.dense)
    let path = folder.path + "/m.json"
    #expect(Self.library.isLanguageModel(path))
    #expect(try Self.library.languageModel(path).name == "m")
    let fault = #expect(throws: InputError.self) {
      try Self.library.languageModel("llama-3.1-8")
    }
    #expect(
      fault?.description == "gpuloom: error: unknown language model 'llama-3.1-8'\n"
        + "  hint: did you mean 'llama-3.1-8b'?")
  }

  @Test(arguments: ModelText.damaged)
  func damagedFilesAreToldWhere(old: String, new: String, told: String) throws {
    let text = ModelText.mixture.replacingOnce(old, new)
    let fault = #expect(throws: InputError.self) {
      try LanguageModel.read(JSONReader.node(of: text, file: "m.json"), file: "m.json")
    }
    #expect(fault?.description == told)
  }
}

/// Model files of the tests' own.
enum ModelText {
  static let dense = """
    {
      "format": "gpuloom.llm/1", "layers": 2, "hidden": 256, "heads": 4, "kv_heads": 2,
      "head_dim": 64, "ffn": 512, "gated": true, "vocab": 1000, "tied_embedding": true,
      "precision": "bf16", "max_context": 4096, "sources": "assumed: a small one"
    }
    """
  static let mixture = """
    {
      "format": "gpuloom.llm/1",
      "layers": 4, "hidden": 256, "heads": 4, "kv_heads": 2, "head_dim": 64, "ffn": 512,
      "gated": true, "vocab": 1000, "tied_embedding": false, "precision": "fp8",
      "experts": 8, "experts_per_token": 2, "expert_ffn": 128, "shared_ffn": 64,
      "dense_layers": 1,
      "max_context": 4096,
      "sources": { "config": "assumed: a small one", "ffn": "assumed: by hand" }
    }
    """

  static let damaged: [(String, String, String)] = [
    (
      "gpuloom.llm/1", "gpuloom.gpu/1",
      "m.json:2:13: error: expected the format \"gpuloom.llm/1\", found \"gpuloom.gpu/1\""
    ),
    (
      "\"layers\": 4", "\"layers\": 0",
      "m.json:3:13: error: expected an integer from 1 to 1000 in 'layers', found 0"
    ),
    (
      "\"hidden\": 256, \"heads\": 4", "\"hidden\": 1000000, \"heads\": 40000",
      "m.json:3:26: error: expected sizes of at most 10^13 parameters together"
    ),
    (
      "\"layers\": 4, ", "",
      "m.json:1:1: error: a language model needs the key 'layers'"
    ),
    (
      "\"fp8\"", "\"fp4\"",
      "m.json:4:71: error: unknown precision 'fp4'\n  hint: did you mean 'fp8'?"
    ),
    (
      "\"experts_per_token\": 2", "\"experts_per_token\": 9",
      "m.json:5:38: error: expected at most the 8 experts in 'experts_per_token', found 9"
    ),
    (
      "\"dense_layers\": 1", "\"dense_layers\": 4",
      "m.json:6:19: error: expected fewer than the 4 layers in 'dense_layers', found 4\n"
        + "  hint: a model without experts leaves out 'experts' and what belongs to it"
    ),
    (
      "\"kv_heads\": 2", "\"kv_heads\": 3",
      "m.json:3:55: error: expected a divisor of the 4 heads in 'kv_heads', found 3"
    ),
    (
      "\"max_context\"", "\"max_contex\"",
      "m.json:1:1: error: a language model needs the key 'max_context'\n"
        + "m.json:7:3: error: unknown key 'max_contex' in a language model\n"
        + "  hint: did you mean 'max_context'?"
    ),
    (
      "\"ffn\": \"assumed", "\"fnn\": \"assumed",
      "m.json:8:50: error: unknown key 'fnn' in 'sources'\n  hint: did you mean 'ffn'?"
    ),
    (
      "\"config\": \"assumed: a small one\"", "\"config\": 7",
      "m.json:8:26: error: expected a string in 'config', found 7"
    ),
  ]
}
