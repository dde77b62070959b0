import Tables

/// A column of a profiler's table: its names, in lower case and without units, and what its fields
/// say of a kernel.
struct ProfileColumn: Sendable {
  /// What a field says.
  enum Meaning: Sendable, Equatable {
    /// When the kernel began and ended, since the profiler's own origin, or how long it ran.
    case start(Unit), end(Unit), duration(Unit)
    /// Extents of grid and block: six columns, in the order x, y, z.
    case shape
    /// Extents of grid and block, the grid in work-items: blocks are the work-groups they make,
    /// rounded up.
    case workItems, workGroup
    case registers, sharedMemory
    /// The number of the launching call.
    case correlation
    /// The kernel's name; the next such column's where a field is empty.
    case name
    case stream, device
    /// The context of the launch, to count them.
    case context
    /// The bytes of a row that is a copy.
    case copiedBytes
    /// What tells kernels from other rows.
    case kind
    /// The counter that a row is about, where a launch has a row for each.
    case counter
    /// Something that only the format's own code reads.
    case other

    /// Whether several columns make one extent.
    var isExtent: Bool { self == .shape || self == .workItems || self == .workGroup }
  }

  /// How a column writes times.
  enum Unit: Sendable, Equatable {
    /// In the unit that stands behind its name or in the row below.
    case written
    /// In units of ten to this power nanoseconds.
    case power(Int)
    /// In whole nanoseconds.
    case wholeNS
  }

  /// The name, and others it has in some versions.
  let names: [String]
  /// What a field says.
  let meaning: Meaning
  /// Whether every file has it, so that the format is known by it.
  let isRequired: Bool
  /// Whether a field of a kernel's row may be empty.
  let mayBeEmpty: Bool

  /// A column that every file has. Of several such columns' names the first mostly belong together,
  /// then the second: a version renames all, or some.
  static func required(_ names: String..., as meaning: Meaning = .other) -> ProfileColumn {
    ProfileColumn(names: names, meaning: meaning, isRequired: true, mayBeEmpty: false)
  }

  /// A column that a file may lack.
  static func optional(
    _ names: String..., as meaning: Meaning = .other, mayBeEmpty: Bool = false
  ) -> ProfileColumn {
    ProfileColumn(names: names, meaning: meaning, isRequired: false, mayBeEmpty: mayBeEmpty)
  }

  /// Six columns for the extents of grid and block.
  static func shape(_ names: [String], isRequired: Bool = true) -> [ProfileColumn] {
    names.map {
      ProfileColumn(names: [$0], meaning: .shape, isRequired: isRequired, mayBeEmpty: false)
    }
  }
}

/// Where a format's columns stand in the rows of a file; -1 where they do not.
struct ColumnPlaces {
  let columns: [ProfileColumn]
  /// Of each column.
  let fields: [Int]
  /// Of all six extents, or none.
  let shape: [Int]
  let workItems, workGroup, names: [Int]
  let kind, stream, device, context, copied: Int
  /// Of a file with a row for each counter: its counter, and what tells launches apart.
  let counter: Int
  let launch: [Int]

  init(_ columns: [ProfileColumn], in header: CSVHeader) {
    var header = header
    let fields = columns.map { header.column($0.names) }
    func all(_ meaning: ProfileColumn.Meaning) -> [Int] {
      zip(columns, fields).filter { $0.0.meaning == meaning && $0.1 >= 0 }.map(\.1)
    }
    (self.columns, self.fields) = (columns, fields)
    shape = all(.shape).count == 6 ? all(.shape) : []
    (workItems, workGroup, names) = (all(.workItems), all(.workGroup), all(.name))
    (kind, stream) = (all(.kind).first ?? -1, all(.stream).first ?? -1)
    (device, context) = (all(.device).first ?? -1, all(.context).first ?? -1)
    copied = all(.copiedBytes).first ?? -1
    counter = all(.counter).first ?? -1
    launch = all(.correlation) + all(.start(.wholeNS)) + all(.device)
  }
}

/// How many fields a row has.
enum RowWidth: Sendable {
  /// As many as the header.
  case whole
  /// As many, or fewer.
  case mayBeShort
  /// Any number: names hold commas.
  case free
}
