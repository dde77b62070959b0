import Tables
import TestSupport
import Testing

/// Task graphs and `atos` as a user meets them.
struct TaskGraphCommandTests {
  private let folder = TemporaryFolder()

  private static let header = "# format: gpuloom.tasks/1\n# name: g\n# source: test\n"
  private static let hand =
    header + "task,duration_ns,children\na,1000,b\nb,4000,\nc,5000,d\nd,1000,\n"

  private func compare(
    _ graph: String = Self.hand, _ line: String = "--policy atos", testbed: String = "ideal"
  ) -> CommandLineRun {
    folder.write("g.csv", graph)
    folder.write("at.csv", "arrival_ns\n0\n")
    let words = "compare --gpu v100-sxm2-16gb --testbed \(testbed) --model ./g.csv --trace at.csv "
    return CommandLineRun((words + line).split(separator: " ").map(String.init), in: folder.path)
  }

  /// A figure of the row of all tenants.
  private func figure(_ column: String, _ run: CommandLineRun) -> String? {
    guard let table = try? CSVReader.table(of: run.output, file: ""), let row = table.rows.first
    else { return nil }
    return table.index(of: column).map { row.fields[$0] }
  }

  @Test("the hand case, through the command line")
  func handCase() {
    for (options, ns, launches) in [
      ("pop_ns=0,push_ns=0,poll_ns=0", "0.006", "1"), ("mode=discrete,push_ns=0", "0.006", "3"),
      // 80 SMs hold 160 workers: the longest of the first frontier, then of the second.
      ("mode=bsp,push_ns=0", "0.009", "2"),
    ] {
      let run = compare(Self.hand, "--policy atos:\(options) --format csv")
      #expect(figure("latency_ms_mean", run) == ns, "\(options): \(run.output) \(run.error)")
      #expect(figure("launches", run) == launches, "\(options)")
      // What is not known is not said to be nothing.
      #expect(figure("energy_j", run) == "" && figure("slowdown_mean", run) == "")
    }
  }

  @Test("without a policy its three modes are compared; 'all' leaves out what runs none")
  func defaults() {
    let run = compare(Self.hand, "--format csv")
    for mode in ["mode=persistent", "mode=discrete", "mode=bsp"] {
      #expect(run.output.contains("atos(\(mode))"), "\(run.output) \(run.error)")
    }
    let all = compare(Self.hand, "--policy all --format csv")
    #expect(all.status == 0 && all.error.contains("'orion' is left out of 'all': it runs no task"))
    #expect(all.output.contains(",oracle,") && all.output.contains(",atos,"))
  }

  @Test(
    "what cannot be run is refused by name",
    arguments: [
      ("--policy space-only", "'space-only' cannot run the task graph of 'g'"),
      ("--policy exclusive", "'exclusive' cannot run the task graph of 'g'"),
      (
        "--policy atos:worker_threads=1024,worker_registers=255",
        "no SM of v100-sxm2-16gb holds one: too many registers"
      ),
      ("--policy atos:mode=bsp,min_iter=9", "has 'min_iter', which only the workers of the mode"),
      ("--policy atos:poll_ns=0,min_iter=9", "looks in vain that take no time"),
      ("--policy atos:min_iter=3", "all workers are ready to end"),
      (
        "--policy atos --model mobilenet_v2",
        "runs task graphs or models, not both: 'g' is a graph, 'mobilenet_v2' is not"
      ),
    ])
  func refusals(line: String, expected: String) {
    let chain = Self.header + "task,duration_ns,children\na,9000,b\nb,9000,c\nc,9000,d\nd,1,\n"
    let run = compare(line.contains("min_iter=3") ? chain : Self.hand, line)
    #expect(run.status == 65 && run.error.contains(expected), "\(run.status): \(run.error)")
  }

  @Test func optionsOfGraphsAreNotForModels() {
    let words =
      "compare --model mobilenet_v2 --poisson-rps 10 --duration-s 0.1 --policy atos:fetch=4"
    let run = CommandLineRun(words.split(separator: " ").map(String.init), in: folder.path)
    #expect(run.status == 65 && run.error.contains("'fetch', which is for task graphs"))
  }

  @Test("a fault of the file stands where it is")
  func faults() {
    let cycle = compare(Self.header + "task,duration_ns,children\na,1,b\nb,2,a\n")
    #expect(
      cycle.status == 65
        && cycle.error.contains("g.csv:5:5: error: these tasks wait for one another"),
      "\(cycle.error)")
    let empty = compare(Self.header + "task,duration_ns,children\n")
    #expect(empty.status == 65 && empty.error.contains("expected at least one task"))
  }

  @Test func itsPageSaysWhatItRestsOn() {
    let page = CommandLineRun(["policies", "atos"], in: folder.path).output
    for word in ["rule: ", "ignores: ", "source: Atos", "min_iter", "persistent, discrete, bsp"] {
      #expect(page.contains(word), "no '\(word)': \(page)")
    }
  }
}
