import TestSupport
import Testing

/// Recorded traces through the whole program: every public format replayed as it is published, and
/// one deterministic server held to Lindley's recursion.
struct TraceReplayTests {
  /// What every row of `summary.csv` says of the arrivals.
  private func arrived(_ run: CommandLineRun) -> [String] {
    WrittenRows.of(run.output).filter { $0["tenant"] == "*" }.compactMap { $0["arrived"] }
  }

  private func compare(_ path: String, _ more: [String] = []) -> CommandLineRun {
    let folder = TemporaryFolder()
    return withExtendedLifetime(folder) {
      CommandLineRun(
        [
          "compare", "--model", "lstm_cell", "--replicas", "2", "--trace", path, "--policy",
          "space-only", "--format", "csv",
        ] + more, in: folder.path)
    }
  }

  // The native files lie beside the checkout on some machines only.
  @Test(
    .enabled(if: SharedFiles.areAvailable),
    arguments: [
      ("AzureLLMInferenceTrace_code.csv", "8819", ""),
      ("mooncake_synthetic_trace.jsonl", "3993", ""),
      ("orion_inter_arrival_times.json", "6240", ""),
      ("invitro_azure2019_format_invocations.csv", "4525", ""),
      ("disb_REAL.json", "1684", ""),
      // Ten minutes: the first of the file's 2016 windows.
      ("servegen_m-large_chunk-0-trace.csv", "799", "600"),
    ])
  func nativeFilesAreComparedOn(name: String, requests: String, seconds: String) {
    let run = compare(
      SharedFiles.path("traces/" + name), seconds.isEmpty ? [] : ["--duration-s", seconds])
    #expect(run.status == 0, "\(run.error)")
    #expect(arrived(run) == [requests])
  }

  /// One made-up file of each format that has no native one here.
  @Test(arguments: [
    ("app,func,end_timestamp,duration\na,f,10.5,0.25\na,g,12.75,12.5\nb,f,10.75,0.125", "3"),
    ("3 0 0 12 1 0", "16"),
    (
      "arrived_at,num_prefill_tokens,num_decode_tokens\n0.0,374,44\n5.8926549999999995,879,55\n",
      "2"
    ),
    (
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
        + "5,ChatGPT,472,18,490,Conversation log\n45,GPT-4,1087,0,1087,API log\n", "2"
    ),
    (
      "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,"
        + "Log Type\n5,s,1.5,ChatGPT,472,18,490,Conversation log\n", "1"
    ),
    (
      "gmt_create,predict_type,predict_status,exec_time_seconds,groupId,prompt_length,"
        + "negative_prompt_length,num_images_per_prompt,num_inference_steps,"
        + "checkpoint_model_version_id,num_lora\n"
        + "2024-05-01 10:00:00,TXT_2_IMG,SUCCEED,4.5,g1,120.0,30,1,25,m7,0\n"
        + "2024-05-01 10:00:02,IMG_2_IMG,FAILED,0.5,g2,,,2,20,m7,1\n", "2"
    ),
  ])
  func otherFormatsAreComparedOn(text: String, requests: String) {
    let folder = TemporaryFolder()
    folder.write("trace", text)
    let run = withExtendedLifetime(folder) { compare(folder.path + "/trace") }
    #expect(run.status == 0, "\(run.error)")
    #expect(arrived(run) == [requests])
  }

  /// Rates in a unit of the reader's choice have to be imported first: nothing is guessed.
  @Test func ratesWithoutAUnitAreImportedFirst() {
    let folder = TemporaryFolder()
    folder.write("rates.txt", "0 100\n10 300\n20 0\n30 500\n")
    let guessed = compare(folder.path + "/rates.txt")
    #expect(guessed.status == 65 && guessed.error.contains("E_UNIT"), "\(guessed.error)")
    let imported = CommandLineRun(
      ["trace", "import", "rates.txt", "--scale", "0.005", "--to", "rates.csv"], in: folder.path)
    #expect(imported.status == 0, "\(imported.error)")
    let run = compare(folder.path + "/rates.csv")
    #expect(run.status == 0 && arrived(run) == ["45"], "\(run.error)")
  }

  /// Requests of unlike lengths that arrive together, and some that are not done at the end: the table
  /// of them, given back as a trace, is the same run.
  @Test(arguments: ["exclusive", "time-only", "space-only", "pd-multiplex"], ["", "1"])
  func aLanguageModelsRequestsAreTheSameRunAgain(policy: String, seconds: String) {
    let folder = TemporaryFolder()
    folder.write(
      "t.csv",
      "arrival_ns,input_tokens,output_tokens\n0,900,60\n0,900,4\n0,1200,1\n300000000,1400,70\n"
        + "300000000,20,9\n300000000,1300,2\n940000000,1400,90\n940000000,70,3\n990000000,9,9\n")
    func run(_ trace: String, _ out: String) -> String {
      let end = seconds.isEmpty ? [] : ["--duration-s", seconds]
      let run = CommandLineRun(
        [
          "compare", "--gpu", "a100-sxm4-80gb", "--model", "qwen2.5-7b", "--trace", trace,
          "--policy", policy, "--requests", "--quiet", "--out", out,
        ] + end, in: folder.path)
      #expect(run.status == 0, "\(run.error)")
      return folder.text(out + "/requests.csv")
    }
    let first = run("t.csv", "a")
    let rows = WrittenRows.of(first)
    #expect(
      rows.map { $0["input_tokens"] } == [
        "900", "900", "1200", "1400", "20", "1300", "1400", "70", "9",
      ])
    #expect(rows.map { $0["output_tokens"] } == ["60", "4", "1", "70", "9", "2", "90", "3", "9"])
    #expect(rows.contains { $0["completion_ns"] == "" } == !seconds.isEmpty)
    #expect(rows.allSatisfy { ($0["completion_ns"] == "") == ($0["first_token_ns"] == "") })
    #expect(run("a/requests.csv", "b") == first)
    #expect(folder.text("b/summary.csv") == folder.text("a/summary.csv"))
  }

  // MARK: Lindley

  /// A trace, a service time near its mean gap, and what has to be there for it.
  struct Load: Sendable, CustomTestStringConvertible {
    var path: String
    var serviceNS: Int
    var requests: Int
    var testDescription: String { path.split(separator: "/").last.map(String.init) ?? path }
  }

  static let loads: [Load] = {
    let shipped = SharedFiles.repositoryRoot + "/traces/code-onoff.csv"
    let own = Load(path: shipped, serviceNS: 250_000_001, requests: 9_204)
    guard SharedFiles.areAvailable else { return [own] }
    // The recorded trace lies beside the checkout on some machines only.
    return [
      own,
      Load(
        path: SharedFiles.path("traces/AzureLLMInferenceTrace_code.csv"), serviceNS: 250_000_001,
        requests: 8_819),
    ]
  }()

  /// D. V. Lindley, 1952: a request waits for as long as the one before it waited and was served,
  /// less the gap between them, or not at all.
  @Test(arguments: loads, ["exclusive", "time-only", "space-only"])
  func oneServerIsLindleysRecursion(load: Load, policy: String) {
    let result = LawFiles(
      tenants: [
        .init(
          "a", [.init(blocks: 80, flop: 1_280_000, durationNS: load.serviceNS)],
          arrivals: "{\"trace\": \"\(load.path)\"}")
      ], policies: ["\"\(policy)\""]
    ).run()
    let rows = result.requests.map {
      (
        arrival: result.number($0, "arrival_ns"), start: result.number($0, "first_launch_ns"),
        end: result.number($0, "completion_ns")
      )
    }.sorted { ($0.arrival, $0.end) < ($1.arrival, $1.end) }
    #expect(rows.count == load.requests, "\(result.error)")
    var (wait, previous, waited, wrong) = (0, rows.first?.arrival ?? 0, 0, 0)
    for (index, row) in rows.enumerated() {
      if index > 0 { wait = max(0, wait + load.serviceNS - (row.arrival - previous)) }
      previous = row.arrival
      waited += wait > 0 ? 1 : 0
      if row.start != row.arrival + wait || row.end != row.start + load.serviceNS { wrong += 1 }
    }
    #expect(wrong == 0)
    // A load that seldom queues would show little.
    #expect(waited > rows.count / 2)
  }

  // MARK: Several days, several tenants

  private static func day(_ rows: [(String, Int)]) -> String {
    let minutes = (1...1440).map(String.init).joined(separator: ",")
    let zeros = String(repeating: ",0", count: 1439)
    return "HashOwner,HashApp,HashFunction,Trigger,\(minutes)\n"
      + rows.map { "o,a,\($0.0),http,\($0.1)\(zeros)\n" }.joined()
  }

  @Test func daysAreImportedInOrder() {
    let folder = TemporaryFolder()
    folder.write("d1.csv", Self.day([("f", 3), ("g", 1)]))
    folder.write("d2.csv", Self.day([("g", 5)]))
    let run = CommandLineRun(["trace", "import", "d1.csv", "d2.csv"], in: folder.path)
    #expect(run.status == 0, "\(run.error)")
    let lines = run.output.split(separator: "\n").map(String.init)
    let rows = lines.filter { $0.first?.isNumber == true }
    #expect(rows.count == 9 && rows.suffix(5).allSatisfy { $0.hasSuffix(",o/a/g") })
    #expect(rows.suffix(5).allSatisfy { $0.hasPrefix("864") && $0.count >= 19 })
    #expect(lines.contains("# source: d1.csv") && lines.contains("# source_day_2: d2.csv"))
    #expect(lines.filter { $0.contains("sha256") }.count == 2)
    let stats = CommandLineRun(
      ["trace", "stats", "d1.csv", "d2.csv", "--days", "--format", "csv"], in: folder.path)
    #expect(stats.output.contains("d1.csv,azure-functions-minute-csv,9,0,172800,"))
    let twice = CommandLineRun(["trace", "import", "d1.csv", "d1.csv"], in: folder.path)
    #expect(twice.status == 64 && twice.error.contains("'d1.csv' is given twice"))
  }
}
