import Hardware
import Policies
import RunSupport
import Scheduling
import Testing
import Workloads

@testable import Simulation

/// What a policy's processes and replicas need of the GPU.
@Suite struct MemoryPlanTests {
  private func fault(
    _ policy: String, replicas: Int, _ options: [String: PolicyOptions.Value] = [:]
  )
    -> String?
  {
    var set = PolicyOptions()
    for (name, value) in options { set.set(name, value) }
    var testbed = Testbed(name: "ideal")
    testbed.contextMiB = 100
    let experiment = Fixtures.experiment(
      [Fixtures.tenant("a", Fixtures.table("m", []), replicas: replicas, .trace([0]))],
      testbed: testbed)
    let choice = PolicyChoice(name: policy, options: set)
    return MemoryPlan(experiment, choice.make()).fault(policy: policy)?.description
  }

  @Test("A tenant has one instance under batched, whatever the batch", arguments: [1.0, 16])
  func batchedHasOneInstance(largest: Double) {
    #expect(fault("batched", replicas: 4_000, ["max_batch": .number(largest)]) == nil)
    #expect(fault("space-time", replicas: 4_000)?.contains("4000 × 20 MiB a (m)") == true)
  }

  @Test func anMPSServerHasSoManyClients() {
    #expect(fault("space-only", replicas: 48) == nil)
    let refusal = fault("space-only", replicas: 49)
    #expect(refusal?.contains("needs 49 MPS clients; test has 48 at most") == true)
    #expect(fault("space-only", replicas: 49, ["mechanism": .word("streams")]) == nil)
    #expect(fault("time-only", replicas: 49) == nil)
  }

  @Test("Streams are proposed where contexts take the room, not where streams do not fit")
  func hintsApply() {
    #expect(fault("time-only", replicas: 400)?.contains("or streams") == true)
    #expect(fault("space-time", replicas: 4_000)?.contains("more memory") == true)
  }
}
