extension ErrorCase {
  private static func judged(_ old: String, _ new: String) -> ErrorCase {
    broken("kernels lint t.csv --gpu v100-sxm2-16gb", "t.csv", ValidFiles.table, old, new)
  }

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
  ]
}
