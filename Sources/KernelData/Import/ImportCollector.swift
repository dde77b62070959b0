import Tables

/// Gathers what a reader finds, counts every row once, and decides when to stop.
final class ImportCollector {
  /// Faults gathered before the reading stops.
  static let faultLimit = 20
  /// The largest duration, operations and bytes that a kernel table holds for a launch.
  private static let longestNS: Int64 = 1_000_000_000_000
  private static let mostFLOP = 1e15
  private static let mostBytes = 1e13

  let file: String
  let options: ProfileImportOptions
  // Touched for every row by this object alone: checking each access for exclusivity at run time
  // would cost a tenth of the time.
  @exclusivity(unchecked)
  var profile: ImportedProfile
  @exclusivity(unchecked)
  var names = NameTable()
  @exclusivity(unchecked)
  var streams = NameTable()
  @exclusivity(unchecked)
  private var counts = [Int](repeating: 0, count: LeftOutReason.allCases.count)
  private(set) var faults: [Diagnostic] = []
  private var deviceIndex: [String: Int] = [:]
  private var lastDevice = -1

  init(file: String, format: ProfileFormat, options: ProfileImportOptions) {
    self.file = file
    self.options = options
    profile = ImportedProfile(file: file, format: format)
  }

  /// Counts a row that is no kernel.
  func leaveOut(_ reason: LeftOutReason) {
    profile.rowsRead += 1
    counts[Self.position(of: reason)] += 1
  }

  private static func position(of reason: LeftOutReason) -> Int {
    LeftOutReason.allCases.firstIndex(of: reason) ?? 0
  }

  /// Counts a faulty row, and stops at the limit; a lenient reading goes on.
  func fault(_ diagnostic: Diagnostic, countsRow: Bool = true) throws(InputError) {
    if countsRow { leaveOut(.badRow) }
    faults.append(diagnostic)
    if options.isLenient {
      if faults.count > Self.faultLimit { faults.removeLast() }
    } else if faults.count == Self.faultLimit {
      throw InputError(diagnostics: faults)
    }
  }

  /// Adds something the user should know.
  func warn(_ message: String, hint: String? = nil, line: Int = 0) {
    profile.warnings.append(
      Diagnostic(file: file, line: line, severity: .warning, message: message, hint: hint))
  }

  /// Takes a kernel, or says what is wrong with it.
  ///
  /// - Parameter needsDuration: whether a missing or zero duration is a fault.
  func add(
    _ kernel: ProfileKernel, device: String?, demand: ProfileDemand? = nil,
    countsRow: Bool = true, needsDuration: Bool = true, at place: () -> Diagnostic
  ) throws(InputError) {
    if let message = faultOf(kernel, demand, needsDuration: needsDuration) {
      var diagnostic = place()
      diagnostic.message = message.text
      diagnostic.hint = message.hint
      return try fault(diagnostic, countsRow: countsRow)
    }
    if let device, !note(device: device) {
      if countsRow { leaveOut(.otherDevice) }
      return
    }
    if countsRow {
      profile.rowsRead += 1
      profile.rowsUsed += 1
    }
    if let demand {
      // Formats either tell it of every kernel or of none.
      profile.demands.append(demand)
    }
    profile.kernels.append(kernel)
  }

  private func faultOf(
    _ kernel: ProfileKernel, _ demand: ProfileDemand?, needsDuration: Bool
  ) -> (text: String, hint: String?)? {
    let lenient = "leave such rows out with --lenient"
    if names.isBlank(kernel.nameIndex) { return ("a kernel without a name", lenient) }
    if needsDuration, kernel.duration <= 0 {
      return ("expected a duration above zero, found \(kernel.duration) ns", lenient)
    }
    if kernel.duration > Self.longestNS {
      return ("expected a duration of at most 1000 s, found \(kernel.duration) ns", lenient)
    }
    if demand?.flop ?? 0 > Self.mostFLOP || demand?.dramBytes ?? 0 > Self.mostBytes {
      return ("operations or bytes beyond what one launch can do", lenient)
    }
    if kernel.gridX != 0, kernel.gridY == 0 || kernel.gridZ == 0 {
      return ("expected a grid of at least one block", lenient)
    }
    let plane = UInt64(kernel.gridX) * UInt64(kernel.gridY)
    if plane > UInt64(Int32.max) || plane * UInt64(kernel.gridZ) > UInt64(Int32.max) {
      return ("a grid of more than 2147483647 blocks", lenient)
    }
    if kernel.registers > 512 {
      return ("expected at most 512 registers a thread, found \(kernel.registers)", lenient)
    }
    if kernel.sharedMemory > 1 << 24 {
      return ("expected at most 16 MiB of shared memory, found \(kernel.sharedMemory)", lenient)
    }
    let threads = UInt64(kernel.blockX) * UInt64(kernel.blockY)
    if kernel.blockX != 0, threads * UInt64(kernel.blockZ) > 1024 || threads > 1024 {
      return (
        "a block of \(kernel.blockX) x \(kernel.blockY) x \(kernel.blockZ) threads exceeds 1024",
        lenient
      )
    }
    if kernel.blockX != 0, kernel.blockY == 0 || kernel.blockZ == 0 {
      return ("expected a block of at least one thread", lenient)
    }
    return nil
  }

  /// Counts a kernel on a device; whether it is the one to take.
  private func note(device: String) -> Bool {
    if lastDevice < 0 || profile.devices[lastDevice].id != device {
      lastDevice = deviceIndex[device] ?? -1
      if lastDevice < 0 {
        lastDevice = profile.devices.count
        deviceIndex[device] = lastDevice
        profile.devices.append(ProfileDevice(id: device))
      }
    }
    profile.devices[lastDevice].kernels += 1
    guard let wanted = options.device else { return true }
    return wanted == device || wanted == profile.devices[lastDevice].name
  }

  /// Tells what is known of a device before or after its rows.
  func describe(_ facts: ProfileDevice) {
    if let i = deviceIndex[facts.id] {
      let kernels = profile.devices[i].kernels
      profile.devices[i] = facts
      profile.devices[i].kernels = kernels
    } else {
      deviceIndex[facts.id] = profile.devices.count
      profile.devices.append(facts)
    }
  }

  /// Closes the reading: refuses faults, several devices and empty profiles, and orders the
  /// kernels.
  func finish() throws(InputError) -> ImportedProfile {
    if options.isLenient {
      profile.warnings += faults.map { fault in
        var warning = fault
        warning.severity = .warning
        return warning
      }
    } else if !faults.isEmpty {
      throw InputError(diagnostics: faults)
    }
    profile.leftOut = zip(LeftOutReason.allCases, counts).filter { $0.1 > 0 }.map { ($0.0, $0.1) }
    try chooseDevice()
    if profile.kernels.isEmpty {
      let found = profile.leftOut.map { "\($0.count) \($0.reason.rawValue)" }
      let rows = found.isEmpty ? "no rows" : found.joined(separator: ", ")
      throw InputError(
        Diagnostic(
          file: file, message: "\(profile.format.title) without kernels: found \(rows)"))
    }
    profile.names = names.names
    profile.streams = streams.names
    if profile.streams.isEmpty { profile.streams = [""] }
    orderKernels()
    return profile
  }

  private func chooseDevice() throws(InputError) {
    let busy = profile.devices.filter { $0.kernels > 0 }
    let list = busy.map { device in
      let name = device.name.isEmpty ? device.id : "\(device.id) (\(device.name))"
      return "\(name) with \(device.kernels) kernels"
    }.joined(separator: ", ")
    if let wanted = options.device {
      profile.device = busy.first { $0.id == wanted || $0.name == wanted }
      if profile.device == nil {
        throw InputError(
          Diagnostic(
            file: file, message: "no kernels on device '\(wanted)'",
            hint: busy.isEmpty ? "the file names no device" : "the file has: \(list)"))
      }
    } else if busy.count > 1 {
      throw InputError(
        Diagnostic(
          file: file, message: "kernels of \(busy.count) GPUs in one file: \(list)",
          hint: "choose one with --device"))
    } else {
      profile.device = busy.first
    }
  }

  /// Orders by start, or by the launching call where that agrees with the start on every stream.
  private func orderKernels() {
    guard profile.kernels.allSatisfy({ $0.start != .min }) else { return }
    let count = profile.kernels.count
    let isSorted = zip(profile.kernels, profile.kernels.dropFirst()).allSatisfy {
      $0.start <= $1.start
    }
    if !isSorted { reorder((0..<count).map { ($0, profile.kernels[$0].start) }) }
    profile.order = "start"
    var lastOfStream = [Int64](repeating: -1, count: profile.streams.count)
    for kernel in profile.kernels {
      let stream = Int(kernel.streamIndex)
      if kernel.correlation <= lastOfStream[stream] { return }
      lastOfStream[stream] = kernel.correlation
    }
    let isLaunchOrder = zip(profile.kernels, profile.kernels.dropFirst()).allSatisfy {
      $0.correlation <= $1.correlation
    }
    if !isLaunchOrder { reorder((0..<count).map { ($0, profile.kernels[$0].correlation) }) }
    profile.order = "launch"
  }

  private func reorder(_ keyed: [(index: Int, key: Int64)]) {
    let sorted = keyed.sorted { ($0.key, $0.index) < ($1.key, $1.index) }
    profile.kernels = sorted.map { profile.kernels[$0.index] }
    if !profile.demands.isEmpty { profile.demands = sorted.map { profile.demands[$0.index] } }
  }
}
