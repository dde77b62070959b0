/// Room for blocks of the launch that is being placed.
struct RoomTable {
  /// Groups with room.
  let groups: UnsafeMutablePointer<RoomyGroup>
  /// SMs by their room; empty between two launches.
  let rows: UnsafeMutablePointer<RoomRow>

  /// Creates an empty table. Its owner calls `deallocate()`.
  init(smCount: Int, maxBlocks: Int) {
    groups = .allocate(capacity: smCount)
    rows = .allocate(capacity: maxBlocks + 1)
    rows.initialize(repeating: RoomRow(), count: maxBlocks + 1)
  }

  func deallocate() {
    groups.deallocate()
    rows.deallocate()
  }
}

/// A group with room for blocks of the launch that is being placed.
struct RoomyGroup {
  var group: Int32
  /// For how many of them each SM has room.
  var room: Int32
  /// How many SMs the launch may use there.
  var count: Int32
}

/// The SMs with room for as many blocks of the launch that is being placed.
struct RoomRow {
  var count = 0
  var members = SMSet.empty
}
