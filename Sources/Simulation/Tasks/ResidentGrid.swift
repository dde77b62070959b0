import Device
import Hardware
import Scheduling

/// The persistent grid that models' requests run on: a request is one launch, and while one is under way
/// all workers hold their SMs, whether they have a block or not.
struct ResidentGrid {
  private let smCount: Int
  private let warps: Int
  /// Requests whose first launch has begun and whose last has not ended.
  private var requests = 0
  private var since: Int64 = 0
  private var spanNS: Int64 = 0

  /// The workers of some programs' kernels.
  init(_ programs: ProgramSet, on gpu: GPUSpec) {
    let worker = programs.worker
    smCount = gpu.smCount
    warps = worker.perSM(gpu.limits) * worker.warps
  }

  /// A request's first launch began at a time, if nothing else is on the grid; else now.
  mutating func enter(at time: Int64) {
    if requests == 0 { since = time }
    requests += 1
  }

  mutating func leave(at now: Int64) {
    requests -= 1
    if requests == 0 { spanNS += now - since }
  }

  /// What the grid has held by now.
  func integrals(at now: Int64) -> DeviceIntegrals {
    let span = Int128(spanNS + (requests > 0 ? now - since : 0))
    var sums = DeviceIntegrals()
    sums.activeSMTime = span * Int128(smCount)
    sums.warpTime = sums.activeSMTime * Int128(warps)
    sums.busyTime = span
    return sums
  }
}
