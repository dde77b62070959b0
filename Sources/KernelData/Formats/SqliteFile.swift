import Tables

/// Reads rows of tables of a SQLite 3 database in memory: what `nsys` exports, nothing more (no
/// indexes, no tables without row ids, UTF-8 text).
///
/// Follows the published file format (sqlite.org/fileformat2.html). Every offset is checked, so
/// damaged files give errors.
struct SqliteFile {
  /// A value of a row.
  enum Value: Equatable {
    case null
    case integer(Int64)
    case real(Double)
    /// Where the bytes of a text or blob stand in the row's payload.
    case bytes(Range<Int>)

    /// The value where it is an integer.
    var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  }

  /// A table: where it begins and its columns.
  struct Table {
    var root: Int
    var columns: [String]
    /// The column that stands for the row's number, or -1.
    var rowNumberColumn: Int
  }

  private let name: String
  private let bytes: [UInt8]
  private let pageSize: Int
  private let usable: Int
  private(set) var tables: [String: Table] = [:]

  /// Reads the schema.
  ///
  /// - Throws: a database that is damaged or of another encoding.
  init(_ bytes: [UInt8], name: String) throws(InputError) {
    self.bytes = bytes
    self.name = name
    guard bytes.count >= 512, bytes.starts(with: Array("SQLite format 3\0".utf8)) else {
      throw InputError(file: name, message: "the database ends early")
    }
    let size = Int(bytes[16]) << 8 | Int(bytes[17])
    pageSize = size == 1 ? 65536 : size
    usable = pageSize - Int(bytes[20])
    let encoding = bytes[56...59].reduce(0) { $0 << 8 | Int($1) }
    guard pageSize >= 512, pageSize & (pageSize - 1) == 0, usable >= 480 else {
      throw damaged("its page size is \(pageSize)")
    }
    guard encoding <= 1 else { throw damaged("its text is not UTF-8") }
    var found: [String: Table] = [:]
    try readTree(root: 1) { (_, payload, values) throws(InputError) in
      guard values.count >= 5, case .bytes(let kind) = values[0], case .bytes(let name) = values[1],
        case .integer(let root) = values[3], case .bytes(let sql) = values[4],
        payload[kind].elementsEqual("table".utf8)
      else { return }
      let (columns, rowNumber) = SqliteSchema.columns(String(decoding: payload[sql], as: UTF8.self))
      found[String(decoding: payload[name], as: UTF8.self)] = Table(
        root: Int(clamping: root), columns: columns, rowNumberColumn: rowNumber)
    }
    tables = found
  }

  private func damaged(_ what: String) -> InputError {
    InputError(
      file: name, message: "the database is damaged: \(what)",
      hint: "export it again: nsys export --type sqlite")
  }

  /// Calls `body` with each row of a table in order: its payload and its values, the row number in
  /// its column.
  func rows(
    of table: Table, _ body: ([UInt8], [Value]) throws(InputError) -> Void
  ) throws(InputError) {
    try readTree(root: table.root) { (rowNumber, payload, values) throws(InputError) in
      var values = values
      while values.count < table.columns.count { values.append(.null) }
      if table.rowNumberColumn >= 0 { values[table.rowNumberColumn] = .integer(rowNumber) }
      try body(payload, values)
    }
  }

  // MARK: pages

  private typealias RowBody = (Int64, [UInt8], [Value]) throws(InputError) -> Void

  /// Walks a table's tree from its root page (from 1) leaf by leaf.
  private func readTree(root: Int, _ body: RowBody) throws(InputError) {
    var pending = [root]
    var visited = 0
    while let page = pending.popLast() {
      visited += 1
      if visited > bytes.count / pageSize + 1 { throw damaged("its pages form a circle") }
      guard page >= 1, page <= bytes.count / pageSize else {
        throw damaged("page \(page) is not there")
      }
      let start = (page - 1) * pageSize
      let header = start + (page == 1 ? 100 : 0)
      let count = Int(bytes[header + 3]) << 8 | Int(bytes[header + 4])
      let isLeaf = bytes[header] == 0x0D
      guard isLeaf || bytes[header] == 0x05 else { throw damaged("page \(page) is of no table") }
      let pointers = header + (isLeaf ? 8 : 12)
      guard pointers + 2 * count <= start + usable else { throw damaged("page \(page) overflows") }
      var children: [Int] = []
      for i in 0..<count {
        let offset = Int(bytes[pointers + 2 * i]) << 8 | Int(bytes[pointers + 2 * i + 1])
        guard offset + 4 <= usable else { throw damaged("page \(page) overflows") }
        if isLeaf {
          try readCell(at: start + offset, page: start, body)
        } else {
          children.append(word(start + offset))
        }
      }
      if !isLeaf {
        children.append(word(header + 8))
        pending += children.reversed()
      }
    }
  }

  private func word(_ at: Int) -> Int {
    bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
  }

  private func readCell(at cell: Int, page: Int, _ body: RowBody) throws(InputError) {
    var at = cell
    let end = page + usable
    guard let length = Self.varint(bytes, &at, end), let rowNumber = Self.varint(bytes, &at, end),
      length >= 0, length <= Int64(bytes.count)
    else { throw damaged("a row has no length") }
    let total = Int(length)
    let most = usable - 35
    var local = total
    if total > most {
      let least = (usable - 12) * 32 / 255 - 23
      let fitting = least + (total - least) % (usable - 4)
      local = fitting <= most ? fitting : least
    }
    guard at + local + (local < total ? 4 : 0) <= end else { throw damaged("a row is cut") }
    var payload = Array(bytes[at..<(at + local)])
    var next = local < total ? word(at + local) : 0
    while payload.count < total {
      guard next >= 1, next <= bytes.count / pageSize else { throw damaged("a row is cut") }
      let start = (next - 1) * pageSize
      let part = min(total - payload.count, usable - 4)
      payload += bytes[(start + 4)..<(start + 4 + part)]
      next = word(start)
    }
    try body(rowNumber, payload, try values(payload))
  }

  // MARK: rows

  private func values(_ payload: [UInt8]) throws(InputError) -> [Value] {
    var at = 0
    guard let headerLength = Self.varint(payload, &at, payload.count),
      headerLength >= 1, headerLength <= Int64(payload.count)
    else { throw damaged("a row has no header") }
    let headerEnd = Int(headerLength)
    var content = headerEnd
    var values: [Value] = []
    while at < headerEnd {
      guard let type = Self.varint(payload, &at, headerEnd), type >= 0 else {
        throw damaged("a row's header is cut")
      }
      let width =
        switch type {
        case 0, 8, 9: 0
        case 1...4: Int(type)
        case 5: 6
        case 6, 7: 8
        default: type < 12 || type > Int64(payload.count) * 2 + 13 ? -1 : Int((type - 12) / 2)
        }
      guard width >= 0, content + width <= payload.count else { throw damaged("a row is cut") }
      switch type {
      case 0: values.append(.null)
      case 8: values.append(.integer(0))
      case 9: values.append(.integer(1))
      case 1...6:
        var value = Int64(Int8(bitPattern: payload[content]))
        for byte in payload[(content + 1)..<(content + width)] { value = value << 8 | Int64(byte) }
        values.append(.integer(value))
      case 7:
        let word = payload[content..<(content + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        values.append(.real(Double(bitPattern: word)))
      default: values.append(.bytes(content..<(content + width)))
      }
      content += width
    }
    return values
  }

  /// Reads a number of one to nine bytes, seven bits each, eight in the ninth.
  private static func varint(_ bytes: [UInt8], _ at: inout Int, _ end: Int) -> Int64? {
    var value: UInt64 = 0
    for i in 0..<9 {
      guard at < end else { return nil }
      let byte = bytes[at]
      at += 1
      if i == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
      value = value << 7 | UInt64(byte & 0x7F)
      if byte < 0x80 { return Int64(bitPattern: value) }
    }
    return nil
  }
}
