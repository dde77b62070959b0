import Hardware
import Policies
import Tables
import TestSupport
import Testing
import Workloads

@testable import Simulation
@testable import Studies

/// Experiments as files: what is read, and what is said about what cannot be.
struct ExperimentReaderTests {
  static let library = ModelLibrary(folder: SharedFiles.repositoryRoot + "/models")

  /// A valid experiment with one part replaced.
  static func text(
    tenants: String? = nil, arrivals: String = "{\"poisson_rps\": 40}",
    policies: String = "[\"time-only\"]", rest: String = ", \"duration_s\": 60"
  ) -> String {
    let tenant = "{\"name\": \"a\", \"model\": \"resnet50\", \"arrivals\": \(arrivals)}"
    return "{\"format\": \"gpuloom.experiment/1\", \"name\": \"e\", \"gpu\": \"v100-sxm2-16gb\", "
      + "\"testbed\": \"ideal\", \"tenants\": [\(tenants ?? tenant)],\n\"policies\": \(policies)\(rest)}"
  }

  private func read(_ text: String) throws(InputError) -> LoadedExperiment {
    try ExperimentReader.read(text: text, file: "e.json", library: Self.library, policies: .builtIn)
  }

  @Test func everyPartIsRead() throws {
    let text = Self.text(
      tenants: """
        {"name": "a", "model": "resnet50", "replicas": 4, "slo_ms": 2.5, "priority": -3,
         "arrivals": {"gamma": {"rps": 10, "cv": 2}}},
        {"name": "b", "model": "mobilenet_v2",
         "arrivals": {"closed_loop": {"clients": 3, "think_ms": 1.5}}}
        """,
      policies: """
        ["exclusive", {"policy": "space-time", "window_us": 200, "slo_aware": false},
         {"policy": "space-only", "active_thread_percentage": {"b": 50, "a": 30}},
         {"policy": "space-only", "mechanism": "streams"}]
        """,
      rest: ", \"duration_s\": 2, \"warmup_s\": 0.5, \"seeds\": [7, 3]")
    let loaded = try read(text)
    let experiment = loaded.experiment
    #expect(experiment.gpu.smCount == 80 && experiment.testbed.name == "ideal")
    #expect(experiment.durationNS == 2_000_000_000 && experiment.warmupNS == 500_000_000)
    #expect(experiment.seeds == [7, 3])
    let (a, b) = (experiment.tenants[0], experiment.tenants[1])
    #expect(a.replicas == 4 && a.sloNS == 2_500_000 && a.priority == -3)
    #expect(b.replicas == 1 && b.sloNS == nil && b.priority == 0)
    guard case .process(.gamma(10, 2)) = a.arrivals,
      case .closedLoop(3, 1_500_000) = b.arrivals
    else {
      Issue.record("other arrivals: \(a.arrivals), \(b.arrivals)")
      return
    }
    #expect(
      experiment.policies.map(\.label) == [
        "exclusive", "space-time(window_us=200,slo_aware=false)",
        "space-only(active_thread_percentage=b:50+a:30)", "space-only(mechanism=streams)",
      ])
    #expect(
      loaded.inputs.map(\.name) == [
        "models/gpus/v100-sxm2-16gb.json", "models/testbeds/ideal.json",
        "models/kernels/resnet50/v100-sxm2-16gb.csv",
        "models/kernels/mobilenet_v2/v100-sxm2-16gb.csv",
      ])
  }

  /// Launches on several streams of one model run in order, and the user is told.
  @Test func streamsInsideAModelAreToldToRunInOrder() throws {
    let folder = TemporaryFolder()
    let head = """
      # format: gpuloom.kernels/1
      # model: two
      # gpu: v100-sxm2-16gb
      # stack: none
      # precision: fp32
      # weights_mib: 1
      # workspace_mib: 1
      # input_bytes: 0
      # output_bytes: 0
      # source: a test
      # provenance: analytic
      batch,launch,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,registers_per_thread,\
      shared_memory_bytes,flop,dram_bytes,duration_ns,stream
      1,1,k,4,1,1,128,1,1,32,0,1000,1000,5000,0

      """
    folder.write("one.csv", head + "1,2,k,4,1,1,128,1,1,32,0,1000,1000,5000,0\n")
    folder.write("two.csv", head + "1,2,k,4,1,1,128,1,1,32,0,1000,1000,5000,3\n")
    func notes(_ table: String) throws(InputError) -> [Diagnostic] {
      let tenant =
        "{\"name\": \"a\", \"model\": \"\(folder.path)/\(table)\", "
        + "\"arrivals\": {\"poisson_rps\": 1}}"
      return try read(Self.text(tenants: tenant)).notes
    }
    #expect(try notes("one.csv").isEmpty)
    let told = try notes("two.csv")
    #expect(told.count == 1 && told.allSatisfy { $0.message.contains("on 2 streams") })
  }

  @Test(arguments: [
    ("{\"poisson_rps\": 40}", "Poisson, 40 requests/s"),
    ("{\"deterministic_rps\": 0.5}", "evenly spaced, 0.5 requests/s"),
    ("{\"generator\": \"code-onoff\"}", "code-onoff, "),
    ("{\"generator\": {\"preset\": \"chat-steady\", \"rps\": 3}}", "chat-steady, 3 requests/s"),
    ("{\"closed_loop\": {}}", "closed loop, 1 a replica, thinking 0 ms"),
  ])
  func arrivalsAreToldInWords(arrivals: String, words: String) throws {
    let loaded = try read(Self.text(arrivals: arrivals))
    #expect(loaded.arrivalTexts[0].hasPrefix(words), "\(loaded.arrivalTexts)")
  }

  /// One fault each: the sentence, and a word of the hint.
  static let faults: [(String, String, String)] = [
    (
      text(rest: ", \"duration_s\": 1, \"durations\": 3"),
      "unknown key 'durations' in an experiment", "duration_s"
    ),
    (text(rest: ""), "arrivals of the kind 'poisson_rps' have no end of their own", "duration_s"),
    (
      text(rest: ", \"duration_s\": 0"),
      "expected a number above 0 and at most 1000000000 in 'duration_s', found 0", ""
    ),
    (
      text(rest: ", \"duration_s\": 1e999"),
      "expected a number above 0 and at most 1000000000 in 'duration_s', found 1e999", ""
    ),
    (
      text(rest: ", \"duration_s\": 5, \"warmup_s\": 5"),
      "expected a 'warmup_s' below 'duration_s', found 5", ""
    ),
    (text(rest: ", \"duration_s\": 1, \"seeds\": []"), "expected at least one seed in 'seeds'", ""),
    (text(rest: ", \"duration_s\": 1, \"seeds\": [1, 1]"), "the seed 1 is given twice", ""),
    (
      text(rest: ", \"duration_s\": 1, \"seeds\": [-1]"),
      "expected a non-negative integer in 'seeds', found -1", ""
    ),
    (text(policies: "[]"), "expected at least one policy in 'policies'", ""),
    (text(policies: "[\"spacetim\"]"), "unknown policy 'spacetim'", "did you mean 'space-time'?"),
    (text(policies: "[4]"), "expected a policy as a name or an object, found 4", ""),
    (
      text(policies: "[\"batched\", \"batched\"]"), "the policy 'batched' is given twice", ""
    ),
    (
      text(policies: "[{\"policy\": \"batched\", \"max_bach\": 2}]"),
      "the policy 'batched' has no option 'max_bach'", "did you mean 'max_batch'?"
    ),
    (
      text(policies: "[{\"policy\": \"batched\", \"max_batch\": 0}]"),
      "expected an integer from 1 to 4096 in 'max_batch', found 0", ""
    ),
    (
      text(policies: "[{\"policy\": \"exclusive\", \"x\": 0}]"),
      "the policy 'exclusive' has no option 'x'", "it has no options"
    ),
    (
      text(policies: "[{\"policy\": \"space-only\", \"mechanism\": \"stream\"}]"),
      "expected one of mps, streams in 'mechanism', found \"stream\"", "did you mean 'streams'?"
    ),
    (
      text(
        policies: "[{\"policy\": \"space-only\", \"mechanism\": \"streams\", "
          + "\"active_thread_percentage\": 4}]"),
      "'active_thread_percentage' does nothing with the mechanism 'streams'", "mps"
    ),
    (
      text(
        policies: "[{\"policy\": \"space-only\", \"active_thread_percentage\": {\"aa\": 4}}]"),
      "'active_thread_percentage' names the unknown tenant 'aa'", "did you mean 'a'?"
    ),
    (text(arrivals: "{}"), "expected exactly one kind of arrivals, found none", "one of: trace"),
    (
      text(arrivals: "{\"poisson_rps\": 1, \"deterministic_rps\": 1}"),
      "expected exactly one kind of arrivals, found 'poisson_rps' and 'deterministic_rps'",
      "one of: trace"
    ),
    (
      text(arrivals: "{\"poisson_rps\": 1, \"rate_scale\": 2}"),
      "'rate_scale' applies to 'trace' only", ""
    ),
    (
      text(arrivals: "{\"poisson_rps\": 1, \"cv\": 2}"), "unknown key 'cv' in 'arrivals'", ""
    ),
    (
      text(arrivals: "{\"poisson_rps\": 1e9}"),
      "1000000000 requests/s for 60 s are more than 200000000 requests", ""
    ),
    (
      text(arrivals: "{\"generator\": \"code-onof\"}"), "unknown generator 'code-onof'",
      "did you mean 'code-onoff'?"
    ),
    (
      text(
        tenants: "{\"name\": \"*\", \"model\": \"resnet50\", \"arrivals\": {\"closed_loop\": {}}}"),
      "a tenant cannot be named '*', which stands for the whole device", ""
    ),
    (
      text(
        tenants: "{\"name\": \"\", \"model\": \"resnet50\", \"arrivals\": {\"closed_loop\": {}}}"),
      "expected a non-empty string in 'name', found \"\"", ""
    ),
    (text(tenants: ""), "expected at least one tenant in 'tenants'", ""),
    (
      text(
        tenants: "{\"name\": \"a\", \"model\": \"resnet5\", \"arrivals\": {\"closed_loop\": {}}}"),
      "unknown model 'resnet5'", "did you mean 'resnet50'?"
    ),
  ]

  @Test(arguments: faults.indices)
  func eachFaultHasItsSentence(index: Int) {
    let (text, message, hint) = Self.faults[index]
    do throws(InputError) {
      _ = try read(text)
      Issue.record("accepted: \(message)")
    } catch {
      #expect(error.diagnostics.map(\.message) == [message])
      #expect(error.diagnostics[0].file == "e.json" && error.diagnostics[0].line >= 1)
      #expect((error.diagnostics[0].hint ?? "").contains(hint), "\(error)")
    }
  }

  @Test func severalFaultsAreCollectedInTheFilesOrder() {
    let text = Self.text(
      tenants: "{\"name\": 3, \"model\": \"none\", \"replicas\": 0, \"arrivals\": {\"gamma\": {}}}",
      policies: "[\"nope\"]", rest: ", \"duration_s\": -1, \"x\": 1")
    do throws(InputError) {
      _ = try read(text)
      Issue.record("accepted")
    } catch {
      #expect(error.kind == .badData)
      #expect(error.diagnostics.count >= 7, "\(error)")
      let places = error.diagnostics.map { $0.line * 10_000 + $0.column }
      #expect(places == places.sorted())
    }
  }

  @Test func whatIsOnlyMissingIsMissing() {
    do throws(InputError) {
      _ = try read(Self.text(arrivals: "{\"trace\": \"no.csv\"}"))
      Issue.record("accepted")
    } catch {
      #expect(error.kind == .missingFile)
    }
  }

  // MARK: Traces

  private static let trace = "arrival_ns,tenant\n1000000000,x\n2000000000,y\n4000000000,x\n"

  private func times(_ arrivals: String) throws -> [Int64] {
    let folder = TemporaryFolder()
    folder.write("t.csv", Self.trace)
    folder.write("e.json", Self.text(arrivals: arrivals, rest: ""))
    let loaded = try ExperimentReader.read(
      path: folder.path + "/e.json", library: Self.library, policies: .builtIn)
    guard case .trace(let times) = loaded.experiment.tenants[0].arrivals else { return [] }
    return times
  }

  @Test(arguments: [
    ("", [1_000_000_000, 2_000_000_000, 4_000_000_000]),
    (", \"rate_scale\": 2", [500_000_000, 1_000_000_000, 2_000_000_000]),
    (", \"start_s\": 1.5", [500_000_000, 2_500_000_000]),
    (", \"tenant\": \"x\", \"start_s\": 1, \"rate_scale\": 0.5", [0, 6_000_000_000]),
    (", \"format\": \"gpuloom-csv\"", [1_000_000_000, 2_000_000_000, 4_000_000_000]),
  ])
  func tracesAreCutShiftedAndScaled(choices: String, expected: [Int64]) throws {
    #expect(try times("{\"trace\": \"t.csv\"\(choices)}") == expected)
  }

  @Test(arguments: [
    (", \"tenant\": \"z\"", "the trace has no tenant 'z'"),
    (", \"start_s\": 9", "no request of the trace 't.csv' is left after the choices beside it"),
    (", \"format\": \"azure-llm-csv\"", "the trace 't.csv' is 'gpuloom-csv', not 'azure-llm-csv'"),
    (", \"format\": \"azure\"", "unknown trace format 'azure'"),
    (", \"rate_scale\": 0", "expected a number from 1e-06 to 1000000 in 'rate_scale', found 0"),
  ])
  func choicesThatDoNotFitAreTold(choices: String, message: String) {
    do {
      _ = try times("{\"trace\": \"t.csv\"\(choices)}")
      Issue.record("accepted: \(message)")
    } catch {
      #expect((error as? InputError)?.diagnostics.map(\.message) == [message])
    }
  }

  @Test func aTableOfAnotherGPUIsRefused() throws {
    let folder = TemporaryFolder()
    let table = try InputFile.text(
      at: SharedFiles.repositoryRoot + "/models/kernels/resnet18/v100-sxm2-16gb.csv")
    folder.write("mine.csv", table)
    let tenant =
      "{\"name\": \"a\", \"model\": \"./mine.csv\", \"arrivals\": {\"closed_loop\": {}}}"
    folder.write(
      "e.json",
      Self.text(tenants: tenant).replacing("v100-sxm2-16gb", with: "a100-sxm4-40gb"))
    do throws(InputError) {
      _ = try ExperimentReader.read(
        path: folder.path + "/e.json", library: Self.library, policies: .builtIn)
      Issue.record("accepted")
    } catch {
      #expect(
        error.diagnostics.map(\.message) == [
          "the table './mine.csv' holds durations of the GPU 'v100-sxm2-16gb', "
            + "not of 'a100-sxm4-40gb'"
        ])
    }
  }
}
