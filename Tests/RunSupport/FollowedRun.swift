import Scheduling
import SimBasics
import Simulation

/// Keeps every record, and where its time went.
package struct ReasonKeeper: RunObserver {
  package var keeper = RecordKeeper()
  package var explanations: [RequestExplanation] = []

  package init() {}

  package mutating func requestCompleted(_ record: RequestRecord) {
    keeper.requestCompleted(record)
  }
  package mutating func requestDropped(tenant: Int, arrivalNS: Int64) {
    keeper.requestDropped(tenant: tenant, arrivalNS: arrivalNS)
  }
  package mutating func requestUnfinished(_ request: UnfinishedRequest) {
    keeper.requestUnfinished(request)
  }
  package mutating func requestExplained(_ explanation: RequestExplanation) {
    explanations.append(explanation)
  }

  /// The parts of a tenant's requests, in the order of their ends, those of nothing left out.
  package func parts(of tenant: Int) -> [[WaitReason: Int64]] {
    explanations.filter { $0.record.tenant == tenant }.map { explanation in
      let parts = WaitReason.allCases.map { ($0, explanation.parts[$0]) }.filter { $0.1 != 0 }
      return Dictionary(uniqueKeysWithValues: parts)
    }
  }
}

/// Runs one policy of an experiment and follows where requests' time goes.
package func follow(
  _ experiment: Experiment, _ policy: String, options: PolicyOptions = PolicyOptions(),
  _ following: RunFollowing = RunFollowing(splits: true)
) throws -> (totals: RunTotals, heard: ReasonKeeper) {
  let choice = PolicyChoice(name: policy, options: options)
  var one = experiment
  one.policies = [choice]
  let programs = try Simulation.prepare(one)
  let (totals, observer) = try Simulation.run(
    one, programs, choice, seed: 1, observer: ReasonKeeper(), following: following)
  return (totals, observer as? ReasonKeeper ?? ReasonKeeper())
}
