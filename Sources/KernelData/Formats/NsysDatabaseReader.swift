import Tables

extension ProfileFormat {
  /// `nsys export --type sqlite`.
  package static let nsysDatabase = ProfileFormat(
    "nsys-sqlite", title: "an nsys database", isLaunchSequence: true)
}

/// The SQLite export of `nsys`: the kernels of `CUPTI_ACTIVITY_KIND_KERNEL` with shared memory to
/// the byte, and the GPU's own description.
struct NsysDatabaseReader {
  /// The largest database read; it is held in memory.
  private static let sizeLimit = 1 << 30
  private static let kernelTable = "CUPTI_ACTIVITY_KIND_KERNEL"
  /// The columns of a kernel, all integers.
  private static let kernelColumns = [
    "start", "end", "deviceId", "streamId", "correlationId", "demangledName", "registersPerThread",
    "gridX", "gridY", "gridZ", "blockX", "blockY", "blockZ", "staticSharedMemory",
    "dynamicSharedMemory",
  ]

  private let database: SqliteFile
  private let into: ImportCollector

  /// Whether a file begins as a database does.
  static func isBegun(_ head: [UInt8]) -> Bool { head.starts(with: "SQLite format 3\0".utf8) }

  init(_ input: ByteStream, _ into: ImportCollector) throws(InputError) {
    guard let bytes = try input.readAll(limit: Self.sizeLimit) else {
      throw into.error(
        "expected a database of at most 1 GiB",
        hint: "export it: nsys stats --report cuda_gpu_trace --format csv FILE")
    }
    database = try SqliteFile(bytes, name: input.name)
    self.into = into
  }

  /// Reads kernels, copies and devices.
  func read() throws(InputError) {
    guard let kernels = database.tables[Self.kernelTable] else {
      if database.tables.keys.contains(where: { $0.hasPrefix("rocpd_") }) {
        throw into.error(
          "this is rocprofv3's database, not its tables", hint: TableFormat.kernelTraceHint)
      }
      throw into.error(
        "this database holds no kernels of nsys", hint: "profile with 'nsys profile --trace cuda'")
    }
    let columns = try positions(Self.kernelColumns, in: kernels, Self.kernelTable)
    let names = try readNames(kernels, columns[5])
    var row = 0
    try database.rows(of: kernels) { (_, values) throws(InputError) in
      row += 1
      let fields = columns.compactMap { values[$0].integer }
      guard fields.count == columns.count, let name = names[fields[5]],
        fields[6...].allSatisfy({ (0...Int64(Int32.max)).contains($0) }), fields[0] >= 0,
        fields[1] >= 0, fields[13] + fields[14] <= 1 << 30, fields[7...12].allSatisfy({ $0 > 0 })
      else {
        let message = "kernel row \(row): expected times, a name and a shape as integers"
        return try into.fault(Diagnostic(file: into.file, message: message))
      }
      var kernel = ProfileKernel()
      kernel.start = fields[0]
      kernel.duration = fields[1] - fields[0]
      kernel.correlation = fields[4]
      kernel.nameIndex = name
      kernel.streamIndex = into.streams.index(of: String(fields[3]))
      kernel.registers = Int32(fields[6])
      kernel.setShape(fields[7...12])
      kernel.sharedMemory = Int32(fields[13] + fields[14])
      try into.add(
        kernel, device: into.device(String(fields[2])),
        at: { Diagnostic(file: into.file, message: "") })
    }
    for name in ["MEMCPY", "MEMSET"] { try readCopies("CUPTI_ACTIVITY_KIND_" + name) }
    try readDevices()
  }

  private func positions(
    _ names: [String], in table: SqliteFile.Table, _ tableName: String
  ) throws(InputError) -> [Int] {
    var result: [Int] = []
    for name in names {
      guard let i = table.columns.firstIndex(of: name) else {
        throw into.error("the table '\(tableName)' lacks the column '\(name)'")
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
      if let id = values[column].integer { names[id] = -1 }
    }
    guard let table = database.tables["StringIds"] else {
      throw into.error("the table 'StringIds' is missing")
    }
    let columns = try positions(["id", "value"], in: table, "StringIds")
    try database.rows(of: table) { (payload, values) throws(InputError) in
      guard let id = values[columns[0]].integer, names[id] != nil,
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
      into.copy(bytes: bytes.flatMap { values[$0].integer } ?? 0)
    }
  }

  private func readDevices() throws(InputError) {
    guard let table = database.tables["TARGET_INFO_GPU"] else { return }
    try database.rows(of: table) { (payload, values) throws(InputError) in
      var numbers: [String: Int64] = [:]
      var device = ProfileDevice(id: "")
      for (name, value) in zip(table.columns, values) {
        if let number = value.integer {
          numbers[name] = number
          device.set(name, number)
        } else if name == "name", case .bytes(let range) = value {
          device.name = String(decoding: payload[range], as: UTF8.self)
        }
      }
      guard let id = numbers["id"] else { return }
      device.id = String(id)
      if let major = numbers["computeMajor"], let minor = numbers["computeMinor"] {
        device.computeCapability = "\(major).\(minor)"
      }
      into.describe(device)
    }
  }
}
