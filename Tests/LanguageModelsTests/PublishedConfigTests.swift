import Hardware
import Tables
import TestSupport
import Testing

@testable import LanguageModels

/// Configurations as publishers lay them out, written here with sizes of small models.
struct PublishedConfigTests {
  private static let llama = """
    {
      "architectures": ["LlamaForCausalLM"],
      "attention_bias": false,
      "bos_token_id": 1,
      "hidden_size": 512,
      "intermediate_size": 1408,
      "max_position_embeddings": 8192,
      "model_type": "llama",
      "num_attention_heads": 8,
      "num_hidden_layers": 6,
      "num_key_value_heads": 2,
      "rope_scaling": null,
      "tie_word_embeddings": false,
      "torch_dtype": "bfloat16",
      "vocab_size": 32000
    }
    """
  static let mixture = """
    {
      "decoder_sparse_step": 1, "head_dim": 128, "hidden_size": 512, "intermediate_size": 1024,
      "max_position_embeddings": 4096, "mlp_only_layers": [0], "model_type": "qwen3_moe",
      "moe_intermediate_size": 192, "num_attention_heads": 8, "num_experts": 16,
      "num_experts_per_tok": 4, "num_hidden_layers": 6, "num_key_value_heads": 2,
      "tie_word_embeddings": true, "torch_dtype": "float16", "vocab_size": 5000
    }
    """

  private static func read(_ text: String) throws(InputError) -> (LanguageModel, [Diagnostic]) {
    try PublishedConfig.read(JSONReader.node(of: text, file: "tiny.json"), file: "tiny.json")
  }

  @Test func denseModel() throws {
    let (model, notes) = try Self.read(Self.llama)
    #expect(notes.isEmpty)
    #expect(model.name == "tiny" && model.layers == 6 && model.hidden == 512 && model.heads == 8)
    #expect(model.kvHeads == 2 && model.headDim == 64 && model.ffn == 1408 && model.isGated)
    #expect(model.vocab == 32000 && !model.hasTiedEmbedding && model.precision == .bf16)
    #expect(model.experts == nil && model.maxContext == 8192)
    let again = try LanguageModel.read(
      JSONReader.node(of: model.jsonText, file: "tiny.json"), file: "tiny.json")
    #expect(again.jsonText == model.jsonText)
  }

  @Test func mixtureOfExperts() throws {
    let (model, _) = try Self.read(Self.mixture)
    #expect(model.headDim == 128 && model.hasTiedEmbedding && model.precision == .fp16)
    #expect(
      model.experts
        == ExpertMixture(experts: 16, perToken: 4, ffn: 192, sharedFFN: 0, denseLayers: 1))
    #expect(model.ffn == 1024)
    let mixtral = Self.mixture.replacingOnce("qwen3_moe", "mixtral").replacingOnce(
      "num_experts\"", "num_local_experts\"")
    let (other, _) = try Self.read(mixtral)
    #expect(other.experts == ExpertMixture(experts: 16, perToken: 4, ffn: 1024))
  }

  @Test func keysThatMayBeMissing() throws {
    let bare = Self.llama.replacingOnce("\"num_key_value_heads\": 2,", "").replacingOnce(
      "\"torch_dtype\": \"bfloat16\",", "")
    let (model, notes) = try Self.read(bare)
    #expect(model.kvHeads == 8)
    #expect(notes.map(\.description) == ["tiny.json: note: no 'torch_dtype': bf16 is assumed"])
    let fp8 = Self.llama.replacingOnce(
      "\"rope_scaling\": null", "\"quantization_config\": { \"quant_method\": \"fp8\" }")
    #expect(try Self.read(fp8).0.precision == .fp8)
  }

  @Test(arguments: [
    (
      "\"model_type\": \"llama\"", "\"model_type\": \"lama\"",
      "tiny.json:8:17: error: unknown architecture 'lama' in 'model_type'\n"
        + "  hint: did you mean 'llama'?"
    ),
    (
      "\"hidden_size\": 512,", "",
      "tiny.json:1:1: error: a model's configuration needs the key 'hidden_size'"
    ),
    (
      "\"hidden_size\": 512", "\"hidden_size\": 516",
      "tiny.json:5:18: error: expected a multiple of the 8 heads in 'hidden_size', found 516\n"
        + "  hint: or 'head_dim' beside it"
    ),
    (
      "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3",
      "tiny.json:11:26: error: expected a divisor of the 8 heads in 'num_key_value_heads', found 3"
    ),
    (
      "\"bfloat16\"", "\"bfloat15\"",
      "tiny.json:14:18: error: unknown format of weights: \"bfloat15\"\n"
        + "  hint: did you mean 'bfloat16'?"
    ),
    (
      "\"rope_scaling\": null", "\"quantization_config\": {\"quant_method\": \"awq\"}",
      "tiny.json:12:43: error: quantised weights are not modelled beyond fp8: 'awq'\n"
        + "  hint: read the configuration of the model that was quantised"
    ),
  ])
  func damagedConfigurationsAreToldWhere(old: String, new: String, told: String) {
    let text = Self.llama.replacingOnce(old, new)
    let fault = #expect(throws: InputError.self) { _ = try Self.read(text) }
    #expect(fault?.description == told)
  }

  @Test func whatIsNotModelledIsSaid() throws {
    let window = Self.llama.replacingOnce("\"rope_scaling\": null", "\"sliding_window\": 4096")
    #expect(
      try Self.read(window).1.map(\.description) == [
        "tiny.json:12:21: note: a sliding window of 4096 tokens is not modelled: attention sees "
          + "all of them"
      ])
    let late = Self.mixture.replacingOnce("\"mlp_only_layers\": [0]", "\"mlp_only_layers\": [3]")
    let fault = #expect(throws: InputError.self) { _ = try Self.read(late) }
    #expect(fault?.description.contains("expected the first layers in order") == true)
  }
}
