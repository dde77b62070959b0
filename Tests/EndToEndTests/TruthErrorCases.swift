extension ValidFiles {
  /// Measurements of every kind.
  static let measurements = """
    # format: gpuloom.measurements/1
    # title: A test
    # source: lab: our own
    # source: paper: theirs
    # input: testbed testbed.json 0
    kind,gpu,stack,testbed,model,batch,share,replicas,beside,beside_batch,beside_share,figure,\
    measured,simulated,use,source
    model,v100-sxm2-16gb,inference-fp32,testbed.json,alexnet,2,100,1,,,,latency_ms,1,,fitted,lab
    model,v100-sxm2-16gb,inference-fp32,testbed.json,alexnet,2,100,1,,,,images_per_s,2000,,\
    predicted,lab
    share,v100-sxm2-16gb,inference-fp32,testbed.json,alexnet,2,50,1,,,,latency_ms,7.25,,fitted,lab
    pair,v100-sxm2-16gb,inference-fp32,testbed.json,alexnet,2,50,1,resnet18,2,50,slowdown,1.1,,\
    predicted,paper
    pair,v100-sxm2-16gb,inference-fp32,testbed.json,resnet18,2,50,1,alexnet,2,50,slowdown,1.2,,\
    predicted,paper
    replicas,v100-sxm2-16gb,inference-fp32,testbed.json,alexnet,2,100,2,,,,gain,1.5,,predicted,lab

    """

  /// Grids over the same models.
  static let predictions = """
    { "format": "gpuloom.predictions/1", "gpu": "v100-sxm2-16gb", "stack": "inference-fp32",
      "models": { "alex": "alexnet", "net18": "resnet18" },
      "shares": { "testbed": "testbed.json", "batches": [2], "shares": [50, 100] },
      "pairs": { "testbed": "testbed.json", "batches": [2], "shares": [50] },
      "replicas": { "testbed": "testbed.json", "batches": [2], "replicas": [1, 2] } }

    """
}

extension ErrorCase {
  private static func measured(_ old: String, _ new: String) -> ErrorCase {
    var mistake = broken(
      "check t", "t/measurements.csv", ValidFiles.measurements, old, new)
    mistake.files.append((name: "t/testbed.json", bytes: Array(ValidFiles.testbed.utf8)))
    return mistake
  }

  private static func predicted(_ old: String, _ new: String) -> ErrorCase {
    var mistake = broken(
      "check --predictions p.csv t", "t/predictions.json", ValidFiles.predictions, old, new)
    mistake.files.append((name: "t/testbed.json", bytes: Array(ValidFiles.testbed.utf8)))
    return mistake
  }

  /// Measurements with a fault in each cell and line, and grids with one in each key.
  static let truth: [ErrorCase] = [
    measured("\nshare,", "\nshrae,"), measured("\npair,v100", "\npair,v10"),
    measured("gb,inference-fp32,testbed.json,res", "gb,inference-fp23,testbed.json,res"),
    measured("testbed.json,res", "testbed.jsn,res"), measured("testbed.json,res", "bed.json,res"),
    measured("alexnet,2,50,1,,,,lat", "alexnt,2,50,1,,,,lat"),
    measured("net,2,50,1,,", "net,O2,50,1,,"),
    measured("2,50,1,,", "2,500,1,,"), measured("2,50,1,,", "2,50,0,,"),
    measured("1,resnet18", "1,resnet81"), measured("resnet18,2,50,slow", "resnet18,,50,slow"),
    measured("resnet18,2,50,slow", "resnet18,2,51,slow"), measured("gain,1.5", "gian,1.5"),
    measured(",7.25", ",7,25"), measured(",7.25", ",7.2.5"), measured(",7.25", ",-7.25"),
    measured(",7.25", ","), measured("7.25,", "7.25,x"), measured("1.5,,predicted", "1.5,,predict"),
    measured("fitted,lab\nmodel", "fitted,lba\nmodel"), measured("predicted,paper", "predicted,"),
    measured("100,2,,,,gain", "100,1,,,,gain"), measured("replicas,v100", "model,v100"),
    measured("pair,v100", "share,v100"), measured("gain,1.5", "slowdown,1.5"),
    measured("images_per_s", "latency_ms"), measured("# source: paper: theirs\n", ""),
    measured("# source: paper: theirs", "# source: paper"),
    measured("# input", "# source: x: y\n# input"),
    measured("gb,inference-fp32,testbed.json,res", "gb,./fp32.json,testbed.json,res"),
    measured("# title", "# titel"),
    measured("# input", "# points: ../none/points.csv\n# input"),
    measured("measurements/1", "measurements/2"), measured(",use,", ",used,"),
    predicted("predictions/1", "predictions/2"), predicted("v100-sxm2-16gb", "v100-sxm2-16g"),
    predicted("inference-fp32", "inference-fp23"), predicted("\"alexnet\"", "\"alexnt\""),
    predicted("\"alexnet\"", "1"),
    predicted("\"pairs\": { \"testbed\": \"testbed.json\", ", "\"pairs\": { "),
    predicted("\"pairs\"", "\"pair\""), predicted("[50] }", "[100] }"),
    predicted("[50, 100]", "[]"), predicted("[50, 100]", "[50, 50]"),
    predicted("[50, 100]", "[50, \"x\"]"), predicted("[1, 2]", "[1, 2.5]"),
    ErrorCase("check --predictions p.csv"), ErrorCase("check --predictions p.csv t --update"),
    ErrorCase("check --predictions"), ErrorCase("check --predictions p.csv t --format junit"),
    ErrorCase("check --predictions p.csv t --out o"), ErrorCase("check t/measurements.csv"),
  ]
}
