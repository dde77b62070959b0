import Tables
import TestSupport
import Testing

@testable import Studies

/// Errors as the page of measurements tells them.
struct TruthPageTests {
  private let folder = TemporaryFolder()

  private static let rows = """
    # format: gpuloom.measurements/1
    # source: lab: our own
    kind,gpu,stack,testbed,model,batch,share,replicas,beside,beside_batch,beside_share,figure,\
    measured,simulated,use,source
    share,g,s,t,m,1,50,1,,,,latency_ms,10,11,fitted,lab
    share,g,s,t,m,2,50,1,,,,latency_ms,20,14,fitted,lab
    pair,g,s,t,m,1,50,1,n,1,50,slowdown,1.1,1.1,predicted,lab
    pair,g,s,t,m,2,50,1,n,1,50,slowdown,1.2,1.3,predicted,lab
    pair,g,s,t,n,1,50,1,m,1,50,slowdown,1.3,1.25,predicted,lab

    """

  @Test func errorsAreByKindAndModel() throws {
    folder.write("measurements.csv", Self.rows)
    let page = try TruthPage(folder.path)
    for line in [
      // Of shares of what is measured.
      "| MPS share | latency_ms | fitted | 2 | 20.0 | 20.0 | 30.0 | 0.88 | - | lab |",
      // In points; ranks 1 2 3 and 1 3 2.
      "| side by side | slowdown | predicted | 3 | 5.0 | 5.0 | 10.0 | 1.01 | 0.50 | lab |",
      "| side by side | m beside n | g | predicted | 2 | 5.0 | 5.0 | 10.0 |",
      "| m | g | s | 2 | 50 | n | 1 | 50 | slowdown | 1.20 | 1.30 | 10.0 | predicted | lab |",
    ] { #expect(page.text.contains(line), "\(line) in \(page.text)") }
    #expect(page.published.count == 5)
    let mean = (0.1 + 0.3 + 0.1 / 1.2 + 0.05 / 1.3) / 5
    #expect(abs((page.published.meanError ?? 0) - mean) < 1e-12)
    #expect(abs((page.published.predicted ?? 0) - (0.1 / 1.2 + 0.05 / 1.3) / 3) < 1e-12)
  }

  /// What the runs do not reach yet is told, not counted.
  @Test func rowsNotSimulatedHaveNoError() throws {
    folder.write("measurements.csv", Self.rows.replacing(",20,14,", with: ",20,,"))
    let page = try TruthPage(folder.path).text
    #expect(page.contains("| MPS share | latency_ms | fitted | 1 | 10.0 | 10.0 | 10.0 |"))
    #expect(page.contains("| 20.0 | - | - | fitted | lab |"))
  }

  @Test func pointsOfOtherPagesAreSplitByTheirFit() throws {
    folder.write("truth/measurements.csv", "# points: ../f/points.csv\n" + Self.rows)
    folder.write(
      "f/points.csv",
      """
      # format: gpuloom.points/1
      # x: replicas
      # y: latency_ms_mean
      # constants: launch_cpu_us
      figure,series,x,simulated,published
      f,time-only,1,11,10
      f,time-only,2,10,20

      """)
    let page = try TruthPage(folder.path + "/truth").text
    #expect(page.contains("| [f](../f/figures.md) |  | fitted | 1 | 10.0 |"), "\(page)")
    #expect(page.contains("| [f](../f/figures.md) |  | left out | 1 | 50.0 |"))
  }
}
