import TestSupport
import Testing

/// The laws of language models as tenants (`llm.md`, §6) as a user meets them: a trace with lengths in,
/// `gpuloom compare`, requests and figures out.
@Suite("Laws of serving, through the command line")
struct ServingLawsCommandTests {
  private typealias Asked = (ms: Int, input: Int, output: Int)

  private static let exclusive = "\"exclusive\""

  /// Runs phi-2 on an H100 with requests at milliseconds, under policies as an experiment writes them.
  private static func run(
    _ requests: [Asked], _ policies: [String] = [exclusive], serving: String = "",
    more: [String] = []
  ) -> LawFiles.Result {
    let folder = TemporaryFolder()
    let rows = requests.map { "\($0.ms * 1_000_000),\($0.input),\($0.output)\n" }.joined()
    folder.write("t.csv", "arrival_ns,input_tokens,output_tokens\n" + rows)
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "laws", "gpu": "h100-sxm5-80gb",
       "testbed": "modern",
       "tenants": [{"name": "chat", "model": "phi-2", "serving": {\(serving)},
         "arrivals": {"trace": "t.csv"}}],
       "policies": [\(policies.joined(separator: ", "))], "seeds": [1]}
      """)
    let run = CommandLineRun(
      ["compare", "e.json", "--format", "csv", "--requests", "--out", "o"] + more,
      in: folder.path)
    return LawFiles.Result(
      summary: WrittenRows.of(run.output), requests: WrittenRows.of(folder.text("o/requests.csv")),
      error: run.error)
  }

  /// By policy: first launches, first tokens and ends, after each request's arrival.
  private static func times(_ result: LawFiles.Result) -> [String: [[Int]]] {
    var times: [String: [[Int]]] = [:]
    for row in result.requests {
      times[row["policy"] ?? "", default: []].append(
        ["first_launch_ns", "first_token_ns", "completion_ns"].map {
          result.number(row, $0) - result.number(row, "arrival_ns")
        })
    }
    return times
  }

  @Test("1, 4, 8, 9: a lone request is its chunks and steps, whoever shares the GPU")
  func lone() throws {
    // Two seconds apart: each is alone. The second asks for more of the same.
    let policies = [
      Self.exclusive, "\"time-only\"", "\"space-only\"",
      "{\"policy\": \"space-only\", \"mechanism\": \"streams\"}", "\"batched\"",
      "{\"policy\": \"pd-multiplex\", \"split\": \"fixed\"}",
      "{\"policy\": \"muxserve\", \"prefill_share\": 100, \"decode_share\": 100}",
    ]
    let asked = [(0, 300, 1), (2_000, 300, 9), (4_000, 300, 10), (6_000, 900, 1)]
    let result = Self.run(asked, policies)
    let times = Self.times(result)
    #expect(times.count == policies.count, "\(result.error)")
    let alone = try #require(times["exclusive"])
    for policy in ["time-only", "space-only", "muxserve"] {
      let own = times.keys.sorted().first { $0.hasPrefix(policy) }.flatMap { times[$0] }
      #expect(own == alone, "\(policy)")
    }
    // On streams launches pass a lock. A batch may wait for others first.
    let streams = times["space-only(mechanism=streams)"]
    #expect(streams != nil && times["pd-multiplex(split=fixed)"] == streams)
    #expect(times["batched"]?.map { $0[2] - $0[0] } == streams?.map { $0[2] - $0[0] })
    // The first token does not look at how many follow; each takes a step more.
    #expect(alone[1][1] == alone[0][1] && alone[2][1] == alone[0][1] && alone[0][2] == alone[0][1])
    #expect(alone[2][2] > alone[1][2])
    for policy in ["exclusive", "space-only", "muxserve"] {
      #expect(result.figure("slowdown_mean", "chat", policy: policy) == 1)
    }
    // 7: no step is shorter than its weights at the DRAM's rate, no prompt than its operations at the
    // peak: 32 layers of 4·2560² + 2·2560·10240 weights.
    let weights = 32.0 * (4 * 2560 * 2560 + 2 * 2560 * 10_240)
    #expect(Double(alone[2][2] - alone[2][1]) / 9 >= weights * 2 / 3_352)
    #expect(Double(alone[3][1]) >= 2 * weights * 900 / 989_500)
    // 6: a shorter prompt is not slower, nor are more SMs or more bandwidth.
    #expect(alone[0][1] <= alone[3][1])
    for change in [["--gpu", "h100-pcie-80gb"], ["--set", "gpu.dram_gb_per_s=1000"]] {
      let slower = Self.run(asked, more: change)
      let own = try #require(Self.times(slower)["exclusive"], "\(slower.error)")
      for (less, whole) in zip(own, alone) { #expect(less[2] >= whole[2], "\(change)") }
    }
  }

  @Test("2, 3, 9: tokens are produced once each, blocks stay within the pool, runs are alike")
  func accounts() throws {
    let asked = (0..<24).map { (ms: $0 * 3, input: 40 + 17 * $0, output: 5 + 9 * ($0 % 7)) }
    // Room for some 4 000 tokens beside the weights: sequences have to leave.
    let serving = "\"memory_fraction\": 0.086"
    let policies = [Self.exclusive, "\"space-only\"", "\"muxserve\""]
    let result = Self.run(asked, policies, serving: serving)
    #expect(result.requests.count == 72, "\(result.error)")
    for (row, request) in zip(result.requests, asked + asked + asked) {
      #expect(row["input_tokens"] == "\(request.input)")
      #expect(row["output_tokens"] == "\(request.output)")
    }
    for policy in ["exclusive", "space-only", "muxserve"] {
      func figure(_ name: String) -> Double { result.figure(name, "chat", policy: policy) }
      let span = figure("completed") / figure("throughput_rps")
      let (input, output) = asked.reduce((0, 0)) { ($0.0 + $1.input, $0.1 + $1.output) }
      #expect(abs(figure("input_tokens_per_s") * span / Double(input) - 1) < 1e-6, "\(policy)")
      #expect(abs(figure("output_tokens_per_s") * span / Double(output) - 1) < 1e-6, "\(policy)")
      #expect(figure("kv_utilization") > 0.1 && figure("kv_utilization") <= 1, "\(policy)")
      #expect(figure("preemptions") > 0, "\(policy)")
      #expect(figure("flop_utilization") <= 1 && figure("dram_utilization") <= 1)
      #expect(figure("arrived") == 24 && figure("completed") == 24)
    }
    let again = Self.run(asked, policies, serving: serving)
    #expect(again.requests == result.requests && again.summary == result.summary)
    // What never fits is refused by name, with the sum.
    let large = Self.run([(0, 1_990, 50)], serving: "\"memory_fraction\": 0.078")
    #expect(large.error.contains("request 1 of 'chat' never fits"), "\(large.error)")
  }

  @Test("5: a static batch of equal requests begins and ends together")
  func staticBatch() throws {
    let asked = (0..<5).map { _ in (ms: 0, input: 100, output: 8) }
    let result = Self.run(
      asked, serving: "\"scheduler\": \"static\", \"max_sequences\": 2")
    let times = try #require(Self.times(result)["exclusive"], "\(result.error)")
    // The first arrives alone at its instant: batches of 1, 2 and 2.
    let ends = times.map { $0[2] }
    #expect(ends[0] < ends[1] && ends[1] == ends[2] && ends[2] < ends[3] && ends[3] == ends[4])
    #expect(ends[4] - ends[2] == ends[2] - ends[0], "\(times)")
    #expect(times[3][0] > ends[2] && times[1][0] > ends[0])
  }
}
