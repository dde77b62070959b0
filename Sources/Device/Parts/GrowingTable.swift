/// Rows that are only ever added to.
struct GrowingTable<Row> {
  private(set) var rows: UnsafeMutablePointer<Row>
  private(set) var count = 0
  private var capacity: Int

  /// Creates an empty table. Its owner calls `deallocate()`.
  init(capacity: Int) {
    self.capacity = capacity
    rows = .allocate(capacity: capacity)
  }

  func deallocate() { rows.deallocate() }

  mutating func append(_ row: Row) {
    if count == capacity {
      capacity *= 2
      let new = UnsafeMutablePointer<Row>.allocate(capacity: capacity)
      new.moveInitialize(from: rows, count: count)
      rows.deallocate()
      rows = new
    }
    (rows + count).initialize(to: row)
    count += 1
  }
}
