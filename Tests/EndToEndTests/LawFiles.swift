import TestSupport

/// The files of one experiment on a small made-up GPU whose times can be worked out by hand.
struct LawFiles {
  /// One launch of a law's kernel; on the made-up GPU a block of `w` warps alone takes
  /// `max(flop / min(w, 16) / 8, bytes / min(100, 10 w))` ns and nothing else.
  struct Kernel {
    var name = "k"
    var blocks = 1
    var warps = 32
    /// Operations and DRAM bytes of one block.
    var flop = 1
    var bytes = 0
    /// The measured time of the launch alone, in ns; none leaves it to the formula.
    var durationNS: Int?
    /// What may be fused with it.
    var fusionClass = ""
    /// Counters of the launch alone: shares of the issue slots and of the DRAM.
    var counters: (sm: Double, dram: Double)?
  }

  /// One tenant, its arrivals a trace in ns or any other of the contract's.
  struct Tenant {
    var name: String
    var launches: [Kernel]
    var arrivals: String
    var replicas = 1
    var priority = 0

    init(
      _ name: String, _ launches: [Kernel], at times: [Int], replicas: Int = 1, priority: Int = 0
    ) {
      self.init(
        name, launches, arrivals: "{\"trace\": \"\(name).trace.csv\"}", replicas: replicas)
      self.priority = priority
      self.times = times
    }

    init(_ name: String, _ launches: [Kernel], arrivals: String, replicas: Int = 1) {
      self.name = name
      self.launches = launches
      self.arrivals = arrivals
      self.replicas = replicas
    }

    fileprivate var times: [Int]?
  }

  var smCount = 80
  /// Issue slots that an operation takes with the others that go with it; 1 is the GPU's default.
  var instructionFactor = 1.0
  var tenants: [Tenant]
  /// Policies as an experiment writes them.
  var policies: [String]
  /// What else the experiment says, each with a comma before it.
  var rest = ""

  /// An SM does 128 operations a ns with 16 warps or more, the DRAM moves 100 bytes a ns, a warp
  /// alone 10 of them; 32 warps fill an SM and blocks cost nothing to start.
  private var gpu: String {
    [
      (
        "\"sm_count\": 20",
        "\"instruction_factor\": \(instructionFactor),\n  \"sm_count\": \(smCount)"
      ),
      ("\"sources\": {", "\"sources\": {\n    \"instruction_factor\": \"assumed: a test\","),
      ("\"dram_gb_per_s\": 200", "\"dram_gb_per_s\": 100"),
      ("\"dram_efficiency\": 0.9", "\"dram_efficiency\": 1"),
      ("\"max_warps_per_sm\": 64", "\"max_warps_per_sm\": 32"),
      ("\"saturating_warps\": 4", "\"saturating_warps\": 16"),
      ("\"dram_latency_ns\": 400", "\"dram_latency_ns\": 100"),
      ("\"bytes_in_flight_per_warp\": 512", "\"bytes_in_flight_per_warp\": 1000"),
      ("\"block_overhead_ns\": 250", "\"block_overhead_ns\": 0"),
    ].reduce(ValidFiles.gpu) { text, change in text.replacingFirst(change.0, with: change.1) }
  }

  private func table(_ tenant: Tenant) -> String {
    var text = """
      # format: gpuloom.kernels/1
      # model: \(tenant.name)
      # gpu: small
      # stack: none
      # precision: fp32
      # weights_mib: 0
      # workspace_mib: 0
      # input_bytes: 0
      # output_bytes: 0
      # source: a test
      # provenance: analytic
      batch,launch,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,registers_per_thread,\
      shared_memory_bytes,flop,dram_bytes,duration_ns,compute_fraction,dram_fraction,fusion_class

      """
    for (index, kernel) in tenant.launches.enumerated() {
      let duration = kernel.durationNS.map(String.init) ?? ""
      text += "1,\(index + 1),\(kernel.name),\(kernel.blocks),1,1,\(32 * kernel.warps),1,1,32,0,"
      text += "\(kernel.flop * kernel.blocks),\(kernel.bytes * kernel.blocks),\(duration),"
      text += (kernel.counters.map { "\($0.sm),\($0.dram)," } ?? ",,")
      text += kernel.fusionClass + "\n"
    }
    return text
  }

  private var experiment: String {
    let tenants = tenants.map {
      "{\"name\": \"\($0.name)\", \"model\": \"\($0.name).csv\", \"replicas\": \($0.replicas), "
        + "\"priority\": \($0.priority), \"arrivals\": \($0.arrivals)}"
    }
    return """
      {"format": "gpuloom.experiment/1", "name": "law", "gpu": "g.json", "testbed": "ideal",
       "tenants": [\(tenants.joined(separator: ",\n  "))],
       "policies": [\(policies.joined(separator: ", "))]\(rest)}

      """
  }

  /// What a run wrote: its summary and its requests, a dictionary a row.
  struct Result {
    var summary: [[String: String]]
    /// Those that were done, in order of completion.
    var requests: [[String: String]]
    var error: String

    /// One figure of the summary; of the policy whose label begins so, or of the first.
    func figure(_ column: String, _ tenant: String, policy: String? = nil) -> Double {
      let row = summary.first { row in
        row["tenant"] == tenant && (policy.map { row["policy"]?.hasPrefix($0) == true } ?? true)
      }
      return row?[column].flatMap(Double.init) ?? .nan
    }

    /// Latencies in ns in order of completion of one tenant's requests, or of all.
    func latencies(_ tenant: String? = nil) -> [Int] {
      requests.filter { tenant == nil || $0["tenant"] == tenant }.map {
        number($0, "completion_ns") - number($0, "arrival_ns")
      }
    }

    /// One cell of a request as an integer.
    func number(_ row: [String: String], _ column: String) -> Int {
      row[column].flatMap(Int.init) ?? .min
    }
  }

  /// Runs `gpuloom compare` on the files.
  func run(program: String = CommandLineRun.program) -> Result {
    let folder = TemporaryFolder()
    folder.write("g.json", gpu)
    folder.write("e.json", experiment)
    for tenant in tenants {
      folder.write(tenant.name + ".csv", table(tenant))
      if let times = tenant.times {
        folder.write(
          tenant.name + ".trace.csv", "arrival_ns\n" + times.map { "\($0)\n" }.joined())
      }
    }
    let run = CommandLineRun(
      ["compare", "e.json", "--format", "csv", "--requests", "--out", "o"], in: folder.path,
      program: program)
    func done(_ row: [String: String]) -> Int? { row["completion_ns"].flatMap { Int($0) } }
    let requests = WrittenRows.of(folder.text("o/requests.csv")).filter { done($0) != nil }
    return Result(
      summary: WrittenRows.of(run.output),
      requests: requests.enumerated().sorted {
        (done($0.element) ?? 0, $0.offset) < (done($1.element) ?? 0, $1.offset)
      }.map(\.element), error: run.error)
  }
}

extension String {
  /// The text with the first place of `old` replaced; the text itself where there is none.
  fileprivate func replacingFirst(_ old: String, with new: String) -> String {
    guard let range = firstRange(of: old) else { return self }
    return String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
  }
}
