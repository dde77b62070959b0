import Device
import Hardware
import LanguageModels
import TestSupport

@testable import Simulation

// What may begin at an instant, and how it does.
extension NaiveMultiplex {
  mutating func decide() throws {
    while true {
      for j in jobs.indices where jobs[j].isIdle { jobs[j].tenths = nil }
      for j in jobs.indices where jobs[j].kind == .cnn && jobs[j].isIdle { try begin(cnn: j) }
      if !jobs.contains(where: { $0.kind == .prefill && !$0.isIdle }) {
        let due = inTurn(.prefill)
        if let j = due.first(where: { place($0) != nil }) {
          try begin(j)
          continue
        }
        // Held back.
        if !due.isEmpty { return }
      }
      guard let j = inTurn(.decode).first(where: { place($0) != nil }) else { return }
      try begin(j)
    }
  }

  private func inTurn(_ kind: Job.Kind) -> [Int] {
    let after = last[kind] ?? -1
    let all = jobs.indices.filter { j in
      jobs[j].kind == kind && jobs[j].isIdle
        && !jobs.contains { $0.tenant == jobs[j].tenant && $0.toldAt != nil }
        && models[model(of: j)].serving.isDue(prefill: kind == .prefill)
    }
    return all.filter { $0 > after } + all.filter { $0 <= after }
  }

  /// Tenths for a job: of all places that may be booked, the one with the fewest booked already.
  private func place(_ j: Int) -> Range<Int>? {
    let isDecode = jobs[j].kind == .decode
    let count = isDecode ? shares.decode : shares.prefill
    let booked = (0..<10).map { tenth in jobs.count { $0.tenths?.contains(tenth) ?? false } }
    let twice = booked.count { $0 == 2 }
    var places = (0...(10 - count)).map { $0..<$0 + count }.filter { place in
      place.allSatisfy { booked[$0] < 2 }
        && twice + place.count { booked[$0] == 1 } <= shares.twice
    }
    if isDecode { places.reverse() }
    let fewest = places.map { place in place.count { booked[$0] == 1 } }.min()
    return places.first { place in place.count { booked[$0] == 1 } == fewest }
  }

  private mutating func begin(_ j: Int) throws {
    let (m, isPrefill) = (model(of: j), jobs[j].kind == .prefill)
    let testbed = experiment.testbed
    let place = place(j)
    last[jobs[j].kind] = j
    guard let language = experiment.tenants[jobs[j].tenant].language, let tenths = place,
      let batch = models[m].serving.next(prefill: isPrefill)
    else { return }
    jobs[j].tenths = tenths
    let gpu = experiment.gpu
    let tpcs = gpu.smCount / gpu.smsPerTPC
    let first = min(tenths.lowerBound * tpcs / 10, tpcs - 1)
    let end = max(first + 1, tenths.upperBound * tpcs / 10)
    let mask = (0..<gpu.smCount).map { (first..<end).contains($0 / gpu.smsPerTPC) }
    jobs[j].mask = mask
    let launches = try NaiveSharing.launches(batch, language.costs(on: gpu), on: gpu)
    let step =
      language.stack.stepCPUNS
      + Int64(batch.sequences.count) * language.stack.stepCPUPerSequenceNS
    let hostBase = max(time, hostFree[jobs[j].tenant]) + step + testbed.launchCPU
    hostFree[jobs[j].tenant] = hostBase + Int64(launches.count - 1) * testbed.launchCPU
    jobs[j].work = NaiveSharing.Work(
      launches: launches, readyAt: time, hostBase: hostBase, perLaunch: testbed.launchCPU,
      gap: testbed.launchGap)
    let delay = delay
    jobs[j].work?.readyAt = time + delay
    wait(j)
  }

  private mutating func begin(cnn j: Int) throws {
    let (t, testbed) = (jobs[j].tenant, experiment.testbed)
    guard !queues[t].isEmpty else { return }
    jobs[j].arrival = queues[t].removeFirst()
    let table = experiment.tenants[t].table
    let launches = try table.batches[0].launches.map {
      NaiveSharing.launch(
        try BlockProfile.prepare($0, on: experiment.gpu, precision: table.precision))
    }
    jobs[j].work = NaiveSharing.Work(
      launches: launches, readyAt: time,
      hostBase: time + testbed.requestCPU + testbed.launchCPU, perLaunch: testbed.launchCPU,
      gap: testbed.launchGap)
    let delay = delay
    jobs[j].work?.readyAt = time + delay
    wait(j)
  }
}
