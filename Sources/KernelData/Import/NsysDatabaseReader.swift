import Tables

/// The SQLite export of `nsys`: the kernels of `CUPTI_ACTIVITY_KIND_KERNEL` with shared memory to
/// the byte, and the GPU's own description.
struct NsysDatabaseReader {
  /// The largest database read; it is held in memory.
  static let sizeLimit = 1 << 30

  private let database: SqliteFile
  private let into: ImportCollector

  init(_ input: ByteStream, _ into: ImportCollector) throws(InputError) {
    guard let bytes = try input.readAll(limit: Self.sizeLimit) else {
      throw InputError(
        Diagnostic(
          file: input.name, message: "expected a database of at most 1 GiB",
          hint: "export it: nsys stats --report cuda_gpu_trace --format csv FILE"))
    }
    database = try SqliteFile(bytes, name: input.name)
    self.into = into
  }

  /// Reads kernels, copies and devices.
  func read() throws(InputError) {
    guard let kernels = database.tables["CUPTI_ACTIVITY_KIND_KERNEL"] else {
      throw InputError(
        Diagnostic(
          file: into.file, message: "this database holds no kernels of nsys",
          hint: "profile with 'nsys profile --trace cuda'"))
    }
    let wanted = [
      "start", "end", "deviceId", "streamId", "correlationId", "demangledName",
      "registersPerThread", "gridX", "gridY", "gridZ", "blockX", "blockY", "blockZ",
      "staticSharedMemory", "dynamicSharedMemory",
    ]
    let columns = try positions(wanted, in: kernels, "CUPTI_ACTIVITY_KIND_KERNEL")
    let names = try readNames(kernels, columns[5])
    into.profile.unusedColumns = kernels.columns.filter { !wanted.contains($0) }
    var row = 0
    try database.rows(of: kernels) { (_, values) throws(InputError) in
      row += 1
      let place = Diagnostic(file: into.file, message: "")
      var fields: [Int64] = []
      for column in columns {
        if case .integer(let value) = values[column] { fields.append(value) } else { break }
      }
      guard fields.count == columns.count, let name = names[fields[5]],
        fields[6...].allSatisfy({ (0...Int64(Int32.max)).contains($0) }), fields[0] >= 0,
        fields[1] >= 0, fields[13] + fields[14] <= 1 << 30, fields[7...12].allSatisfy({ $0 > 0 })
      else {
        var fault = place
        fault.message = "kernel row \(row): expected times, a name and a shape as integers"
        return try into.fault(fault)
      }
      var kernel = ProfileKernel()
      kernel.start = fields[0]
      kernel.duration = fields[1] - fields[0]
      kernel.correlation = fields[4]
      kernel.nameIndex = name
      kernel.streamIndex = into.streams.index(of: String(fields[3]))
      kernel.registers = Int32(fields[6])
      (kernel.gridX, kernel.gridY, kernel.gridZ) = (
        UInt32(fields[7]), UInt32(fields[8]), UInt32(fields[9])
      )
      (kernel.blockX, kernel.blockY, kernel.blockZ) = (
        UInt32(fields[10]), UInt32(fields[11]), UInt32(fields[12])
      )
      kernel.sharedMemory = Int32(fields[13] + fields[14])
      try into.add(kernel, device: String(fields[2]), at: { place })
    }
    try readCopies("CUPTI_ACTIVITY_KIND_MEMCPY")
    try readCopies("CUPTI_ACTIVITY_KIND_MEMSET")
    try readDevices()
  }

  private func positions(
    _ names: [String], in table: SqliteFile.Table, _ tableName: String
  ) throws(InputError) -> [Int] {
    var result: [Int] = []
    for name in names {
      guard let i = table.columns.firstIndex(of: name) else {
        throw InputError(
          Diagnostic(
            file: into.file, message: "the table '\(tableName)' lacks the column '\(name)'"))
      }
      result.append(i)
    }
    return result
  }

  /// The names the kernels refer to, by the number the database gives them.
  private func readNames(
    _ kernels: SqliteFile.Table, _ column: Int
  ) throws(InputError) -> [Int64: Int32] {
    var names: [Int64: Int32] = [:]
    try database.rows(of: kernels) { (_, values) throws(InputError) in
      if case .integer(let id) = values[column] { names[id] = -1 }
    }
    guard let table = database.tables["StringIds"] else {
      throw InputError(Diagnostic(file: into.file, message: "the table 'StringIds' is missing"))
    }
    let columns = try positions(["id", "value"], in: table, "StringIds")
    try database.rows(of: table) { (payload, values) throws(InputError) in
      guard case .integer(let id) = values[columns[0]], names[id] != nil,
        case .bytes(let range) = values[columns[1]]
      else { return }
      names[id] = payload.withUnsafeBufferPointer { bytes in
        into.names.index(of: UnsafeBufferPointer(rebasing: bytes[range]))
      }
    }
    return names.filter { $0.value >= 0 }
  }

  private func readCopies(_ name: String) throws(InputError) {
    guard let table = database.tables[name] else { return }
    let bytes = table.columns.firstIndex(of: "bytes")
    try database.rows(of: table) { (_, values) throws(InputError) in
      into.leaveOut(.copy)
      into.profile.copies.count += 1
      if let bytes, case .integer(let count) = values[bytes] {
        into.profile.copies.bytes &+= max(0, min(count, 1 << 50))
      }
    }
  }

  private func readDevices() throws(InputError) {
    guard let table = database.tables["TARGET_INFO_GPU"] else { return }
    let columns = table.columns
    try database.rows(of: table) { (payload, values) throws(InputError) in
      func integer(_ name: String) -> Int64? {
        guard let i = columns.firstIndex(of: name), case .integer(let value) = values[i] else {
          return nil
        }
        return value
      }
      guard let id = integer("id") else { return }
      var device = ProfileDevice(id: String(id))
      if let i = columns.firstIndex(of: "name"), case .bytes(let range) = values[i] {
        device.name = String(decoding: payload[range], as: UTF8.self)
      }
      device.smCount = integer("smCount").map { Int($0) }
      device.memoryBytes = integer("totalMemory")
      device.registersPerSM = integer("maxRegistersPerSm").map { Int($0) }
      device.sharedMemoryPerSM = integer("maxShmemPerSm").map { Int($0) }
      device.sharedMemoryPerBlock = integer("maxShmemPerBlockOptin").map { Int($0) }
      device.warpSize = integer("threadsPerWarp").map { Int($0) }
      if let warps = integer("maxWarpsPerSm"), (0...1024).contains(warps) {
        device.threadsPerSM = Int(warps) * 32
      }
      if let major = integer("computeMajor"), let minor = integer("computeMinor") {
        device.computeCapability = "\(major).\(minor)"
      }
      device.clockMHz = integer("clockRate").map { Double($0) / 1e6 }
      into.describe(device)
    }
  }
}
