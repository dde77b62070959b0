extension ErrorCase {
  private static func judged(_ old: String, _ new: String) -> ErrorCase {
    broken("kernels lint t.csv --gpu v100-sxm2-16gb", "t.csv", ValidFiles.table, old, new)
  }

  private static let products =
    "gpu,op,m,n,k,batch,dtype,latency_ms\nT4,linear,64,64,64,1,fp32,0.5\n"

  /// Tables judged and shown, and GPUs described by others.
  static let judging: [ErrorCase] = [
    ErrorCase("kernels lint"), ErrorCase("kernels lint resnet-50"),
    ErrorCase("kernels lint nowhere.csv"), ErrorCase("kernels lint resnet50 --gpu t5"),
    ErrorCase("kernels lint resnet50 --gpu t4"), ErrorCase("kernels lint resnet50 --strickt"),
    ErrorCase("kernels lint t.csv", [("t.csv", "")]),
    ErrorCase("kernels lint t.csv", [("t.csv", "arrival_ns\n1\n")]),
    judged("1,1,gemm,4", "1,1,gemm,0"), judged(",1000000,10000,\n", ",1000000,10000,0\n"),
    judged(",1000000,10000,\n", ",1000000,,\n"), judged("# gpu: small\n", ""),
    judged("# gpu: small\n", "# gpu: small\n# gpu: t4\n"),
    judged("registers_per_thread", "registers_per_tread"),
    ErrorCase("kernels show"), ErrorCase("kernels show resnet50 --batch 0"),
    ErrorCase("kernels show resnet50 --batch 65"), ErrorCase("kernels show resnet50 --by name"),
    ErrorCase("kernels show resnet50 --by launch"),
    ErrorCase("kernels show t.csv", [("t.csv", ValidFiles.table)]),
    broken(
      "kernels show t.csv --gpu t4", "t.csv", ValidFiles.table, "128,1,1,64,1024",
      "128,1,1,64,99999"),
    ErrorCase("gpus from"), ErrorCase("gpus from nowhere.xml"),
    ErrorCase("gpus from f.xml", [("f.xml", "<?xml version=\"1.0\"?>\n<html></html>\n")]),
    ErrorCase("gpus from f.xml --name a/b", [("f.xml", "<nvidia_smi_log>\n</nvidia_smi_log>\n")]),
    ErrorCase("gpus from f.xml", [("f.xml", "<nvidia_smi_log>\n<gpu id=\"0\">\n")]),
    ErrorCase(
      "gpus from f.json", [("f.json", "{\"deviceProperties\": [], \"traceEvents\": []}")]),
    ErrorCase("kernels import a.csv --append"),
    ErrorCase("kernels import a.csv --to nowhere.csv --append"),
    ErrorCase("gpus v100-sxm2-16gb --mig"),
    broken("kernels predict r.csv", "r.csv", products, ",linear,", ",linaer,"),
    ErrorCase(
      "trace import t.csv --scale 3 --placement even --clamp", [("t.csv", ValidFiles.trace)]),
    ErrorCase("trace stats t.csv --max-count 4", [("t.csv", ValidFiles.trace)]),
    ErrorCase("trace generate --like t.csv --drop-past-end", [("t.csv", ValidFiles.trace)]),
    ErrorCase("trace transform r.txt --any-unit --do shift=1", [("r.txt", "1 2 3\n")]),
    ErrorCase("trace import r.txt --import-seed 2 --placement start", [("r.txt", "1 2 3\n")]),
    ErrorCase("trace transform t.csv --do slice=1..2 --to o.csv", [("t.csv", ValidFiles.trace)]),
    ErrorCase("trace transform t.csv --do thin", [("t.csv", ValidFiles.trace)]),
    ErrorCase(
      "trace stats t.csv", bytes: Array("arrival_ns,tenant\n0,a".utf8) + [0xFE, 10, 53, 44, 0xFF]),
  ]
}
