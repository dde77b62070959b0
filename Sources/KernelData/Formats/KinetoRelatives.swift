import Tables

extension ProfileFormat {
  /// The trace of XLA's and TensorFlow's profiler: Chrome's format, kernels on the threads of a
  /// GPU's process.
  package static let xla = ProfileFormat(
    "xla", title: "an XLA profiler trace", isLaunchSequence: true)
  /// ONNX Runtime's profile: Chrome's format, a bare list.
  package static let onnxRuntime = ProfileFormat(
    "onnxruntime", title: "an ONNX Runtime profile", isLaunchSequence: true)
}

/// Traces in Chrome's format that are not PyTorch's, told by what their events hold.
extension KinetoReader {
  /// XLA's `kernel_details`: `regs:32 static_shared:0 dynamic_shared:0 grid:128,1,1 block:256,1,1`,
  /// with spaces or line breaks between.
  func readKernelDetails() throws(InputError) {
    try json.scalar()
    into.profile.format = .xla
    event.category = .kernel
    event.isXLA = true
    var shared: Int64 = 0
    for part in json.textString.split(whereSeparator: \.isWhitespace) {
      guard let colon = part.firstIndex(of: ":") else { continue }
      let value = part[part.index(after: colon)...]
      switch part[..<colon] {
      case "regs":
        if let count = Int32(value), count >= 0 {
          event.kernel.registers = count
        } else {
          note("expected a non-negative integer after 'regs:' in 'kernel_details'")
        }
      // Older ones have the sum of both.
      case "static_shared", "dynamic_shared", "shm":
        if let bytes = Int64(value), bytes >= 0, bytes <= Int64(Int32.max) {
          shared += bytes
        } else {
          note("expected bytes after '\(part[..<colon]):' in 'kernel_details'")
        }
      case "grid": (event.kernel.gridX, event.kernel.gridY, event.kernel.gridZ) = three(value)
      case "block": (event.kernel.blockX, event.kernel.blockY, event.kernel.blockZ) = three(value)
      default: break
      }
    }
    event.kernel.sharedMemory = Int32(clamping: shared)
  }

  private func three(_ text: Substring) -> (UInt32, UInt32, UInt32) {
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map { UInt32($0) }
    if values.count == 3, let x = values[0], let y = values[1], let z = values[2], min(x, y, z) > 0,
      max(x, y, z) <= UInt32(Int32.max)
    {
      return (x, y, z)
    }
    note("expected three positive integers in 'kernel_details', found \"\(text.prefix(40))\"")
    return (0, 0, 0)
  }

  /// ONNX Runtime's extents: each a member of its own, a number in quotes.
  func readExtent(_ extent: WritableKeyPath<ProfileKernel, UInt32>) throws(InputError) {
    if let value = try integer(mayBeQuoted: true), value > 0, value <= Int64(Int32.max) {
      event.kernel[keyPath: extent] = UInt32(value)
    } else {
      note("expected a positive integer in an extent of a kernel")
    }
    if event.category == .kernel { into.profile.format = .onnxRuntime }
  }

  /// What a process of an XLA trace is: `/device:GPU:0 (pid 1)` or `/host:CPU`.
  func readProcessName() throws(InputError) {
    guard try json.peekByte() == UInt8(ascii: "\"") else { return try json.skip() }
    try json.scalar()
    event.argumentName = json.textString
  }

  /// Notes a process's name once its event is whole.
  func noteProcess() {
    let name = event.argumentName
    guard name.hasPrefix("/device:") || name.hasPrefix("/host:") else { return }
    if into.profile.kernels.isEmpty { into.profile.format = .xla }
    processes[event.process] = String(name.prefix { $0 != " " })
  }

  // MARK: what is none of them

  /// Names events without kernels that nothing shows to be of PyTorch's profiler.
  func nameOthers() {
    guard into.profile.format == .kineto, !isPyTorch else { return }
    into.emptyTitle = isTable ? "a report of nsys as JSON" : "a trace in Chrome's format"
    into.emptyHint =
      isTable
      ? TableFormat.exportHint
      : "kernels are told as PyTorch, XLA and ONNX Runtime write them; for AMD's tools "
        + TableFormat.kernelTraceHint
  }

  /// The fault of an object without events, by its keys.
  static func unknown(_ keys: [String], file: String) -> InputError {
    if keys.contains("rocprofiler-sdk-tool") {
      return InputError(
        file: file, message: "this is rocprofv3's JSON, not its tables",
        hint: TableFormat.kernelTraceHint)
    }
    return InputError(
      file: file, message: "JSON of no known profiler: expected 'traceEvents'",
      hint: keys.isEmpty ? nil : "found: " + keys.joined(separator: ", "))
  }
}
