import Tables

extension ProfileFormat {
  /// The PyTorch profiler's trace (Kineto).
  package static let kineto = ProfileFormat(
    "kineto", title: "a PyTorch profiler trace", isLaunchSequence: true)
}

/// The PyTorch profiler's trace: an object with `traceEvents`, or the bare list of them.
///
/// Times are microseconds, integer in older files and with a fraction in newer ones. The field
/// `est. achieved occupancy %` is never read: it is wrong above 48 KiB of shared memory.
final class KinetoReader {
  enum Category { case kernel, copy, host, annotation, none }

  /// The members of one event that matter here.
  struct Event {
    var isComplete = false
    var isMetadata = false
    var category = Category.none
    var name: Int32 = -1
    var kernel = ProfileKernel()
    var duration: ExactDecimal?
    var hasFraction = false
    var device: Int64 = -1
    var stream: Int64 = 0
    var bytes: Int64 = 0
    var fault: String?
    /// The process and thread, which are GPU and stream in XLA's traces.
    var process: Int64 = -1
    var thread: Int64 = 0
    var isXLA = false
    /// `name` among the arguments of a metadata event.
    var argumentName = ""
  }

  let json: JSONStream
  let into: ImportCollector
  var event = Event()
  /// How many kernels have no shape; AMD's traces have none.
  private var shapeless = 0
  private var integerDurations = 0
  private var devices: [Int64: Int] = [:]
  private var streams: [Int64: Int32] = [:]
  /// Whether something in the file is of PyTorch's profiler, and whether the list is no trace but a
  /// table of nsys as JSON.
  var isPyTorch = false
  var isTable = false
  /// What XLA's traces call a process.
  var processes: [Int64: String] = [:]

  init(_ json: JSONStream, _ into: ImportCollector) {
    self.json = json
    self.into = into
  }

  /// Reads the whole trace.
  func read() throws(InputError) {
    if try json.peekByte() == UInt8(ascii: "[") {
      try readEvents()
    } else {
      try readMembers()
    }
    try json.finish()
    nameOthers()
    if shapeless > 0 {
      into.warn(
        "\(shapeless) kernels have no grid and block in this file",
        hint: into.profile.format == .kineto
          ? "traces of AMD devices leave them out; rocprof's export has them" : nil)
    }
    if integerDurations > 0, integerDurations == into.profile.kernels.count {
      into.warn("durations are whole microseconds in this file: short kernels are known to 1 us")
    }
  }

  private func readMembers() throws(InputError) {
    var hasEvents = false
    var others: [String] = []
    try json.enterObject()
    while try json.nextKey() {
      if json.textIs("traceEvents") {
        if hasEvents { throw json.fault("a second 'traceEvents': two traces in one file") }
        hasEvents = true
        try readEvents()
      } else if json.textIs("deviceProperties") {
        isPyTorch = true
        try readDevices()
      } else if json.textIs("gpuloom") {
        try readFacts()
      } else {
        if json.textIs("schemaVersion") { isPyTorch = true }
        if others.count < 12 {
          others.append(String(decoding: json.text.prefix(40), as: UTF8.self))
        }
        try json.skip()
      }
    }
    if hasEvents { return }
    throw Self.unknown(others, file: json.file)
  }

  /// Reads a whole number; nil for anything else.
  func integer(mayBeQuoted: Bool = false) throws(InputError) -> Int64? {
    let isString = try json.scalar()
    return isString && !mayBeQuoted ? nil : decimal()?.scaled(by: 0)
  }

  /// The number last read; nil where it is none.
  func decimal() -> ExactDecimal? { json.text.withUnsafeBufferPointer { ExactDecimal($0) } }

  // MARK: one event

  private func readEvents() throws(InputError) {
    try json.enterArray()
    while try json.nextElement() { try readEvent() }
  }

  private func readEvent() throws(InputError) {
    if try json.peekByte() != UInt8(ascii: "{") {
      let place = json.diagnostic("expected an event as an object")
      try json.skip()
      return try into.fault(place)
    }
    event = Event()
    try json.enterObject()
    while try json.nextKey() {
      if json.textIs("ph") {
        try json.scalar()
        event.isComplete = json.textIs("X")
        event.isMetadata = json.textIs("M")
      } else if json.textIs("cat") {
        try json.scalar()
        event.category = category()
      } else if json.textIs("name") {
        // Only kernels' names are kept, and the category mostly stands before the name.
        if event.category == .host || event.category == .annotation {
          try json.skip()
        } else {
          try json.scalar()
          event.name = json.text.withUnsafeBufferPointer { into.names.index(of: $0) }
        }
      } else if json.textIs("ts") {
        try json.scalar()
        if event.kernel.start != .min { note("the key 'ts' is given twice") }
        if let value = decimal()?.scaled(by: 3) { event.kernel.start = value }
      } else if json.textIs("dur") {
        try json.scalar()
        event.hasFraction = json.text.contains(UInt8(ascii: "."))
        if event.duration != nil { note("the key 'dur' is given twice") }
        event.duration = decimal()
      } else if json.textIs("pid") {
        event.process = try scalarInteger()
      } else if json.textIs("tid") {
        event.thread = try scalarInteger()
      } else if json.textIs("args"), event.category != .host, try json.peekByte() == 0x7B {
        try readArguments()
      } else {
        if json.textIs("Start (ns)") || json.textIs("Duration (ns)") { isTable = true }
        try json.skip()
      }
    }
    try take()
  }

  /// A process's or thread's number; 0 where it has a name, or none.
  private func scalarInteger() throws(InputError) -> Int64 {
    let first = try json.peekByte()
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      try json.skip()
      return 0
    }
    return try integer() ?? 0
  }

  private func category() -> Category {
    if json.textIs("Session") { into.profile.format = .onnxRuntime }
    if json.textIs("cpu_op") || json.textIs("cuda_runtime") { isPyTorch = true }
    if json.textIs("kernel") || json.textIs("Kernel") { return .kernel }
    if json.textIs("gpu_memcpy") || json.textIs("gpu_memset") { return .copy }
    if json.textIs("Memcpy") || json.textIs("Memset") { return .copy }
    if json.textIs("user_annotation") || json.textIs("gpu_user_annotation") { return .annotation }
    return .host
  }

  private func readArguments() throws(InputError) {
    try json.enterObject()
    while try json.nextKey() {
      if json.textIs("stream") {
        event.stream = try integer(mayBeQuoted: true) ?? 0
      } else if json.textIs("kernel_details") {
        try readKernelDetails()
      } else if json.textIs("memcpy_details"), event.category == .none {
        event.category = .copy
        try json.skip()
      } else if json.textIs("name") {
        try readProcessName()
      } else if let extent = Self.extents.first(where: { json.textIs($0.name) })?.path {
        try readExtent(extent)
      } else if json.textIs("device") {
        event.device = try integer() ?? -1
      } else if json.textIs("correlation") {
        event.kernel.correlation = try integer() ?? -1
      } else if json.textIs("registers per thread") {
        event.kernel.registers = try number("registers per thread")
      } else if json.textIs("shared memory") {
        event.kernel.sharedMemory = try number("shared memory")
      } else if json.textIs("bytes") {
        event.bytes = try integer() ?? 0
      } else if json.textIs("grid") {
        let (x, y, z) = try extents("grid")
        (event.kernel.gridX, event.kernel.gridY, event.kernel.gridZ) = (x, y, z)
      } else if json.textIs("block") {
        let (x, y, z) = try extents("block")
        (event.kernel.blockX, event.kernel.blockY, event.kernel.blockZ) = (x, y, z)
      } else {
        try json.skip()
      }
    }
  }

  /// ONNX Runtime's extents.
  private static var extents: [(name: StaticString, path: WritableKeyPath<ProfileKernel, UInt32>)] {
    [
      ("grid_x", \.gridX), ("grid_y", \.gridY), ("grid_z", \.gridZ), ("block_x", \.blockX),
      ("block_y", \.blockY), ("block_z", \.blockZ),
    ]
  }

  func note(_ fault: String) { event.fault = event.fault ?? fault }

  private func number(_ what: String) throws(InputError) -> Int32 {
    if let value = try integer(), value >= 0, value <= Int64(Int32.max) { return Int32(value) }
    note("expected a non-negative integer in '\(what)'")
    return -1
  }

  private func extents(_ what: String) throws(InputError) -> (UInt32, UInt32, UInt32) {
    var values: [UInt32] = []
    if try json.peekByte() == UInt8(ascii: "[") {
      try json.enterArray()
      while try json.nextElement() {
        if let value = try integer(), value > 0, value <= Int64(Int32.max), values.count < 4 {
          values.append(UInt32(value))
        } else {
          values = [0, 0, 0, 0]
        }
      }
    } else {
      try json.skip()
    }
    if values.count == 3 { return (values[0], values[1], values[2]) }
    note("expected three positive integers in '\(what)'")
    return (0, 0, 0)
  }

  private func take() throws(InputError) {
    if event.isMetadata {
      noteProcess()
      return into.leaveOut(.metadata)
    }
    if !event.isComplete { return into.leaveOut(.flow) }
    switch event.category {
    case .annotation: into.leaveOut(.annotation)
    case .host, .none: into.leaveOut(.hostEvent)
    case .copy: into.copy(bytes: event.bytes)
    case .kernel: try takeKernel()
    }
  }

  private func takeKernel() throws(InputError) {
    if event.name < 0 { note("a kernel without a name") }
    if event.kernel.start == .min { note("expected a number in 'ts' of a kernel") }
    guard let duration = event.duration?.scaled(by: 3) else {
      return try into.fault(json.diagnostic("expected a number in 'dur' of a kernel"))
    }
    if let message = event.fault { return try into.fault(json.diagnostic(message)) }
    event.kernel.duration = duration
    event.kernel.nameIndex = event.name
    if event.isXLA { event.stream = event.thread }
    event.kernel.streamIndex = streams[event.stream] ?? into.streams.index(of: "\(event.stream)")
    streams[event.stream] = event.kernel.streamIndex
    if event.kernel.gridX == 0 || event.kernel.blockX == 0 { shapeless += 1 }
    if !event.hasFraction { integerDurations += 1 }
    var device = -1
    if event.isXLA {
      let number = devices[event.process]
      device = number ?? into.device(processes[event.process] ?? "\(event.process)")
      devices[event.process] = device
    } else if event.device >= 0 {
      device = devices[event.device] ?? into.device("\(event.device)")
      devices[event.device] = device
    }
    try into.add(event.kernel, device: device, at: { json.diagnostic("") })
  }
}
