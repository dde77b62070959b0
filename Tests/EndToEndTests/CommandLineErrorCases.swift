extension ErrorCase {
  /// The command line itself: commands, flags, values, names.
  static let commandLine: [ErrorCase] = [
    ErrorCase("compar"), ErrorCase("nonsense"), ErrorCase("trace"), ErrorCase("trace stat"),
    ErrorCase("trace --svg x"), ErrorCase("--jobs 2"), ErrorCase("--verison"),
    ErrorCase("--out"), ErrorCase("gpus extra words"), ErrorCase("gpus --formt csv"),
    ErrorCase("gpus --format xml"), ErrorCase("gpus --format"), ErrorCase("gpus --format="),
    ErrorCase("gpus --jobs 0"), ErrorCase("gpus --jobs many"), ErrorCase("gpus --jobs -1"),
    ErrorCase("gpus --jobs 99999999999999999999"), ErrorCase("gpus --quiet=yes"),
    ErrorCase("gpus --quiet --quiet"), ErrorCase("gpus --jobs 1 --jobs 2"), ErrorCase("gpus -x"),
    ErrorCase("gpus --jobs x --nope --format tabel extra"),
    ErrorCase("models --gpu v100-sxm2-16gb"),
    ErrorCase("models t.csv --gpu v100-sxm2-16g", [("t.csv", ValidFiles.table)]),
    ErrorCase("models t.csv --gpu t4", [("t.csv", ValidFiles.table)]), ErrorCase("gpus v100"),
    ErrorCase("gpus a100-sxm4-40g"), ErrorCase("testbeds moden"),
    ErrorCase("gpus nowhere.json"), ErrorCase("testbeds no/such/folder.json"),
    ErrorCase("gpus smal.json", [("small.json", ValidFiles.gpu)]),
    ErrorCase("testbeds --out taken", [("taken", "a file\n")]),
    ErrorCase("testbeds --out taken/below", [("taken", "a file\n")]),
    ErrorCase("testbeds --out /dev/null"),
    ErrorCase("trace stats"), ErrorCase("trace stats nowhere.csv"),
    ErrorCase("trace generate nonsense"), ErrorCase("trace generate poison"),
    ErrorCase("trace generate poisson --rps fast"), ErrorCase("trace generate poisson --rps -1"),
    ErrorCase("trace generate poisson --duration-s nan"),
    ErrorCase("trace generate poisson --set speed=3"),
    ErrorCase("trace generate poisson --set rps"), ErrorCase("trace generate poisson --seed 1.5"),
  ]

  /// Files of every kind that are no such file at all.
  static let wholeFiles: [ErrorCase] =
    ["gpus f.json", "testbeds f.json", "models f.csv", "trace stats f.csv"].flatMap { line in
      let name = line.split(separator: " ").last.map(String.init) ?? ""
      var binary = ErrorCase(line)
      binary.files = [(name: name, bytes: [0x7F, 0x45, 0x4C, 0x46, 0, 0, 1, 0xFF, 0xFE, 10, 0])]
      var latin = ErrorCase(line)
      latin.files = [(name: name, bytes: Array("caf".utf8) + [0xE9, 10])]
      return [
        ErrorCase(line, [(name, "")]), ErrorCase(line, [(name, "\n\n")]),
        ErrorCase(line, [(name + "/inside", "")]), ErrorCase(line, [(name, "hello\n")]), binary,
        latin,
      ]
    }

  /// Good files of another kind, and files whose format is misspelt: one sentence each.
  static let otherFiles: [ErrorCase] = [
    ErrorCase("models m.json", [("m.json", "{\"format\": \"gpuloom.lmm/1\", \"layers\": 2}\n")]),
    ErrorCase(
      "models config.json", [("config.json", "{\"model_type\": \"llama\", \"hidden_size\": 8}\n")]),
    ErrorCase("models a.csv", [("a.csv", ValidFiles.trace)]),
    ErrorCase("gpus t.json", [("t.json", ValidFiles.testbed)]),
    ErrorCase("testbeds g.json", [("g.json", ValidFiles.gpu)]),
    ErrorCase("compare g.json", [("g.json", ValidFiles.gpu)]),
    ErrorCase(
      "sweep s.json --out o",
      [("s.json", "{\"format\": \"gpuloom.studi/1\", \"experiment\": \"e.json\", \"over\": {}}\n")]),
    ErrorCase(
      "sweep e.json --over colour=1 --out o", [("e.json", "{\"tenants\": [{\"nam\": 1}]}\n")]),
  ]

  private static func gpu(_ old: String, _ new: String) -> ErrorCase {
    broken("gpus g.json", "g.json", ValidFiles.gpu, old, new)
  }

  /// GPUs with one fault each.
  static let gpus: [ErrorCase] = [
    gpu("gpuloom.gpu/1", "gpuloom.gpu/2"), gpu("gpuloom.gpu/1", "gpuloom.testbed/1"),
    gpu("\"sm_count\": 20", "\"sm_cuont\": 20"), gpu("  \"sm_count\": 20,\n", ""),
    gpu("\"sm_count\": 20", "\"sm_count\": 0"), gpu("\"sm_count\": 20", "\"sm_count\": 2.5"),
    gpu("\"sm_count\": 20", "\"sm_count\": \"20\""), gpu("\"sm_count\": 20", "\"sm_count\": 1e99"),
    gpu("\"sm_count\": 20,", "\"sm_count\": 20,\n  \"sm_count\": 20,"),
    gpu("\"dram_efficiency\": 0.9", "\"dram_efficiency\": 1.9"),
    gpu("\"dram_efficiency\": 0.9", "\"dram_efficiency\": NaN"),
    gpu("\"fp32\": 128", "\"fp23\": 128"), gpu("{ \"fp32\": 128 }", "128"),
    gpu("\"sm_count\": \"assumed: a test\"", "\"sm_count\": \"a test\""),
    gpu("    \"sm_count\": \"assumed: a test\",\n", ""), gpu("\"sources\": {", "\"source\": {"),
    gpu("\"name\": \"small\"", "\"name\": \"small"),
    gpu("\"name\": \"small\",", "\"name\": \"small\""),
    gpu("\"max_mps_clients\": 16", "\"max_mps_clients\": 016"), gpu("  }\n}\n", "  }\n"),
    gpu("  }\n}\n", "  }\n}\n}\n"),
  ]

  private static func testbed(_ old: String, _ new: String) -> ErrorCase {
    broken("testbeds t.json", "t.json", ValidFiles.testbed, old, new)
  }

  /// Testbeds with one fault each.
  static let testbeds: [ErrorCase] = [
    testbed("time_slice_us\": 2000", "time_slice_ms\": 2"),
    testbed("time_slice_us\": 2000", "time_slice_us\": -1"),
    testbed("hardware_queues\": 8", "hardware_queues\": true"),
    testbed("launch_cpu_us\": 1", "launch_cpu_us\": 1e300"),
    testbed("context_mib\": 100", "context_mib\": null"),
    testbed("\"launch_cpu_us\": \"assumed: a test\"", "\"launch_cpu_us\": 7"),
  ]

  private static func table(_ old: String, _ new: String) -> ErrorCase {
    broken("models t.csv", "t.csv", ValidFiles.table, old, new)
  }

  /// Kernel tables with one fault each.
  static let tables: [ErrorCase] = [
    table("# format: gpuloom.kernels/1\n", ""), table("gpuloom.kernels/1", "gpuloom.kernels/9"),
    table("# precision: fp32", "# precision: fp31"), table("# gpu: small", "# gpus: small"),
    table("# weights_mib: 1", "# weights_mib: lots"),
    table("provenance: analytic", "provenance: guess"),
    table("grid_x,", "grid_q,"), table(",duration_ns", ""), table("kernel,", "kernel,kernel,"),
    table("1,1,gemm,4", "1,1,gemm,-4"), table("1,1,gemm,4", "1,1,gemm,4.5"),
    table("1,1,gemm,4", "1,1,gemm,99999999999999999999"), table("1,1,gemm,4", "0,1,gemm,4"),
    table("128,1,1,64", "2048,1,1,64"), table("1,2,add,4", "1,1,add,4"),
    table("1,2,add,4", "3,2,add,4"), table("1000000,10000,", ",,"),
    table("16,0,1000,", "16,0,1000"),
    table("add,4", "\"add,4"), table("1,1,gemm,4", "1,1,\"gemm\"x,4"),
  ]

  private static func trace(_ old: String, _ new: String) -> ErrorCase {
    broken("trace stats t.csv", "t.csv", ValidFiles.trace, old, new)
  }

  /// Traces with one fault each.
  static let traces: [ErrorCase] = [
    trace("1000000,b", "-3,b"), trace("1000000,b", "soon,b"), trace("1000000,b", "1.5,b"),
    trace("1000000,b", ",b"), trace("1000000,b", "9223372036854775808,b"),
    trace("1000000,b", "1000000,b,c"), trace("1000000,b", "3000000,b"),
    trace("arrival_ns", "arrival_ms"), trace("tenant", "tenent"),
    trace("tenant", "arrival_ns"), trace("0,a\n1000000,b\n2000000,a\n2000000,a\n", ""),
  ]

  private static let rows = "gpu,op,m,n,k,batch,dtype,latency_ms\nT4,bmm,64,64,64,1,fp32,0.5\n"

  /// Profilers' files, measured rows, models and policies.
  static let kernels: [ErrorCase] = [
    ErrorCase("policies space-tim"), ErrorCase("policies time-only more"),
    ErrorCase("kernels"), ErrorCase("kernels improt x"), ErrorCase("kernels import"),
    ErrorCase("kernels import nowhere.csv"),
    ErrorCase("kernels import a.csv --range 5-2 --to t.csv"),
    ErrorCase("kernels import a.csv --whole --range 1-2 --to t.csv"),
    ErrorCase("kernels import a.csv --from-ms soon --where name --batch 0 --to t.csv"),
    ErrorCase("kernels import a.csv --model m --whole"),
    ErrorCase("kernels import f.csv", [("f.csv", "")]),
    ErrorCase("kernels import f.csv", [("f.csv", "hello\n")]),
    ErrorCase("kernels import f.json", [("f.json", "{\"traceEvents\": [")]),
    ErrorCase("kernels import f.json", [("f.json", "<!DOCTYPE html><html></html>\n")]),
    ErrorCase(
      "kernels import f.json",
      [("f.json", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")]),
    ErrorCase("kernels lower resnet50"), ErrorCase("kernels lower resnet51 --gpu t4"),
    ErrorCase("kernels lower resnet50 --gpu t4 --batches 1,two"),
    ErrorCase("kernels lower resnet50 --gpu t4 --to there/deep/table.csv"),
    ErrorCase("kernels lower resnet50:int8 --gpu v100-sxm2-16gb"),
    ErrorCase("kernels lower resnet50:fp16 --gpu t4 --stack inference-fp16"),
    ErrorCase("models resnet50:fp61 --gpu t4"), ErrorCase("models bert_large_512"),
    ErrorCase("kernels show resnet05:fp16"), ErrorCase("kernels show resnet50: --gpu t4"),
    ErrorCase("compare --model resnet50:tf32 --gpu t4 --poisson-rps 1 --duration-s 1"),
    ErrorCase("models resnet50 --gpu t5"), ErrorCase("models resnet-50"),
    ErrorCase("kernels predict"), ErrorCase("kernels predict rows.csv --min-us -1"),
    ErrorCase("kernels predict rows.csv", [("rows.csv", "")]),
    broken("kernels predict rows.csv", "rows.csv", rows, "latency_ms", "latency"),
    broken("kernels predict rows.csv", "rows.csv", rows, "T4", "T5"),
    broken("kernels predict rows.csv", "rows.csv", rows, "0.5", "nan"),
    broken("kernels fit rows.csv", "rows.csv", rows, "64,64,64", "64,0,64"),
    broken("kernels fit rows.csv", "rows.csv", rows, "fp32", "fp31"),
  ]

  private static func experiment(_ old: String, _ new: String) -> ErrorCase {
    var mistake = broken("compare e.json", "e.json", ValidFiles.experiment, old, new)
    mistake.files += [
      ("g.json", Array(ValidFiles.gpu.utf8)), ("t.csv", Array(ValidFiles.table.utf8)),
      ("a.csv", Array(ValidFiles.trace.utf8)),
    ]
    return mistake
  }

  /// Experiments with one fault each.
  static let experiments: [ErrorCase] = [
    experiment("experiment/1", "experiment/3"), experiment("\"gpu\": \"g.json\",", ""),
    experiment("\"gpu\": \"g.json\"", "\"gpu\": \"h.json\""),
    experiment("\"gpu\": \"g.json\"", "\"gpu\": \"v100-sxm2-16gb\""),
    experiment("\"gpu\": \"g.json\"", "\"gpu\": \"a.csv\""),
    experiment("\"testbed\": \"ideal\"", "\"testbed\": \"ideel\""),
    experiment("\"testbed\"", "\"test_bed\""),
    experiment("\"name\": \"second\"", "\"name\": \"first\""),
    experiment("\"name\": \"second\"", "\"name\": \"*\""),
    experiment("\"name\": \"second\"", "\"name\": \"\""),
    experiment("\"model\": \"t.csv\", \"rep", "\"model\": \"u.csv\", \"rep"),
    experiment("\"model\": \"t.csv\", \"rep", "\"modle\": \"t.csv\", \"rep"),
    experiment("\"replicas\": 2", "\"replicas\": 0"),
    experiment("\"replicas\": 2", "\"replicas\": 1e9"),
    experiment("\"slo_ms\": 10", "\"slo_ms\": -10"),
    experiment("\"slo_ms\": 10", "\"slo_ms\": \"10 ms\""),
    experiment("\"priority\": 1", "\"priority\": 0.5"),
    experiment("\"trace\": \"a.csv\"", "\"trace\": \"b.csv\""),
    experiment("\"trace\": \"a.csv\"", "\"trace\": \"t.csv\""),
    experiment("\"trace\": \"a.csv\"", "\"trace\": \"a.csv\", \"format\": \"mooncake\""),
    experiment("\"rate_scale\": 1.5", "\"rate_scale\": 0"),
    experiment("\"tenant\": \"a\"", "\"tenant\": \"c\""),
    experiment("\"closed_loop\": {", "\"poisson_rps\": 3, \"closed_loop\": {"),
    experiment("\"closed_loop\": { \"clients\": 1, \"think_ms\": 0 }", ""),
    experiment("\"closed_loop\": { \"clients\": 1, \"think_ms\": 0 }", "\"poison_rps\": 3"),
    experiment("\"closed_loop\": { \"clients\": 1, \"think_ms\": 0 }", "\"poisson_rps\": -3"),
    experiment(
      "\"closed_loop\": { \"clients\": 1, \"think_ms\": 0 }",
      "\"gamma\": { \"rps\": 5, \"cv\": -1 }"),
    experiment(
      "\"closed_loop\": { \"clients\": 1, \"think_ms\": 0 }", "\"generator\": \"burstyness\""),
    experiment("\"clients\": 1", "\"clients\": 0"),
    experiment("\"think_ms\": 0", "\"think_s\": 0"),
    experiment("\"time-only\"", "\"time_only\""), experiment("\"time-only\"", "7"),
    experiment("\"time-only\", {", "\"time-only\", \"time-only\", {"),
    experiment("\"max_batch\": 2", "\"max_batch\": 0"),
    experiment("\"max_batch\": 2", "\"max_btach\": 2"),
    experiment("\"max_batch\": 2", "\"window_us\": 2"),
    experiment("{ \"policy\": \"batched\", \"max_batch\": 2 }", "{ \"max_batch\": 2 }"),
    experiment(
      "{ \"policy\": \"batched\", \"max_batch\": 2 }",
      "{ \"policy\": \"space-only\", \"active_thread_percentage\": { \"third\": 50 } }"),
    experiment(
      "{ \"policy\": \"batched\", \"max_batch\": 2 }",
      "{ \"policy\": \"space-only\", \"active_thread_percentage\": 101 }"),
    experiment(
      "{ \"policy\": \"batched\", \"max_batch\": 2 }",
      "{ \"policy\": \"space-only\", \"mechanism\": \"mpz\" }"),
    experiment("\"duration_s\": 0.01,", ""), experiment("0.01,", "0,"),
    experiment("0.01,", "1e400,"), experiment("0.001,", "0.02,"), experiment("0.001,", "-1,"),
    experiment("[1, 2]", "[]"), experiment("[1, 2]", "[1, 1]"), experiment("[1, 2]", "[1, -2]"),
    experiment("[1, 2]", "3"), experiment("[1, 2]", "[1, 2"),
    experiment("[1, 2]\n}", "[1, 2],\n  \"sedes\": 3\n}"),
    experiment("\"tenants\": [", "\"tenants\": [ ], \"tenant\": ["),
  ]

  /// `compare`, `check` and `fit` without a sensible file.
  static let runs: [ErrorCase] = [
    ErrorCase("compare nowhere.json"), ErrorCase("compare e.json f.json"),
    ErrorCase("compare --modle resnet50"), ErrorCase("compare --model resnet5"),
    ErrorCase("compare --policy space-tim"),
    ErrorCase("compare --policy batched:max_batch=1,size=2"),
    ErrorCase("compare --replicas 0 --model resnet18 --poisson-rps 1 --duration-s 1"),
    ErrorCase("compare --model resnet18 --poisson-rps nan --duration-s 1"),
    ErrorCase("compare --model resnet18 --poisson-rps 1 --duration-s inf"),
    ErrorCase("compare --model resnet18 --poisson-rps 1 --duration-s 1 --seed x"),
    ErrorCase("compare --model resnet18 --trace nowhere.csv"),
    ErrorCase("compare e.json", [("e.json", "")]), ErrorCase("compare e.json", [("e.json", "[]")]),
    ErrorCase("compare e.json", [("e.json/inside", "")]),
    ErrorCase("compare e.json", [("e.json", "{\"format\": \"gpuloom.experiment/1\"")]),
    ErrorCase("check"), ErrorCase("check nowhere"), ErrorCase("check . --format xml"),
    ErrorCase("check .", [("notes.txt", "no experiment\n")]),
    ErrorCase("fit"), ErrorCase("fit nowhere.json --to p.csv"), ErrorCase("fit e.json"),
  ]

  /// Every case, in the golden file's order.
  static let all =
    commandLine + wholeFiles + otherFiles + gpus + testbeds + tables + traces + kernels
    + experiments + runs
    + points + truth + judging
}
