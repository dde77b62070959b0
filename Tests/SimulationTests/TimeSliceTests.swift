import Hardware
import Policies
import RunSupport
import Testing
import Workloads

@testable import Simulation

/// Slices, gaps and switches, by hand.
@Suite struct TimeSliceTests {
  private func completions(
    _ testbed: Testbed, _ tenants: [(launches: [Int64], replicas: Int, arrivals: [Int64])]
  ) throws -> [[Int64]] {
    let specs = tenants.enumerated().map { t, tenant in
      let launches = tenant.launches.enumerated().map { i, duration in
        Fixtures.kernel("k\(t)-\(i)", duration: duration)
      }
      var spec = Fixtures.tenant(
        "t\(t)", Fixtures.table("m\(t)", launches), replicas: tenant.replicas,
        .trace(tenant.arrivals))
      // The ring is in the order they are listed.
      spec.priority = -t
      return spec
    }
    let records = try simulate(Fixtures.experiment(specs, testbed: testbed), "time-only")
      .keeper.records
    return specs.indices.map { t in records.filter { $0.tenant == t }.map(\.completionNS) }
  }

  private func testbed(
    slice: Int64 = 1_000_000, gap: Int64 = 0, yield: Int64 = 0, busy: Int64 = 0, idle: Int64 = 0,
    sync: Int64 = 0
  ) -> Testbed {
    var testbed = Testbed(name: "slices")
    testbed.timeSlice = slice
    testbed.launchGap = gap
    testbed.idleYield = yield
    testbed.switchBusy = busy
    testbed.switchIdle = idle
    testbed.completionSync = sync
    return testbed
  }

  @Test("A context may end at the instant at which another's answer makes it ask again")
  func endMeetsAnAnswer() throws {
    let ends = try completions(testbed(sync: 8_000), [([8_000], 2, [0, 0, 0])])
    #expect(ends == [[16_000, 24_000, 32_000]])
  }

  @Test("A gap counts from its beginning, whoever comes into it", arguments: [1_000, 70_000])
  func joiningInAGap(at arrival: Int64) throws {
    let ends = try completions(
      testbed(gap: 100_000, yield: 50_000), [([10_000, 900_000], 1, [0]), ([5_000], 1, [arrival])])
    // The first kernel ends at 10 us; from 60 us on the GPU may go, and comes back as late.
    let end = max(arrival, 60_000) + 5_000
    #expect(ends == [[end + 50_000 + 900_000], [end]])
  }

  @Test func aSliceThatEndsInAGapIsOver() throws {
    let ends = try completions(
      testbed(slice: 10_000, gap: 2_000, yield: 5_000),
      [([9_000, 9_000], 1, [0]), ([4_000], 1, [0])])
    #expect(ends[1] == [14_000])
  }

  @Test("A switch between two launches finds the context idle", arguments: [Int64(0), 1])
  func switchesBetweenLaunches(gap: Int64) throws {
    let ends = try completions(
      testbed(slice: 10_000, gap: gap, busy: 7_000, idle: 3_000),
      [([10_000, 10_000], 1, [0]), ([4_000], 1, [0])])
    #expect(ends[1] == [17_000])
  }

  @Test func aSwitchAmidALaunchCostsMore() throws {
    let ends = try completions(
      testbed(slice: 10_000, busy: 7_000, idle: 3_000),
      [([11_000, 10_000], 1, [0]), ([4_000], 1, [0])])
    #expect(ends[1] == [21_000])
  }
}
