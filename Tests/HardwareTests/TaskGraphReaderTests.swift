import Hardware
import Tables
import Testing

/// Task graphs read from files: what is wrong is told where it stands.
struct TaskGraphReaderTests {
  private static let header = """
    # format: gpuloom.tasks/1
    # name: made
    # source: here

    """

  private static func read(_ rows: String, header: String = Self.header) throws -> TaskGraph {
    try TaskGraph.read(text: header + rows, file: "g.csv")
  }

  @Test func readsWorkAndEdges() throws {
    let graph = try Self.read(
      """
      task,children,duration_ns,flop,dram_bytes
      late,,7,,
      early,late;middle,,1000,64
      middle,late,5,,
      """)
    #expect(graph.work == [.lasting(7), .doing(flop: 1_000, dramBytes: 64), .lasting(5)])
    #expect(graph.children == [[], [0, 2], [0]] && graph.roots == [1])
    #expect(graph.frontiers == [[1], [2], [0]] && graph.parentCounts == [2, 0, 1])
    #expect(graph.criticalPath([7, 3, 5]) == 15 && graph.totals == (1_000, 64))
  }

  @Test(
    "each fault has its place and a way out",
    arguments: [
      ("task,children\na,", "g.csv:5:1: error: the task 'a' needs 'duration_ns', or 'flop'"),
      ("task,duration_ns,children\na,1,\na,2,", "g.csv:6:1: error: the task 'a' is given twice"),
      (
        "task,duration_ns,children\nalpha,1,beta\nbeto,2,",
        "g.csv:5:9: error: unknown task 'beta' in 'children'\n  hint: did you mean 'beto'?"
      ),
      (
        "task,duration_ns,children\na,1,b\nb,2,c\nc,3,a\nd,1,a",
        "g.csv:5:5: error: these tasks wait for one another, and none can begin: 'a' → 'b' → 'c' → 'a'"
      ),
      ("task,duration_ns,children\na,1,a", "none can begin: 'a' → 'a'"),
      (
        "task,duration_ns,flop,dram_bytes,children\na,5,10,,",
        "g.csv:5:3: error: the task 'a' has two durations: 5 ns, and what its 'flop'"
      ),
      (
        "task,duration_ns,duration_ns,children\na,5,6,",
        "g.csv:4:18: error: the column 'duration_ns' is given twice"
      ),
      ("task,duration_ns,children\n", "expected at least one task, found none"),
      ("task,duration_ns,children\na,0,", "expected an integer from 1 to 1000000000000"),
      ("task,duration_ns,children\na,1,b;b\nb,1,", "the child 'b' is given twice"),
      ("task,duration_ns,parents\na,1,", "unknown column 'parents'"),
    ])
  func faults(rows: String, expected: String) {
    do {
      _ = try Self.read(rows)
      Issue.record("nothing is wrong with \(rows)")
    } catch {
      let text = (error as? InputError)?.diagnostics.map(\.description).joined(separator: "\n")
      #expect(text?.contains(expected) ?? false, "\(text ?? "")")
    }
  }

  @Test func headersAreChecked() {
    for (header, expected) in [
      (
        "# format: gpuloom.tasks/2\n# name: a\n# source: b\n",
        "g.csv:1:11: error: expected the format"
      ),
      ("# format: gpuloom.tasks/1\n# name: a\n", "a task graph needs the line '# source: …'"),
      (Self.header + "# prescision: fp16\n", "did you mean 'precision'?"),
      (Self.header + "# precision: fp61\n", "unknown precision 'fp61'"),
    ] {
      do {
        _ = try Self.read("task,duration_ns,children\na,1,", header: header)
        Issue.record("nothing is wrong with \(header)")
      } catch {
        let text = (error as? InputError)?.diagnostics.map(\.description).joined(separator: "\n")
        #expect(text?.contains(expected) ?? false, "\(text ?? "")")
      }
    }
  }
}
