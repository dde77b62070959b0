import Tables

/// Gathers what a reader finds, counts every row once, and decides when to stop.
final class ImportCollector {
  /// The largest duration, operations and bytes that a kernel table holds for a launch.
  private static let longestNS: Int64 = 1_000_000_000_000
  private static let mostFLOP = 1e15
  private static let mostBytes = 1e13

  let file: String
  let options: ProfileImportOptions
  // Touched for every row by this object alone: checking each access for exclusivity at run time
  // would cost a tenth of the time.
  @exclusivity(unchecked) var profile: ImportedProfile
  @exclusivity(unchecked) var names = NameTable()
  @exclusivity(unchecked) private var judgedName: Int32 = -1
  @exclusivity(unchecked) private var isJudgedImpossible = false
  @exclusivity(unchecked) var streams = NameTable()
  /// The devices' names, in the order of `profile.devices`.
  @exclusivity(unchecked) private var devices = NameTable()
  private let log: RecordLog
  /// What the file is, and the way on, where it turns out to hold no kernels.
  var emptyTitle, emptyHint: String?

  init(file: String, format: ProfileFormat, options: ProfileImportOptions) {
    self.file = file
    self.options = options
    profile = ImportedProfile(file: file, format: format)
    log = RecordLog(file: file, reasons: LeftOutReason.allCases.count, isStrict: !options.isLenient)
  }

  /// Counts a row that is no kernel.
  func leaveOut(_ reason: LeftOutReason) {
    log.countRecord()
    log.leaveOut(Self.position(of: reason))
  }

  /// Counts a copy or memset.
  func copy(bytes: Int64) {
    leaveOut(.copy)
    profile.copies.count += 1
    profile.copies.bytes &+= max(0, min(bytes, 1 << 50))
  }

  /// Counts a row whose kernels are added without their rows.
  func useRow() {
    log.countRecord()
    profile.rowsUsed += 1
  }

  private static func position(of reason: LeftOutReason) -> Int {
    LeftOutReason.allCases.firstIndex(of: reason) ?? 0
  }

  /// Counts a faulty row, and stops at the limit; a lenient reading goes on.
  func fault(_ diagnostic: Diagnostic, countsRow: Bool = true) throws(InputError) {
    if countsRow { log.countRecord() }
    try log.fault(countsRow ? Self.position(of: .badRow) : nil, diagnostic)
  }

  /// The fault of the file as a whole.
  func error(_ message: String, hint: String? = nil) -> InputError {
    InputError(file: file, message: message, hint: hint)
  }

  /// Adds something the user should know.
  func warn(_ message: String, hint: String? = nil) {
    profile.warnings.append(
      Diagnostic(file: file, severity: .warning, message: message, hint: hint))
  }

  /// Takes a kernel, or says what is wrong with it.
  ///
  /// - Parameter device: its device's number, or -1.
  func add(
    _ kernel: ProfileKernel, device: Int = -1, demand: ProfileDemand? = nil,
    countsRow: Bool = true, at place: () -> Diagnostic
  ) throws(InputError) {
    if let message = faultOf(kernel, demand) {
      var diagnostic = place()
      diagnostic.message = message
      diagnostic.hint = "leave such rows out with --lenient"
      return try fault(diagnostic, countsRow: countsRow)
    }
    if device >= 0 {
      profile.devices[device].kernels += 1
      if let wanted = options.device, !profile.devices[device].isNamed(wanted) {
        if countsRow { leaveOut(.otherDevice) }
        return
      }
    }
    if countsRow { useRow() }
    // Formats either tell it of every kernel or of none.
    if let demand { profile.demands.append(demand) }
    profile.kernels.append(kernel)
  }

  /// Whether a kernel's name may be none; asked once for rows in a row that share it.
  private func isImpossible(_ name: Int32) -> Bool {
    if name == judgedName { return isJudgedImpossible }
    (judgedName, isJudgedImpossible) = (name, names.isImpossible(name))
    return isJudgedImpossible
  }

  private func faultOf(_ kernel: ProfileKernel, _ demand: ProfileDemand?) -> String? {
    if names.isBlank(kernel.nameIndex) { return "a kernel without a name" }
    if isImpossible(kernel.nameIndex) { return "a kernel whose name has a control character" }
    if kernel.duration <= 0 { return "expected a duration above zero, found \(kernel.duration) ns" }
    if kernel.duration > Self.longestNS {
      return "expected a duration of at most 1000 s, found \(kernel.duration) ns"
    }
    if demand?.flop ?? 0 > Self.mostFLOP || demand?.dramBytes ?? 0 > Self.mostBytes {
      return "operations or bytes beyond what one launch can do"
    }
    let (x, y, z) = (kernel.gridX, kernel.gridY, kernel.gridZ)
    if x != 0, y == 0 || z == 0 { return "expected a grid of at least one block" }
    let plane = UInt64(x) * UInt64(y)
    if plane > UInt64(Int32.max) || plane * UInt64(z) > UInt64(Int32.max) {
      return "a grid of more than 2147483647 blocks"
    }
    if kernel.registers > 512 {
      return "expected at most 512 registers a thread, found \(kernel.registers)"
    }
    if kernel.sharedMemory > 1 << 24 {
      return "expected at most 16 MiB of shared memory, found \(kernel.sharedMemory)"
    }
    let block = (x: kernel.blockX, y: kernel.blockY, z: kernel.blockZ)
    let threads = UInt64(block.x) * UInt64(block.y)
    if threads > 1024 || threads * UInt64(block.z) > 1024 {
      return "a block of \(block.x) x \(block.y) x \(block.z) threads exceeds 1024"
    }
    if block.x != 0, block.y == 0 || block.z == 0 {
      return "expected a block of at least one thread"
    }
    return nil
  }

  // MARK: devices

  /// The number of a device by its name in the rows.
  func device(_ name: UnsafeBufferPointer<UInt8>) -> Int {
    let number = Int(devices.index(of: name))
    if number == profile.devices.count {
      var device = ProfileDevice(id: String(decoding: name, as: UTF8.self))
      device.name = Self.product(device.id)
      profile.devices.append(device)
    }
    return number
  }

  /// The product in a device's name as nvprof and nsys write it, `Tesla V100 (0)`; empty where it is
  /// written otherwise.
  private static func product(_ id: String) -> String {
    guard id.hasSuffix(")"), let open = id.lastIndex(of: "("), open > id.startIndex else {
      return ""
    }
    let number = id[id.index(after: open)...].dropLast()
    guard !number.isEmpty, number.allSatisfy(\.isNumber) else { return "" }
    var product = id[..<open]
    while product.last == " " { product = product.dropLast() }
    return String(product)
  }

  /// The number of a device by its name in the rows.
  func device(_ name: String) -> Int {
    var name = name
    return name.withUTF8 { device($0) }
  }

  /// Tells what is known of a device before or after its rows.
  func describe(_ facts: ProfileDevice) {
    let number = device(facts.id)
    let kernels = profile.devices[number].kernels
    profile.devices[number] = facts
    profile.devices[number].kernels = kernels
  }

  // MARK: the end

  /// Closes the reading: refuses faults, several devices and empty profiles, and orders the
  /// kernels.
  func finish() throws(InputError) -> ImportedProfile {
    if log.hasFailed { throw log.failure }
    profile.warnings += log.diagnostics
    profile.rowsRead = Int(log.recordsRead)
    profile.leftOut = LeftOutReason.allCases.map { ($0, Int(log.leftOut(Self.position(of: $0)))) }
      .filter { $0.1 > 0 }
    try chooseDevice()
    if profile.kernels.isEmpty {
      let found = profile.leftOut.map { "\($0.count) \($0.reason.rawValue)" }
      let rows = found.isEmpty ? "no rows" : found.joined(separator: ", ")
      let title = (found.isEmpty ? nil : emptyTitle) ?? profile.format.title
      throw error("\(title) without kernels: found \(rows)", hint: found.isEmpty ? nil : emptyHint)
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
      let name =
        device.name.isEmpty || device.id.hasPrefix(device.name)
        ? device.id : "\(device.id) (\(device.name))"
      return "\(name) with \(device.kernels) kernels"
    }.joined(separator: ", ")
    if let wanted = options.device {
      profile.device = busy.first { $0.isNamed(wanted) }
      if profile.device == nil {
        throw error(
          "no kernels on device '\(wanted)'",
          hint: busy.isEmpty ? "the file names no device" : "the file has: \(list)")
      }
    } else if busy.count > 1 {
      throw error(
        "kernels of \(busy.count) GPUs in one file: \(list)", hint: "choose one with --device")
    } else {
      profile.device = busy.first
    }
  }

  /// Orders by start, or by the launching call where that agrees with the start on every stream.
  private func orderKernels() {
    guard profile.kernels.allSatisfy({ $0.start != .min }) else { return }
    sort { $0.start }
    profile.order = "start"
    var lastOfStream = [Int64](repeating: -1, count: profile.streams.count)
    for kernel in profile.kernels {
      let stream = Int(kernel.streamIndex)
      if kernel.correlation <= lastOfStream[stream] { return }
      lastOfStream[stream] = kernel.correlation
    }
    sort { $0.correlation }
    profile.order = "launch"
  }

  /// Sorts the kernels, equal ones in the order they have.
  private func sort(by key: (ProfileKernel) -> Int64) {
    let kernels = profile.kernels
    if zip(kernels, kernels.dropFirst()).allSatisfy({ key($0) <= key($1) }) { return }
    let order = kernels.indices.map { (key(kernels[$0]), $0) }.sorted(by: <).map(\.1)
    profile.kernels = order.map { kernels[$0] }
    if profile.demands.isEmpty { return }
    profile.demands = order.map { profile.demands[$0] }
  }
}
