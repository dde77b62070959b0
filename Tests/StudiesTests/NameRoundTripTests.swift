import Hardware
import Metrics
import Reports
import Tables
import TestSupport
import Testing
import Traces

@testable import Studies

/// Names that a spreadsheet would run, or that look like what is done about it: written and read
/// again they are the same, in each kind of file that has names and is read back.
struct NameRoundTripTests {
  private static let names = [
    "=1+1", "+x", "-2+3", "@a", "-", "'=q", "''-x", "'plain", "'-5", "-5", "a,b", "say \"hi\"",
    "#h",
  ]
  private let folder = TemporaryFolder()
  private var names: [String] { Self.names }

  private func path(_ text: String, _ name: String = "f.csv") -> String {
    folder.write(name, text)
    return folder.path + "/" + name
  }

  /// A summary of each name's tenant, with the policy and the axis' value of one of them.
  private func summary(_ odd: String, axes: [String] = []) -> ReportTable {
    var table = ReportTable(columns: (axes + SummaryTable.columnNames).map { ReportColumn($0) })
    for tenant in ["*"] + names {
      let words = axes.map { _ in odd } + [odd, odd, odd, odd, "1", tenant, tenant, "2"]
      table.append(
        words.map { ReportCell.text($0) } + SummaryFigure.plain.map { _ in ReportCell.number(1) })
    }
    return table
  }

  @Test(arguments: names) func resultsKeepTheirNames(odd: String) throws {
    let rows = try ResultRows(path(summary(odd, axes: [odd]).csv))
    #expect(rows.tenants.map(\.name) == names && rows.tenants.map(\.model) == names)
    #expect(rows.policies == [odd] && rows.axes == [odd] && rows.points == [[odd]])
    #expect(rows.places == [[odd], [odd], [odd]])
    let header = "policy,seed,tenant,arrival_ns,completion_ns\n"
    let lines = names.map { "\(CSVText.field(odd)),1,\(CSVText.field($0)),0,5\n" }
    let plain = try ResultRows(path(summary(odd).csv))
    let log = try RequestLatencies(
      path(header + lines.joined(), "requests.csv"), policies: plain.policies,
      tenants: plain.tenants.map(\.name))
    for tenant in names.indices {
      #expect(log.curve(policy: 0, tenant: tenant, count: 1).count == 1)
    }
  }

  @Test func requestsAndTracesKeepTheirTenants() throws {
    let header = "policy,seed,tenant,replica,arrival_ns,first_launch_ns,completion_ns\n"
    let lines = names.enumerated().map { "'=p,1,\(CSVText.field($1)),0,\($0),,\n" }
    let log = try TraceImport.open(path: path(header + lines.joined()))
    #expect(log.tenantNames == names)
    let text = TraceText(tenantNames: names, hasSizes: false)
    var bytes = Array(text.header([]).utf8)
    let reader = try log.makeReader()
    while let row = try reader.next() { text.append(row, to: &bytes) }
    let trace = try TraceImport.open(path: path(String(decoding: bytes, as: UTF8.self)))
    #expect(trace.tenantNames == names)
    // Of others nothing is undone.
    let foreign = "app,func,end_timestamp,duration\n'=a,b,1,1\n"
    #expect(try TraceImport.open(path: path(foreign)).tenantNames == ["'=a/b"])
  }

  @Test func expectedFiguresKeepTheirNames() throws {
    var file = ExpectedFile()
    file.rows = names.map { name in
      [name, name, name, name, "1", name, name, "2"] + SummaryFigure.plain.map { _ in "1" }
    }
    #expect(try ExpectedFile(path(file.text)).rows == file.rows)
  }

  @Test func plansKeepTheirValues() throws {
    let listing = StudyListing(
      version: "1", study: "s", axes: ["a"], description: "{}", catalogue: "0", inputs: [],
      columns: ["=a"], summary: ["policy"],
      rows: names.map { StudyListing.Row(values: [$0], policy: $0, seed: 1, run: "0") },
      count: names.count)
    var text = ""
    listing.write { text += $0 }
    let again = try StudyListing.read(at: path(text))
    #expect(again.columns == ["=a"])
    #expect(again.rows.map(\.values) == names.map { [$0] } && again.rows.map(\.policy) == names)
  }

  @Test func pointsKeepTheirNames() throws {
    let header =
      "# format: gpuloom.points/1\n# x: replicas\n# y: gflops\nfigure,series,x,simulated,published\n"
    let lines = names.map { "\(CSVText.field($0)),\(CSVText.field($0)),1,,2\n" }
    let points = try PointsFile.read(path(header + lines.joined()), for: nil)
    #expect(points.points.map(\.figure) == names && points.points.map(\.series) == names)
    #expect(points.text == header + lines.joined())
  }

  @Test func kernelTablesAndTaskGraphsKeepTheirNames() throws {
    var table = try KernelTable.read(
      path(
        """
        # format: gpuloom.kernels/1
        # model: tiny
        # gpu: g
        # stack: s
        # precision: fp32
        # weights_mib: 0
        # workspace_mib: 0
        # input_bytes: 0
        # output_bytes: 0
        # source: here
        # provenance: measured
        batch,launch,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,registers_per_thread,\
        shared_memory_bytes,flop,dram_bytes,duration_ns
        1,0,k,1,1,1,1,1,1,1,0,1,1,1

        """))
    let launch = table.batches[0].launches[0]
    table.batches[0].launches = names.map { name in
      var own = launch
      (own.name, own.fusionClass) = (name, name)
      return own
    }
    let again = try KernelTable.read(path(table.csvText)).batches[0].launches
    #expect(again.map(\.name) == names && again.map(\.fusionClass) == names)
    let header = "# format: gpuloom.tasks/1\n# name: n\n# source: s\ntask,duration_ns,children\n"
    let lines = names.map { name in
      "\(CSVText.field(name)),1,\(name == names[0] ? "" : CSVText.field(names[0]))\n"
    }
    let graph = try TaskGraph.read(path(header + lines.joined()))
    #expect(graph.children == names.map { $0 == names[0] ? [] : [0] })
  }
}
