import Device
import Hardware

/// What launches take alone, worked out when first asked for: slices of them, on some SMs, in
/// instances of MIG.
struct AloneTimes {
  private struct Key: Hashable {
    var profile: Int
    var blocks: Int
    var sms: Int
    /// The device; -1 for the whole GPU.
    var device: Int
  }

  private let profiles: [BlockProfile]
  private let gpu: GPUSpec
  /// By device.
  private let devices: [GPUSpec]
  /// Looked up by key only.
  private var known: [Key: Int64] = [:]

  init(_ profiles: [BlockProfile], _ gpu: GPUSpec, devices: [GPUSpec]) {
    self.profiles = profiles
    self.gpu = gpu
    self.devices = devices
  }

  /// Whether so many SMs are the whole GPU.
  func isWhole(_ sms: Int) -> Bool { sms == gpu.smCount }

  /// Nanoseconds of some blocks of a kernel on some SMs of a device; nil is the whole GPU.
  mutating func duration(_ profile: Int, blocks: Int, on part: (device: Int, sms: Int)?) -> Int64 {
    let key = Key(
      profile: profile, blocks: blocks, sms: part?.sms ?? gpu.smCount, device: part?.device ?? -1)
    if let old = known[key] { return old }
    let spec = part.map { devices[$0.device] } ?? gpu
    let mask = key.sms < spec.smCount ? SMSet(0..<key.sms) : nil
    let new = Device.isolatedRun(
      of: profiles[profile], blocks: blocks, on: spec, mask: mask
    ).durationNS
    known[key] = new
    return new
  }

  /// The same of some blocks of an iteration's launch.
  func duration(
    _ iteration: OpenIteration, _ launch: Int, blocks: Int, on part: (device: Int, sms: Int)?
  ) -> Int64 {
    iteration.duration(
      launch, blocks: blocks, sms: part?.sms ?? gpu.smCount,
      on: part.map { devices[$0.device] } ?? gpu)
  }
}
