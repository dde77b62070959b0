import Device
import Hardware
import Scheduling

/// The part of the GPU that a program's times are for; nil stands for the whole.
enum ProgramPlace: Hashable {
  /// So many SMs; DRAM is the whole GPU's.
  case sms(Int)
  /// A MIG profile, by its number on the GPU.
  case slice(Int)

  /// A part of a layout; nil for all SMs, and for what the GPU does not have.
  init?(_ part: GPULayout.Part, of gpu: GPUSpec) {
    switch part {
    case .sms(let sms):
      if sms.count >= gpu.smCount { return nil }
      self = .sms(sms.count)
    case .slice(let name):
      guard let number = gpu.migSlices.firstIndex(where: { $0.name == name }) else { return nil }
      self = .slice(number)
    }
  }

  /// A launch alone there.
  func isolatedRun(of profile: BlockProfile, on gpu: GPUSpec) -> IsolatedRun {
    switch self {
    case .sms(let count): Device.isolatedRun(of: profile, on: gpu, mask: SMSet(0..<count))
    case .slice(let number):
      Device.isolatedRun(of: profile, on: gpu.slice(gpu.migSlices[number].name) ?? gpu)
    }
  }
}

/// Programs that a plan needs beside those of the whole GPU.
struct PlacedPrograms {
  /// The tenant's number in the experiment.
  var tenant: Int
  var place: ProgramPlace
  /// The largest batch.
  var largestBatch: Int
}
